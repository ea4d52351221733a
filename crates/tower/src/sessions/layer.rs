use portcullis_session::Lifecycle;
use tower_layer::Layer;

use super::Sessions;

/// Layer that applies [`Sessions`].
///
/// See the [module](crate::sessions) for an example.
#[derive(Clone, Debug)]
#[must_use]
pub struct SessionsLayer {
    lifecycle: Lifecycle,
}

impl SessionsLayer {
    /// Makes a layer of a lifecycle.
    pub const fn new(lifecycle: Lifecycle) -> Self {
        Self { lifecycle }
    }
}

impl<S> Layer<S> for SessionsLayer {
    type Service = Sessions<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Sessions::new(inner, self.lifecycle.clone())
    }
}
