//! The shape of every refusal.

use http::Method;
use portcullis_tests::{Answer, Ask, Masker, StoreKind};
use serde_json::json;

use crate::support::on_every_store;

on_every_store!(
    every_refusal_is_the_envelope_with_the_responses_request_id,
    every_response_has_an_id_of_its_own,
    a_body_that_is_no_json_is_400,
    a_body_that_is_too_large_is_413,
    an_unknown_route_is_404_in_the_surfaces_shape,
    a_known_route_by_the_wrong_method_is_405_with_allow,
    requests_from_other_sites_change_nothing,
    health_is_open_and_says_ok,
    responses_make_browsers_careful,
);

fn check_envelope(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        answer.refusal(),
        (status, code.to_owned()),
        "{}",
        answer.text()
    );
    assert_eq!(
        answer.header("content-type"),
        "application/json",
        "{status}"
    );
    assert_eq!(answer.header("cache-control"), "no-store", "{status}");
    let json = answer.json();
    assert_eq!(json.as_object().unwrap().len(), 1);
    let error = json["error"].as_object().unwrap();
    let keys: Vec<&String> = error.keys().collect();
    assert_eq!(keys, ["code", "message", "request_id"], "{status}");
    let id = error["request_id"].as_str().unwrap();
    assert!(id.starts_with("req_") && id.len() > 20, "{id}");
    assert_eq!(answer.header("x-request-id"), id);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.ends_with('.') && message.starts_with(char::is_uppercase),
        "{message}"
    );
}

async fn every_refusal_is_the_envelope_with_the_responses_request_id(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    let agent = "/api/v1/agents/agt_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let post = || Ask::post("/api/v1/agents");
    for (ask, status, code) in [
        (Ask::get("/api/v1/agents?limit=0"), 400, "invalid_request"),
        (
            post().with("content-type", "application/json").body("{"),
            400,
            "invalid_request",
        ),
        (Ask::delete(agent), 403, "forbidden"),
        (Ask::get(agent), 404, "not_found"),
        (Ask::get("/nowhere"), 404, "not_found"),
        (Ask::get("/api/v1/nowhere"), 404, "not_found"),
        (Ask::delete("/health"), 405, "method_not_allowed"),
        (post().json(&json!({ "name": 1 })), 422, "unprocessable"),
    ] {
        check_envelope(&alice.ask(ask).await, status, code);
    }
    check_envelope(
        &masker.browser().get("/api/v1/me").await,
        401,
        "unauthenticated",
    );
    // Refusals of a sign-in also say where to begin anew.
    let error = alice.get(Masker::CALLBACK).await.json()["error"].clone();
    let keys: Vec<&String> = error.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["code", "login_url", "message", "request_id"]);
    assert_eq!(error["login_url"], "/portal");
}

async fn every_response_has_an_id_of_its_own(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.browser();
    let mut ids = std::collections::BTreeSet::new();
    for path in [
        "/health",
        "/portal",
        "/nowhere",
        Masker::START,
        "/portal/portal.js",
    ] {
        let ask = Ask::get(path).with("x-request-id", "req_chosen_by_a_stranger");
        let answer = browser.ask(ask).await;
        let id = answer.header("x-request-id").to_owned();
        assert!(
            id.starts_with("req_") && !id.contains("stranger"),
            "{path}: {id}"
        );
        assert!(ids.insert(id), "{path}");
    }
}

async fn a_body_that_is_no_json_is_400(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    let json_type = "application/json";
    for (content_type, body) in [
        (json_type, &b""[..]),
        (json_type, b"{"),
        (json_type, b"name=x"),
        (json_type, b"{\"name\":\"\xff\"}"),
        (json_type, b"{\"name\":\"a\"} x"),
        ("text/plain", b"{\"name\":\"a\"}"),
        ("application/x-www-form-urlencoded", b"{\"name\":\"a\"}"),
    ] {
        let ask = Ask::post("/api/v1/agents").with("content-type", content_type);
        let answer = alice.ask(ask.body(body.to_vec())).await;
        let text = String::from_utf8_lossy(body);
        assert_eq!(
            answer.refusal(),
            (400, "invalid_request".to_owned()),
            "{content_type} {text}"
        );
    }
}

async fn a_body_that_is_too_large_is_413(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    let ask = Ask::post("/api/v1/agents").json(&json!({ "name": "a".repeat(70_000) }));
    check_envelope(&alice.ask(ask).await, 413, "too_large");
}

async fn an_unknown_route_is_404_in_the_surfaces_shape(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    for path in [
        "/x",
        "/api",
        "/api/v1/agents/",
        "/portal/",
        "/api/v1/auth/gitlab",
        "//portal",
    ] {
        for method in [Method::GET, Method::PUT] {
            check_envelope(
                &alice
                    .ask(Ask::new(method, &format!("{}{path}", masker.base)))
                    .await,
                404,
                "not_found",
            );
        }
    }
}

async fn a_known_route_by_the_wrong_method_is_405_with_allow(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    for (path, method, allow) in [
        ("/health", Method::POST, "GET,HEAD"),
        ("/portal", Method::POST, "GET,HEAD"),
        ("/api/v1/me", Method::PUT, "GET,HEAD"),
        ("/api/v1/auth/logout", Method::GET, "POST"),
        ("/api/v1/auth/logout-all", Method::DELETE, "POST"),
        ("/api/v1/sessions", Method::POST, "GET,HEAD"),
        ("/api/v1/sessions/x", Method::GET, "DELETE"),
        ("/api/v1/agents", Method::DELETE, "GET,HEAD,POST"),
        ("/api/v1/agents/x", Method::PATCH, "GET,HEAD,DELETE"),
        (Masker::START, Method::POST, "GET"),
        (Masker::START, Method::HEAD, "GET"),
        (Masker::CALLBACK, Method::POST, "GET"),
        (Masker::CALLBACK, Method::HEAD, "GET"),
    ] {
        let ask = Ask::new(method.clone(), path).with("sec-fetch-site", "same-origin");
        let answer = alice.ask(ask).await;
        assert_eq!(answer.status, 405, "{method} {path}");
        let allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        let mut allowed: Vec<&str> = allowed;
        allowed.sort_unstable();
        let mut expected: Vec<&str> = allow.split(',').collect();
        expected.sort_unstable();
        assert_eq!(allowed, expected, "{method} {path}");
        if method != Method::HEAD {
            check_envelope(&answer, 405, "method_not_allowed");
        }
    }
}

async fn requests_from_other_sites_change_nothing(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    let post = |path| Ask::new(Method::POST, path);
    for path in [
        "/api/v1/agents",
        "/api/v1/auth/logout",
        "/api/v1/auth/logout-all",
    ] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let answer = alice.ask(post(path).with(name, value)).await;
            assert_eq!(
                answer.refusal(),
                (403, "cross_origin".to_owned()),
                "{path} {name}: {value}"
            );
        }
    }
    assert_eq!(alice.get("/api/v1/me").await.status, 200);
    // A program is no browser: it sends neither header.
    let ask = post("/api/v1/agents").json(&json!({ "name": "a" }));
    assert_eq!(alice.ask(ask).await.status, 201);
}

async fn health_is_open_and_says_ok(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let answer = masker.browser().get("/health").await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (200, json!({ "status": "ok" }))
    );
    assert_eq!(answer.set_cookies(), [""; 0]);
}

async fn responses_make_browsers_careful(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.browser();
    for path in ["/portal", "/health", "/nowhere", "/api/v1/me"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(!answer.header("referrer-policy").is_empty(), "{path}");
    }
    let page = browser.get("/portal").await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'"),
        "{policy}"
    );
    assert!(
        policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
}
