//! A day in which very many sessions begin and end, by a clock that is turned.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use http::HeaderMap;
use portcullis_cookie::CookiePolicy;
use portcullis_core::{Authentication, FrozenClock, Level, Method, SubjectId, Timestamp};
use portcullis_session::{Lifecycle, Login, MemoryStore, SessionPolicy};

use super::Worker;
use crate::measured::{Measured, times};

const HOUR: Duration = Duration::from_secs(3_600);
const STEP: NonZeroU32 = NonZeroU32::new(1_000).expect("not zero");

/// Creates the sessions over 24 hours, each of which lives for one; purges from time to time.
async fn day(lifecycle: &Lifecycle, clock: &FrozenClock, sessions: u32) -> Duration {
    let mut longest = Duration::ZERO;
    for number in 0..sessions {
        let how = Authentication {
            at: lifecycle.now(),
            method: Method::GITHUB,
            level: Level::Single,
        };
        let subject = SubjectId::new(&format!("user-{number}")).unwrap();
        let session = lifecycle.session(&HeaderMap::new());
        session.log_in(Login::new(subject, how)).await.unwrap();
        session.commit().await.unwrap();
        session.finish(&mut HeaderMap::new());
        clock.advance(24 * HOUR / sessions);
        if number % 10_000 == 0 {
            longest = longest.max(purge(lifecycle).await);
        }
    }
    longest
}

/// Purges until nothing is left to be purged; gives how long a step took at most.
async fn purge(lifecycle: &Lifecycle) -> Duration {
    let mut longest = Duration::ZERO;
    loop {
        let begun = Instant::now();
        let removed = lifecycle.purge(STEP).await.unwrap();
        longest = longest.max(begun.elapsed());
        if removed < STEP.get() {
            return longest;
        }
    }
}

#[test]
fn e27_after_a_day_and_a_purge_nothing_is_left_in_memory() {
    let mut worker = Worker::start("load::e27::e27_worker", "day");
    assert_eq!(worker.hear("left"), "0");
    Measured {
        number: 27,
        what: "24 h of sessions, memory",
        target: "after purge: 0 rows; RSS within 5 % of start (ours: day over day); purge step ≤ 50 ms*",
        found: worker.hear("found"),
    }
    .note();
}

/// The day itself, in a process of its own.
#[tokio::test]
async fn e27_worker() {
    if Worker::role().as_deref() != Some("day") {
        return;
    }
    let policy = SessionPolicy::new(CookiePolicy::host("session").build().unwrap());
    let policy = policy.with_limits(HOUR, HOUR).unwrap();
    let clock = FrozenClock::new(Timestamp::from_secs(1_700_000_000));
    let store = MemoryStore::new();
    let lifecycle = Lifecycle::new(store.clone(), policy).with_clock(clock.clone());
    let sessions = times(20_000, 1_000_000);
    let (mut longest, mut most) = (Duration::ZERO, 0);
    let mut memory = vec![Worker::own_memory()];
    // The second day shows whether what the first has taken is kept for use or lost.
    for _ in 0..2 {
        longest = longest.max(day(&lifecycle, &clock, sessions).await);
        most = most.max(store.len());
        clock.advance(HOUR);
        longest = longest.max(purge(&lifecycle).await);
        assert_eq!(store.len(), 0);
        memory.push(Worker::own_memory());
    }
    Worker::say("left", &store.len().to_string());
    let found = format!(
        "2 days of {sessions} sessions, {most} of them left for the last purge: 0 left after each; \
         RSS {} KiB at the start, {} after the first day, {} after the second; slowest step of \
         {STEP}: {longest:.1?}",
        memory[0], memory[1], memory[2],
    );
    Worker::say("found", &found);
}
