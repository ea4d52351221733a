//! My devices.

use std::time::Duration;

use portcullis_tests::{Ask, Browser, Masker, StoreKind};
use serde_json::{Value, json};

use super::cookie::is_iso_8601;
use crate::support::on_every_store;

on_every_store!(
    sessions_are_listed_newest_first_by_handles,
    a_session_of_somebody_else_is_not_found,
    revoking_this_session_signs_out_here,
    logout_all_ends_every_session_of_the_user_and_no_other,
    at_most_a_hundred_sessions_a_user,
);

async fn listed(browser: &Browser) -> Vec<Value> {
    let answer = browser.get("/api/v1/sessions").await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert_eq!(json["next_cursor"], json!(null));
    json["data"].as_array().unwrap().clone()
}

async fn sessions_are_listed_newest_first_by_handles(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let first = masker.signed_in(Masker::ALICE).await;
    masker.clock.advance(Duration::from_secs(1));
    let second = masker.signed_in(Masker::ALICE).await;
    masker.signed_in(Masker::BOB).await;
    let data = listed(&first).await;
    assert_eq!(data.len(), 2);
    assert_eq!(
        (&data[0]["current"], &data[1]["current"]),
        (&json!(false), &json!(true))
    );
    for (session, browser) in data.iter().zip([&second, &first]) {
        let keys: Vec<&String> = session.as_object().unwrap().keys().collect();
        let expected = [
            "created_at",
            "current",
            "expires_at",
            "id",
            "last_seen_at",
            "user_agent",
        ];
        assert_eq!(keys, expected);
        for time in ["created_at", "last_seen_at", "expires_at"] {
            assert!(is_iso_8601(session[time].as_str().unwrap()), "{session}");
        }
        assert!(session["user_agent"].as_str().unwrap().contains("Firefox"));
        // A handle is no secret: it does not sign anybody in.
        let id = session["id"].as_str().unwrap();
        assert_ne!(Some(id), browser.cookie(Masker::COOKIE).as_deref());
        let ask = Ask::get("/api/v1/me").with("cookie", format!("{}={id}", Masker::COOKIE));
        assert_eq!(masker.browser().ask(ask).await.status, 401);
    }
}

async fn a_session_of_somebody_else_is_not_found(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    let bob = masker.signed_in(Masker::BOB).await;
    let id = listed(&alice).await[0]["id"].as_str().unwrap().to_owned();
    for id in [&*id, "x", "%ff", "00000000000000000000000000000000"] {
        let answer = bob.delete(&format!("/api/v1/sessions/{id}")).await;
        assert_eq!(answer.refusal(), (404, "not_found".to_owned()), "{id}");
    }
    assert_eq!(alice.get("/api/v1/me").await.status, 200);
}

async fn revoking_this_session_signs_out_here(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.signed_in(Masker::ALICE).await;
    let thief = browser.copy();
    let id = listed(&browser).await[0]["id"].as_str().unwrap().to_owned();
    let answer = browser.delete(&format!("/api/v1/sessions/{id}")).await;
    assert_eq!(answer.status, 204);
    assert_eq!(browser.cookies(), [""; 0]);
    assert_eq!(thief.get("/api/v1/me").await.status, 401);
}

async fn logout_all_ends_every_session_of_the_user_and_no_other(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let here = masker.signed_in(Masker::ALICE).await;
    let there = masker.signed_in(Masker::ALICE).await;
    let bob = masker.signed_in(Masker::BOB).await;
    let thief = here.copy();
    let answer = here.post("/api/v1/auth/logout-all").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, ""));
    assert_eq!(here.cookies(), [""; 0]);
    for browser in [here, there, thief] {
        assert_eq!(
            browser.get("/api/v1/me").await.refusal(),
            (401, "unauthenticated".to_owned())
        );
    }
    assert_eq!(bob.get("/api/v1/me").await.status, 200);
}

async fn at_most_a_hundred_sessions_a_user(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let first = masker.signed_in(Masker::ALICE).await;
    for _ in 0..99 {
        masker.clock.advance(Duration::from_secs(1));
        masker.signed_in(Masker::ALICE).await;
    }
    assert_eq!(listed(&first).await.len(), 100);
    masker.clock.advance(Duration::from_secs(1));
    let last = masker.signed_in(Masker::ALICE).await;
    assert_eq!(listed(&last).await.len(), 100);
    assert_eq!(first.get("/api/v1/me").await.status, 401);
}
