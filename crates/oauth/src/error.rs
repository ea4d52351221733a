use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::{RandomError, Refusal, StoreError};

use crate::SignInErrorKind;

/// Why a sign-in failed; the `source()` of the refusal that says so.
///
/// It holds neither code nor state nor token, nor anything that the provider answered.
#[derive(Clone, Debug)]
pub struct SignInError {
    kind: SignInErrorKind,
    retry_after: Option<Duration>,
    scope: Option<Arc<str>>,
    is_outage: bool,
    may_be_under_way: bool,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl SignInError {
    pub(crate) const fn new(kind: SignInErrorKind) -> Self {
        Self {
            kind,
            retry_after: None,
            scope: None,
            is_outage: false,
            may_be_under_way: false,
            source: None,
        }
    }

    /// The provider gave no answer, or one that says that it is down.
    pub(crate) const fn outage(kind: SignInErrorKind) -> Self {
        let mut error = Self::new(kind);
        error.is_outage = true;
        error
    }

    pub(crate) fn is_outage(&self) -> bool {
        self.is_outage
    }

    /// The call was sent, and nobody knows what became of it.
    pub(crate) const fn unanswered(kind: SignInErrorKind) -> Self {
        let mut error = Self::outage(kind);
        error.may_be_under_way = true;
        error
    }

    pub(crate) fn may_be_under_way(&self) -> bool {
        self.may_be_under_way
    }

    /// Whether the provider is what failed.
    pub(crate) fn is_upstream(&self) -> bool {
        matches!(
            self.kind,
            SignInErrorKind::BadUpstream
                | SignInErrorKind::CircuitOpen
                | SignInErrorKind::RateLimited
                | SignInErrorKind::UpstreamTimeout
        )
    }

    /// Whether the same may go well later, without anybody's doing.
    pub(crate) fn may_pass(&self) -> bool {
        self.is_outage || self.kind == SignInErrorKind::RateLimited
    }

    pub(crate) fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    pub(crate) fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    pub(crate) fn missing_scope_named(scope: &str) -> Self {
        let mut error = Self::new(SignInErrorKind::InsufficientScope);
        error.scope = Some(Arc::from(scope));
        error
    }

    /// In what way it failed.
    #[must_use]
    pub const fn kind(&self) -> SignInErrorKind {
        self.kind
    }

    /// When it makes sense to try again, if that is known.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The scope that was not granted, if that is the reason.
    #[must_use]
    pub fn missing_scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The refusal that says so, with a link to where a new sign-in can be started.
    #[must_use]
    pub fn into_refusal(self, login_url: &str) -> Refusal {
        let message = self.scope.as_deref().and_then(scope_message);
        let refusal = Refusal::new(self.kind.refusal_kind())
            .with_code(self.kind.code())
            .with_message(message.unwrap_or(self.kind.message()))
            .with_login_url(login_url);
        match self.retry_after {
            Some(after) => refusal.with_retry_after(after).with_source(self),
            None => refusal.with_source(self),
        }
    }
}

/// Names the scope; messages are fixed texts, so that nothing that arrived can get into them.
fn scope_message(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "read:org" => "GitHub did not grant the scope read:org, which this site needs.",
        "read:user" => "GitHub did not grant the scope read:user, which this site needs.",
        "repo" => "GitHub did not grant the scope repo, which this site needs.",
        "user" => "GitHub did not grant the scope user, which this site needs.",
        "user:email" => "GitHub did not grant the scope user:email, which this site needs.",
        _ => return None,
    })
}

impl From<SignInErrorKind> for SignInError {
    fn from(kind: SignInErrorKind) -> Self {
        Self::new(kind)
    }
}

impl From<StoreError> for SignInError {
    fn from(error: StoreError) -> Self {
        Self::new(SignInErrorKind::Store).with_source(error)
    }
}

impl From<RandomError> for SignInError {
    fn from(error: RandomError) -> Self {
        Self::new(SignInErrorKind::Internal).with_source(error)
    }
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sign-in failed: {}", self.kind.code())?;
        match &self.scope {
            Some(scope) => write!(f, " ({scope})"),
            None => Ok(()),
        }
    }
}

impl Error for SignInError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
