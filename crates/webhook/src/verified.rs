use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::{Digest, Timestamp};

use crate::head::Facts;
use crate::mac::Tag;
use crate::plan::Plan;
use crate::verifier::Key;

/// A payload whose signature was verified. Nothing else makes one.
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
    plan: Arc<Plan>,
    keys: Arc<[Key]>,
    index: usize,
    tag: Tag,
    id: Id,
    at: Option<Timestamp>,
}

/// The id of a delivery; a short one needs no allocation.
#[derive(Clone)]
enum Id {
    None,
    Short([u8; Self::SHORT], usize),
    Long(Box<str>),
}

impl Receipt {
    pub(crate) fn new(
        plan: Arc<Plan>,
        keys: Arc<[Key]>,
        index: usize,
        tag: Tag,
        facts: &Facts<'_>,
    ) -> Self {
        Self {
            id: facts
                .id()
                .filter(|_| plan.signs_id())
                .map_or(Id::None, Id::new),
            at: facts.time,
            plan,
            keys,
            index,
            tag,
        }
    }

    /// The name of the scheme.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.plan.name
    }

    /// The label of the secret that it was signed with.
    #[must_use]
    pub fn label(&self) -> &str {
        self.keys
            .get(self.index)
            .map_or("", |key| &key.labelled.label)
    }

    /// The delivery's id, if the scheme signs one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match &self.id {
            Id::None => None,
            Id::Short(bytes, len) => bytes.get(..*len).and_then(|id| str::from_utf8(id).ok()),
            Id::Long(id) => Some(id),
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
        let (past, future) = self.plan.time.as_ref()?.limits?;
        Some(past.saturating_add(future))
    }

    /// What is the same for this delivery and every copy of it at this endpoint, and for no other:
    /// by the signed id, or by the MAC or hash of what is signed if no id is. A
    /// signature does not serve: of one by ECDSA anybody can make another that fits as well.
    #[must_use]
    pub fn digest(&self, endpoint: &str) -> Digest {
        let (kind, what) = match self.id() {
            Some(id) => ("id", id.as_bytes()),
            None => ("signature", self.tag.as_bytes()),
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

impl Id {
    const SHORT: usize = 62;

    fn new(id: &str) -> Self {
        let mut bytes = [0; Self::SHORT];
        match bytes.get_mut(..id.len()) {
            Some(room) => {
                room.copy_from_slice(id.as_bytes());
                Self::Short(bytes, id.len())
            }
            None => Self::Long(id.into()),
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
