//! axum handlers that take what was verified.

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use portcullis_tower::webhook::{Verified, VerifiedJson};
use portcullis_webhook::schemes;
use serde_json::Value;
use tower::ServiceExt;

use crate::support::{BODY, layer, signed};

async fn raw(delivery: Verified) -> String {
    format!("{} {}", delivery.receipt().label(), delivery.body().len())
}

async fn parsed(delivery: VerifiedJson<std::collections::BTreeMap<String, String>>) -> String {
    delivery.value().get("type").cloned().unwrap_or_default()
}

fn app() -> Router {
    let routes = || {
        Router::new()
            .route("/raw", post(raw))
            .route("/json", post(parsed))
    };
    let guarded = routes().layer(layer(schemes::GITHUB));
    Router::new().nest("/in", guarded).nest("/bare", routes())
}

async fn ask(path: &str, headers: HeaderMap, body: &'static [u8]) -> (u16, String) {
    let mut request = Request::post(path).body(Body::from(body)).unwrap();
    *request.headers_mut() = headers;
    let response = app().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn w36_a_handler_gets_what_was_verified() {
    let headers = signed(schemes::GITHUB, "", BODY);
    assert_eq!(
        ask("/in/raw", headers.clone(), BODY).await,
        (200, "one 15".to_owned())
    );
    assert_eq!(
        ask("/in/json", headers, BODY).await,
        (200, "paid".to_owned())
    );
}

#[tokio::test]
async fn w36_without_the_layer_a_handler_refuses() {
    let headers = signed(schemes::GITHUB, "", BODY);
    for path in ["/bare/raw", "/bare/json"] {
        assert_eq!(ask(path, headers.clone(), BODY).await.0, 500);
    }
}

/// What is wrong with the JSON is told to the provider alone.
#[tokio::test]
async fn json_is_parsed_after_the_verdict() {
    for (body, status) in [
        (&b"{"[..], 400),
        (b"", 400),
        (b"[1]", 422),
        (b"{\"type\":1}", 422),
    ] {
        let headers = signed(schemes::GITHUB, "", body);
        assert_eq!(ask("/in/json", headers, body).await.0, status);
        let forged = signed(schemes::GITHUB, "", b"other");
        assert_eq!(ask("/in/json", forged, body).await, (401, String::new()));
    }
    assert!(serde_json::from_slice::<Value>(BODY).is_ok());
}
