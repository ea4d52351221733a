use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use portcullis_core::Timestamp;

use crate::head::Head;
use crate::plan::Plan;
use crate::ready::Ready;
use crate::verified::Verified;
use crate::{Check, ConfigError, Scheme, SecretSet, VerifyError};

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
    ready: Arc<RwLock<Arc<Ready>>>,
}

impl Verifier {
    /// Makes a verifier of a scheme and the secrets that are good for it.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the scheme cannot work, here or at all, or a secret cannot with it.
    pub fn new(scheme: &Scheme<'_>, secrets: SecretSet) -> Result<Self, ConfigError> {
        let plan = Arc::new(Plan::new(scheme)?);
        let ready = Arc::new(Ready::new(Arc::clone(&plan), secrets)?);
        Ok(Self {
            plan,
            ready: Arc::new(RwLock::new(ready)),
        })
    }

    /// Puts other secrets in the place of all there are, for this verifier and its clones.
    ///
    /// A delivery that has begun is judged by the secrets of when it began.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if there is none, or one that cannot work; what was there stays.
    pub fn replace_secrets(&self, secrets: SecretSet) -> Result<(), ConfigError> {
        let ready = Arc::new(Ready::new(Arc::clone(&self.plan), secrets)?);
        *self.ready.write().unwrap_or_else(PoisonError::into_inner) = ready;
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
        let receipt = self.ready().judge(head, body.as_ref(), now)?;
        Ok(Verified::new(body, receipt))
    }

    /// Begins with the head of a delivery; its body comes in pieces.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] if the head alone shows that it cannot be accepted: a header is missing or
    /// cannot be read. Its age is not told before its signature is known to be right.
    pub fn begin(&self, head: Head<'_>, now: Timestamp) -> Result<Check, VerifyError> {
        Check::new(self.ready(), head, now)
    }

    fn ready(&self) -> Arc<Ready> {
        Arc::clone(&self.ready.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("scheme", &self.plan.name)
            .finish_non_exhaustive()
    }
}
