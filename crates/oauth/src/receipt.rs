use base64ct::{Base64UrlUnpadded, Encoding};
use portcullis_core::Digest;
use serde::{Deserialize, Serialize};

use crate::ReturnPath;

/// Shows that a session came out of a flow, and where the flow returned to.
///
/// An application that keeps it with the session can answer a reload of the callback's address
/// with the same redirect as the first time. It tells nothing by which a flow could be finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowReceipt {
    flow: Box<str>,
    return_to: Box<str>,
}

impl FlowReceipt {
    pub(crate) fn new(state: &Digest, return_to: &ReturnPath) -> Self {
        Self {
            flow: Self::name(state),
            return_to: return_to.as_str().into(),
        }
    }

    pub(crate) fn is_of(&self, state: &Digest) -> bool {
        self.flow == Self::name(state)
    }

    /// As it was kept; to be parsed again.
    pub(crate) fn return_to(&self) -> &str {
        &self.return_to
    }

    fn name(state: &Digest) -> Box<str> {
        let name = Digest::of_parts(&[b"portcullis oauth receipt", state.as_bytes()]);
        Base64UrlUnpadded::encode_string(name.as_bytes()).into()
    }
}
