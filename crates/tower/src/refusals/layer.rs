use std::sync::Arc;

use portcullis_core::ErrorFormat;
use tower_layer::Layer;

use super::Refusals;

/// Layer that applies [`Refusals`].
///
/// See the [module](crate::refusals) for an example.
#[derive(Clone, Debug)]
#[must_use]
pub struct RefusalsLayer {
    format: Arc<dyn ErrorFormat>,
    bare: bool,
}

impl RefusalsLayer {
    /// Writes refusals in `format`.
    pub fn new(format: impl ErrorFormat) -> Self {
        Self {
            format: Arc::new(format),
            bare: false,
        }
    }

    /// Also writes bodies for 404 and 405 responses that have neither a body nor a content type.
    pub fn with_bare_statuses(mut self) -> Self {
        self.bare = true;
        self
    }
}

impl<S> Layer<S> for RefusalsLayer {
    type Service = Refusals<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Refusals::new(inner, Arc::clone(&self.format), self.bare)
    }
}
