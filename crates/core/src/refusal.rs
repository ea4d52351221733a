use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::{Challenge, StoreError};

/// Why a request is refused, in a form that any [`crate::ErrorFormat`] can tell.
///
/// A layer that refuses answers with the kind's status, an empty body and the refusal in the
/// response's extensions; the layer that knows the surface's format writes the body. The cause is
/// for logs: no format shows it.
#[derive(Clone, Debug)]
pub struct Refusal {
    kind: RefusalKind,
    code: &'static str,
    message: &'static str,
    more: Option<Box<More>>,
}

/// What few refusals have.
#[derive(Clone, Debug, Default)]
struct More {
    challenge: Option<Challenge>,
    retry_after: Option<Duration>,
    login_url: Option<Arc<str>>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kinds of refusal; each stands for one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The request collides with the present state: 409.
    Conflict,
    /// Known, but not allowed: 403.
    Forbidden,
    /// It was there and will not come back: 410.
    Gone,
    /// A fault or a misconfiguration of ours: 500.
    Internal,
    /// The request is malformed: 400.
    InvalidRequest,
    /// The route is there, the method is not: 405.
    MethodNotAllowed,
    /// No such thing, or none that the caller may know of: 404.
    NotFound,
    /// Too many requests: 429.
    RateLimited,
    /// The request is larger than we take: 413.
    TooLarge,
    /// No credential, or one that is not alive: 401.
    Unauthenticated,
    /// A part of us is ill; the request was not carried out: 503.
    Unavailable,
    /// Well-formed, but of the wrong shape or kind: 422.
    Unprocessable,
    /// A server behind us failed: 502.
    Upstream,
    /// A server behind us did not answer in time: 504.
    UpstreamTimeout,
}

impl RefusalKind {
    /// The HTTP status (RFC 9110 §15).
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Conflict => StatusCode::CONFLICT,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Gone => StatusCode::GONE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Upstream => StatusCode::BAD_GATEWAY,
            Self::UpstreamTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The default code, stable and in snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.words().0
    }

    /// The default message: one sentence for a person.
    #[must_use]
    pub const fn message(self) -> &'static str {
        self.words().1
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Conflict => ("conflict", "The request conflicts with the current state."),
            Self::Forbidden => ("forbidden", "You may not do this."),
            Self::Gone => ("gone", "This is no longer available."),
            Self::Internal => ("internal", "Something went wrong on our side."),
            Self::InvalidRequest => ("invalid_request", "The request is malformed."),
            Self::MethodNotAllowed => ("method_not_allowed", "This method is not allowed here."),
            Self::NotFound => ("not_found", "There is nothing here."),
            Self::RateLimited => ("rate_limited", "Too many requests; try again later."),
            Self::TooLarge => ("too_large", "The request is too large."),
            Self::Unauthenticated => ("unauthenticated", "Sign in to continue."),
            Self::Unavailable => (
                "unavailable",
                "The service is unavailable; try again later.",
            ),
            Self::Unprocessable => ("unprocessable", "The request cannot be processed."),
            Self::Upstream => ("bad_upstream", "A server that we rely on failed."),
            Self::UpstreamTimeout => ("upstream_timeout", "A server that we rely on timed out."),
        }
    }
}

impl Refusal {
    /// Makes a refusal with the kind's own code and message.
    #[must_use]
    pub const fn new(kind: RefusalKind) -> Self {
        Self {
            kind,
            code: kind.code(),
            message: kind.message(),
            more: None,
        }
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// Gives it a code of its own: stable, snake case.
    #[must_use]
    pub const fn with_code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    /// Gives it a message of its own: one sentence for a person, without a secret.
    #[must_use]
    pub const fn with_message(mut self, message: &'static str) -> Self {
        self.message = message;
        self
    }

    /// Adds a `WWW-Authenticate` challenge.
    #[must_use]
    pub fn with_challenge(mut self, challenge: Challenge) -> Self {
        self.more().challenge = Some(challenge);
        self
    }

    /// Says when to come back: a `Retry-After` header in whole seconds, rounded up, at least 1.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.more().retry_after = Some(after);
        self
    }

    /// Says where to sign in: a member `login_url` in formats that have members.
    #[must_use]
    pub fn with_login_url(mut self, url: &str) -> Self {
        self.more().login_url = Some(Arc::from(url));
        self
    }

    /// Keeps the cause, for logs alone.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.more().source = Some(Arc::new(source));
        self
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// The HTTP status of the kind.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// The code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence for people.
    #[must_use]
    pub const fn message(&self) -> &'static str {
        self.message
    }

    /// The challenge, if there is one.
    #[must_use]
    pub fn challenge(&self) -> Option<&Challenge> {
        self.more.as_ref()?.challenge.as_ref()
    }

    /// When to come back, in whole seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        let round_up = |d: Duration| d.as_secs().saturating_add(u64::from(d.subsec_nanos() > 0));
        self.more
            .as_ref()?
            .retry_after
            .map(round_up)
            .map(|secs| secs.max(1))
    }

    /// Where to sign in, if it was said.
    #[must_use]
    pub fn login_url(&self) -> Option<&str> {
        self.more.as_ref()?.login_url.as_deref()
    }
}

/// An ill store refuses: 503, and the cause is kept.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::new(RefusalKind::Unavailable).with_source(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused: {}", self.code)
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.more.as_ref()?.source.as_deref()?)
    }
}
