use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use portcullis_core::Principal;
use portcullis_session::{Session, SessionError};
use tower_service::Service;

use super::{Asked, Authenticated};
use crate::Rejection;
use crate::wiring::Report;

type Asking = Pin<Box<dyn Future<Output = Result<Option<Principal>, SessionError>> + Send>>;

pin_project! {
    /// Response future of [`Authenticate`](super::Authenticate).
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, S::Future, B>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, F, B> {
        Refused { rejection: Rejection },
        Reported { report: Report },
        Asking { session: Session, asking: Asking, inner: Option<(S, Request<B>)> },
        Calling { #[pin] future: F },
    }
}

impl<S: Service<Request<B>>, B> ResponseFuture<S, B> {
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

    pub(super) fn asking(session: Session, inner: S, request: Request<B>) -> Self {
        let asked = session.clone();
        let asking: Asking = Box::pin(async move { asked.principal().await });
        Self {
            state: State::Asking {
                session,
                asking,
                inner: Some((inner, request)),
            },
        }
    }
}

impl<S, B, ResBody> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProj::Refused { rejection } => {
                    return Poll::Ready(Ok(rejection.to_response()));
                }
                StateProj::Reported { report } => return Poll::Ready(Ok(report.to_response())),
                StateProj::Calling { future } => return future.poll(cx),
                StateProj::Asking {
                    session,
                    asking,
                    inner,
                } => {
                    let principal = match ready!(asking.as_mut().poll(cx)) {
                        Ok(principal) => principal,
                        Err(error) => return Poll::Ready(Ok(Rejection::from(error).to_response())),
                    };
                    let Some((mut service, mut request)) = inner.take() else {
                        return Poll::Pending;
                    };
                    leave(
                        &mut request,
                        principal,
                        Asked {
                            at: session.lifecycle().now(),
                        },
                    );
                    state.set(State::Calling {
                        future: service.call(request),
                    });
                }
            }
        }
    }
}

fn leave<B>(request: &mut Request<B>, principal: Option<Principal>, asked: Asked) {
    request.extensions_mut().insert(asked);
    match principal {
        Some(principal) => {
            request
                .extensions_mut()
                .insert(Authenticated::new(principal));
        }
        None => {
            request.extensions_mut().remove::<Authenticated>();
        }
    }
}
