use std::fmt;
use std::sync::Arc;

use portcullis_core::Timestamp;

use crate::crc32::Crc32;
use crate::entries::Signatures;
use crate::head::{Facts, Head};
use crate::job::Job;
use crate::keyed::Keyed;
use crate::mac::{Mac, Sink, Tag};
use crate::part::Part;
use crate::public_key::Message;
use crate::ready::{Key, Ready};
use crate::verified::Receipt;
use crate::{VerifyError, VerifyErrorKind, entries};

/// How many bytes all secrets look at before the next ones are looked at: they stay in the cache.
pub(crate) const STRIDE: usize = 16 * 1_024;

/// A delivery of which the head is known and the body is arriving.
#[must_use]
pub struct Check {
    ready: Arc<Ready>,
    work: Work,
    age: Result<(), VerifyErrorKind>,
    now: Timestamp,
    length: u64,
    /// What stands for the body.
    checksum: Option<Crc32>,
}

/// What becomes of the body as it arrives.
#[expect(
    clippy::large_enum_variant,
    reason = "the large one is what nearly all are, and a box would be an allocation a delivery"
)]
enum Work {
    Job(Box<dyn Job>),
    Macs {
        macs: Macs,
        signatures: Signatures,
    },
    Public {
        message: Message,
        signatures: Vec<Vec<u8>>,
    },
    /// Nothing before all of it is there.
    Whole(Vec<u8>),
}

impl Check {
    /// Begins with the head; its age is told at the end.
    pub(crate) fn new(
        ready: Arc<Ready>,
        head: Head<'_>,
        now: Timestamp,
    ) -> Result<Self, VerifyError> {
        let plan = &*ready.plan;
        let (work, age) = match plan.recipe.begin(&ready, head)? {
            Some(job) => (Work::Job(job), Ok(())),
            None => {
                let facts = Facts::read(plan, head)?;
                let mut work = Work::new(&ready, head, &facts)?;
                work.feed(&facts, &plan.before, &ready.keys)?;
                (work, facts.age(plan, now))
            }
        };
        Ok(Self {
            age,
            checksum: plan.has_checksum.then(Crc32::new),
            work,
            ready,
            now,
            length: 0,
        })
    }

    /// Takes the next piece of the body, exactly as it was received.
    ///
    /// # Errors
    ///
    /// [`VerifyErrorKind::TooLarge`] if the body is longer than the scheme allows.
    pub fn update(&mut self, piece: &[u8]) -> Result<(), VerifyError> {
        self.length = self.ready.plan.longer(self.length, piece)?;
        match (&mut self.work, &mut self.checksum) {
            (Work::Job(job), _) => job.update(piece),
            (_, Some(checksum)) => checksum.update(piece),
            (work, None) if self.ready.plan.signs_body => work.body(piece),
            _ => {}
        }
        Ok(())
    }

    /// Ends the body and gives the verdict. The head is that with which it began.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] if no signature fits, or if one does and the delivery is too old or early.
    pub fn finish(mut self, head: Head<'_>) -> Result<Receipt, VerifyError> {
        let (plan, keys) = (&*self.ready.plan, &*self.ready.keys);
        if let Work::Job(job) = self.work {
            let found = job.finish(&self.ready, head, self.now)?;
            return Ok(Receipt::of(self.ready, &found));
        }
        if let Work::Whole(body) = self.work {
            return self.ready.judge_form(head, &body, self.now);
        }
        let facts = Facts::read(plan, head)?;
        if let Some(checksum) = self.checksum {
            self.work.body(checksum.finish().to_string().as_bytes());
        }
        self.work.feed(&facts, &plan.after, keys)?;
        let fits = match self.work {
            Work::Job(_) | Work::Whole(_) => None,
            Work::Public {
                message,
                signatures,
            } => public(message, &signatures, keys, self.now),
            Work::Macs { macs, signatures } => macs.finish(|index, tag| {
                let is_good = keys.get(index).is_some_and(|key| key.is_good(self.now));
                signatures.contain(tag, plan, facts.signatures) & is_good
            }),
        };
        let (index, tag) = fits.ok_or(VerifyErrorKind::Signature)?;
        self.age?;
        Ok(Receipt::new(self.ready, index, &tag, &facts))
    }
}

impl Work {
    fn new(ready: &Ready, head: Head<'_>, facts: &Facts<'_>) -> Result<Self, VerifyError> {
        let plan = &*ready.plan;
        if let Some(Keyed::Half(key)) = ready.keys.first().map(|key| &key.keyed) {
            return Ok(Self::Public {
                signatures: entries::long(plan, facts.signatures)?,
                message: key.message(),
            });
        }
        let signatures = Signatures::read(plan, facts.signatures)?;
        if plan.form.is_some() {
            head.url().ok_or(VerifyErrorKind::Url)?;
            return Ok(Self::Whole(Vec::new()));
        }
        Ok(Self::Macs {
            signatures,
            macs: Macs::new(&ready.keys),
        })
    }

    /// Takes what is signed besides the body.
    fn feed(&mut self, facts: &Facts<'_>, parts: &[Part], keys: &[Key]) -> Result<(), VerifyError> {
        match self {
            Self::Job(_) | Self::Whole(_) => Ok(()),
            Self::Public { message, .. } => facts.feed(parts, &[], message),
            Self::Macs { macs, .. } => {
                let mut all = macs.each().zip(keys);
                all.try_for_each(|(mac, key)| facts.feed(parts, key.labelled.secret.expose(), mac))
            }
        }
    }

    fn body(&mut self, piece: &[u8]) {
        match self {
            Self::Job(_) => {}
            Self::Whole(body) => body.absorb(piece),
            Self::Public { message, .. } => message.absorb(piece),
            Self::Macs { macs, .. } => {
                for stride in piece.chunks(STRIDE) {
                    macs.each().for_each(|mac| mac.absorb(stride));
                }
            }
        }
    }
}

/// The first key that is good and that any of the signatures fits. None of this is secret.
fn public(
    message: Message,
    signatures: &[Vec<u8>],
    keys: &[Key],
    now: Timestamp,
) -> Option<(usize, Tag)> {
    let message = message.finish();
    let index = keys.iter().position(|key| match &key.keyed {
        Keyed::Half(public) if key.is_good(now) => {
            let mut signatures = signatures.iter();
            signatures.any(|signature| public.accepts(&message, signature))
        }
        Keyed::Half(_) | Keyed::Mac(_) => false,
    })?;
    Some((index, message.tag()))
}

/// The state of each secret; two have room without an allocation.
struct Macs {
    first: Option<Mac>,
    second: Option<Mac>,
    more: Vec<Mac>,
}

impl Macs {
    fn new(keys: &[Key]) -> Self {
        let mut macs = keys.iter().map_while(|key| match &key.keyed {
            Keyed::Mac(mac) => Some(mac.clone()),
            Keyed::Half(_) => None,
        });
        Self {
            first: macs.next(),
            second: macs.next(),
            more: macs.collect(),
        }
    }

    fn each(&mut self) -> impl Iterator<Item = &mut Mac> {
        let two = self.first.iter_mut().chain(&mut self.second);
        two.chain(&mut self.more)
    }

    /// The first that fits. All are looked at, in a time that does not depend on their bytes.
    fn finish(self, mut fits: impl FnMut(usize, &Tag) -> bool) -> Option<(usize, Tag)> {
        let all = self.first.into_iter().chain(self.second).chain(self.more);
        let mut found = None;
        for (index, mac) in all.enumerate() {
            let tag = mac.finish();
            if fits(index, &tag) {
                found = found.or(Some((index, tag)));
            }
        }
        found
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut check = f.debug_struct("Check");
        check
            .field("scheme", &self.ready.plan.name)
            .field("length", &self.length);
        check.finish_non_exhaustive()
    }
}
