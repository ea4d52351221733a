use std::fmt;
use std::sync::Arc;

use portcullis_core::Timestamp;

use crate::head::{Facts, Head};
use crate::keyed::Keyed;
use crate::mac::{Mac, Tag};
use crate::plan::{Part, Plan};
use crate::public_key::Message;
use crate::verified::Receipt;
use crate::verifier::Key;
use crate::{VerifyError, VerifyErrorKind, entries};

/// How many bytes all secrets look at before the next ones are looked at: they stay in the cache.
const STRIDE: usize = 16 * 1_024;

/// A delivery of which the head is known and the body is arriving.
#[must_use]
pub struct Check {
    plan: Arc<Plan>,
    keys: Arc<[Key]>,
    /// Empty if there are public keys. In an enum with [`Public`] it would be moved once more, which
    /// costs a tenth of a small delivery.
    macs: Macs,
    /// The signature, if the header has one alone, and there are MACs.
    alone: Option<Tag>,
    public: Option<Box<Public>>,
    age: Result<(), VerifyErrorKind>,
    now: Timestamp,
    length: u64,
}

impl Check {
    /// Begins with the head; its age is told at the end.
    pub(crate) fn new(
        plan: &Arc<Plan>,
        keys: Arc<[Key]>,
        head: Head<'_>,
        now: Timestamp,
    ) -> Result<Self, VerifyError> {
        let facts = Facts::read(plan, head)?;
        let mut public = Public::new(plan, &keys, head)?;
        let mut alone = None;
        if public.is_none() {
            let count = entries::each(plan, head, |tag| {
                alone.get_or_insert(tag);
            })?;
            alone = alone.filter(|_| count == 1);
        }
        let mut macs = Macs::new(&keys);
        feed(
            &facts,
            &plan.before,
            &keys,
            &mut macs,
            public.as_deref_mut(),
        )?;
        Ok(Self {
            plan: Arc::clone(plan),
            keys,
            macs,
            alone,
            public,
            age: age(plan, &facts, now),
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
        let piece_len = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(piece_len);
        if self.length > self.plan.body_limit {
            return Err(VerifyErrorKind::TooLarge.into());
        }
        if !self.plan.signs_body {
            return Ok(());
        }
        if let Some(public) = &mut self.public {
            public.message.update(piece);
            return Ok(());
        }
        for stride in piece.chunks(STRIDE) {
            self.macs.each(|_, mac| mac.update(stride));
        }
        Ok(())
    }

    /// Ends the body and gives the verdict. The head is that with which it began.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] if no signature fits, or if one does and the delivery is too old or early.
    pub fn finish(mut self, head: Head<'_>) -> Result<Receipt, VerifyError> {
        let (plan, keys) = (&*self.plan, &self.keys);
        let facts = Facts::read(plan, head)?;
        let public = self.public.as_deref_mut();
        feed(&facts, &plan.after, keys, &mut self.macs, public)?;
        let fits = match self.public {
            Some(public) => public.finish(keys, self.now),
            None => {
                let alone = self.alone.as_ref();
                fitting(&mut self.macs, alone, plan, keys, head, self.now)?
            }
        };
        let (index, tag) = fits.ok_or(VerifyErrorKind::Signature)?;
        self.age?;
        Ok(Receipt::new(self.plan, self.keys, index, tag, &facts))
    }
}

/// Feeds what is signed besides the body.
#[inline]
fn feed(
    facts: &Facts<'_>,
    parts: &[Part],
    keys: &[Key],
    macs: &mut Macs,
    public: Option<&mut Public>,
) -> Result<(), VerifyError> {
    if let Some(public) = public {
        return facts.feed(parts, &[], |bytes| public.message.update(bytes));
    }
    let mut fed = Ok(());
    macs.each(|index, mac| {
        let secret = keys.get(index).map(|key| key.labelled.secret.expose());
        let outcome = facts.feed(parts, secret.unwrap_or_default(), |bytes| {
            mac.update(bytes);
        });
        fed = std::mem::replace(&mut fed, Ok(())).and(outcome);
    });
    fed
}

/// What is to be said of the age, once the signature is known to be right.
fn age(plan: &Plan, facts: &Facts<'_>, now: Timestamp) -> Result<(), VerifyErrorKind> {
    let limits = plan.time.as_ref().and_then(|time| time.limits);
    let Some(((past, future), at)) = limits.zip(facts.time) else {
        return Ok(());
    };
    if at > now.after(future) {
        return Err(VerifyErrorKind::Early);
    }
    if at.after(past) < now {
        return Err(VerifyErrorKind::Stale);
    }
    Ok(())
}

/// What there is with public keys.
struct Public {
    message: Message,
    signatures: Vec<Vec<u8>>,
}

impl Public {
    fn new(plan: &Plan, keys: &[Key], head: Head<'_>) -> Result<Option<Box<Self>>, VerifyError> {
        let Some(Keyed::Half(key)) = keys.first().map(|key| &key.keyed) else {
            return Ok(None);
        };
        let mut signatures = Vec::new();
        entries::each_long(plan, head, |signature| signatures.push(signature))?;
        let message = key.message();
        Ok(Some(Box::new(Self {
            message,
            signatures,
        })))
    }

    /// The first key that is good and that any of the signatures fits. None of this is secret.
    fn finish(self, keys: &[Key], now: Timestamp) -> Option<(usize, Tag)> {
        let message = self.message.finish();
        let index = keys.iter().position(|key| match &key.keyed {
            Keyed::Half(public) if key.is_good(now) => {
                let mut signatures = self.signatures.iter();
                signatures.any(|signature| public.accepts(&message, signature))
            }
            Keyed::Half(_) | Keyed::Mac(_) => false,
        })?;
        Some((index, message.tag()))
    }
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

    fn each(&mut self, mut visit: impl FnMut(usize, &mut Mac)) {
        let Self {
            first,
            second,
            more,
        } = self;
        let all = first.iter_mut().chain(second).chain(more);
        all.enumerate().for_each(|(index, mac)| visit(index, mac));
    }
}

/// The first secret that is good and whose MAC is one of the signatures. All are looked at, in a
/// time that does not depend on their bytes.
fn fitting(
    macs: &mut Macs,
    alone: Option<&Tag>,
    plan: &Plan,
    keys: &[Key],
    head: Head<'_>,
    now: Timestamp,
) -> Result<Option<(usize, Tag)>, VerifyError> {
    let (mut fits, mut refused) = (None, Ok(()));
    macs.each(|index, mac| {
        // Finishing takes the state. To copy one of them is less than to move all of them.
        let tag = mac.clone().finish();
        let is_good = keys.get(index).is_some_and(|key| key.is_good(now));
        let mut is_same = false;
        match alone {
            Some(alone) => is_same = tag.ct_eq(alone),
            None => {
                let all = entries::each(plan, head, |entry| is_same |= tag.ct_eq(&entry));
                refused = all.map(drop);
            }
        }
        if is_same & is_good {
            fits = fits.or(Some((index, tag)));
        }
    });
    refused.map(|()| fits)
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut check = f.debug_struct("Check");
        check
            .field("scheme", &self.plan.name)
            .field("length", &self.length);
        check.finish_non_exhaustive()
    }
}
