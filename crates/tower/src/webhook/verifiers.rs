use std::future::ready;

use http::request::Parts;
use portcullis_core::StoreError;
use portcullis_webhook::Verifier;

/// Finds the verifier of a request: by a part of its path, by a tenant's header.
///
/// # Contract
///
/// 1. The head is not verified: look a secret up by what it says, and believe nothing of it.
/// 2. `None` says that there is no such endpoint; the sender is told the same as for a wrong
///    signature. That is not all a sender can see: an endpoint that is there answers 400 or 413 to a
///    header that cannot be read or a body that is too long. Names of endpoints are no secrets.
/// 3. A verifier should be kept and not made anew for each request: what can be computed of a secret
///    beforehand, it has computed.
pub trait Verifiers: Clone + Send + Sync + 'static {
    /// Finds the verifier for this head.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be told; the sender is answered 503 and tries again.
    fn verifier(
        &self,
        head: &Parts,
    ) -> impl Future<Output = Result<Option<Verifier>, StoreError>> + Send;

    /// The verifier, if there is one alone and nobody has to wait for it.
    fn only(&self) -> Option<&Verifier> {
        None
    }
}

impl Verifiers for Verifier {
    fn verifier(
        &self,
        _: &Parts,
    ) -> impl Future<Output = Result<Option<Verifier>, StoreError>> + Send {
        ready(Ok(Some(self.clone())))
    }

    fn only(&self) -> Option<&Verifier> {
        Some(self)
    }
}
