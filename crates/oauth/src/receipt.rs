use base64ct::{Base64UrlUnpadded, Encoding};
use portcullis_core::Digest;
use serde::{Deserialize, Serialize};

use crate::ReturnPath;

/// Shows that a session came out of a flow, and where the flow returned to.
///
/// An application that keeps it with the session can answer a reload of the callback's address
/// with the same redirect as the first time. It tells nothing by which a flow could be finished.
///
/// It takes about 600 bytes at most, as an address of more than 512 bytes is left out: the redirect
/// then leads to the default page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowReceipt {
    flow: Box<str>,
    return_to: Box<str>,
}

/// How long an address is kept, in bytes: who sends others to a login with long ones must not be
/// able to fill their sessions.
const MAX_RETURN: usize = 512;

impl FlowReceipt {
    pub(crate) fn new(state: &Digest, return_to: &ReturnPath) -> Self {
        let return_to = return_to.as_str();
        let is_kept = return_to.len() <= MAX_RETURN;
        Self {
            flow: Self::name(state),
            return_to: if is_kept { return_to } else { "" }.into(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o22_a_receipt_stays_small() {
        for (len, kept) in [(512, 512), (513, 0), (2048, 0)] {
            let path = ReturnPath::parse(&format!("/{}", "x".repeat(len - 1))).unwrap();
            let receipt = FlowReceipt::new(&Digest::of(b"state"), &path);
            assert_eq!(receipt.return_to().len(), kept);
            assert!(serde_json::to_string(&receipt).unwrap().len() < 600);
            assert!(receipt.is_of(&Digest::of(b"state")));
            assert!(!receipt.is_of(&Digest::of(b"other")));
        }
    }
}
