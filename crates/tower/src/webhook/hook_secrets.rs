use http::request::Parts;
use portcullis_core::StoreError;
use portcullis_webhook::WebhookSecret;

/// What became of a secret that a provider sent: one of these two, and never anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Kept {
    /// The endpoint awaits none: there is none such, or it has its secret already.
    Unawaited,
    /// It was awaited, and is kept.
    Yes,
}

/// Keeps the secrets that a provider sends ahead of its deliveries, as Asana does.
///
/// # Contract
///
/// 1. An endpoint awaits a secret only because your service has asked the provider for a webhook,
///    and only until one came, or until it asked in vain.
/// 2. `keep` is atomic: of any number of secrets for one endpoint, also at the same time, exactly one
///    is kept. A secret is never put in the place of another one.
/// 3. What is kept outlives the process: an endpoint that forgets its secret would await one again.
///
/// # Security
///
/// Nobody has signed the request, and the head says what the sender likes. Whoever is first at an
/// endpoint that awaits a secret is who it listens to from then on: give endpoints paths that nobody
/// can guess.
pub trait HookSecrets: Send + Sync + 'static {
    /// Keeps the secret if the endpoint of this head awaits one.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be told or not be kept; the provider is answered 503.
    fn keep(
        &self,
        head: &Parts,
        secret: WebhookSecret,
    ) -> impl Future<Output = Result<Kept, StoreError>> + Send;
}
