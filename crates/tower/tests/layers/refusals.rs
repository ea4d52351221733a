//! Refusals in the format of a surface.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use axum::routing::get as on_get;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use portcullis_core::format::{Envelope, Flat, Grpc};
use portcullis_core::{Challenge, ErrorFormat, Refusal, RefusalKind};
use portcullis_tower::{AuthenticateLayer, RefusalsLayer, Rejection, RequireLayer, SessionsLayer};

use crate::support::{World, get, get_with, lines, send, text};

fn app(layer: RefusalsLayer) -> Router {
    let limited = || {
        let refusal = Refusal::new(RefusalKind::RateLimited)
            .with_challenge(Challenge::bearer())
            .with_retry_after(Duration::from_secs(30));
        let headers = [
            ("x-handler", "kept"),
            ("access-control-allow-origin", "https://a.example"),
        ];
        (headers, Rejection::from(refusal))
    };
    Router::new()
        .route("/", on_get(async || "fine"))
        .route("/limited", on_get(async move || limited()))
        .route(
            "/missing",
            on_get(async || (StatusCode::NOT_FOUND, "no such agent")),
        )
        .route("/empty", on_get(async || StatusCode::NO_CONTENT))
        .route(
            "/method",
            on_get(async || Rejection::method_not_allowed::<Body>("PUT")),
        )
        .layer(layer)
}

fn envelope(code: &str, message: &str) -> String {
    format!(r#"{{"error":{{"code":"{code}","message":"{message}"}}}}"#)
}

#[tokio::test]
async fn a_refusal_has_the_surfaces_body_and_keeps_the_headers() {
    let response = send(
        &app(RefusalsLayer::new(Envelope::default())),
        get("/limited"),
    )
    .await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let expected = [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("www-authenticate", "Bearer"),
        ("retry-after", "30"),
        ("x-handler", "kept"),
        ("access-control-allow-origin", "https://a.example"),
    ];
    for (name, value) in expected {
        assert_eq!(lines(response.headers(), name), [value], "{name}");
    }
    let size = response.body().size_hint().exact();
    let body = text(response).await;
    assert_eq!(
        body,
        envelope("rate_limited", "Too many requests; try again later.")
    );
    assert_eq!(size, u64::try_from(body.len()).ok());
}

use http_body::Body as _;

#[tokio::test]
async fn the_format_is_the_layers_choice() {
    let formats: [(RefusalsLayer, &str); 2] = [
        (RefusalsLayer::new(Envelope::default()), r#"{"error":{"#),
        (RefusalsLayer::new(Flat::default()), r#"{"error":"Too many"#),
    ];
    for (layer, begins) in formats {
        let body = text(send(&app(layer), get("/limited")).await).await;
        assert!(body.starts_with(begins), "{body}");
    }
}

#[tokio::test]
async fn the_innermost_format_counts() {
    let app =
        app(RefusalsLayer::new(Flat::default())).layer(RefusalsLayer::new(Envelope::default()));
    let body = text(send(&app, get("/limited")).await).await;
    assert_eq!(body, r#"{"error":"Too many requests; try again later."}"#);
}

#[tokio::test]
async fn other_responses_are_left_alone() {
    let app = app(RefusalsLayer::new(Envelope::default()).with_bare_statuses());
    assert_eq!(text(send(&app, get("/")).await).await, "fine");
    assert_eq!(
        text(send(&app, get("/missing")).await).await,
        "no such agent"
    );
    let empty = send(&app, get("/empty")).await;
    assert_eq!(lines(empty.headers(), "content-type"), [""; 0]);
    assert_eq!(
        (empty.status(), &*text(empty).await),
        (StatusCode::NO_CONTENT, "")
    );
}

#[tokio::test]
async fn bare_statuses_of_the_router_get_the_surfaces_shape_on_demand() {
    let post = || Request::post("/").body(Body::empty()).unwrap();
    let shaped = app(RefusalsLayer::new(Envelope::default()).with_bare_statuses());
    let response = send(&shaped, get("/nowhere")).await;
    assert_eq!(
        (response.status(), &response.headers()["cache-control"]),
        (StatusCode::NOT_FOUND, &"no-store".parse().unwrap())
    );
    assert_eq!(
        text(response).await,
        envelope("not_found", "There is nothing here.")
    );
    let response = send(&shaped, post()).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(lines(response.headers(), "allow"), ["GET,HEAD"]);
    assert_eq!(
        text(response).await,
        envelope("method_not_allowed", "This method is not allowed here.")
    );

    let plain = app(RefusalsLayer::new(Envelope::default()));
    assert_eq!(text(send(&plain, get("/nowhere")).await).await, "");
    assert_eq!(text(send(&plain, post()).await).await, "");
}

#[tokio::test]
async fn a_method_that_is_not_allowed_names_those_that_are() {
    let response = send(
        &app(RefusalsLayer::new(Envelope::default())),
        get("/method"),
    )
    .await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(lines(response.headers(), "allow"), ["PUT"]);
}

#[tokio::test]
async fn grpc_is_told_in_trailers_that_stand_in_the_head() {
    let world = World::new();
    let guarded = Router::new()
        .route("/", on_get(async || ()))
        .layer(RequireLayer::signed_in())
        .layer(AuthenticateLayer::new())
        .layer(SessionsLayer::new(world.lifecycle.clone()))
        .layer(RefusalsLayer::new(Grpc::default()));
    let cookie = world.signed_in("usr_1");
    assert_eq!(
        send(&guarded, get_with("/", &cookie)).await.status(),
        StatusCode::OK
    );
    let response = send(&guarded, get("/")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        lines(response.headers(), "content-type"),
        ["application/grpc"]
    );
    assert_eq!(lines(response.headers(), "grpc-status"), ["16"]);
    assert_eq!(
        lines(response.headers(), "grpc-message"),
        ["Sign in to continue."]
    );
    assert!(response.body().is_end_stream());
    assert!(
        response
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .is_empty()
    );
}

/// Whatever it is told, it is a teapot.
#[derive(Debug)]
struct Teapot;

impl ErrorFormat for Teapot {
    fn render(
        &self,
        refusal: &Refusal,
        _: Option<&portcullis_core::RequestId>,
    ) -> http::Response<bytes::Bytes> {
        let response = http::Response::builder()
            .status(418)
            .header(header::CONTENT_TYPE, "text/tea");
        response.body(bytes::Bytes::from(refusal.code())).unwrap()
    }
}

#[tokio::test]
async fn a_surface_may_have_a_format_of_its_own() {
    let request = Request::builder()
        .method(Method::PUT)
        .uri("/")
        .body(Body::empty())
        .unwrap();
    let response = send(
        &app(RefusalsLayer::new(Teapot).with_bare_statuses()),
        request,
    )
    .await;
    assert_eq!(response.status(), 418);
    assert_eq!(lines(response.headers(), "content-type"), ["text/tea"]);
    assert_eq!(text(response).await, "method_not_allowed");
}

#[tokio::test]
async fn without_the_layer_a_refusal_is_bare() {
    let response = Rejection::new(RefusalKind::Gone).into_response();
    assert_eq!(response.status(), StatusCode::GONE);
    assert_eq!(lines(response.headers(), "cache-control"), ["no-store"]);
    assert_eq!(text(response).await, "");
}
