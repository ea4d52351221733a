//! Calls to GitHub: within one budget of time, with caps, retried only where that is harmless.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use portcullis_core::Timestamp;

use crate::rate_limit::RateLimit;
use crate::{GithubSignIn, HttpError, HttpErrorKind, Limits, SignInError, SignInErrorKind};

/// How long all calls of one sign-in may last together.
const BUDGET: Duration = Duration::from_secs(12);
/// How long one call may last.
const CALL: Duration = Duration::from_secs(5);
/// How often a call that only reads is made again.
const RETRIES: u32 = 2;
/// How long the first pause lasts at least; the second is twice as long, and chance adds as much.
const PAUSE: Duration = Duration::from_millis(100);

/// The calls of one sign-in.
pub(crate) struct Upstream<'a> {
    pub(crate) sign_in: &'a GithubSignIn,
    end: Timestamp,
}

/// Whose limit it is that a call may run into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The application's, which all users share.
    Application,
    /// That of the user who signs in.
    User,
}

impl<'a> Upstream<'a> {
    pub(crate) fn new(sign_in: &'a GithubSignIn) -> Self {
        Self {
            sign_in,
            end: sign_in.now().after(BUDGET),
        }
    }

    /// Sends what changes something: again only if there was no connection.
    pub(crate) async fn change(
        &self,
        request: Request<Bytes>,
        max_body: usize,
    ) -> Result<Response<Bytes>, SignInError> {
        let mut answer = self.send(request.clone(), max_body).await?;
        if answer.as_ref().is_err_and(|error| is_unsent(error.kind())) {
            answer = self.send(request, max_body).await?;
        }
        self.judged(answer, Caller::Application)
    }

    /// Sends what only reads: again, after a pause, if that may help.
    pub(crate) async fn read(
        &self,
        request: Request<Bytes>,
        max_body: usize,
    ) -> Result<Response<Bytes>, SignInError> {
        let mut answer = self.send(request.clone(), max_body).await?;
        for retry in 0..RETRIES {
            if !is_transient(&answer) || !self.pause(retry).await? {
                break;
            }
            answer = self.send(request.clone(), max_body).await?;
        }
        self.judged(answer, Caller::User)
    }

    async fn send(
        &self,
        request: Request<Bytes>,
        max_body: usize,
    ) -> Result<Result<Response<Bytes>, HttpError>, SignInError> {
        let timeout = self.left().min(CALL);
        if timeout.is_zero() {
            return Err(SignInError::outage(SignInErrorKind::UpstreamTimeout));
        }
        let limits = Limits { timeout, max_body };
        let answer = self.sign_in.http.dyn_send(request, limits).await;
        Ok(answer.and_then(|answer| {
            // A client that forgot the cap does not get past it.
            let fits = answer.body().len() <= max_body;
            fits.then_some(answer)
                .ok_or(HttpError::new(HttpErrorKind::TooLarge))
        }))
    }

    fn left(&self) -> Duration {
        self.end.since(self.sign_in.now()).min(BUDGET)
    }

    /// Waits before a retry; false if there is no time for it.
    async fn pause(&self, retry: u32) -> Result<bool, SignInError> {
        let [chance] = self.sign_in.random.bytes::<1>()?;
        let least = PAUSE * 2_u32.saturating_pow(retry);
        let pause = least + least * u32::from(chance) / 255;
        let is_in_time = pause < self.left();
        if is_in_time {
            self.sign_in.http.dyn_pause(pause).await;
        }
        Ok(is_in_time)
    }

    /// Turns away what is no answer of use to anybody: failures, redirects and rate limits.
    fn judged(
        &self,
        answer: Result<Response<Bytes>, HttpError>,
        caller: Caller,
    ) -> Result<Response<Bytes>, SignInError> {
        let answer = answer.map_err(SignInError::from)?;
        let now = self.sign_in.now();
        if let Some(limit) = RateLimit::of(&answer, now) {
            self.sign_in.circuit.wait(limit.for_everybody(caller), now);
            return Err(limit.into());
        }
        let status = answer.status();
        if status.is_server_error() {
            return Err(SignInError::outage(SignInErrorKind::BadUpstream));
        }
        if status.is_informational() || status.is_redirection() {
            return Err(SignInErrorKind::BadUpstream.into());
        }
        Ok(answer)
    }
}

fn is_unsent(kind: HttpErrorKind) -> bool {
    matches!(kind, HttpErrorKind::Connect | HttpErrorKind::ConnectTimeout)
}

fn is_transient(answer: &Result<Response<Bytes>, HttpError>) -> bool {
    match answer {
        Err(error) => is_unsent(error.kind()),
        Ok(answer) => {
            let status = matches!(
                answer.status(),
                StatusCode::BAD_GATEWAY
                    | StatusCode::SERVICE_UNAVAILABLE
                    | StatusCode::GATEWAY_TIMEOUT
            );
            // Who asks for a while is not asked again within a second.
            status && !answer.headers().contains_key(http::header::RETRY_AFTER)
        }
    }
}

impl From<HttpError> for SignInError {
    fn from(error: HttpError) -> Self {
        let failed = match error.kind() {
            HttpErrorKind::Broken => Self::unanswered(SignInErrorKind::BadUpstream),
            HttpErrorKind::Connect => Self::outage(SignInErrorKind::BadUpstream),
            HttpErrorKind::ConnectTimeout => Self::outage(SignInErrorKind::UpstreamTimeout),
            HttpErrorKind::TimedOut => Self::unanswered(SignInErrorKind::UpstreamTimeout),
            HttpErrorKind::Insecure | HttpErrorKind::TooLarge => {
                Self::new(SignInErrorKind::BadUpstream)
            }
        };
        failed.with_source(error)
    }
}
