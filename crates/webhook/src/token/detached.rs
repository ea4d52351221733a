//! Tokens beside which the body is what is signed (RFC 7797).

use portcullis_core::Timestamp;

use super::compact::Compact;
use super::date::Dates;
use super::hashed::object;
use super::header;
use super::keys::Signing;
use super::plan::TokenPlan;
use crate::head::Head;
use crate::job::{Found, Job};
use crate::mac::Sink as _;
use crate::ready::Ready;
use crate::{VerifyError, VerifyErrorKind};

/// A delivery whose token is known and whose body is arriving.
pub(super) struct Detached {
    signing: Signing,
    signature: Vec<u8>,
    dates: Dates,
    has_time: bool,
}

impl Detached {
    /// Begins with a token that has no payload of its own.
    pub(super) fn begin(
        plan: &TokenPlan,
        ready: &Ready,
        token: &Compact<'_>,
    ) -> Result<Self, VerifyErrorKind> {
        let said = object(token.header).filter(|said| header::is_unencoded(said, plan.alg));
        let said = said.filter(|_| token.payload.is_empty());
        let dates = said.and_then(|said| Dates::of_header(&said, plan.time.as_deref()));
        // RFC 7797 §3: the header, a full stop, the payload as it is.
        let mut signing = Signing::new(&ready.keys);
        signing.absorb(token.header.as_bytes());
        signing.absorb(b".");
        Ok(Self {
            signing,
            signature: plan.signature(token)?,
            dates: dates.ok_or(VerifyErrorKind::Malformed)?,
            has_time: plan.time.is_some(),
        })
    }
}

impl Job for Detached {
    fn update(&mut self, piece: &[u8]) {
        self.signing.absorb(piece);
    }

    fn finish(
        self: Box<Self>,
        ready: &Ready,
        _head: Head<'_>,
        now: Timestamp,
    ) -> Result<Found, VerifyError> {
        let fits = self.signing.finish(&ready.keys, &self.signature);
        let fits = fits.first(&ready.keys, now);
        let (index, tag) = fits.ok_or(VerifyErrorKind::Signature)?;
        self.dates.judge(self.has_time, &ready.plan, now)?;
        Ok(Found {
            index,
            tag,
            id: None,
            at: self.dates.at,
        })
    }
}
