//! A token that was checked, in the form in which it is carried out.

use std::time::Duration;

use http::HeaderName;

use super::claims::BodyHash;
use super::compact::Compact;
use super::detached::Detached;
use super::hashed::Hashed;
use super::header;
use super::request::Request;
use crate::head::Head;
use crate::job::Job;
use crate::plan::Places;
use crate::ready::Ready;
use crate::scheme::{Algorithm, Encoding, Grammar, Headers, Token, TokenBody};
use crate::{ConfigError, ConfigErrorKind, Scheme, VerifyError, VerifyErrorKind, decode};

/// [`Token`], owned.
#[derive(Debug)]
pub(crate) struct TokenPlan {
    pub(super) header: HeaderName,
    pub(super) prefix: Box<str>,
    pub(super) algorithm: Algorithm,
    pub(super) alg: &'static str,
    pub(super) body: Body,
    pub(super) request: Request,
    pub(super) issuer: Option<Box<str>>,
    pub(super) time: Option<Box<str>>,
    pub(super) expiry: Option<Duration>,
    pub(super) has_id: bool,
}

/// [`TokenBody`], owned.
#[derive(Debug)]
pub(super) enum Body {
    Detached,
    Hash(BodyHash),
    Nothing,
}

impl TokenPlan {
    pub(crate) fn new(scheme: &Scheme<'_>, token: &Token<'_>) -> Result<Self, ConfigError> {
        let (Headers::One(name), Grammar::Whole(prefix)) = (scheme.headers, scheme.grammar) else {
            return Err(ConfigErrorKind::Header.into());
        };
        check(scheme, token)?;
        let header = HeaderName::from_bytes(name.as_bytes());
        Ok(Self {
            header: header.map_err(|_| ConfigErrorKind::Header)?,
            prefix: prefix.into(),
            algorithm: scheme.algorithm,
            alg: header::name(scheme.algorithm).ok_or(ConfigErrorKind::Message)?,
            body: Body::new(token.body),
            request: Request::new(token.request),
            issuer: token.issuer.map(Into::into),
            time: token.time.map(Into::into),
            expiry: token.expiry,
            has_id: token.has_id,
        })
    }

    /// Begins a delivery with its head.
    pub(crate) fn begin(&self, ready: &Ready, head: Head<'_>) -> Result<Box<dyn Job>, VerifyError> {
        let value = match &ready.plan.headers {
            Places::One(place) => head.single(place)?,
            _ => None,
        };
        let value = value.ok_or(VerifyErrorKind::Missing)?;
        let token = value.strip_prefix(&*self.prefix).and_then(Compact::read);
        let token = token.ok_or(VerifyErrorKind::Malformed)?;
        Ok(match &self.body {
            Body::Detached => Box::new(Detached::begin(self, ready, &token)?),
            _ => Box::new(Hashed::begin(self, ready, head, &token)?),
        })
    }

    pub(super) const fn body_hash(&self) -> Option<&BodyHash> {
        match &self.body {
            Body::Hash(hash) => Some(hash),
            Body::Detached | Body::Nothing => None,
        }
    }

    /// The bytes of the signature.
    pub(super) fn signature(&self, token: &Compact<'_>) -> Result<Vec<u8>, VerifyErrorKind> {
        let lengths = self.algorithm.signature_len();
        let signature = decode::long(Encoding::Base64Url, token.signature.as_bytes(), &lengths);
        signature.ok_or(VerifyErrorKind::Malformed)
    }
}

impl Body {
    fn new(body: TokenBody<'_>) -> Self {
        match body {
            TokenBody::Detached => Self::Detached,
            TokenBody::Hash {
                claim,
                encoding,
                is_optional,
            } => Self::Hash(BodyHash {
                claim: claim.into(),
                encoding,
                is_optional,
            }),
            TokenBody::Nothing => Self::Nothing,
        }
    }
}

/// What is signed if there are claims (RFC 7515 §5.1).
pub(super) const fn input<'t>(token: &Compact<'t>) -> [&'t str; 3] {
    [token.header, ".", token.payload]
}

/// What else a scheme says must be in keeping with its token.
fn check(scheme: &Scheme<'_>, token: &Token<'_>) -> Result<(), ConfigError> {
    let is_claims = token.request != crate::scheme::TokenRequest::Nothing
        || token.issuer.is_some()
        || token.expiry.is_some()
        || token.has_id;
    let is_detached = token.body == TokenBody::Detached;
    let is_other = scheme.message != token.message()
        || scheme.encoding != Encoding::Base64Url
        || scheme.id.is_some()
        || !scheme.fixed.is_empty();
    if is_other || is_detached && is_claims {
        return Err(ConfigErrorKind::Message.into());
    }
    // An age that is not signed says nothing.
    let judges_age = scheme.past.is_some() || scheme.future.is_some();
    if scheme.timestamps.is_some() || judges_age && token.time.is_none() {
        return Err(ConfigErrorKind::Timestamp.into());
    }
    Ok(())
}
