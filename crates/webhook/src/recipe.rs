//! What says what is signed: a template, or one of those that no template can say.

use std::sync::Arc;

use http::HeaderMap;

use crate::form::PayloadPlan;
use crate::head::Head;
use crate::job::Job;
use crate::json::JsonPlan;
use crate::messages::Rules;
use crate::part::Part;
use crate::plan::Plan;
use crate::ready::Ready;
use crate::signer::SigningKey;
use crate::token::TokenPlan;
use crate::{ConfigError, Delivery, Scheme, SignError, VerifyError, VerifyErrorKind};

/// What says what is signed.
#[derive(Debug)]
pub(crate) enum Recipe {
    /// A field of a form that has the signature in another one.
    Form(Arc<PayloadPlan>),
    /// Parts of a JSON text that has the signature in it.
    Json(Arc<JsonPlan>),
    /// Components of the request (RFC 9421).
    Messages(Box<Rules>),
    /// The message of the scheme.
    Template,
    /// A token with a hash of the body.
    Token(Box<TokenPlan>),
}

impl Recipe {
    /// Of a scheme, and the parts of its message before the body.
    pub(crate) fn new(scheme: &Scheme<'_>, parts: &[Part]) -> Result<Self, ConfigError> {
        if let Some(json) = &scheme.json {
            let plan = JsonPlan::new(json, scheme, parts)?;
            return Ok(Self::Json(Arc::new(plan)));
        }
        if let Some(plan) = PayloadPlan::new(scheme)? {
            return Ok(Self::Form(Arc::new(plan)));
        }
        if let Some(policy) = &scheme.messages {
            return Ok(Self::Messages(Box::new(Rules::new(scheme, policy)?)));
        }
        if let Some(token) = &scheme.token {
            return Ok(Self::Token(Box::new(TokenPlan::new(scheme, token)?)));
        }
        Ok(Self::Template)
    }

    /// Begins to verify a delivery; none with a template.
    pub(crate) fn begin(
        &self,
        ready: &Ready,
        head: Head<'_>,
    ) -> Result<Option<Box<dyn Job>>, VerifyError> {
        match self {
            Self::Form(form) => Ok(Some(form.begin())),
            Self::Json(json) => Ok(Some(json.begin())),
            Self::Messages(rules) => rules.begin(ready, head).map(Some),
            Self::Template => Ok(None),
            Self::Token(token) => token.begin(ready, head).map(Some),
        }
    }

    /// Makes the headers that go with a body; none with a template.
    pub(crate) fn sign(
        &self,
        keys: &[SigningKey],
        delivery: Delivery<'_>,
        body: &[u8],
    ) -> Result<Option<HeaderMap>, SignError> {
        match self {
            // It has no headers: `sign_body` is for it.
            Self::Form(_) | Self::Json(_) => {
                Err(SignError::unsigned(VerifyErrorKind::Malformed.into()))
            }
            Self::Messages(rules) => rules.sign(keys, delivery, body).map(Some),
            Self::Template => Ok(None),
            Self::Token(token) => token.sign(keys, delivery, body).map(Some),
        }
    }

    /// Puts the signature into a body; none if it stands in headers.
    pub(crate) fn sign_body(
        &self,
        plan: &Plan,
        keys: &[SigningKey],
        delivery: Delivery<'_>,
        body: &[u8],
    ) -> Result<Option<Vec<u8>>, SignError> {
        let signed = match self {
            Self::Form(form) => form.sign(plan, keys, delivery, body),
            Self::Json(json) => json.sign(plan, keys, delivery, body),
            Self::Messages(_) | Self::Template | Self::Token(_) => return Ok(None),
        };
        let signed = signed.ok_or(VerifyErrorKind::Malformed);
        signed
            .map(Some)
            .map_err(|kind| SignError::unsigned(kind.into()))
    }
}
