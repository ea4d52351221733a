use std::task::{Context, Poll};

use http::{Request, Response};
use portcullis_session::Session;
use tower_service::Service;

use super::{ResponseFuture, miswired};
use crate::{Rejection, wiring};

/// Service that finds out who a request is from.
#[derive(Clone, Debug)]
#[must_use]
pub struct Authenticate<S> {
    inner: S,
}

impl<S> Authenticate<S> {
    pub(super) const fn new(inner: S) -> Self {
        Self { inner }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Authenticate<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S, ReqBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let Some(session) = request.extensions().get::<Session>().cloned() else {
            if let Some(report) = wiring::report_of_missing_session(request.extensions()) {
                return ResponseFuture::reported(report);
            }
            let refusal = miswired("AuthenticateLayer needs a SessionsLayer outside it");
            return ResponseFuture::refused(Rejection::from(refusal));
        };
        // The service that was polled ready is the one that is called.
        let clone = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, clone);
        ResponseFuture::asking(session, ready, request)
    }
}
