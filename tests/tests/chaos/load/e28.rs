//! Purging while users sign in and come back.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use portcullis_cookie::CookiePolicy;
use portcullis_core::{Authentication, FrozenClock, Level, Method, SubjectId, Timestamp};
use portcullis_session::{Lifecycle, Login, MemoryStore, Remember, SessionPolicy, Sliding};

use crate::measured::{Measured, times};

const IDLE: Duration = Duration::from_secs(60);

async fn log_in(lifecycle: &Lifecycle, number: u32, life: Duration) -> HeaderMap {
    let how = Authentication {
        at: lifecycle.now(),
        method: Method::GITHUB,
        level: Level::Single,
    };
    let subject = SubjectId::new(&format!("user-{}", number % 1_000)).unwrap();
    let session = lifecycle.session(&HeaderMap::new());
    let login = Login::new(subject, how).with_remember(Remember::For(life));
    session.log_in(login).await.unwrap();
    session.commit().await.unwrap();
    let mut response = HeaderMap::new();
    session.finish(&mut response);
    let line = response[SET_COOKIE].to_str().unwrap();
    let pair = line.split(';').next().unwrap();
    HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(pair).unwrap())])
}

async fn is_alive(lifecycle: &Lifecycle, cookie: &HeaderMap) -> bool {
    let session = lifecycle.session(cookie);
    let principal = session.principal().await.unwrap();
    session.finish(&mut HeaderMap::new());
    principal.is_some()
}

/// Signs users in for a second and for a minute, by turns; visits the latter three times, each time
/// a second before their minute is over; gives how many visits there were.
async fn users(lifecycle: Lifecycle, clock: FrozenClock, sessions: u32) -> u64 {
    let (mut visits, mut alive) = (0, Vec::new());
    for number in 0..sessions {
        log_in(&lifecycle, number, Duration::from_secs(1)).await;
        alive.push(log_in(&lifecycle, number, IDLE).await);
        // The first of them has one second left, and after each round all of them have.
        if alive.len() == 60 {
            for _ in 0..3 {
                for cookie in &alive {
                    assert!(
                        is_alive(&lifecycle, cookie).await,
                        "a live session was removed"
                    );
                    visits += 1;
                }
                clock.advance(IDLE - Duration::from_secs(1));
                tokio::task::yield_now().await;
            }
            alive.clear();
        }
        clock.advance(Duration::from_secs(1));
    }
    visits
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e28_no_live_session_is_purged_from_memory() {
    let policy = SessionPolicy::new(CookiePolicy::host("session").build().unwrap());
    let policy = policy.with_sliding(Sliding::EveryRequest).unwrap();
    let clock = FrozenClock::new(Timestamp::from_secs(1_700_000_000));
    let store = MemoryStore::new();
    let lifecycle = Lifecycle::new(store.clone(), policy).with_clock(clock.clone());
    let (over, purged) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let purging = {
        let (lifecycle, over, purged) = (lifecycle.clone(), Arc::clone(&over), Arc::clone(&purged));
        tokio::spawn(async move {
            while !over.load(Ordering::SeqCst) {
                let removed = lifecycle.purge(NonZeroU32::MAX).await.unwrap();
                purged.fetch_add(u64::from(removed), Ordering::SeqCst);
            }
        })
    };
    let sessions = times(10_000, 1_000_000);
    let visits = tokio::spawn(users(lifecycle.clone(), clock.clone(), sessions));
    let visits = visits.await.unwrap();
    over.store(true, Ordering::SeqCst);
    purging.await.unwrap();
    clock.advance(2 * IDLE);
    lifecycle.purge(NonZeroU32::MAX).await.unwrap();
    assert_eq!(store.len(), 0);
    Measured {
        number: 28,
        what: "purge against logins, memory",
        target: "0 live sessions removed in 1,000,000",
        found: format!(
            "{} logins, {visits} visits of sessions with a second left or little more, {} purged meanwhile: 0 live \
             ones removed",
            2 * u64::from(sessions),
            purged.load(Ordering::SeqCst),
        ),
    }
    .note();
}
