use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::{Method, Request};
use portcullis_oauth::{GithubSignIn, Intent, StartFacts};
use tower_service::Service;

use super::answer::{Answer, refuse, return_to, see_other};
use crate::Rejection;

/// Service that begins a sign-in: 303 to GitHub.
///
/// It needs no session, and calls nobody.
#[derive(Clone, Debug)]
#[must_use]
pub struct StartService {
    sign_in: GithubSignIn,
}

impl StartService {
    pub(super) const fn new(sign_in: GithubSignIn) -> Self {
        Self { sign_in }
    }

    fn answer<B>(&self, request: &Request<B>) -> Answer {
        if request.method() != Method::GET {
            return Rejection::method_not_allowed("GET");
        }
        let headers = request.headers();
        let return_to = return_to(request);
        let facts = StartFacts {
            headers,
            return_to: return_to.as_deref(),
            intent: Intent::LogIn,
        };
        match self.sign_in.start(&facts) {
            Ok(started) => see_other(started.location, started.set_cookies),
            Err(refusal) => refuse(headers, refusal, Vec::new()),
        }
    }
}

impl<B> Service<Request<B>> for StartService {
    type Response = Answer;
    type Error = Infallible;
    type Future = Ready<Result<Answer, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer(&request)))
    }
}
