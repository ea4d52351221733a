//! CVE-2026-45754, CVE-2026-45755, CVE-2026-47212 (Symfony's bridges): a secret was configured and
//! the check never called.
//!
//! Here: a handler behind the layer is reached by nothing unsigned, whatever it takes out of the
//! request; and what it takes as verified does not come without the layer. That nobody else makes a
//! [`Verified`] or fills a [`VerifiedBody`](portcullis_tower::webhook::VerifiedBody) is shown by the
//! examples of these two, which must not compile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::routing::{MethodRouter, post};
use axum::{Extension, Router};
use bytes::Bytes;
use http::{HeaderMap, Request};
use portcullis_tower::webhook::{Verified, VerifiedJson};
use portcullis_webhook::{Verifier, schemes};
use serde_json::Value;
use tower::ServiceExt as _;

use super::support::{BODY, layer, signed, verifier};

#[derive(Clone, Default)]
struct Reached(Arc<AtomicUsize>);

impl Reached {
    fn note(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Handlers that take the body in each way that there is.
fn routes() -> Router {
    Router::new()
        .route(
            "/raw",
            post(async |it: Extension<Reached>, _: Bytes| it.note()),
        )
        .route("/head", post(async |it: Extension<Reached>| it.note()))
        .route(
            "/verified",
            post(async |it: Extension<Reached>, _: Verified| it.note()),
        )
        .route(
            "/json",
            post(async |it: Extension<Reached>, _: VerifiedJson<Value>| it.note()),
        )
}

/// Asks each route; says whether one of them was reached, and the statuses.
async fn ask(app: &Router, paths: &[&str], headers: &HeaderMap) -> (usize, Vec<u16>) {
    let reached = Reached::default();
    let app = app.clone().layer(Extension(reached.clone()));
    let mut statuses = Vec::new();
    for path in paths {
        let mut request = Request::post(*path).body(Body::from(BODY)).unwrap();
        *request.headers_mut() = headers.clone();
        let response = app.clone().oneshot(request).await.unwrap();
        statuses.push(response.status().as_u16());
    }
    (reached.0.load(Ordering::SeqCst), statuses)
}

async fn check(guard: impl Fn(Router, Verifier) -> Router) {
    const PATHS: [&str; 4] = ["/raw", "/head", "/verified", "/json"];
    let app = guard(routes(), verifier(schemes::GITHUB));
    let good = signed(schemes::GITHUB, "", BODY);
    assert_eq!(ask(&app, &PATHS, &good).await, (4, vec![200; 4]));
    let mut zero = good.clone();
    let zeros = format!("sha256={}", "0".repeat(64));
    zero.insert("x-hub-signature-256", zeros.parse().unwrap());
    let other = signed(schemes::GITHUB, "", b"other");
    for headers in [HeaderMap::new(), zero, other] {
        let (reached, statuses) = ask(&app, &PATHS, &headers).await;
        assert_eq!(reached, 0, "an unsigned delivery reaches a handler");
        assert_eq!(statuses, [401; 4]);
    }
}

/// Without the layer there is nothing that was verified: it is our fault, and told as such.
async fn check_bare(verified: MethodRouter, json: MethodRouter) {
    let app = Router::new()
        .route("/verified", verified)
        .route("/json", json);
    for headers in [HeaderMap::new(), signed(schemes::GITHUB, "", BODY)] {
        let (reached, statuses) = ask(&app, &["/verified", "/json"], &headers).await;
        assert_eq!(reached, 0, "a payload is had without a layer");
        assert_eq!(statuses, [500; 2]);
    }
}

#[tokio::test]
async fn a83_nothing_unsigned_reaches_a_handler() {
    check(|routes, _| routes.layer(layer(schemes::GITHUB))).await;
}

#[tokio::test]
async fn a83_without_the_layer_there_is_no_payload() {
    check_bare(
        post(async |it: Extension<Reached>, _: Verified| it.note()),
        post(async |it: Extension<Reached>, _: VerifiedJson<Value>| it.note()),
    )
    .await;
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// Holds the verifier ready, and nobody calls it.
    fn configured(_: Router, verifier: Verifier) -> Router {
        Router::new()
            .route("/{any}", post(async |it: Extension<Reached>| it.note()))
            .layer(Extension(verifier))
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn ConfiguredAndNotCalled() {
        let test = "a83_nothing_unsigned_reaches_a_handler";
        let says = "an unsigned delivery reaches a handler";
        Twin::new("a83 ConfiguredAndNotCalled", test, says)
            .is_caught_async(check(configured))
            .await;
    }

    /// Believes that a body that it gets has been verified.
    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn SomebodyWillHaveChecked() {
        let trusting = || post(async |it: Extension<Reached>, _: Bytes| it.note());
        let test = "a83_without_the_layer_there_is_no_payload";
        let says = "a payload is had without a layer";
        Twin::new("a83 SomebodyWillHaveChecked", test, says)
            .is_caught_async(check_bare(trusting(), trusting()))
            .await;
    }
}
