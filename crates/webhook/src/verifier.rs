use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use portcullis_core::Timestamp;

use crate::head::{Facts, Head};
use crate::mac::{Mac, Tag};
use crate::plan::Plan;
use crate::secret::Labelled;
use crate::verified::{Receipt, Verified};
use crate::{
    ConfigError, ConfigErrorKind, Scheme, SecretSet, VerifyError, VerifyErrorKind, entries,
};

/// How many bytes all secrets look at before the next ones are looked at: they stay in the cache.
const STRIDE: usize = 16 * 1_024;

/// Verifies the deliveries of one provider.
///
/// Clones share the secrets. A delivery whose body is in memory takes one call; one that arrives in
/// pieces is [begun](Self::begin) with its head, which refuses what cannot be right before a byte of
/// the body was read.
///
/// ```
/// use http::HeaderMap;
/// use portcullis_core::Timestamp;
/// use portcullis_webhook::{Head, SecretFormat, SecretSet, Verifier, WebhookSecret, schemes};
///
/// let secret = WebhookSecret::new(SecretFormat::Utf8, "It's a Secret to Everybody")?;
/// let verifier = Verifier::new(&schemes::GITHUB, SecretSet::new("2026", secret))?;
///
/// let mut headers = HeaderMap::new();
/// let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
/// headers.insert("x-hub-signature-256", signature.parse()?);
///
/// let verified = verifier.verify(Head::new(&headers), "Hello, World!", Timestamp::from_secs(0))?;
/// assert_eq!(verified.receipt().label(), "2026");
/// assert!(verifier.verify(Head::new(&headers), "Hello, World?", Timestamp::from_secs(0)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Verifier {
    plan: Arc<Plan>,
    keys: Arc<RwLock<Arc<[Key]>>>,
}

/// A secret, ready for use.
pub(crate) struct Key {
    pub(crate) labelled: Labelled,
    pub(crate) mac: Mac,
}

impl Verifier {
    /// Makes a verifier of a scheme and the secrets that are good for it.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the scheme cannot work.
    pub fn new(scheme: &Scheme<'_>, secrets: SecretSet) -> Result<Self, ConfigError> {
        let plan = Plan::new(scheme)?;
        let keys = keys(&plan, secrets)?;
        Ok(Self {
            plan: Arc::new(plan),
            keys: Arc::new(RwLock::new(keys)),
        })
    }

    /// Puts other secrets in the place of all there are, for this verifier and its clones.
    ///
    /// A delivery that has begun is judged by the secrets of when it began.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if there is none; what was there stays.
    pub fn replace_secrets(&self, secrets: SecretSet) -> Result<(), ConfigError> {
        let keys = keys(&self.plan, secrets)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// The name of the scheme.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.plan.name
    }

    /// How many bytes a body may have.
    #[must_use]
    pub fn body_limit(&self) -> u64 {
        self.plan.body_limit
    }

    /// Verifies a delivery whose body is there.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] if it is not accepted.
    pub fn verify<B: AsRef<[u8]>>(
        &self,
        head: Head<'_>,
        body: B,
        now: Timestamp,
    ) -> Result<Verified<B>, VerifyError> {
        let mut check = self.begin(head, now)?;
        check.update(body.as_ref())?;
        let receipt = check.finish(head)?;
        Ok(Verified::new(body, receipt))
    }

    /// Begins with the head of a delivery; its body comes in pieces.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] if the head alone shows that it cannot be accepted: a header is missing or
    /// cannot be read. Its age is not told before its signature is known to be right.
    pub fn begin(&self, head: Head<'_>, now: Timestamp) -> Result<Check, VerifyError> {
        let facts = Facts::read(&self.plan, head)?;
        let mut first = None;
        let count = entries::each(&self.plan, head, |tag| {
            first.get_or_insert(tag);
        })?;
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        let mut macs = Macs::new(&keys);
        let mut fed = Ok(());
        macs.each(|index, mac| {
            let secret = keys.get(index).map(|key| key.labelled.secret.expose());
            let outcome = facts.feed(&self.plan.before, secret.unwrap_or_default(), |bytes| {
                mac.update(bytes);
            });
            fed = std::mem::replace(&mut fed, Ok(())).and(outcome);
        });
        fed?;
        Ok(Check {
            plan: Arc::clone(&self.plan),
            keys,
            macs,
            first: first.filter(|_| count == 1),
            age: self.age(&facts, now),
            now,
            length: 0,
        })
    }

    /// What is to be said of the age, once the signature is known to be right.
    fn age(&self, facts: &Facts<'_>, now: Timestamp) -> Result<(), VerifyErrorKind> {
        let limits = self.plan.time.as_ref().and_then(|time| time.limits);
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
}

fn keys(plan: &Plan, secrets: SecretSet) -> Result<Arc<[Key]>, ConfigError> {
    let key = |labelled: Labelled| Key {
        mac: Mac::new(plan.algorithm, labelled.secret.expose()),
        labelled,
    };
    let keys: Arc<[Key]> = secrets.into_vec().into_iter().map(key).collect();
    if keys.is_empty() {
        return Err(ConfigErrorKind::SecretMissing.into());
    }
    Ok(keys)
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("scheme", &self.plan.name)
            .finish_non_exhaustive()
    }
}

/// A delivery of which the head is known and the body is arriving.
#[must_use]
pub struct Check {
    plan: Arc<Plan>,
    keys: Arc<[Key]>,
    macs: Macs,
    /// The signature, if the header has one alone.
    first: Option<Tag>,
    age: Result<(), VerifyErrorKind>,
    now: Timestamp,
    length: u64,
}

/// The state of each secret; two have room without an allocation.
struct Macs {
    first: Option<Mac>,
    second: Option<Mac>,
    more: Vec<Mac>,
}

impl Macs {
    fn new(keys: &[Key]) -> Self {
        let mut macs = keys.iter().map(|key| key.mac.clone());
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

    fn into_each(self, visit: impl FnMut((usize, Mac))) {
        let all = self.first.into_iter().chain(self.second).chain(self.more);
        all.enumerate().for_each(visit);
    }
}

impl Check {
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
        if self.plan.signs_body {
            for stride in piece.chunks(STRIDE) {
                self.macs.each(|_, mac| mac.update(stride));
            }
        }
        Ok(())
    }

    /// Ends the body and gives the verdict. The head is that with which it began.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] if no signature fits, or if one does and the delivery is too old or early.
    pub fn finish(mut self, head: Head<'_>) -> Result<Receipt, VerifyError> {
        let facts = Facts::read(&self.plan, head)?;
        let mut fed = Ok(());
        let keys = &self.keys;
        self.macs.each(|index, mac| {
            let secret = keys.get(index).map(|key| key.labelled.secret.expose());
            let outcome = facts.feed(&self.plan.after, secret.unwrap_or_default(), |bytes| {
                mac.update(bytes);
            });
            fed = std::mem::replace(&mut fed, Ok(())).and(outcome);
        });
        fed?;
        let (mut fits, mut refused) = (None, Ok(()));
        let (plan, keys, now) = (&self.plan, &self.keys, self.now);
        self.macs.into_each(|(index, mac)| {
            let tag = mac.finish();
            let is_good = keys
                .get(index)
                .is_some_and(|key| key.labelled.until.is_none_or(|until| now < until));
            let mut is_same = false;
            match &self.first {
                Some(first) => is_same = tag.ct_eq(first),
                None => {
                    let all = entries::each(plan, head, |entry| is_same |= tag.ct_eq(&entry));
                    refused = all.map(drop);
                }
            }
            if is_same & is_good {
                fits = fits.or(Some((index, tag)));
            }
        });
        refused?;
        let (index, tag) = fits.ok_or(VerifyErrorKind::Signature)?;
        self.age?;
        Ok(Receipt::new(self.plan, self.keys, index, tag, &facts))
    }
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
