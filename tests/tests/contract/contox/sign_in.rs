//! Signing in to the dashboard and out, by a cookie that is Contox's alone.

use std::time::Duration;

use portcullis_tests::{Ask, Masker, StoreKind};

use super::support::{COOKIE, START, UNAUTHENTICATED, create, signed_in};
use crate::support::{flow_cookies, is_token, on_every_store, parameter, set_cookie};

on_every_store!(
    sign_in_leads_to_github_and_back_to_the_dashboard,
    without_a_live_cookie_everything_is_401,
    logout_ends_the_session_for_good,
    seven_days_without_a_request_end_it,
    a_cookie_of_masker_is_nothing_to_contox_and_the_reverse,
    both_services_are_signed_in_and_out_of_by_themselves,
    a_flow_of_one_service_ends_at_no_other,
);

const DAY: Duration = Duration::from_secs(86_400);

async fn sign_in_leads_to_github_and_back_to_the_dashboard(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let browser = server.browser();
    let started = browser.get(START).await;
    assert_eq!(started.status, 303);
    let value = |name| parameter(started.location(), name).unwrap_or_default();
    let callback = format!("{}{}", server.base, Masker::CONTOX_CALLBACK);
    assert_eq!(value("redirect_uri"), callback);
    assert_eq!(value("code_challenge_method"), "S256");
    let callback = server.github.approve(started.location(), Masker::ALICE);
    let answer = browser.get(&callback.unwrap()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.location()),
        (303, "/contox")
    );
    let (value, attributes) = set_cookie(&answer, COOKIE).unwrap();
    assert!(is_token(value), "{} characters", value.len());
    assert_eq!(
        attributes,
        "HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=604800"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(browser.cookies(), [COOKIE]);
    assert_eq!(browser.get("/contox").await.status, 200);
    assert_eq!(browser.get("/api/projects").await.status, 200);
}

/// Every route for which the cookie is the credential.
fn guarded() -> [Ask; 5] {
    [
        Ask::post("/api/auth/logout"),
        Ask::get("/api/projects"),
        Ask::post("/api/projects"),
        Ask::get("/api/projects/x/hmac-secret"),
        Ask::post("/api/projects/x/hmac-secret/rotate"),
    ]
}

async fn without_a_live_cookie_everything_is_401(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let gone = signed_in(&server, Masker::ALICE).await;
    let dead = format!("{COOKIE}={}", gone.cookie(COOKIE).unwrap());
    gone.post("/api/auth/logout").await;
    let forged = format!("{COOKIE}={}", "A".repeat(43));
    let long = format!("{COOKIE}={}", "A".repeat(4096));
    for cookie in [
        "",
        "contox_session=",
        "contox_session=x",
        &forged,
        &long,
        &dead,
    ] {
        for ask in guarded() {
            let what = format!("{cookie} {ask:?}");
            let answer = server.browser().ask(ask.with("cookie", cookie)).await;
            assert_eq!(
                (answer.status.as_u16(), answer.text()),
                (401, UNAUTHENTICATED),
                "{what}"
            );
            assert_eq!(answer.set_cookies(), [""; 0], "{what}");
        }
    }
}

async fn logout_ends_the_session_for_good(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let browser = signed_in(&server, Masker::ALICE).await;
    let thief = browser.copy();
    let answer = browser.post("/api/auth/logout").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, ""));
    let (value, attributes) = set_cookie(&answer, COOKIE).unwrap();
    assert_eq!(value, "");
    assert!(attributes.contains("Max-Age=0"), "{attributes}");
    assert_eq!(browser.cookies(), [""; 0]);
    assert_eq!(thief.get("/api/projects").await.text(), UNAUTHENTICATED);
}

async fn seven_days_without_a_request_end_it(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let browser = signed_in(&server, Masker::ALICE).await;
    let late = signed_in(&server, Masker::ALICE).await;
    server.clock.advance(7 * DAY - Duration::from_millis(1));
    assert_eq!(browser.get("/api/projects").await.status, 200);
    server.clock.advance(Duration::from_millis(1));
    assert_eq!(late.get("/api/projects").await.text(), UNAUTHENTICATED);
    // However often it is used, it ends after thirty.
    for days in [6, 6, 6] {
        server.clock.advance(days * DAY);
        assert_eq!(browser.get("/api/projects").await.status, 200);
    }
    server.clock.advance(5 * DAY);
    assert_eq!(browser.get("/api/projects").await.text(), UNAUTHENTICATED);
}

/// One store holds the sessions of both; the same token under the other's name opens nothing, is not
/// renewed and not ended.
async fn a_cookie_of_masker_is_nothing_to_contox_and_the_reverse(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let masker = server.signed_in(Masker::ALICE).await;
    let contox = signed_in(&server, Masker::ALICE).await;
    let as_contox = format!("{COOKIE}={}", masker.cookie(Masker::COOKIE).unwrap());
    let as_masker = format!("{}={}", Masker::COOKIE, contox.cookie(COOKIE).unwrap());
    for ask in guarded() {
        let answer = server.browser().ask(ask.with("cookie", &as_contox)).await;
        assert_eq!(answer.text(), UNAUTHENTICATED);
        assert_eq!(answer.set_cookies(), [""; 0]);
    }
    for ask in [
        Ask::get("/api/v1/me"),
        Ask::get("/api/v1/sessions"),
        Ask::post("/api/v1/agents"),
        Ask::post("/api/v1/auth/logout"),
        Ask::post("/api/v1/auth/logout-all"),
    ] {
        let answer = server.browser().ask(ask.with("cookie", &as_masker)).await;
        assert_eq!(answer.refusal(), (401, "unauthenticated".to_owned()));
        assert_eq!(answer.set_cookies(), [""; 0]);
    }
    // Under its own name each is what it was; that of the other beside it changes nothing.
    let me = masker.ask(Ask::get("/api/v1/me").with("cookie", &as_masker));
    let projects = contox.ask(Ask::get("/api/projects").with("cookie", &as_contox));
    assert_eq!(projects.await.status, 200);
    assert_eq!(me.await.status, 200);
}

async fn both_services_are_signed_in_and_out_of_by_themselves(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let browser = server.signed_in(Masker::ALICE).await;
    assert_eq!(browser.get("/api/projects").await.text(), UNAUTHENTICATED);
    let answer = browser.sign_in(START, &server.github, Masker::BOB).await;
    assert_eq!(answer.status, 303);
    assert_eq!(browser.cookies(), [COOKIE, Masker::COOKIE]);
    create(&browser, "Bob's").await;
    let me = browser.get("/api/v1/me").await.json();
    assert_eq!(me["github_login"], "alice-dev");
    let sessions = browser.get("/api/v1/sessions").await.json();
    assert_eq!(sessions["data"].as_array().unwrap().len(), 1);

    assert_eq!(browser.post("/api/v1/auth/logout-all").await.status, 204);
    assert_eq!(browser.cookies(), [COOKIE]);
    assert_eq!(browser.get("/api/projects").await.status, 200);
    browser
        .sign_in(Masker::START, &server.github, Masker::ALICE)
        .await;
    assert_eq!(browser.post("/api/auth/logout").await.status, 204);
    assert_eq!(browser.get("/api/v1/me").await.status, 200);
}

async fn a_flow_of_one_service_ends_at_no_other(kind: StoreKind) {
    let server = Masker::start(kind).await;
    for (start, callback, other) in [
        (START, Masker::CONTOX_CALLBACK, Masker::CALLBACK),
        (Masker::START, Masker::CALLBACK, Masker::CONTOX_CALLBACK),
    ] {
        let browser = server.browser();
        let back = browser.callback(start, &server.github, Masker::ALICE).await;
        assert!(back.contains(callback), "{callback}");
        let astray = browser.get(&back.replace(callback, other)).await;
        assert!(astray.status.is_client_error(), "{}", astray.status);
        for name in [COOKIE, Masker::COOKIE] {
            assert_eq!(browser.cookie(name), None, "{name}");
        }
        // It was not used up by that.
        assert_eq!(flow_cookies(&browser).len(), 1);
        assert_eq!(browser.get(&back).await.status, 303);
    }
}
