use std::fmt;
use std::time::Duration;

use portcullis_core::{Level, Principal, Refusal, RefusalKind, Timestamp};

/// Decides whether a user who is signed in may go on.
///
/// Closures of this shape are requirements: `|principal: &Principal, now: Timestamp| …`.
pub trait Requirement: Clone + Send + Sync + 'static {
    /// Checks a principal at a time.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] to answer with.
    fn check(&self, principal: &Principal, now: Timestamp) -> Result<(), Refusal>;
}

impl<F> Requirement for F
where
    F: Fn(&Principal, Timestamp) -> Result<(), Refusal> + Clone + Send + Sync + 'static,
{
    fn check(&self, principal: &Principal, now: Timestamp) -> Result<(), Refusal> {
        self(principal, now)
    }
}

/// That a user is signed in; on demand lately, and strongly.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct SignedIn {
    fresh: Option<Duration>,
    level: Option<Level>,
}

impl SignedIn {
    /// Requires that a user is signed in.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            fresh: None,
            level: None,
        }
    }

    /// Requires that the user proved who they are no longer ago than this.
    ///
    /// A time of authentication in the future counts as now: clocks differ.
    #[must_use]
    pub const fn with_fresh(mut self, at_most: Duration) -> Self {
        self.fresh = Some(at_most);
        self
    }

    /// Requires that the user proved it at least this strongly.
    #[must_use]
    pub const fn with_level(mut self, at_least: Level) -> Self {
        self.level = Some(at_least);
        self
    }
}

impl Requirement for SignedIn {
    fn check(&self, principal: &Principal, now: Timestamp) -> Result<(), Refusal> {
        let authentication = principal.authentication();
        let stale = self
            .fresh
            .is_some_and(|limit| now.since(authentication.at) > limit);
        let weak = self.level.is_some_and(|level| authentication.level < level);
        if stale || weak {
            return Err(Refusal::new(RefusalKind::Unauthenticated)
                .with_code("reauthentication_required")
                .with_message("Sign in again to continue: insufficient_user_authentication."));
        }
        Ok(())
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("fresh", &self.fresh)
            .field("level", &self.level)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_core::{Authentication, Credential, Method, SubjectId};

    fn principal(at: u64, level: Level) -> Principal {
        let at = Timestamp::from_secs(at);
        let how = Authentication {
            at,
            method: Method::GITHUB,
            level,
        };
        Principal::new(SubjectId::new("usr_1").unwrap(), how, Credential::Session)
    }

    #[test]
    fn s25_fresh_is_inclusive_and_forgives_clocks() {
        let fresh = SignedIn::new().with_fresh(Duration::from_secs(60));
        let table = [(100, true), (160, true), (161, false), (99, true)];
        for (now, passes) in table {
            let checked = fresh.check(&principal(100, Level::Single), Timestamp::from_secs(now));
            assert_eq!(checked.is_ok(), passes, "{now}");
        }
    }

    #[test]
    fn s25_a_level_is_a_floor() {
        let strong = SignedIn::new().with_level(Level::Multi);
        let now = Timestamp::from_secs(100);
        assert!(strong.check(&principal(100, Level::Multi), now).is_ok());
        let refusal = strong
            .check(&principal(100, Level::Single), now)
            .unwrap_err();
        assert_eq!(refusal.code(), "reauthentication_required");
        assert_eq!(refusal.status(), 401);
    }
}
