//! What a request costs the store.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use portcullis_session::{MemoryStore, SessionStore, Sliding};
use portcullis_sqlite::SqliteStore;
use portcullis_tests::Site;

use super::{Probe, Wire, setup_on};
use crate::measured::{Measured, times};

async fn on(store: impl SessionStore, sliding: Option<Sliding>, what: &'static str) {
    let probe = Probe::new(store);
    let setup = setup_on(probe.clone()).await;
    let setup = setup.with_policy(|policy| match sliding {
        Some(sliding) => policy.with_sliding(sliding).unwrap(),
        None => policy,
    });
    let site = setup.start().await;
    let browser = site.logged_in("usr").await;
    assert_eq!(probe.calls(), BTreeMap::from([("create", 1)]), "a login");
    let cookie = format!("{}={}", Site::COOKIE, browser.cookie(Site::COOKIE).unwrap());
    let mut wire = Wire::to(&site.address()).await;
    let requests = times(500, 50_000);
    for _ in 0..requests {
        // The user and a value: both from the same read.
        assert_eq!(wire.get("/me", &cookie).await.unwrap().status, 200);
    }
    assert_eq!(
        probe.calls(),
        BTreeMap::from([("load", u64::from(requests))])
    );
    for _ in 0..requests {
        assert_eq!(wire.get("/public", &cookie).await.unwrap().status, 200);
        assert_eq!(wire.get("/me", "a=b").await.unwrap().status, 401);
        let broken = format!("{}=x", Site::COOKIE);
        assert_eq!(wire.get("/me", &broken).await.unwrap().status, 401);
    }
    assert_eq!(
        probe.calls(),
        BTreeMap::new(),
        "nothing was asked that is not known already"
    );
    assert_eq!(wire.post("/logout", &cookie).await.unwrap().status, 204);
    assert_eq!(probe.calls(), BTreeMap::from([("delete", 1)]), "a log-out");
    Measured {
        number: 17,
        what,
        target: "1 store call a request (SQL: exactly 1 statement)",
        found: format!(
            "{requests} reads of user and value: {requests} loads and nothing else; {} requests \
             without need of a session: 0 calls; a login 1, a log-out 1",
            3 * requests
        ),
    }
    .note();
}

#[tokio::test]
async fn e17_a_read_is_one_call_of_the_store() {
    on(MemoryStore::new(), None, "store calls a request, memory").await;
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("a.db")).unwrap();
    on(store, None, "store calls a request, SQLite").await;
}

#[tokio::test]
async fn e17_a_read_that_renews_is_one_call_of_the_store() {
    let every = Some(Sliding::EveryRequest);
    on(
        MemoryStore::new(),
        every,
        "store calls a renewing request, memory",
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("a.db")).unwrap();
    on(store, every, "store calls a renewing request, SQLite").await;
}

/// The rules alone, without HTTP: what a session adds to a request.
#[tokio::test]
async fn e17_the_rules_find_the_user_at_each_request() {
    let site = setup_on(MemoryStore::new()).await.start().await;
    let browser = site.logged_in("usr").await;
    let line = format!("{}={}", Site::COOKIE, browser.cookie(Site::COOKIE).unwrap());
    let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(line).unwrap())]);
    let requests = times(5_000, 1_000_000);
    let begun = Instant::now();
    for _ in 0..requests {
        let session = site.lifecycle.session(black_box(&headers));
        let principal = session.principal().await.unwrap();
        let mut response = HeaderMap::new();
        session.finish(&mut response);
        assert_eq!(principal.unwrap().subject().as_str(), "usr");
        black_box(response);
    }
    let each = begun.elapsed() / requests;
    Measured {
        number: 17,
        what: "the rules alone, memory",
        target: "memory store: added cost ≤ 5 µs*",
        found: format!("{each:.2?} a request, over {requests}"),
    }
    .note();
}
