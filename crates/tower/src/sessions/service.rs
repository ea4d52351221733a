use std::task::{Context, Poll};

use http::{Request, Response};
use portcullis_session::Lifecycle;
use tower_service::Service;

use super::ResponseFuture;

/// Service that gives each request its session.
///
/// See the [module](crate::sessions) for an example.
#[derive(Clone, Debug)]
#[must_use]
pub struct Sessions<S> {
    inner: S,
    lifecycle: Lifecycle,
}

impl<S> Sessions<S> {
    pub(super) const fn new(inner: S, lifecycle: Lifecycle) -> Self {
        Self { inner, lifecycle }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Sessions<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let session = self.lifecycle.session(request.headers());
        request.extensions_mut().insert(session.clone());
        ResponseFuture::new(self.inner.call(request), session)
    }
}
