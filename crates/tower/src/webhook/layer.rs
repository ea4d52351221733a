use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use portcullis_core::{Clock, DynMarkStore, MarkStore, SystemClock};
use tower_layer::Layer;

use super::{Verifiers, Webhook};

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
#[derive(Clone)]
#[must_use]
pub struct WebhookLayer<V> {
    verifiers: V,
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
            settings,
        }
    }

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

impl<S, V: Clone> Layer<S> for WebhookLayer<V> {
    type Service = Webhook<S, V>;

    fn layer(&self, inner: S) -> Self::Service {
        Webhook::new(inner, self.verifiers.clone(), self.settings.clone())
    }
}

impl<V> fmt::Debug for WebhookLayer<V> {
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
