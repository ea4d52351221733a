use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::SignedError;

type Running<R, E> = Pin<Box<dyn Future<Output = Result<R, SignedError<E>>> + Send>>;

/// Response future of [`Sign`](super::Sign).
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<R, E>(Running<R, E>);

impl<R, E> ResponseFuture<R, E> {
    pub(super) fn new(
        future: impl Future<Output = Result<R, SignedError<E>>> + Send + 'static,
    ) -> Self {
        Self(Box::pin(future))
    }
}

impl<R, E> Future for ResponseFuture<R, E> {
    type Output = Result<R, SignedError<E>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl<R, E> fmt::Debug for ResponseFuture<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
