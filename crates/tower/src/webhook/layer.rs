use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use portcullis_core::{Clock, DynMarkStore, MarkStore, SystemClock};
use portcullis_webhook::handshake::Responder;
use tower_layer::Layer;

use super::{Handshakes, HookSecrets, Verifiers, Webhook};

/// Waits until a body has had its time.
pub(super) type Deadline = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// What becomes of a delivery that was here before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Replays {
    /// It is answered 200 and no handler sees it: for providers that send again what they think was
    /// lost.
    Acknowledge,
    /// It is refused like a forgery.
    #[default]
    Refuse,
}

/// Layer that verifies deliveries.
///
/// `H` is [`Handshakes`] if it answers any.
#[derive(Clone)]
#[must_use]
pub struct WebhookLayer<V, H = ()> {
    verifiers: V,
    handshakes: H,
    settings: Settings,
}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) url: Option<Arc<str>>,
    pub(super) deadline: Option<Deadline>,
    pub(super) memory: Option<Memory>,
}

/// Where deliveries are remembered.
#[derive(Clone)]
pub(super) struct Memory {
    pub(super) marks: Arc<dyn DynMarkStore>,
    pub(super) endpoint: Arc<str>,
    pub(super) replays: Replays,
}

impl<V: Verifiers> WebhookLayer<V> {
    /// Verifies by one verifier, or by the one that is found for each request.
    pub fn new(verifiers: V) -> Self {
        let settings = Settings {
            clock: Arc::new(SystemClock),
            url: None,
            deadline: None,
            memory: None,
        };
        Self {
            verifiers,
            handshakes: (),
            settings,
        }
    }

    /// Answers a handshake of the provider, by `GET` as well if it comes so.
    ///
    /// What is signed is answered once it was verified, and is no delivery any more: no handler sees
    /// it, and [memory](Self::with_memory) does not hold it, so that a provider whose answer was lost
    /// can ask again. Where anybody can have a text signed by a challenge, a body that could be such a text is
    /// refused like a forgery. The bodies of responses must be made of [`Bytes`](bytes::Bytes).
    ///
    /// The secrets are those of the responder, which are not looked up by request. For tenants who
    /// have a secret each, ask the responder of each in a service outside of this layer, and refuse
    /// in the handler what it [would sign](Responder::would_sign).
    ///
    /// ```
    /// use portcullis_tower::WebhookLayer;
    /// use portcullis_webhook::handshake::{self, Responder, Shared};
    /// use portcullis_webhook::{SecretFormat, SecretSet, Verifier, WebhookSecret, schemes};
    ///
    /// let secret = WebhookSecret::new(SecretFormat::Utf8, "the consumer secret of an app")?;
    /// let secrets = SecretSet::new("2026", secret);
    /// let verifier = Verifier::new(&schemes::X, secrets.clone())?;
    /// let responder = Responder::new(handshake::X, Shared::Secrets(secrets))?;
    /// let layer = WebhookLayer::new(verifier).with_handshake(responder);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_handshake(self, responder: Responder) -> WebhookLayer<V, Handshakes> {
        self.with(Handshakes::responder(responder))
    }

    /// Keeps the secrets that Asana sends ahead of its deliveries, for endpoints that await one.
    pub fn with_hook_secrets(self, secrets: impl HookSecrets) -> WebhookLayer<V, Handshakes> {
        self.with(Handshakes::hook_secrets(secrets))
    }

    fn with(self, handshakes: Handshakes) -> WebhookLayer<V, Handshakes> {
        WebhookLayer {
            verifiers: self.verifiers,
            handshakes,
            settings: self.settings,
        }
    }
}

impl<V, H> WebhookLayer<V, H> {
    /// Takes the time from this clock.
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.settings.clock = Arc::new(clock);
        self
    }

    /// Says under which origin the provider knows this service, such as `https://example.com`, for
    /// schemes that sign the URL. Path and query are those of the request.
    ///
    /// # Security
    ///
    /// `Host` is never looked at: the sender chooses it.
    pub fn with_public_origin(mut self, origin: &str) -> Self {
        self.settings.url = Some(origin.trim_end_matches('/').into());
        self
    }

    /// Says how long a body may take: until the future that this makes is over, such as tokio's
    /// `sleep` of 30 seconds. No limit otherwise: this crate has no runtime to count time by.
    pub fn with_deadline<F>(mut self, deadline: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.settings.deadline = Some(Arc::new(move || Box::pin(deadline())));
        self
    }

    /// Remembers deliveries, so that each is handled once at this endpoint.
    ///
    /// A delivery is remembered by its signed id, or by its signature where no id is signed, for as
    /// long as its timestamp makes it acceptable; where no timestamp is signed, for three days. It
    /// is remembered before it is handled: what your handler then fails at is not sent in again by
    /// this layer.
    pub fn with_memory(mut self, marks: impl MarkStore, endpoint: &str, replays: Replays) -> Self {
        self.settings.memory = Some(Memory {
            marks: Arc::new(marks),
            endpoint: endpoint.into(),
            replays,
        });
        self
    }
}

impl<S, V: Clone, H: Clone> Layer<S> for WebhookLayer<V, H> {
    type Service = Webhook<S, V, H>;

    fn layer(&self, inner: S) -> Self::Service {
        Webhook {
            inner,
            verifiers: self.verifiers.clone(),
            handshakes: self.handshakes.clone(),
            settings: self.settings.clone(),
        }
    }
}

impl<V, H> fmt::Debug for WebhookLayer<V, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookLayer")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("url", &self.url)
            .field("has_deadline", &self.deadline.is_some())
            .field("remembers", &self.memory.is_some())
            .finish_non_exhaustive()
    }
}
