//! What stands for forms in a build without them: nothing can be made.

use std::sync::Arc;

use crate::job::Job;
use crate::mac::Sink;
use crate::plan::Plan;
use crate::signer::SigningKey;
use crate::{ConfigError, ConfigErrorKind, Delivery, Scheme, VerifyErrorKind};

#[derive(Debug)]
enum Never {}

#[derive(Debug)]
pub(crate) struct FormPlan(Never);

impl FormPlan {
    pub(crate) fn feed(&self, _: &str, _: &[u8], _: &mut dyn Sink) -> Result<(), VerifyErrorKind> {
        match self.0 {}
    }

    pub(crate) fn other_url(&self, _: &str) -> Option<String> {
        match self.0 {}
    }
}

#[derive(Debug)]
pub(crate) struct PayloadPlan(Never);

impl PayloadPlan {
    pub(crate) fn new(scheme: &Scheme<'_>) -> Result<Option<Self>, ConfigError> {
        match scheme.form {
            Some(_) => Err(ConfigErrorKind::Unsupported.into()),
            None => Ok(None),
        }
    }

    pub(crate) fn begin(self: &Arc<Self>) -> Box<dyn Job> {
        match self.0 {}
    }

    pub(crate) fn sign(
        &self,
        _: &Plan,
        _: &[SigningKey],
        _: Delivery<'_>,
        _: &[u8],
    ) -> Option<Vec<u8>> {
        match self.0 {}
    }
}
