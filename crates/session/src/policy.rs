use std::num::NonZeroU32;
use std::time::Duration;

use portcullis_cookie::CookiePolicy;
use portcullis_core::Timestamp;

use crate::{Lifetime, Loaded, Persistence, Renewal};

const DAY: Duration = Duration::from_secs(86_400);

/// The settings of sessions, checked when they are built.
///
/// | setting | default | range |
/// | --- | --- | --- |
/// | idle limit | 30 days | 1 s to 400 days |
/// | absolute limit | 90 days | the idle limit to 400 days |
/// | renewal | at most every 5 minutes | shorter than the idle limit |
/// | grace window after a rotation | 10 s | 0 to 5 minutes |
/// | sessions a user | no limit | 1 or more |
/// | size of the values | 16 KiB | 1 byte to 1 MiB |
#[derive(Clone, Debug)]
pub struct SessionPolicy {
    pub(crate) cookie: CookiePolicy,
    idle_secs: u32,
    absolute: Duration,
    sliding: Sliding,
    pub(crate) grace: Duration,
    pub(crate) cap: Option<NonZeroU32>,
    pub(crate) max_bytes: usize,
    persistence: Persistence,
}

/// How often a visit renews a session, in the store and in the browser alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sliding {
    /// At most once in this time: between, a request only reads.
    AtMostEvery(Duration),
    /// Every request renews and sets the cookie.
    EveryRequest,
}

/// A setting of a [`SessionPolicy`] that cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The absolute limit is out of range.
    #[error("the absolute limit must be from the idle limit to 400 days")]
    Absolute,
    /// The grace window is out of range.
    #[error("the grace window must be at most 5 minutes")]
    Grace,
    /// The idle limit is out of range.
    #[error("the idle limit must be from 1 second to 400 days")]
    Idle,
    /// The size limit is out of range.
    #[error("the size of the values must be from 1 byte to 1 MiB")]
    MaxBytes,
    /// The renewal window is not shorter than the idle limit.
    #[error("the renewal window must be shorter than the idle limit")]
    Sliding,
}

impl SessionPolicy {
    /// Takes the defaults, with a cookie policy.
    #[must_use]
    pub const fn new(cookie: CookiePolicy) -> Self {
        Self {
            cookie,
            idle_secs: 30 * 86_400,
            absolute: Duration::from_secs(90 * 86_400),
            sliding: Sliding::AtMostEvery(Duration::from_secs(300)),
            grace: Duration::from_secs(10),
            cap: None,
            max_bytes: 16 * 1024,
            persistence: Persistence::Persistent,
        }
    }

    /// Sets how long a session outlives the last visit, and how long it lives at all.
    ///
    /// A fraction of a second is dropped. Longer limits give a stolen cookie more time.
    ///
    /// # Errors
    ///
    /// [`PolicyError::Idle`] or [`PolicyError::Absolute`] if one is out of range.
    pub fn with_limits(mut self, idle: Duration, absolute: Duration) -> Result<Self, PolicyError> {
        if idle < Duration::from_secs(1) || idle > 400 * DAY {
            return Err(PolicyError::Idle);
        }
        if absolute < idle || absolute > 400 * DAY {
            return Err(PolicyError::Absolute);
        }
        self.idle_secs = u32::try_from(idle.as_secs()).map_err(|_| PolicyError::Idle)?;
        self.absolute = absolute;
        self.with_sliding_checked()
    }

    /// Sets how often a visit renews.
    ///
    /// # Errors
    ///
    /// [`PolicyError::Sliding`] if the window is not shorter than the idle limit.
    pub fn with_sliding(mut self, sliding: Sliding) -> Result<Self, PolicyError> {
        self.sliding = sliding;
        self.with_sliding_checked()
    }

    fn with_sliding_checked(self) -> Result<Self, PolicyError> {
        match self.sliding {
            Sliding::AtMostEvery(window) if window.as_secs() >= u64::from(self.idle_secs) => {
                Err(PolicyError::Sliding)
            }
            _ => Ok(self),
        }
    }

    /// Sets how long the old token still reads the session after a rotation.
    ///
    /// Too short, and requests that were under way lose their session; too long, and a stolen old
    /// token is of use for longer.
    ///
    /// # Errors
    ///
    /// [`PolicyError::Grace`] if it is over 5 minutes.
    pub fn with_grace(mut self, grace: Duration) -> Result<Self, PolicyError> {
        self.grace = grace;
        if grace > Duration::from_secs(300) {
            Err(PolicyError::Grace)
        } else {
            Ok(self)
        }
    }

    /// Sets how many sessions a user has at most; a login beyond it ends the oldest.
    #[must_use]
    pub const fn with_cap(mut self, sessions: NonZeroU32) -> Self {
        self.cap = Some(sessions);
        self
    }

    /// Sets how many bytes the values of one session have at most.
    ///
    /// # Errors
    ///
    /// [`PolicyError::MaxBytes`] if it is 0 or over 1 MiB.
    pub fn with_max_bytes(mut self, bytes: usize) -> Result<Self, PolicyError> {
        self.max_bytes = bytes;
        if bytes == 0 || bytes > 1024 * 1024 {
            Err(PolicyError::MaxBytes)
        } else {
            Ok(self)
        }
    }

    /// Makes cookies go with the browser unless a login says otherwise.
    #[must_use]
    pub const fn with_browser_sessions(mut self) -> Self {
        self.persistence = Persistence::Browser;
        self
    }

    /// The cookie policy.
    #[must_use]
    pub const fn cookie(&self) -> &CookiePolicy {
        &self.cookie
    }

    /// The lifetime of a session that is created at `now`, with a choice of its own.
    pub(crate) fn lifetime(&self, choice: Option<Remember>, now: Timestamp) -> Lifetime {
        let default = Lifetime {
            idle_secs: self.idle_secs,
            until: now.after(self.absolute),
            persistence: self.persistence,
        };
        match choice {
            None => default,
            Some(Remember::Browser) => Lifetime {
                persistence: Persistence::Browser,
                ..default
            },
            Some(Remember::For(idle)) => {
                // Never beyond the absolute limit of the policy.
                let idle = idle.clamp(Duration::from_secs(1), self.absolute);
                let secs = u32::try_from(idle.as_secs()).unwrap_or(u32::MAX);
                Lifetime {
                    idle_secs: secs,
                    persistence: Persistence::Persistent,
                    ..default
                }
            }
        }
    }

    /// Which visits renew at `now`.
    pub(crate) fn renewal(&self, now: Timestamp) -> Renewal {
        match self.sliding {
            Sliding::AtMostEvery(window) => Renewal::IfSeenBy(now.before(window)),
            Sliding::EveryRequest => Renewal::IfSeenBy(Timestamp::MAX),
        }
    }

    /// How a visit at `now` renews a session that is remembered for so short a time that the
    /// window of the policy would let it end between two visits: at half that time.
    pub(crate) fn renewal_of_short(&self, loaded: &Loaded, now: Timestamp) -> Option<Renewal> {
        let idle = loaded.record.lifetime.idle();
        match self.sliding {
            Sliding::AtMostEvery(window) if idle <= window => {
                let by = now.before(idle / 2);
                (loaded.seen_at <= by).then_some(Renewal::IfSeenBy(by))
            }
            _ => None,
        }
    }
}

/// How long one login is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remember {
    /// Until the browser is closed, and no longer than the idle limit.
    Browser,
    /// This long after the last visit, and never beyond the absolute limit; at least 1 second.
    ///
    /// What is not longer than the renewal window of the policy is renewed at half of it, each
    /// time at the price of a second call of the store.
    For(Duration),
}

#[cfg(test)]
mod tests {
    use portcullis_core::Digest;

    use super::*;
    use crate::{Data, Handle, Record, Standing};

    fn policy() -> SessionPolicy {
        let cookie = CookiePolicy::host("session").build();
        SessionPolicy::new(cookie.expect("a cookie"))
    }

    const SECOND: Duration = Duration::from_secs(1);

    /// The limits themselves are taken, a millisecond beyond is not.
    #[test]
    fn s07_limits_are_exact() {
        let milli = Duration::from_millis(1);
        let limits = |idle, absolute| {
            let policy = policy().with_sliding(Sliding::EveryRequest)?;
            policy.with_limits(idle, absolute).map(drop)
        };
        assert_eq!(limits(SECOND, SECOND), Ok(()));
        assert_eq!(limits(400 * DAY, 400 * DAY), Ok(()));
        assert_eq!(limits(SECOND - milli, DAY), Err(PolicyError::Idle));
        let long = 400 * DAY + milli;
        assert_eq!(limits(long, long), Err(PolicyError::Idle));
        assert_eq!(limits(DAY, long), Err(PolicyError::Absolute));
        assert_eq!(limits(DAY, DAY - milli), Err(PolicyError::Absolute));
    }

    #[test]
    fn s09_the_window_is_shorter_than_the_idle_limit() {
        let window = |secs| Sliding::AtMostEvery(Duration::from_secs(secs));
        let with = |secs| {
            policy()
                .with_limits(60 * SECOND, DAY)?
                .with_sliding(window(secs))
        };
        assert_eq!(
            with(59).err(),
            Some(PolicyError::Sliding),
            "the first window is 300 s"
        );
        let with = |secs| {
            policy()
                .with_sliding(window(secs))?
                .with_limits(60 * SECOND, DAY)
        };
        assert!(with(59).is_ok());
        assert_eq!(with(60).err(), Some(PolicyError::Sliding));
    }

    /// A session that outlives the window by its own idle limit is renewed by the window alone.
    #[test]
    fn s09_only_a_session_shorter_than_the_window_is_renewed_at_half_its_time() {
        let policy = policy().with_sliding(Sliding::AtMostEvery(100 * SECOND));
        let policy = policy.expect("a window");
        let now = Timestamp::from_secs(1_000);
        let seen = |idle_secs, ago| Loaded {
            record: anonymous(idle_secs).into(),
            seen_at: now.before(Duration::from_secs(ago)),
        };
        let at_half = |by| Some(Renewal::IfSeenBy(Timestamp::from_secs(by)));
        assert_eq!(policy.renewal_of_short(&seen(100, 50), now), at_half(950));
        assert_eq!(policy.renewal_of_short(&seen(100, 49), now), None);
        assert_eq!(policy.renewal_of_short(&seen(101, 99), now), None);
    }

    fn anonymous(idle_secs: u32) -> Record {
        Record {
            key: Digest::of(b"key"),
            handle: Handle::from_bytes([1; 16]),
            standing: Standing::Anonymous,
            created_at: Timestamp::UNIX_EPOCH,
            lifetime: Lifetime {
                idle_secs,
                until: Timestamp::MAX,
                persistence: Persistence::Browser,
            },
            predecessor: None,
            version: 0,
            data: Data::default(),
        }
    }

    #[test]
    fn s17_grace_is_five_minutes_at_most() {
        assert!(policy().with_grace(300 * SECOND).is_ok());
        let longer = policy().with_grace(300 * SECOND + Duration::from_millis(1));
        assert_eq!(longer.err(), Some(PolicyError::Grace));
    }

    #[test]
    fn s15_values_have_a_byte_to_a_mebibyte() {
        for (bytes, is_good) in [
            (0, false),
            (1, true),
            (1 << 20, true),
            ((1 << 20) + 1, false),
        ] {
            let outcome = policy().with_max_bytes(bytes).map(drop);
            let expected = if is_good {
                Ok(())
            } else {
                Err(PolicyError::MaxBytes)
            };
            assert_eq!(outcome, expected, "{bytes}");
        }
    }
}
