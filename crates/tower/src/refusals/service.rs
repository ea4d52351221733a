use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use portcullis_core::{ErrorFormat, RequestId};
use tower_service::Service;

use super::{ResponseBody, ResponseFuture};

/// Service that writes refusals in the format of a surface.
///
/// See the [module](crate::refusals) for an example.
#[derive(Clone, Debug)]
#[must_use]
pub struct Refusals<S> {
    inner: S,
    format: Arc<dyn ErrorFormat>,
    bare: bool,
}

impl<S> Refusals<S> {
    pub(super) const fn new(inner: S, format: Arc<dyn ErrorFormat>, bare: bool) -> Self {
        Self {
            inner,
            format,
            bare,
        }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Refusals<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let request_id = request.extensions().get::<RequestId>().cloned();
        let format = Arc::clone(&self.format);
        ResponseFuture::new(self.inner.call(request), format, request_id, self.bare)
    }
}
