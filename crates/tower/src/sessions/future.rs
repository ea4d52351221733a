use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;
use portcullis_session::{Session, SessionError};

use crate::Rejection;

pin_project! {
    /// Response future of [`Sessions`](super::Sessions).
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F>
    where
        F: Future,
    {
        #[pin]
        inner: F,
        session: Session,
        // What came from inside, while what was set is being written.
        waiting: Option<(F::Output, Commit)>,
    }
}

type Commit = Pin<Box<dyn Future<Output = Result<(), SessionError>> + Send>>;

impl<F: Future> ResponseFuture<F> {
    pub(super) const fn new(inner: F, session: Session) -> Self {
        Self {
            inner,
            session,
            waiting: None,
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.waiting.is_none() {
            let output = ready!(this.inner.poll(cx));
            if output.is_err() || !this.session.is_dirty() {
                return Poll::Ready(output.map(|response| finish(this.session, response)));
            }
            // The one allocation of a request that writes: a request that reads has none here.
            let session = this.session.clone();
            *this.waiting = Some((output, Box::pin(async move { session.commit().await })));
        }
        let Some((_, commit)) = this.waiting else {
            return Poll::Pending;
        };
        let committed = ready!(commit.as_mut().poll(cx));
        let Some((output, _)) = this.waiting.take() else {
            return Poll::Pending;
        };
        Poll::Ready(output.map(|response| match committed {
            Ok(()) => finish(this.session, response),
            Err(error) => finish(this.session, Rejection::from(error).to_response()),
        }))
    }
}

fn finish<B>(session: &Session, mut response: Response<B>) -> Response<B> {
    session.finish(response.headers_mut());
    response
}
