//! What stands for HTTP Message Signatures in a build without them: nothing can be made.

use http::HeaderMap;

use crate::head::Head;
use crate::job::Job;
use crate::ready::Ready;
use crate::scheme::MessagePolicy;
use crate::signer::SigningKey;
use crate::{ConfigError, ConfigErrorKind, Delivery, Scheme, SignError, VerifyError};

#[derive(Debug)]
enum Never {}

#[derive(Debug)]
pub(crate) struct Rules(Never);

impl Rules {
    pub(crate) fn new(_: &Scheme<'_>, _: &MessagePolicy<'_>) -> Result<Self, ConfigError> {
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
