use tower_layer::Layer;

use super::Authenticate;

/// Layer that applies [`Authenticate`].
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
#[non_exhaustive]
pub struct AuthenticateLayer;

impl AuthenticateLayer {
    /// Makes a layer that authenticates by session.
    pub const fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for AuthenticateLayer {
    type Service = Authenticate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Authenticate::new(inner)
    }
}
