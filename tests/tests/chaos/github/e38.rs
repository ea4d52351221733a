//! Callbacks that are not, or no longer, the one that a browser was sent back with.

use std::time::Duration;

use portcullis_testkit::github::Endpoint;
use portcullis_tests::{Answer, Browser, Masker, StoreKind};

use crate::load::Wire;
use crate::measured::{Measured, times};

/// What was tried, and how often it worked.
#[derive(Default)]
struct Tally {
    forged: u32,
    honest: u32,
}

impl Tally {
    /// It must not have signed anybody in.
    fn refused(&mut self, browser: &Browser, answer: &Answer, what: &str) {
        assert!(
            matches!(answer.status.as_u16(), 400 | 403),
            "{what}: {}",
            answer.status
        );
        assert_eq!(answer.set_cookies_of(Masker::COOKIE), [""; 0], "{what}");
        assert_eq!(browser.cookie(Masker::COOKIE), None, "{what}");
        self.forged += 1;
    }

    fn signed_in(&mut self, browser: &Browser, answer: &Answer) {
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert_eq!(answer.set_cookies_of(Masker::COOKIE).len(), 1);
        assert!(browser.cookie(Masker::COOKIE).is_some());
        self.honest += 1;
    }
}

/// A browser that was sent back, and the address that it was sent to.
async fn begun(masker: &Masker) -> (Browser, String) {
    let browser = masker.browser();
    let callback = browser
        .callback(Masker::START, &masker.github, Masker::ALICE)
        .await;
    (browser, callback)
}

/// The address with another `state`.
fn with_state(callback: &str, state: Option<&str>) -> String {
    let (path, query) = callback.split_once('?').unwrap();
    let others = query.split('&').filter(|pair| !pair.starts_with("state="));
    let state = state.map(|state| format!("state={state}"));
    let pairs: Vec<_> = others.map(str::to_owned).chain(state).collect();
    format!("{path}?{}", pairs.join("&"))
}

fn state(callback: &str) -> &str {
    let state = callback
        .split(['?', '&'])
        .find_map(|pair| pair.strip_prefix("state="));
    state.unwrap()
}

async fn sessions(masker: &Masker, browser: &Browser) -> usize {
    let answer = browser.get("/api/v1/sessions").await;
    assert_eq!(answer.status, 200, "{}", masker.base);
    answer.json()["data"].as_array().unwrap().len()
}

/// A state of another flow, of nobody's, none, one cut short.
async fn wrong_states(masker: &Masker, tally: &mut Tally) {
    let (browser, callback) = begun(masker).await;
    let (_, other) = begun(masker).await;
    let own = state(&callback).to_owned();
    let calls = masker.github.requests().count(Endpoint::Token);
    for (what, forged) in [
        ("without state", None),
        ("an empty state", Some("")),
        ("the state of another flow", Some(state(&other))),
        ("a state of nobody's", Some(&*"A".repeat(43))),
        ("a state cut short", Some(&own[..42])),
        ("a state drawn out", Some(&*format!("{own}A"))),
        ("a state twice", Some(&*format!("{own}&state={own}"))),
    ] {
        let answer = browser.get(&with_state(&callback, forged)).await;
        tally.refused(&browser, &answer, what);
    }
    // Another browser, one without cookies and one with a flow of its own.
    for stranger in [masker.browser(), begun(masker).await.0] {
        let answer = stranger.get(&callback).await;
        tally.refused(&stranger, &answer, "in another browser");
    }
    long_states(masker, &browser, tally).await;
    assert_eq!(
        masker.github.requests().count(Endpoint::Token),
        calls,
        "GitHub was not asked"
    );
    tally.signed_in(&browser, &browser.get(&callback).await);
}

/// A state of 64 KiB and one that just fits into an address.
async fn long_states(masker: &Masker, browser: &Browser, tally: &mut Tally) {
    let flow = browser.cookies_at(Masker::CALLBACK).join("; ");
    for length in [60_000, 65_536] {
        let mut wire = Wire::to(&masker.address()).await;
        let path = format!("{}?code=a&state={}", Masker::CALLBACK, "A".repeat(length));
        let reply = wire.get(&path, &flow).await.unwrap();
        assert!(
            matches!(reply.status, 400 | 414 | 431),
            "{length}: {}",
            reply.status
        );
        assert_eq!(reply.cookie(Masker::COOKIE), None, "{length}");
        tally.forged += 1;
    }
}

/// The same callback again: by the browser, with the cookies of before, and after its time.
async fn used(masker: &Masker, tally: &mut Tally) {
    let (browser, callback) = begun(masker).await;
    let before = browser.copy();
    tally.signed_in(&browser, &browser.get(&callback).await);
    let calls = masker.github.requests().count(Endpoint::Token);
    let token = browser.cookie(Masker::COOKIE);
    let again = browser.get(&callback).await;
    assert_eq!(
        again.set_cookies_of(Masker::COOKIE).len(),
        usize::from(again.status == 303)
    );
    assert_eq!(
        browser.cookie(Masker::COOKIE),
        token,
        "the session is the same"
    );
    tally.forged += 1;
    let answer = before.get(&callback).await;
    tally.refused(&before, &answer, "reused");
    assert_eq!(masker.github.requests().count(Endpoint::Token), calls);

    // A code of one flow with the state and the cookie of another.
    let (thief, own) = begun(masker).await;
    let code = |callback: &str| {
        let code = callback
            .split(['?', '&'])
            .find_map(|pair| pair.strip_prefix("code="));
        code.unwrap().to_owned()
    };
    let spliced = own.replace(&code(&own), &code(&callback));
    let answer = thief.get(&spliced).await;
    tally.refused(&thief, &answer, "a code twice");

    let (late, callback) = begun(masker).await;
    masker.clock.advance(Duration::from_secs(601));
    let answer = late.get(&callback).await;
    tally.refused(&late, &answer, "expired");
}

/// The honest callback 64 times at once.
async fn at_once(masker: &Masker, tally: &mut Tally) {
    let (browser, callback) = begun(masker).await;
    let watcher = masker.signed_in(Masker::ALICE).await;
    let before = sessions(masker, &watcher).await;
    let calls = masker.github.requests().count(Endpoint::Token);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (copy, callback) = (browser.copy(), callback.clone());
        tasks.spawn(async move {
            let answer = copy.get(&callback).await;
            answer.set_cookies_of(Masker::COOKIE).len()
        });
    }
    let made: usize = tasks.join_all().await.into_iter().sum();
    assert_eq!(made, 1, "one of 64 signs in");
    assert_eq!(sessions(masker, &watcher).await, before + 1);
    assert_eq!(masker.github.requests().count(Endpoint::Token), calls + 1);
    tally.forged += 63;
    tally.honest += 1;
    assert_eq!(watcher.post("/api/v1/auth/logout-all").await.status, 204);
}

async fn on(kind: StoreKind, what: &'static str) {
    let masker = Masker::start(kind).await;
    let mut tally = Tally::default();
    for _ in 0..times(2, 200) {
        wrong_states(&masker, &mut tally).await;
        used(&masker, &mut tally).await;
        at_once(&masker, &mut tally).await;
    }
    Measured {
        number: 38,
        what,
        target: "exactly the one honest call works",
        found: format!(
            "{} honest calls worked, {} others did not",
            tally.honest, tally.forged
        ),
    }
    .note();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e38_the_honest_callback_alone_works_in_memory() {
    on(StoreKind::Memory, "dishonest callbacks, memory").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e38_the_honest_callback_alone_works_in_sqlite() {
    on(StoreKind::Sqlite, "dishonest callbacks, SQLite").await;
}
