//! What stands for signatures in JSON texts in a build without them: nothing can be made.

use std::sync::Arc;

use crate::job::Job;
use crate::part::Part;
use crate::plan::Plan;
use crate::scheme::Json;
use crate::signer::SigningKey;
use crate::{ConfigError, ConfigErrorKind, Delivery, Scheme};

#[derive(Debug)]
enum Never {}

#[derive(Debug)]
pub(crate) struct JsonPlan(Never);

impl JsonPlan {
    pub(crate) fn new(_: &Json<'_>, _: &Scheme<'_>, _: &[Part]) -> Result<Self, ConfigError> {
        Err(ConfigErrorKind::Unsupported.into())
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
