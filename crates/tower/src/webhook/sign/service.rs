use std::task::{Context, Poll};

use http::Request;
use http_body::Body;
use tower_service::Service;

use super::{ResponseFuture, SignLayer, SignedBody, SignedError};

/// Service of [`SignLayer`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Sign<S> {
    inner: S,
    layer: SignLayer,
}

impl<S> Sign<S> {
    pub(super) const fn new(inner: S, layer: SignLayer) -> Self {
        Self { inner, layer }
    }
}

impl<S, B> Service<Request<B>> for Sign<S>
where
    S: Service<Request<SignedBody>> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    type Response = S::Response;
    type Error = SignedError<S::Error>;
    type Future = ResponseFuture<S::Response, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(SignedError::Inner)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The ready one is called, its clone waits to become ready.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        ResponseFuture::new(async move {
            let request = layer.sign(request).await.map_err(SignedError::Unsigned)?;
            inner.call(request).await.map_err(SignedError::Inner)
        })
    }
}
