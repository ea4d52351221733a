//! Tokens with claims, one of which holds the hash of the body.

use portcullis_core::Timestamp;
use sha2::{Digest as _, Sha256};

use super::claims::Claims;
use super::compact::{self, Compact};
use super::keys::{Fits, Signing};
use super::object::Object;
use super::plan::TokenPlan;
use super::{header, plan};
use crate::head::Head;
use crate::job::{Found, Job};
use crate::mac::{Sink as _, Tag};
use crate::ready::Ready;
use crate::{VerifyError, VerifyErrorKind};

/// A delivery whose token is known and whose body is arriving.
pub(super) struct Hashed {
    body: Sha256,
    claims: Claims,
    fits: Fits,
    has_time: bool,
}

impl Hashed {
    /// Begins with a token whose signature fits under some key.
    pub(super) fn begin(
        plan: &TokenPlan,
        ready: &Ready,
        head: Head<'_>,
        token: &Compact<'_>,
    ) -> Result<Self, VerifyErrorKind> {
        let said = object(token.header).filter(|said| header::has_claims(said, plan.alg));
        said.ok_or(VerifyErrorKind::Malformed)?;
        let object = object(token.payload).ok_or(VerifyErrorKind::Malformed)?;
        let claims = Claims::read(&object, plan.body_hash(), plan.time.as_deref())?;
        let signature = plan.signature(token)?;
        let is_ours = plan
            .issuer
            .as_ref()
            .is_none_or(|issuer| object.is("iss", issuer));
        let is_here = plan.request.is_in(&object, &head.into())?;
        let mut signing = Signing::new(&ready.keys);
        for part in plan::input(token) {
            signing.absorb(part.as_bytes());
        }
        let fits = signing.finish(&ready.keys, &signature);
        if !(fits.any() && is_ours && is_here) {
            return Err(VerifyErrorKind::Signature);
        }
        Ok(Self {
            body: Sha256::new(),
            claims,
            fits,
            has_time: plan.time.is_some(),
        })
    }
}

/// The object in a segment.
pub(super) fn object(segment: &str) -> Option<Object> {
    Object::read(&compact::read(segment)?)
}

impl Job for Hashed {
    fn update(&mut self, piece: &[u8]) {
        if self.claims.body.is_some() {
            self.body.update(piece);
        }
    }

    fn finish(
        self: Box<Self>,
        ready: &Ready,
        _head: Head<'_>,
        now: Timestamp,
    ) -> Result<Found, VerifyError> {
        let Claims { body, dates, id } = self.claims;
        let hash = Tag::new(&self.body.finalize());
        let is_same = body.is_none_or(|expected| expected.ct_eq(&hash));
        let fits = self.fits.first(&ready.keys, now).filter(|_| is_same);
        let (index, tag) = fits.ok_or(VerifyErrorKind::Signature)?;
        dates.judge(self.has_time, &ready.plan, now)?;
        Ok(Found {
            index,
            tag,
            id,
            at: dates.at,
        })
    }
}
