use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::{Digest, Timestamp};

use crate::VerifyError;
use crate::head::Facts;
use crate::job::Found;
use crate::mac::Tag;
use crate::ready::Ready;

/// A payload whose signature was verified. Nothing else makes one.
///
/// ```compile_fail,E0451
/// # use portcullis_webhook::{Receipt, Verified};
/// # fn unchecked(payload: &'static str, receipt: Receipt) -> Verified<&'static str> {
/// Verified { payload, receipt } // nobody has verified it
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Verified<T> {
    payload: T,
    receipt: Receipt,
}

impl<T> Verified<T> {
    pub(crate) const fn new(payload: T, receipt: Receipt) -> Self {
        Self { payload, receipt }
    }

    /// The payload.
    pub const fn payload(&self) -> &T {
        &self.payload
    }

    /// Takes the payload out.
    pub fn into_payload(self) -> T {
        self.payload
    }

    /// By what it was verified.
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Makes something else of the payload, such as the value that its JSON is.
    ///
    /// # Errors
    ///
    /// What `read` fails with.
    pub fn try_map<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Verified<U>, E> {
        let payload = read(self.payload)?;
        Ok(Verified::new(payload, self.receipt))
    }
}

/// What is known of a delivery that was verified.
#[derive(Clone)]
pub struct Receipt {
    ready: Arc<Ready>,
    index: usize,
    mark: Mark,
    at: Option<Timestamp>,
}

/// What tells a delivery from all others.
#[derive(Clone)]
enum Mark {
    /// An id that is signed and needs no allocation.
    Id([u8; Self::SHORT], u8),
    /// An id that is signed.
    LongId(Box<str>),
    /// The MAC or hash of what is signed, if no id is; half of it if it has 64 bytes.
    Tag([u8; 32]),
}

impl Receipt {
    pub(crate) fn new(ready: Arc<Ready>, index: usize, tag: &Tag, facts: &Facts<'_>) -> Self {
        let id = facts.id().filter(|_| ready.plan.signs_id);
        Self {
            mark: id.map_or_else(|| Mark::Tag(tag.half()), Mark::id),
            at: facts.time,
            ready,
            index,
        }
    }

    pub(crate) fn of(ready: Arc<Ready>, found: &Found) -> Self {
        let id = found.id.as_deref();
        Self {
            mark: id.map_or_else(|| Mark::Tag(found.tag.half()), Mark::id),
            at: found.at,
            ready,
            index: found.index,
        }
    }

    /// The name of the scheme.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.ready.plan.name
    }

    /// The label of the secret that it was signed with.
    #[must_use]
    pub fn label(&self) -> &str {
        let key = self.ready.keys.get(self.index);
        key.map_or("", |key| &key.labelled.label)
    }

    /// The delivery's id, if the scheme signs one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match &self.mark {
            Mark::Id(bytes, len) => str::from_utf8(bytes.get(..usize::from(*len))?).ok(),
            Mark::LongId(id) => Some(id),
            Mark::Tag(_) => None,
        }
    }

    /// When the provider says that it was sent, if the scheme signs that.
    #[must_use]
    pub const fn at(&self) -> Option<Timestamp> {
        self.at
    }

    /// How long a copy of it would be accepted: for that long a delivery must be remembered. None if
    /// the scheme judges no age.
    #[must_use]
    pub fn lifetime(&self) -> Option<Duration> {
        let limits = self.ready.plan.limits.as_ref()?;
        Some(limits.past.saturating_add(limits.future))
    }

    /// Judges its age once more: for whoever has waited since its [head](crate::Check) was looked at,
    /// and wants to remember it.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] if the scheme judges ages, and it is too old or early.
    ///
    /// # Security
    ///
    /// Whoever sends the end of a body late would otherwise have a copy accepted when its
    /// [lifetime](Self::lifetime) is over, and nobody remembers the delivery any more.
    pub fn check_age(&self, now: Timestamp) -> Result<(), VerifyError> {
        let judged = self.ready.plan.limits.as_ref().zip(self.at);
        judged.map_or(Ok(()), |(limits, at)| Ok(limits.judge(at, now)?))
    }

    /// What is the same for this delivery and every copy of it at this endpoint, and for no other:
    /// by the signed id, or by the MAC or hash of what is signed if no id is. A
    /// signature does not serve: of one by ECDSA anybody can make another that fits as well.
    #[must_use]
    pub fn digest(&self, endpoint: &str) -> Digest {
        let (kind, what) = match &self.mark {
            Mark::Tag(tag) => ("signature", tag.as_slice()),
            Mark::Id(..) | Mark::LongId(_) => ("id", self.id().unwrap_or_default().as_bytes()),
        };
        Digest::of_parts(&[
            b"portcullis webhook delivery",
            self.scheme().as_bytes(),
            endpoint.as_bytes(),
            kind.as_bytes(),
            what,
        ])
    }
}

impl Mark {
    /// UUIDs have 36 characters.
    const SHORT: usize = 38;

    fn id(id: &str) -> Self {
        let mut bytes = [0; Self::SHORT];
        let room = bytes.get_mut(..id.len());
        match room.zip(u8::try_from(id.len()).ok()) {
            Some((room, len)) => {
                room.copy_from_slice(id.as_bytes());
                Self::Id(bytes, len)
            }
            None => Self::LongId(id.into()),
        }
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("scheme", &self.scheme())
            .field("label", &self.label())
            .field("id", &self.id())
            .field("at", &self.at)
            .finish()
    }
}
