use std::fmt;
use std::task::{Context, Poll};

use http::{Request, Response};
use portcullis_core::{Refusal, RefusalKind};
use tower_service::Service;

use super::{Requirement, ResponseFuture};
use crate::authenticate::{Asked, Authenticated, miswired};
use crate::wiring;
use crate::{Rejection, SignedIn};

/// Service that lets only those requests pass that fulfil a requirement.
#[derive(Clone)]
#[must_use]
pub struct Require<S, R = SignedIn> {
    inner: S,
    requirement: R,
}

impl<S, R> Require<S, R> {
    pub(super) const fn new(inner: S, requirement: R) -> Self {
        Self { inner, requirement }
    }
}

impl<S, R: Requirement> Require<S, R> {
    fn check<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let extensions = request.extensions();
        let Some(asked) = extensions.get::<Asked>() else {
            return Err(miswired(
                "RequireLayer needs an AuthenticateLayer outside it",
            ));
        };
        match extensions.get::<Authenticated>() {
            Some(principal) => self.requirement.check(principal, asked.at),
            None => Err(Refusal::new(RefusalKind::Unauthenticated)),
        }
    }
}

impl<S, R, ReqBody, ResBody> Service<Request<ReqBody>> for Require<S, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    R: Requirement,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        if let Some(report) = wiring::report(request.extensions()) {
            return ResponseFuture::reported(report);
        }
        match self.check(&request) {
            Ok(()) => ResponseFuture::calling(self.inner.call(request)),
            Err(refusal) => ResponseFuture::refused(Rejection::from(refusal)),
        }
    }
}

impl<S, R> fmt::Debug for Require<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Require")
    }
}
