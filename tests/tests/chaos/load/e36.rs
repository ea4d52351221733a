//! A user signs out everywhere while all of the user's browsers are busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use portcullis_tests::{Masker, StoreKind};
use tokio::task::JoinSet;

use super::Wire;
use crate::measured::{Measured, times};

/// How many browsers a user has, and how many another one.
const BROWSERS: usize = 16;

/// What browsers saw.
#[derive(Default)]
struct Counts {
    before: AtomicU64,
    after: AtomicU64,
    others: AtomicU64,
}

/// Asks until a request is refused that began after `ended`; none of those may be accepted.
async fn ask(mut wire: Wire, cookie: String, ended: Arc<AtomicBool>, counts: Arc<Counts>) {
    loop {
        let is_late = ended.load(Ordering::SeqCst);
        let status = wire.get("/api/v1/me", &cookie).await.unwrap().status;
        match (status, is_late) {
            (200, false) => {
                counts.before.fetch_add(1, Ordering::SeqCst);
            }
            (401, false) => {}
            (401, true) => {
                counts.after.fetch_add(1, Ordering::SeqCst);
                return;
            }
            (200, true) => panic!("accepted after the call had returned"),
            (status, _) => panic!("{status}"),
        }
    }
}

/// The sessions of somebody else go on.
async fn other(mut wire: Wire, cookie: String, ended: Arc<AtomicBool>, counts: Arc<Counts>) {
    let mut late = 0;
    while late < 20 {
        late += u32::from(ended.load(Ordering::SeqCst));
        let reply = wire.get("/api/v1/me", &cookie).await.unwrap();
        assert_eq!(
            (reply.status, &*reply.text("/github_login")),
            (200, "bob-ops")
        );
        counts.others.fetch_add(1, Ordering::SeqCst);
    }
}

async fn round(masker: &Masker, bob: &str, counts: &Arc<Counts>) {
    let address = masker.address();
    let ended = Arc::new(AtomicBool::new(false));
    let mut browsers = Vec::new();
    for _ in 0..BROWSERS {
        browsers.push(masker.signed_in(Masker::ALICE).await);
    }
    let mut tasks = JoinSet::new();
    for browser in &browsers {
        let cookie = browser.cookie(Masker::COOKIE).unwrap();
        let cookie = format!("{}={cookie}", Masker::COOKIE);
        let wire = Wire::to(&address).await;
        let shared = (Arc::clone(&ended), Arc::clone(counts));
        tasks.spawn(ask(wire, cookie, shared.0, shared.1));
    }
    for _ in 0..4 {
        let wire = Wire::to(&address).await;
        tasks.spawn(other(
            wire,
            bob.to_owned(),
            Arc::clone(&ended),
            Arc::clone(counts),
        ));
    }
    let begun = counts.before.load(Ordering::SeqCst);
    while counts.before.load(Ordering::SeqCst) < begun + 200 {
        tokio::task::yield_now().await;
    }
    let answer = browsers[0].post("/api/v1/auth/logout-all").await;
    assert_eq!(answer.status, 204);
    ended.store(true, Ordering::SeqCst);
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

async fn on(kind: StoreKind, what: &'static str) {
    let masker = Masker::start(kind).await;
    let bob = masker.signed_in(Masker::BOB).await;
    let bob = format!("{}={}", Masker::COOKIE, bob.cookie(Masker::COOKIE).unwrap());
    let counts = Arc::new(Counts::default());
    let rounds = times(2, 100);
    for _ in 0..rounds {
        round(&masker, &bob, &counts).await;
    }
    let of = |count: &AtomicU64| count.load(Ordering::SeqCst);
    Measured {
        number: 36,
        what,
        target: "after the call returns, 0 accepted requests with older sessions",
        found: format!(
            "{rounds} rounds of {BROWSERS} browsers: {} accepted before, 0 after ({} tried); {} of \
             another user all accepted",
            of(&counts.before),
            of(&counts.after),
            of(&counts.others),
        ),
    }
    .note();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e36_nobody_is_accepted_after_a_revocation_in_memory() {
    on(StoreKind::Memory, "revoke all under load, memory").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e36_nobody_is_accepted_after_a_revocation_in_sqlite() {
    on(StoreKind::Sqlite, "revoke all under load, SQLite").await;
}
