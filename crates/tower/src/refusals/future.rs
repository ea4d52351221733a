use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;
use portcullis_core::{ErrorFormat, Refusal, RefusalKind, RequestId};

use super::ResponseBody;

pin_project! {
    /// Response future of [`Refusals`](super::Refusals).
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        format: Arc<dyn ErrorFormat>,
        request_id: Option<RequestId>,
        bare: bool,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) const fn new(
        inner: F,
        format: Arc<dyn ErrorFormat>,
        request_id: Option<RequestId>,
        bare: bool,
    ) -> Self {
        Self {
            inner,
            format,
            request_id,
            bare,
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body<Data = Bytes>,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match ready!(this.inner.poll(cx)) {
            Ok(response) => response,
            Err(error) => return Poll::Ready(Err(error)),
        };
        let told = response.extensions_mut().remove::<Refusal>();
        let refusal = told.or_else(|| {
            if *this.bare {
                bare_refusal(&response)
            } else {
                None
            }
        });
        Poll::Ready(Ok(match refusal {
            Some(refusal) => write(
                response,
                this.format.render(&refusal, this.request_id.as_ref()),
            ),
            None => response.map(ResponseBody::inner),
        }))
    }
}

/// The refusal that a router's bare status stands for.
fn bare_refusal<B: Body>(response: &Response<B>) -> Option<Refusal> {
    let kind = match response.status() {
        StatusCode::NOT_FOUND => RefusalKind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => RefusalKind::MethodNotAllowed,
        _ => return None,
    };
    let has_body = response.body().size_hint().exact() != Some(0);
    let bare = !has_body && !response.headers().contains_key(CONTENT_TYPE);
    bare.then(|| Refusal::new(kind))
}

/// Puts the rendered status, headers and body in the place of the response's own; its other
/// headers and its extensions stay.
fn write<B>(response: Response<B>, rendered: Response<Bytes>) -> Response<ResponseBody<B>> {
    let (mut parts, _) = response.into_parts();
    let (told, body) = rendered.into_parts();
    parts.status = told.status;
    parts.headers.remove(CONTENT_LENGTH);
    for (name, value) in &told.headers {
        parts.headers.insert(name, value.clone());
    }
    Response::from_parts(parts, ResponseBody::refusal(body))
}
