//! What a token says of the request.

use http::Method;
use sha2::{Digest as _, Sha256};

use super::claims::{Writer, hash};
use super::object::Object;
use super::query;
use crate::VerifyErrorKind;
use crate::head::Head;
use crate::mac::Tag;
use crate::scheme::{Encoding, TokenRequest};
use crate::signer::Delivery;

/// [`TokenRequest`], owned.
#[derive(Debug)]
pub(super) enum Request {
    Audience,
    Nothing,
    Query { context: Box<str> },
    Url { claim: Box<str> },
}

/// A request, as far as tokens are about it.
pub(super) struct Target<'r> {
    method: &'r Method,
    path: &'r str,
    url: Option<&'r str>,
}

impl<'r> From<Head<'r>> for Target<'r> {
    fn from(head: Head<'r>) -> Self {
        Self {
            method: head.method(),
            path: head.path(),
            url: head.url(),
        }
    }
}

impl<'r> From<Delivery<'r>> for Target<'r> {
    fn from(delivery: Delivery<'r>) -> Self {
        Self {
            method: delivery.method,
            path: delivery.path,
            url: delivery.url,
        }
    }
}

impl Target<'_> {
    fn url(&self) -> Result<&str, VerifyErrorKind> {
        self.url.ok_or(VerifyErrorKind::Url)
    }

    /// The path is that of the URL if it is known: the request may have come through a proxy that
    /// changed it.
    fn query(&self, context: &str) -> String {
        let path = self.url.and_then(query::path).unwrap_or(self.path);
        query::canonical(self.method.as_str(), path, context)
    }
}

impl Request {
    pub(super) fn new(request: TokenRequest<'_>) -> Self {
        match request {
            TokenRequest::Audience => Self::Audience,
            TokenRequest::Nothing => Self::Nothing,
            TokenRequest::Query { context } => Self::Query {
                context: context.into(),
            },
            TokenRequest::Url { claim } => Self::Url {
                claim: claim.into(),
            },
        }
    }

    /// Whether the claims are about this request.
    pub(super) fn is_in(
        &self,
        claims: &Object,
        target: &Target<'_>,
    ) -> Result<bool, VerifyErrorKind> {
        let is_hash = |claim: &str, text: &str| {
            let hash = hash(Encoding::Hex, claims.get(claim))?;
            Ok(hash.ct_eq(&Tag::new(&Sha256::digest(text))))
        };
        match self {
            Self::Audience => Ok(claims.is("aud", target.url()?)),
            Self::Nothing => Ok(true),
            Self::Query { context } => is_hash("qsh", &target.query(context)),
            Self::Url { claim } => is_hash(claim, target.url()?),
        }
    }

    /// Writes the claim about a request.
    pub(super) fn write(
        &self,
        target: &Target<'_>,
        claims: &mut Writer,
    ) -> Result<(), VerifyErrorKind> {
        let hash = |text: &str| const_hex::encode(Sha256::digest(text));
        match self {
            Self::Audience => claims.add("aud", target.url()?),
            Self::Nothing => {}
            Self::Query { context } => claims.add("qsh", hash(&target.query(context))),
            Self::Url { claim } => claims.add(claim, hash(target.url()?)),
        }
        Ok(())
    }
}
