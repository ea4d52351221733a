use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use pin_project_lite::pin_project;

use crate::Rejection;
use crate::wiring::Report;

pin_project! {
    /// Response future of [`Require`](super::Require).
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F> {
        Calling { #[pin] future: F },
        Refused { rejection: Rejection },
        Reported { report: Report },
    }
}

impl<F> ResponseFuture<F> {
    pub(super) const fn calling(future: F) -> Self {
        Self {
            state: State::Calling { future },
        }
    }

    pub(super) const fn refused(rejection: Rejection) -> Self {
        Self {
            state: State::Refused { rejection },
        }
    }

    pub(super) const fn reported(report: Report) -> Self {
        Self {
            state: State::Reported { report },
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
        match self.project().state.project() {
            StateProj::Calling { future } => future.poll(cx),
            StateProj::Refused { rejection } => Poll::Ready(Ok(rejection.to_response())),
            StateProj::Reported { report } => Poll::Ready(Ok(report.to_response())),
        }
    }
}
