//! Requests that another site makes a browser send.

use axum::Router;
use axum::body::Body;
use axum::routing::any;
use http::{Method, Request, StatusCode};
use portcullis_core::format::Envelope;
use portcullis_tower::{CurrentSession, RefusalsLayer, SessionsLayer, origin_layer};

use crate::support::{World, send, set_cookies, text};

const HOST: (&str, &str) = ("host", "app.example.com");

fn app(world: &World) -> Router {
    Router::new()
        .route(
            "/",
            any(async |session: CurrentSession| {
                session.set_value(crate::support::VISITS, &1).unwrap();
                "done"
            }),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()))
        .layer(
            origin_layer()
                .add_trusted_origin("https://partner.example")
                .unwrap(),
        )
        .layer(RefusalsLayer::new(Envelope::default()))
}

/// The status for a method and headers; nothing must have happened if it is 403.
async fn status(method: Method, headers: &[(&str, &str)]) -> StatusCode {
    let world = World::new();
    let mut request = Request::builder()
        .method(method)
        .uri("/")
        .header(HOST.0, HOST.1);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = send(&app(&world), request.body(Body::empty()).unwrap()).await;
    let status = response.status();
    let done = status == StatusCode::OK;
    assert_eq!(
        (set_cookies(&response).len(), world.store.len()),
        (done.into(), done.into())
    );
    status
}

#[tokio::test]
async fn what_another_site_sends_is_refused() {
    let forged: [&[(&str, &str)]; 8] = [
        &[("sec-fetch-site", "cross-site")],
        // A sibling domain is another origin.
        &[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://blog.example.com"),
        ],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://app.example.com"),
        ],
        &[("sec-fetch-site", "Same-Origin")],
        &[("origin", "https://evil.example")],
        &[("origin", "https://app.example.com.evil.example")],
        &[("origin", "https://app.example.com:8443")],
        &[("origin", "null")],
    ];
    for headers in forged {
        for method in [
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::TRACE,
        ] {
            assert_eq!(
                status(method, headers).await,
                StatusCode::FORBIDDEN,
                "{headers:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_site_itself_its_partners_and_what_is_no_browser_pass() {
    let ours: [&[(&str, &str)]; 6] = [
        &[("sec-fetch-site", "same-origin")],
        &[
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://app.example.com"),
        ],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://app.example.com")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://partner.example"),
        ],
        &[],
    ];
    for headers in ours {
        assert_eq!(
            status(Method::POST, headers).await,
            StatusCode::OK,
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn safe_methods_pass_from_anywhere() {
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        let headers = [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ];
        assert_eq!(status(method, &headers).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn the_refusal_is_in_the_format_of_the_surface() {
    let request = Request::post("/").header("sec-fetch-site", "cross-site");
    let response = send(&app(&World::new()), request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(
        text(response).await,
        r#"{"error":{"code":"cross_origin","message":"Requests from another site are refused."}}"#
    );
}
