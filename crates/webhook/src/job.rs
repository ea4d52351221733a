//! Deliveries that are not judged by one MAC or signature over a template.

use portcullis_core::Timestamp;

use crate::VerifyError;
use crate::head::Head;
use crate::mac::Tag;
use crate::ready::Ready;

/// A delivery on its way.
pub(crate) trait Job: Send + Sync {
    /// Takes the next piece of the body, which is within the limit.
    fn update(&mut self, piece: &[u8]);

    /// Gives the verdict.
    fn finish(
        self: Box<Self>,
        ready: &Ready,
        head: Head<'_>,
        now: Timestamp,
    ) -> Result<Found, VerifyError>;
}

/// What was verified.
pub(crate) struct Found {
    /// Which secret it was signed with.
    pub(crate) index: usize,
    /// What is the same for the same message alone.
    pub(crate) tag: Tag,
    /// The signed id.
    pub(crate) id: Option<String>,
    /// The signed time.
    pub(crate) at: Option<Timestamp>,
}
