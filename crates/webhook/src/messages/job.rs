//! Signatures that are right, and the body that is to come.

use portcullis_core::Timestamp;

use super::digest::Digests;
use crate::head::Head;
use crate::job::{Found, Job};
use crate::mac::Tag;
use crate::ready::Ready;
use crate::{VerifyError, VerifyErrorKind};

/// A signature that is right.
pub(super) struct Fit {
    /// The secrets that it fits.
    pub(super) keys: Vec<usize>,
    pub(super) tag: Tag,
    pub(super) covers_body: bool,
    pub(super) created: Option<Timestamp>,
    pub(super) expires: Option<Timestamp>,
    pub(super) nonce: Option<String>,
}

/// A delivery whose body is arriving.
pub(super) struct Pending {
    pub(super) fits: Vec<Fit>,
    pub(super) digests: Option<Digests>,
}

impl Job for Pending {
    fn update(&mut self, piece: &[u8]) {
        if let Some(digests) = &mut self.digests {
            digests.update(piece);
        }
    }

    fn finish(
        self: Box<Self>,
        ready: &Ready,
        _: Head<'_>,
        now: Timestamp,
    ) -> Result<Found, VerifyError> {
        let is_body = self.digests.is_none_or(Digests::fit);
        let mut refused = None;
        for fit in self.fits {
            match fit.judge(ready, is_body, now) {
                Ok(found) => return Ok(found),
                Err(kind) => refused = refused.or(Some(kind)),
            }
        }
        Err(refused.unwrap_or(VerifyErrorKind::Signature).into())
    }
}

impl Fit {
    /// Judges what the head could not tell. Of its age nobody hears whose body is another one.
    fn judge(self, ready: &Ready, is_body: bool, now: Timestamp) -> Result<Found, VerifyErrorKind> {
        let is_good = |index: &usize| ready.keys.get(*index).is_some_and(|key| key.is_good(now));
        let index = self.keys.iter().copied().find(is_good);
        let index = index.filter(|_| is_body || !self.covers_body);
        let index = index.ok_or(VerifyErrorKind::Signature)?;
        if let Some((limits, created)) = ready.plan.limits.as_ref().zip(self.created) {
            limits.judge(created, now)?;
        }
        if self.expires.is_some_and(|expires| expires < now) {
            return Err(VerifyErrorKind::Stale);
        }
        Ok(Found {
            index,
            tag: self.tag,
            id: self.nonce,
            at: self.created,
        })
    }
}
