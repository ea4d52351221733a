//! What stands for the fields of forms in a build without them: nothing can be made.

use crate::VerifyErrorKind;
use crate::mac::Sink;

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
