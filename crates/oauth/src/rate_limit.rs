//! GitHub asks callers to wait, by 403 or by 429.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use portcullis_core::Timestamp;

use crate::upstream::Caller;
use crate::{SignInError, SignInErrorKind};

/// How long to wait if GitHub does not say: its documentation asks for a minute at least.
const UNTOLD: Duration = Duration::from_secs(60);

/// How long one user's limit keeps all the others waiting, at most.
const USERS_SHARE: Duration = Duration::from_secs(60);

/// A wish to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateLimit {
    wait: Duration,
    /// Whether it is the hourly count of requests, which each user has for themself.
    is_primary: bool,
}

impl RateLimit {
    pub(crate) fn of(answer: &Response<Bytes>, now: Timestamp) -> Option<Self> {
        let status = answer.status();
        if status != StatusCode::FORBIDDEN && status != StatusCode::TOO_MANY_REQUESTS {
            return None;
        }
        if answer.headers().contains_key("retry-after") {
            let wait = number(answer, "retry-after").map_or(UNTOLD, Duration::from_secs);
            return Some(Self::secondary(wait));
        }
        if number(answer, "x-ratelimit-remaining") == Some(0) {
            let reset = number(answer, "x-ratelimit-reset").map(Timestamp::from_secs);
            let wait = reset.map_or(UNTOLD, |reset| reset.since(now));
            return Some(Self {
                wait: wait.max(Duration::from_secs(1)),
                is_primary: true,
            });
        }
        (status == StatusCode::TOO_MANY_REQUESTS).then(|| Self::secondary(UNTOLD))
    }

    /// A refusal without a reason at a call that is open to everybody: limits are told so, too.
    pub(crate) fn untold() -> Self {
        Self::secondary(UNTOLD)
    }

    fn secondary(wait: Duration) -> Self {
        Self {
            wait,
            is_primary: false,
        }
    }

    /// For how long nobody is let through.
    ///
    /// The application's limits are everybody's. A user's hourly count is that user's alone: if it
    /// closed the gate, any user could keep all others out for an hour. The other limits of a user
    /// may be the application's, too; they close it for a minute at most.
    pub(crate) fn for_everybody(self, caller: Caller) -> Duration {
        match (caller, self.is_primary) {
            (Caller::Application, _) => self.wait,
            (Caller::User, false) => self.wait.min(USERS_SHARE),
            (Caller::User, true) => Duration::ZERO,
        }
    }
}

impl From<RateLimit> for SignInError {
    fn from(limit: RateLimit) -> Self {
        Self::new(SignInErrorKind::RateLimited).with_retry_after(limit.wait)
    }
}

fn number(answer: &Response<Bytes>, name: &str) -> Option<u64> {
    answer
        .headers()
        .get(name)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn limit(status: u16, headers: &[(&str, &str)]) -> Option<RateLimit> {
        let mut answer = Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        RateLimit::of(&answer.body(Bytes::new()).unwrap(), NOW)
    }

    fn waits(status: u16, headers: &[(&str, &str)]) -> Option<u64> {
        limit(status, headers).map(|limit| limit.wait.as_secs())
    }

    #[test]
    fn o38_what_is_a_limit_and_for_how_long() {
        let none_left = ("x-ratelimit-remaining", "0");
        for (status, headers, expected) in [
            (403, &[][..], None),
            (403, &[("x-ratelimit-remaining", "4999")], None),
            (200, &[("retry-after", "30")], None),
            (503, &[("retry-after", "30")], None),
            (403, &[("retry-after", "30")], Some(30)),
            (429, &[("retry-after", "30")], Some(30)),
            (429, &[("retry-after", "soon")], Some(60)),
            (429, &[], Some(60)),
            (403, &[none_left, ("x-ratelimit-reset", "1090")], Some(90)),
            (403, &[none_left, ("x-ratelimit-reset", "900")], Some(1)),
            (403, &[none_left], Some(60)),
            (429, &[none_left, ("retry-after", "5")], Some(5)),
        ] {
            assert_eq!(waits(status, headers), expected, "{status} {headers:?}");
        }
    }

    #[test]
    fn o38_one_users_count_keeps_nobody_else_out() {
        let primary = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "4600"),
        ];
        let primary = limit(403, &primary).unwrap();
        assert_eq!(primary.for_everybody(Caller::User), Duration::ZERO);
        assert_eq!(primary.for_everybody(Caller::Application).as_secs(), 3_600);
        let secondary = limit(429, &[("retry-after", "600")]).unwrap();
        assert_eq!(secondary.for_everybody(Caller::User).as_secs(), 60);
        assert_eq!(secondary.for_everybody(Caller::Application).as_secs(), 600);
    }
}
