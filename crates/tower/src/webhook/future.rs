use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;

use super::Refused;

type Running<R, E> = Pin<Box<dyn Future<Output = Result<Response<R>, E>> + Send>>;

/// Response future of [`Webhook`](super::Webhook).
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<R, E>(State<R, E>);

enum State<R, E> {
    /// In a box, so that it needs not be `Unpin`; none once it was given.
    Answered(Option<Box<Response<R>>>),
    Refused(Refused),
    Running(Running<R, E>),
}

impl<R, E> ResponseFuture<R, E> {
    pub(super) const fn refused(refused: Refused) -> Self {
        Self(State::Refused(refused))
    }

    pub(super) fn answered(response: Response<R>) -> Self {
        Self(State::Answered(Some(Box::new(response))))
    }

    pub(super) fn running(
        future: impl Future<Output = Result<Response<R>, E>> + Send + 'static,
    ) -> Self {
        Self(State::Running(Box::pin(future)))
    }
}

impl<R: Default, E> Future for ResponseFuture<R, E> {
    type Output = Result<Response<R>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Answered(response) => {
                let response = response.take().expect("no future is polled after its end");
                Poll::Ready(Ok(*response))
            }
            State::Refused(refused) => Poll::Ready(Ok(refused.to_response())),
            State::Running(future) => future.as_mut().poll(cx),
        }
    }
}

impl<R, E> fmt::Debug for ResponseFuture<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
