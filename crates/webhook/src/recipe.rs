//! What says what is signed: a template, or one of those that no template can say.

use http::HeaderMap;

use crate::head::Head;
use crate::job::Job;
use crate::ready::Ready;
use crate::signer::SigningKey;
use crate::{ConfigError, Delivery, Scheme, SignError, VerifyError};

/// What says what is signed.
#[derive(Debug)]
pub(crate) enum Recipe {
    /// The message of the scheme.
    Template,
}

impl Recipe {
    pub(crate) fn new(_scheme: &Scheme<'_>) -> Result<Self, ConfigError> {
        Ok(Self::Template)
    }

    /// Begins to verify a delivery; none with a template.
    pub(crate) fn begin(
        &self,
        _ready: &Ready,
        _head: Head<'_>,
    ) -> Result<Option<Box<dyn Job>>, VerifyError> {
        match self {
            Self::Template => Ok(None),
        }
    }

    /// Makes the headers that go with a body; none with a template.
    pub(crate) fn sign(
        &self,
        _keys: &[SigningKey],
        _delivery: Delivery<'_>,
        _body: &[u8],
    ) -> Result<Option<HeaderMap>, SignError> {
        match self {
            Self::Template => Ok(None),
        }
    }
}
