use portcullis_core::{RandomError, Refusal, RefusalKind, StoreError};

/// A session could not do what was asked of it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SessionError(#[from] Cause);

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionErrorKind {
    /// The head of the response is written: nothing can be changed any more.
    Closed,
    /// Somebody else changed the same value, and the request asked to be told.
    Conflict,
    /// The operating system gave no random bytes.
    Random,
    /// The request has no session, or not one of a user who is signed in.
    NoSession,
    /// The store is ill.
    Store,
    /// The values would be larger than the policy allows.
    TooLarge,
    /// The value cannot be read as, or written from, the type that was asked for.
    Value,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error("the response is under way and the session closed")]
    Closed,
    #[error("the session value was changed by somebody else")]
    Conflict,
    #[error("no token could be made")]
    Random(#[source] RandomError),
    #[error("there is no session to do this with")]
    NoSession,
    #[error("the session store failed")]
    Store(#[source] StoreError),
    #[error("the session values are too large")]
    TooLarge,
    #[error("the session value is of another shape")]
    Value(#[source] serde_json::Error),
}

impl SessionError {
    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> SessionErrorKind {
        match &self.0 {
            Cause::Closed => SessionErrorKind::Closed,
            Cause::Conflict => SessionErrorKind::Conflict,
            Cause::Random(_) => SessionErrorKind::Random,
            Cause::NoSession => SessionErrorKind::NoSession,
            Cause::Store(_) => SessionErrorKind::Store,
            Cause::TooLarge => SessionErrorKind::TooLarge,
            Cause::Value(_) => SessionErrorKind::Value,
        }
    }
}

impl From<StoreError> for SessionError {
    fn from(error: StoreError) -> Self {
        Cause::Store(error).into()
    }
}

impl From<RandomError> for SessionError {
    fn from(error: RandomError) -> Self {
        Cause::Random(error).into()
    }
}

impl From<serde_json::Error> for SessionError {
    fn from(error: serde_json::Error) -> Self {
        Cause::Value(error).into()
    }
}

/// An ill store is 503, a lost race 409, no session 401, the rest 500.
impl From<SessionError> for Refusal {
    fn from(error: SessionError) -> Self {
        let kind = match error.kind() {
            SessionErrorKind::Store => RefusalKind::Unavailable,
            SessionErrorKind::Conflict => RefusalKind::Conflict,
            SessionErrorKind::NoSession => RefusalKind::Unauthenticated,
            _ => RefusalKind::Internal,
        };
        Self::new(kind).with_source(error)
    }
}
