//! Headers that make browsers careful.

use axum::Router;
use axum::routing::get as on_get;
use http::{HeaderValue, StatusCode};
use portcullis_tower::SecurityHeadersLayer;

use crate::support::{get, lines, send};

fn app(layer: SecurityHeadersLayer) -> Router {
    Router::new()
        .route("/", on_get(async || ()))
        .route(
            "/own",
            on_get(async || {
                [
                    ("x-frame-options", "SAMEORIGIN"),
                    ("content-security-policy", "default-src 'self'"),
                ]
            }),
        )
        .route(
            "/broken",
            on_get(async || StatusCode::INTERNAL_SERVER_ERROR),
        )
        .layer(layer)
}

const ALL: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    (
        "strict-transport-security",
        "max-age=31536000; includeSubDomains",
    ),
    ("content-security-policy", "default-src 'none'"),
];

#[tokio::test]
async fn every_response_has_them() {
    let none = HeaderValue::from_static("default-src 'none'");
    let layer = SecurityHeadersLayer::new()
        .with_strict_transport()
        .with_content_security_policy(none);
    let app = app(layer);
    for path in ["/", "/broken", "/nowhere"] {
        let response = send(&app, get(path)).await;
        for (name, value) in ALL {
            assert_eq!(lines(response.headers(), name), [value], "{path}");
        }
    }
}

#[tokio::test]
async fn what_costs_something_is_there_on_demand_alone() {
    let response = send(&app(SecurityHeadersLayer::new()), get("/")).await;
    for (name, _) in &ALL[..3] {
        assert_eq!(lines(response.headers(), name).len(), 1, "{name}");
    }
    for (name, _) in &ALL[3..] {
        assert_eq!(lines(response.headers(), name), [""; 0], "{name}");
    }
}

#[tokio::test]
async fn what_the_handler_said_stays() {
    let none = HeaderValue::from_static("default-src 'none'");
    let app = app(SecurityHeadersLayer::new().with_content_security_policy(none));
    let response = send(&app, get("/own")).await;
    assert_eq!(lines(response.headers(), "x-frame-options"), ["SAMEORIGIN"]);
    assert_eq!(
        lines(response.headers(), "content-security-policy"),
        ["default-src 'self'"]
    );
    assert_eq!(
        lines(response.headers(), "x-content-type-options"),
        ["nosniff"]
    );
}
