//! The shape of every answer.

use http::Method;
use portcullis_tests::{Answer, Ask, Masker, StoreKind};
use serde_json::json;

use super::support::{BODY, COOKIE, INGEST, START, Scene, secret_path, signed_in};
use crate::support::on_every_store;

on_every_store!(
    every_refusal_is_one_sentence,
    every_response_has_the_security_headers_and_an_id_of_its_own,
    an_unknown_route_is_404_in_the_surfaces_shape,
    a_known_route_by_the_wrong_method_is_405_with_allow,
    requests_from_other_sites_change_nothing,
    the_page_is_ours_alone,
);

fn check(answer: &Answer, status: u16) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let json = answer.json();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["error"]);
    let sentence = json["error"].as_str().unwrap();
    assert!(sentence.starts_with(char::is_uppercase), "{sentence}");
    // The contract has the one of 401 without a full stop.
    assert_eq!(sentence.ends_with('.'), status != 401, "{sentence}");
    assert!(answer.header("x-request-id").starts_with("req_"));
}

async fn every_refusal_is_one_sentence(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let alice = signed_in(&server, Masker::ALICE).await;
    let post = || Ask::post("/api/projects");
    for (ask, status) in [
        (
            post().with("content-type", "application/json").body("{"),
            400,
        ),
        (Ask::new(Method::POST, INGEST).body(BODY), 401),
        (
            post()
                .with("origin", "null")
                .with("sec-fetch-site", "cross-site"),
            403,
        ),
        (Ask::get(&secret_path("x")), 404),
        (Ask::get("/api/nowhere"), 404),
        (Ask::delete("/api/projects"), 405),
        (post().json(&json!({ "name": 1 })), 422),
    ] {
        check(&alice.ask(ask).await, status);
    }
    check(&server.browser().get("/api/projects").await, 401);
    // A sign-in that was not begun here.
    check(&alice.get(Masker::CONTOX_CALLBACK).await, 400);
}

async fn every_response_has_the_security_headers_and_an_id_of_its_own(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let server = &scene.server;
    let stranger = server.browser();
    let signing_in = server.browser();
    let callback = signing_in
        .callback(START, &server.github, Masker::BOB)
        .await;
    let mut answers = vec![
        signing_in.get(&callback).await,
        scene.send(scene.delivery(BODY)).await,
        scene.send(scene.delivery(BODY)).await,
        scene
            .send(scene.delivery(&" ".repeat(1024 * 1024 + 1)))
            .await,
        scene.owner.get("/api/projects").await,
        scene.owner.get(&secret_path(&scene.project)).await,
        stranger
            .ask(Ask::get(Masker::CONTOX_CALLBACK).for_page())
            .await,
        scene.owner.post("/api/auth/logout").await,
    ];
    for path in [
        START,
        Masker::CONTOX_CALLBACK,
        "/api/projects",
        "/api/nowhere",
        "/api/v2/nowhere",
        "/contox",
        "/contox/contox.js",
        INGEST,
    ] {
        for method in [Method::GET, Method::HEAD, Method::DELETE, Method::OPTIONS] {
            answers.push(stranger.ask(Ask::new(method, path)).await);
        }
    }
    let mut statuses: Vec<u16> = answers.iter().map(|it| it.status.as_u16()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(statuses, [200, 202, 204, 303, 400, 401, 404, 405, 413]);
    let mut ids = std::collections::BTreeSet::new();
    for answer in &answers {
        let hsts = "max-age=31536000; includeSubDomains";
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
            ("strict-transport-security", hsts),
        ] {
            assert_eq!(answer.all(name), [value], "{name}: {answer:?}");
        }
        assert!(ids.insert(answer.header("x-request-id").to_owned()));
    }
}

async fn an_unknown_route_is_404_in_the_surfaces_shape(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let alice = signed_in(&server, Masker::ALICE).await;
    for path in [
        "/api/nowhere",
        "/api/v2",
        "/api/v2/ingest/",
        "/api/v3/ingest",
        "/api/projects/",
        "/api/projects/x",
        "/api/projects/x/hmac-secret/",
        "/api/auth/gitlab",
        "/api/auth/github/",
    ] {
        for method in [Method::GET, Method::PUT] {
            let answer = alice.ask(Ask::new(method, path)).await;
            check(&answer, 404);
            assert_eq!(answer.json(), json!({ "error": "There is nothing here." }));
        }
    }
    // What is no service's is as it was, and what is Masker's too.
    for path in ["/nowhere", "/api", "/contox/"] {
        assert_eq!(alice.get(path).await.code(), "not_found", "{path}");
    }
    assert_eq!(alice.get("/api/v1/nowhere").await.code(), "unauthenticated");
}

async fn a_known_route_by_the_wrong_method_is_405_with_allow(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let alice = signed_in(&server, Masker::ALICE).await;
    for (path, method, allow) in [
        (INGEST, Method::GET, "POST"),
        (INGEST, Method::PUT, "POST"),
        ("/api/projects", Method::DELETE, "GET,HEAD,POST"),
        ("/api/projects/x/hmac-secret", Method::POST, "GET,HEAD"),
        ("/api/projects/x/hmac-secret/rotate", Method::GET, "POST"),
        ("/api/auth/logout", Method::GET, "POST"),
        (START, Method::POST, "GET"),
        (START, Method::HEAD, "GET"),
        (Masker::CONTOX_CALLBACK, Method::POST, "GET"),
        (Masker::CONTOX_CALLBACK, Method::HEAD, "GET"),
        ("/contox", Method::POST, "GET,HEAD"),
    ] {
        let ask = Ask::new(method.clone(), path).with("sec-fetch-site", "same-origin");
        let answer = alice.ask(ask).await;
        assert_eq!(answer.status, 405, "{method} {path}");
        let allowed = answer.header("allow").split(',').map(str::trim);
        let mut allowed: Vec<&str> = allowed.collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(","), allow, "{method} {path}");
        if method != Method::HEAD {
            check(&answer, 405);
        }
    }
}

async fn requests_from_other_sites_change_nothing(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let rotate = format!("{}/rotate", secret_path(&scene.project));
    let post = |path: &str| Ask::new(Method::POST, path).json(&json!({ "name": "a" }));
    for path in ["/api/projects", &rotate, "/api/auth/logout"] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let answer = scene.owner.ask(post(path).with(name, value)).await;
            check(&answer, 403);
            let says = "Requests from another site are refused.";
            assert_eq!(answer.json(), json!({ "error": says }), "{path} {name}");
        }
    }
    let owner = &scene.owner;
    assert_eq!(
        super::support::secret(owner, &scene.project).await,
        scene.secret
    );
    let listed = owner.get("/api/projects").await.json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    // A program is no browser: it sends neither header.
    assert_eq!(owner.ask(post("/api/projects")).await.status, 201);
    assert!(owner.cookie(COOKIE).is_some());
}

async fn the_page_is_ours_alone(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let browser = server.browser();
    let page = browser.get("/contox").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
    // All that it asks for is there.
    let asked = page
        .text()
        .split('"')
        .filter(|it| it.starts_with('/') && it.contains('.'));
    let mut asked: Vec<&str> = asked.collect();
    asked.sort_unstable();
    asked.dedup();
    assert_eq!(
        asked,
        [
            "/contox/contox.js",
            "/portal/logo.svg",
            "/portal/portal.css"
        ]
    );
    for path in asked {
        assert_eq!(browser.get(path).await.status, 200, "{path}");
    }
}
