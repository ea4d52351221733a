//! What stands for tokens in a build without them: nothing can be made.

use http::HeaderMap;

use crate::head::Head;
use crate::job::Job;
use crate::ready::Ready;
use crate::scheme::Token;
use crate::signer::SigningKey;
use crate::{ConfigError, ConfigErrorKind, Delivery, Scheme, SignError, VerifyError};

#[derive(Debug)]
enum Never {}

#[derive(Debug)]
pub(crate) struct TokenPlan(Never);

impl TokenPlan {
    pub(crate) fn new(_: &Scheme<'_>, _: &Token<'_>) -> Result<Self, ConfigError> {
        Err(ConfigErrorKind::Unsupported.into())
    }

    pub(crate) fn begin(&self, _: &Ready, _: Head<'_>) -> Result<Box<dyn Job>, VerifyError> {
        match self.0 {}
    }

    pub(crate) fn sign(
        &self,
        _: &[SigningKey],
        _: Delivery<'_>,
        _: &[u8],
    ) -> Result<HeaderMap, SignError> {
        match self.0 {}
    }
}
