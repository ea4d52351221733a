//! Correlation ids.

use axum::Router;
use axum::body::Body;
use axum::extract::Extension;
use axum::routing::get as on_get;
use http::header::HeaderName;
use http::{Request, StatusCode};
use portcullis_core::format::Envelope;
use portcullis_core::{RefusalKind, RequestId};
use portcullis_tower::{RefusalsLayer, Rejection, RequestIdLayer};

use crate::support::{get, lines, send, text};

const NAME: HeaderName = HeaderName::from_static("x-request-id");

fn app(layer: RequestIdLayer) -> Router {
    Router::new()
        .route(
            "/",
            on_get(async |Extension(id): Extension<RequestId>| id.to_string()),
        )
        .route(
            "/own",
            on_get(async || [("x-request-id", "of-the-handler")]),
        )
        .route(
            "/refused",
            on_get(async || Rejection::new(RefusalKind::Conflict)),
        )
        .layer(RefusalsLayer::new(Envelope::default()))
        .layer(layer)
}

/// The id that the response has, after a look that the handler saw the same one.
async fn id(app: &Router, brought: &[&[u8]]) -> String {
    let request = brought
        .iter()
        .fold(Request::get("/"), |request, id| request.header(NAME, *id));
    let response = send(app, request.body(Body::empty()).unwrap()).await;
    let [id] = &lines(response.headers(), "x-request-id")[..] else {
        panic!("one id");
    };
    let id = id.clone();
    assert_eq!(text(response).await, id);
    id
}

fn is_made_here(id: &str, prefix: &str) -> bool {
    let digits = id.strip_prefix(prefix).unwrap_or_default();
    digits.len() == 32
        && digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[tokio::test]
async fn each_request_has_an_id_of_its_own() {
    let app = app(RequestIdLayer::new(NAME).with_prefix("req_"));
    let (one, two) = (id(&app, &[]).await, id(&app, &[]).await);
    assert!(
        is_made_here(&one, "req_") && is_made_here(&two, "req_"),
        "{one} {two}"
    );
    assert_ne!(one, two);
}

#[tokio::test]
async fn an_id_is_echoed_only_if_that_was_asked_for() {
    let silent = app(RequestIdLayer::new(NAME));
    assert!(is_made_here(&id(&silent, &[b"theirs"]).await, ""));
    let echoing = app(RequestIdLayer::new(NAME).with_echo());
    assert_eq!(id(&echoing, &[b"theirs"]).await, "theirs");
    assert!(is_made_here(&id(&echoing, &[]).await, ""));
}

#[tokio::test]
async fn an_id_that_is_echoed_is_1_to_128_visible_characters() {
    let app = app(RequestIdLayer::new(NAME).with_echo());
    for good in [&b"!"[..], &[b'~'; 128]] {
        assert_eq!(id(&app, &[good]).await.as_bytes(), good);
    }
    for bad in [
        &b""[..],
        b"a b",
        b"a\tb",
        b"\xc3\xa9",
        b"\xff",
        &[b'x'; 129],
    ] {
        assert!(is_made_here(&id(&app, &[bad]).await, ""), "{bad:?}");
    }
}

#[tokio::test]
async fn the_id_of_the_layer_takes_the_place_of_the_handlers() {
    let response = send(&app(RequestIdLayer::new(NAME)), get("/own")).await;
    let ids = lines(response.headers(), "x-request-id");
    assert!(ids.len() == 1 && is_made_here(&ids[0], ""), "{ids:?}");
}

#[tokio::test]
async fn a_refusal_names_the_id_of_its_response() {
    let response = send(
        &app(RequestIdLayer::new(NAME).with_prefix("req_")),
        get("/refused"),
    )
    .await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    let id = lines(response.headers(), "x-request-id").remove(0);
    let member = format!(r#""request_id":"{id}""#);
    let body = text(response).await;
    assert!(body.contains(&member), "{body}");
}

#[tokio::test]
async fn unknown_routes_have_an_id_too() {
    let response = send(&app(RequestIdLayer::new(NAME)), get("/nowhere")).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(lines(response.headers(), "x-request-id").len(), 1);
}

#[tokio::test]
async fn a_prefix_has_at_most_64_visible_characters() {
    const LONGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let app = app(RequestIdLayer::new(NAME).with_prefix(LONGEST));
    assert!(is_made_here(&id(&app, &[]).await, LONGEST));
    for bad in ["two words", "\u{e9}", "tab\t", &*LONGEST.repeat(2).leak()] {
        let built = std::panic::catch_unwind(|| RequestIdLayer::new(NAME).with_prefix(bad));
        assert!(built.is_err(), "{bad}");
    }
}
