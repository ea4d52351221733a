//! The cookie is the credential: how long it lives, and what is known of it.

use std::time::Duration;

use portcullis_tests::{Ask, Browser, Masker, StoreKind};

use crate::support::{on_every_store, set_cookie};

on_every_store!(
    every_authenticated_request_renews_store_and_browser,
    thirty_days_without_a_request_end_it,
    a_session_used_daily_outlives_thirty_days,
    without_a_live_cookie_everything_is_401,
    a_revoked_cookie_is_401_at_the_next_request,
    the_database_holds_no_token,
    a_cookie_that_is_no_token_is_401_and_not_cleared,
);

const DAY: Duration = Duration::from_secs(86_400);
const LINE: &str = "HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=2592000";

/// Every route under `/api/v1` that is guarded.
fn guarded() -> Vec<Ask> {
    let id = "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    vec![
        Ask::get("/api/v1/me"),
        Ask::post("/api/v1/auth/logout"),
        Ask::post("/api/v1/auth/logout-all"),
        Ask::get("/api/v1/sessions"),
        Ask::delete("/api/v1/sessions/x"),
        Ask::get("/api/v1/agents"),
        Ask::post("/api/v1/agents"),
        Ask::get(&format!("/api/v1/agents/{id}")),
        Ask::delete(&format!("/api/v1/agents/{id}")),
        Ask::get("/api/v1/unknown"),
    ]
}

/// Whether a text is like `2026-01-31T09:05:00.120Z`.
pub(crate) fn is_iso_8601(text: &str) -> bool {
    let form = b"0000-00-00T00:00:00.000Z";
    let fits = |(byte, wanted): (u8, &u8)| match wanted {
        b'0' => byte.is_ascii_digit(),
        _ => byte == *wanted,
    };
    text.len() == form.len() && text.bytes().zip(form).all(fits)
}

async fn expiry(browser: &Browser) -> String {
    let sessions = browser.get("/api/v1/sessions").await.json();
    let expiry = sessions["data"][0]["expires_at"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(is_iso_8601(&expiry), "{expiry}");
    expiry
}

async fn every_authenticated_request_renews_store_and_browser(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.signed_in(Masker::ALICE).await;
    let value = browser.cookie(Masker::COOKIE).unwrap();
    let mut before = expiry(&browser).await;
    for path in [
        "/api/v1/me",
        "/api/v1/agents",
        "/api/v1/sessions",
        "/api/v1/unknown",
    ] {
        masker.clock.advance(Duration::from_millis(1));
        let answer = browser.get(path).await;
        assert_eq!(
            set_cookie(&answer, Masker::COOKIE),
            Some((value.as_str(), LINE)),
            "{path}"
        );
        assert_eq!(answer.all("vary"), ["cookie"], "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        let after = expiry(&browser).await;
        assert!(after > before, "{path}: {before}, {after}");
        before = after;
    }
}

async fn thirty_days_without_a_request_end_it(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.signed_in(Masker::ALICE).await;
    let late = masker.signed_in(Masker::ALICE).await;
    masker.clock.advance(30 * DAY - Duration::from_millis(1));
    assert_eq!(browser.get("/api/v1/me").await.status, 200);
    masker.clock.advance(Duration::from_millis(1));
    let answer = late.get("/api/v1/me").await;
    assert_eq!(answer.refusal(), (401, "unauthenticated".to_owned()));
    assert_eq!(browser.get("/api/v1/me").await.status, 200);
}

async fn a_session_used_daily_outlives_thirty_days(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.signed_in(Masker::ALICE).await;
    for days in [29, 29, 1, 29] {
        masker.clock.advance(days * DAY);
        let answer = browser.get("/api/v1/me").await;
        assert_eq!(answer.status, 200, "{days}");
        assert!(answer.set_cookies()[0].ends_with(LINE));
    }
}

async fn without_a_live_cookie_everything_is_401(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let gone = masker.signed_in(Masker::ALICE).await;
    let dead = format!(
        "{}={}",
        Masker::COOKIE,
        gone.cookie(Masker::COOKIE).unwrap()
    );
    gone.post("/api/v1/auth/logout").await;
    let forged = format!("{}={}", Masker::COOKIE, "A".repeat(43));
    for cookie in ["", "masker_session=", "masker_session=x", &forged, &dead] {
        for ask in guarded() {
            let what = format!("{ask:?}");
            let ask = if cookie.is_empty() {
                ask
            } else {
                ask.with("cookie", cookie)
            };
            let answer = masker.browser().ask(ask).await;
            assert_eq!(
                answer.refusal(),
                (401, "unauthenticated".to_owned()),
                "{what}"
            );
            assert_eq!(answer.set_cookies(), [""; 0], "{what}");
        }
    }
}

async fn a_revoked_cookie_is_401_at_the_next_request(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let here = masker.signed_in(Masker::ALICE).await;
    let there = masker.signed_in(Masker::ALICE).await;
    assert_eq!(there.get("/api/v1/me").await.status, 200);
    let sessions = here.get("/api/v1/sessions").await.json();
    let other = sessions["data"].as_array().unwrap();
    let other = other
        .iter()
        .find(|session| session["current"] == false)
        .unwrap();
    let path = format!("/api/v1/sessions/{}", other["id"].as_str().unwrap());
    assert_eq!(here.delete(&path).await.status, 204);
    assert_eq!(
        there.get("/api/v1/me").await.refusal(),
        (401, "unauthenticated".to_owned())
    );
    assert_eq!(here.get("/api/v1/me").await.status, 200);
}

async fn the_database_holds_no_token(kind: StoreKind) {
    let mut masker = Masker::start(kind).await;
    let browser = masker.signed_in(Masker::ALICE).await;
    let token = browser.cookie(Masker::COOKIE).unwrap();
    browser.get("/api/v1/me").await;
    let Some(file) = masker.database() else {
        // What is in memory has no file; that it holds digests alone is tested where it is made.
        assert!(crate::support::is_token(&token));
        return;
    };
    let raw = portcullis_core::Token::parse(token.as_bytes()).unwrap();
    masker.stop();
    masker.stopped().await;
    let mut dump = std::fs::read(&file).unwrap();
    let log = file.with_extension("db-wal");
    dump.extend(std::fs::read(log).unwrap_or_default());
    let has = |bytes: &[u8]| dump.windows(bytes.len()).any(|window| window == bytes);
    assert!(has(raw.digest().as_bytes()), "the digest is what it holds");
    assert!(has(b"alice-dev"), "and the login beside it");
    let half = token.len() / 2;
    let (front, back) = token.as_bytes().split_at(half);
    assert!(!has(front) && !has(back));
    assert!(!has(&decoded(&token)));
}

/// The bytes that a token stands for (RFC 4648 §5).
fn decoded(token: &str) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for byte in token.bytes() {
        let index = alphabet.iter().position(|known| *known == byte).unwrap();
        bits = bits << 6 | u32::try_from(index).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff).try_into().unwrap());
        }
    }
    bytes
}

async fn a_cookie_that_is_no_token_is_401_and_not_cleared(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.browser();
    for value in [
        "",
        "x",
        "%41",
        &"A".repeat(42),
        &"A".repeat(44),
        &"=".repeat(43),
        &"A".repeat(4096),
    ] {
        let line = format!("{}={value}", Masker::COOKIE);
        let answer = browser
            .ask(Ask::get("/api/v1/me").with("cookie", line))
            .await;
        assert_eq!(
            answer.refusal(),
            (401, "unauthenticated".to_owned()),
            "{value}"
        );
        assert_eq!(answer.set_cookies(), [""; 0], "{value}");
    }
}

/// Somebody else holds the database for writing, and does not let go.
#[tokio::test]
async fn s23_s43_a_store_that_cannot_write_is_503_and_never_a_false_success() {
    let masker = Masker::start(StoreKind::Sqlite).await;
    let browser = masker.signed_in(Masker::ALICE).await;
    let callback = browser
        .callback(Masker::START, &masker.github, Masker::ALICE)
        .await;
    let copy = browser.copy();
    let other = rusqlite::Connection::open(masker.database().unwrap()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    assert_eq!(browser.get("/health").await.status, 200);
    assert_eq!(browser.get("/portal").await.status, 200);
    let create = Ask::post("/api/v1/agents").json(&serde_json::json!({ "name": "a" }));
    assert_eq!(
        browser.ask(create).await.refusal(),
        (503, "unavailable".to_owned())
    );
    // The flow is not used up by it, and nobody is signed in.
    let answer = browser.get(&callback).await;
    assert_eq!(answer.refusal(), (503, "unavailable".to_owned()));
    assert_eq!(browser.cookie(Masker::COOKIE), copy.cookie(Masker::COOKIE));
    // A sign-out that did not happen is not called one; the browser forgets its cookie all the same.
    let answer = browser.post("/api/v1/auth/logout").await;
    assert_eq!(answer.refusal(), (503, "unavailable".to_owned()));
    assert_eq!(browser.cookie(Masker::COOKIE), None);

    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(copy.get("/api/v1/me").await.status, 200);
    assert_eq!(copy.get(&callback).await.status, 303);
}
