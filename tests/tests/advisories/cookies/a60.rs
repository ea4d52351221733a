//! RUSTSEC-2017-0005 (cookie-rs): a huge `Max-Age` panicked.
//!
//! Here: no age over the whole range of 128 bits panics; what is written is from none to 400 days.
//! An age is a `Duration`, which is never negative; what is below it is taken for none.

use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::Duration;

use cookie_store::RawCookie;
use http::HeaderMap;
use portcullis_cookie::{CookiePolicy, Lifetime};
use portcullis_core::{FrozenClock, Timestamp};
use portcullis_session::Remember;

use crate::answers::support::{START, grounds, lifecycle, login};

/// RFC 6265bis §5.5.
const DAYS_400: i128 = 400 * 86_400;

/// Writes a cookie of this age in seconds.
type Writer = fn(i128) -> String;

fn ours(age: i128) -> String {
    let policy = CookiePolicy::host("sid").build().expect("a policy");
    let seconds = u64::try_from(age.max(0)).unwrap_or(u64::MAX);
    let lifetime = Lifetime::MaxAge(Duration::from_secs(seconds));
    let header = policy.set("value", lifetime).expect("a cookie");
    header.to_str().expect("visible ASCII").to_owned()
}

/// Each power of two and its neighbours, both signs, both ends, and what is near the limit.
fn ages() -> Vec<i128> {
    let powers = (0..127).map(|shift| 1_i128 << shift);
    let near = powers.chain([DAYS_400]).flat_map(|it| [it - 1, it, it + 1]);
    let both = near.flat_map(|it| [it, -it]);
    both.chain([0, i128::MIN, i128::MIN + 1, i128::MAX])
        .collect()
}

fn check(write: Writer) {
    for age in ages() {
        let written = catch_unwind(|| write(age));
        assert!(written.is_ok(), "an age of {age} panics");
        let line = written.unwrap_or_default();
        let cookie = RawCookie::parse(line.as_str()).expect("a cookie");
        let read = cookie.max_age().expect("an age").whole_seconds();
        let clamped = age.clamp(0, DAYS_400);
        assert_eq!(i128::from(read), clamped, "an age of {age} is not clamped");
    }
}

#[test]
fn a60_no_age_panics() {
    check(ours);
}

#[test]
fn a60_a_duration_has_no_age_that_panics() {
    let policy = CookiePolicy::host("sid").build().unwrap();
    for seconds in [0, 1, u64::MAX - 1, u64::MAX] {
        for nanos in [0, 1, 999_999_999] {
            let age = Lifetime::MaxAge(Duration::new(seconds, nanos));
            assert!(policy.set("value", age).is_ok(), "{seconds}.{nanos}");
        }
    }
}

/// Nor does a session that is to be remembered for ever, at either end of the time.
#[tokio::test]
async fn a60_no_session_is_too_long_or_too_late() {
    let last = Timestamp::from_millis(u64::MAX - 1);
    for ground in grounds() {
        for now in [Timestamp::UNIX_EPOCH, START, last, Timestamp::MAX] {
            for secs in [0, 1, u64::MAX] {
                let lifecycle =
                    lifecycle(Arc::clone(&ground.store)).with_clock(FrozenClock::new(now));
                let session = lifecycle.session(&HeaderMap::new());
                let remember = Remember::For(Duration::from_secs(secs));
                let logged_in = session.log_in(login("ada").with_remember(remember)).await;
                let mut answer = HeaderMap::new();
                session.finish(&mut answer);
                let what = format!("{} {now:?} {secs}", ground.name);
                assert_eq!(
                    logged_in.is_ok(),
                    answer.contains_key("set-cookie"),
                    "{what}"
                );
                let Some(line) = answer.get("set-cookie") else {
                    continue;
                };
                let cookie = RawCookie::parse(line.to_str().unwrap()).unwrap();
                let age = cookie.max_age().expect("an age").whole_seconds();
                assert!((0..=90 * 86_400).contains(&age), "{what}: {age}");
            }
        }
    }
}

mod with_a_fault {
    use std::time::{Instant, SystemTime};

    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a60_no_age_panics";

    /// Writes the time at which it is over, too.
    fn with_expiry(age: i128) -> String {
        let seconds = u64::try_from(age.max(0)).unwrap_or(u64::MAX);
        let over = SystemTime::now() + Duration::from_secs(seconds);
        // What it is does not matter; that it is computed does.
        assert!(over >= SystemTime::UNIX_EPOCH && Instant::now().elapsed() < Duration::MAX);
        ours(age)
    }

    /// Keeps the lower 64 bits.
    fn cut(age: i128) -> String {
        let [low @ .., _, _, _, _, _, _, _, _] = age.to_le_bytes();
        ours(i64::from_le_bytes(low).into())
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn ExpiryOverflows() {
        let says = "an age of 9223372036854775807 panics";
        Twin::new("a60 ExpiryOverflows", TEST, says).is_caught(|| check(with_expiry));
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn AgeWraps() {
        let says = "an age of 9223372036854775808 is not clamped";
        Twin::new("a60 AgeWraps", TEST, says).is_caught(|| check(cut));
    }
}
