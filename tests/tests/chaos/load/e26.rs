//! A stampede: many requests for one session that is in no cache, and a store that is slow.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis_session::{CachedStore, DynSessionStore, MemoryStore, SessionStore};
use portcullis_tests::Site;
use tokio::task::JoinSet;

use super::{Probe, Wire, site_on};
use crate::measured::{Measured, times};

const SLOW: Duration = Duration::from_millis(200);

/// The longest that there is.
const STALENESS: Duration = Duration::from_secs(10);

/// Sends so many requests at once, each on a connection of its own; gives the time of all.
async fn stampede(store: impl SessionStore, cookie: &str, requests: u32) -> Duration {
    let site = site_on(store).await;
    let mut wires = Vec::new();
    for _ in 0..requests {
        wires.push(Wire::to(&site.address()).await);
    }
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for mut wire in wires {
        let cookie = cookie.to_owned();
        tasks.spawn(async move {
            let reply = wire.get("/me", &cookie).await.unwrap();
            (reply.status, reply.text("/user"))
        });
    }
    for answer in tasks.join_all().await {
        assert_eq!(answer, (200, "usr".to_owned()));
    }
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e26_a_stampede_is_one_read_a_request_and_one_in_all_behind_a_cache() {
    let store: Arc<dyn DynSessionStore> = Arc::new(MemoryStore::new());
    let site = site_on(Arc::clone(&store)).await;
    let browser = site.logged_in("usr").await;
    let cookie = format!("{}={}", Site::COOKIE, browser.cookie(Site::COOKIE).unwrap());
    let requests = times(500, 5_000);
    let probe = Probe::new(store).slow(SLOW);

    let plain = stampede(probe.clone(), &cookie, requests).await;
    let loads = probe.calls();
    assert_eq!(loads.get("load"), Some(&u64::from(requests)));
    assert_eq!(loads.len(), 1);
    // One after the other would take this long ten times over.
    assert!(plain < SLOW * requests / 10, "{plain:?}");

    let cache = CachedStore::new(probe.clone())
        .with_staleness(STALENESS)
        .unwrap();
    let cached = stampede(cache, &cookie, requests).await;
    let loads = probe.calls();
    // Where all answers take longer than the staleness, it is asked again.
    let reads = loads.get("load").copied().unwrap_or_default();
    assert!(
        (1..=1 + cached.as_secs() / STALENESS.as_secs()).contains(&reads),
        "{reads}"
    );
    assert_eq!(loads.len(), 1);
    assert!(cached < SLOW * requests / 10, "{cached:?}");
    Measured {
        number: 26,
        what: "stampede on one cold session",
        target: "≤ 1 store read per request (or 1 in total with coalescing)",
        found: format!(
            "{requests} requests, store 200 ms slow: {requests} reads in {plain:.1?} without a \
             cache, {reads} in {cached:.1?} with one"
        ),
    }
    .note();
}
