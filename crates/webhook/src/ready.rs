//! A plan and the secrets that are good for it.

use std::sync::Arc;

use portcullis_core::Timestamp;

use crate::check::STRIDE;
use crate::entries::Signatures;
use crate::head::{Facts, Head};
use crate::keyed::Keyed;
use crate::mac::Tag;
use crate::plan::Plan;
use crate::public_key::PublicKey;
use crate::secret::Labelled;
use crate::verified::Receipt;
use crate::{Check, ConfigError, ConfigErrorKind, SecretSet, VerifyError, VerifyErrorKind};

/// What verifies deliveries: what a [`Check`] and a [`Receipt`] hold on to.
pub(crate) struct Ready {
    pub(crate) plan: Arc<Plan>,
    pub(crate) keys: Box<[Key]>,
}

/// A secret, ready for use.
pub(crate) struct Key {
    pub(crate) labelled: Labelled,
    pub(crate) keyed: Keyed<PublicKey>,
}

impl Key {
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        self.labelled.until.is_none_or(|until| now < until)
    }
}

impl Ready {
    pub(crate) fn new(plan: Arc<Plan>, secrets: SecretSet) -> Result<Self, ConfigError> {
        let key = |labelled: Labelled| {
            let keyed = Keyed::verifying(plan.algorithm, &labelled.secret)?;
            Ok(Key { labelled, keyed })
        };
        let keys = secrets.into_vec().into_iter().map(key);
        let keys: Box<[Key]> = keys.collect::<Result<_, ConfigError>>()?;
        if keys.is_empty() {
            return Err(ConfigErrorKind::SecretMissing.into());
        }
        Ok(Self { plan, keys })
    }

    /// Judges a delivery whose body is there.
    pub(crate) fn judge(
        self: Arc<Self>,
        head: Head<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Receipt, VerifyError> {
        // A body that does not fit into the cache is read once for all secrets, piece by piece.
        let is_short = self.keys.len() == 1 || body.len() <= STRIDE;
        if self.plan.form.is_some() {
            return self.judge_form(head, body, now);
        }
        if is_short && self.plan.is_mac() {
            return self.judge_macs(head, body, now);
        }
        let mut check = Check::new(self, head, now)?;
        check.update(body)?;
        check.finish(head)
    }

    /// The same of a form, whose provider may have signed another form of the URL.
    pub(crate) fn judge_form(
        self: Arc<Self>,
        head: Head<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Receipt, VerifyError> {
        let form = self.plan.form.as_ref();
        let other = form.and_then(|form| form.other_url(head.url()?));
        let outcome = Arc::clone(&self).judge_macs(head, body, now);
        match (outcome, other) {
            (Err(error), Some(other)) if error.kind() == VerifyErrorKind::Signature => {
                self.judge_macs(head.with_url(&other), body, now)
            }
            (outcome, _) => outcome,
        }
    }

    /// The same in one go, which a small body needs more than a large one: nothing is kept between
    /// its head and its end.
    fn judge_macs(
        self: Arc<Self>,
        head: Head<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Receipt, VerifyError> {
        let plan = &*self.plan;
        let facts = Facts::read(plan, head)?;
        let signatures = Signatures::read(plan, facts.signatures)?;
        plan.longer(0, body)?;
        let (mut fits, mut mark) = (None, Tag::zeros(0));
        for (index, key) in self.keys.iter().enumerate() {
            let Keyed::Mac(mac) = &key.keyed else {
                continue;
            };
            let secret = key.labelled.secret.expose();
            let tag = mac.of(|to| plan.feed(&facts, secret, body, to))?;
            if signatures.contain(&tag, plan, facts.signatures) & key.is_good(now) & fits.is_none()
            {
                (fits, mark) = (Some(index), tag);
            }
        }
        let index = fits.ok_or(VerifyErrorKind::Signature)?;
        facts.age(plan, now)?;
        Ok(Receipt::new(self, index, &mark, &facts))
    }
}
