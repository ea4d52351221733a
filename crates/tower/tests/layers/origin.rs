//! Requests that another site makes a browser send.

use axum::Router;
use axum::body::Body;
use axum::routing::any;
use http::{Method, Request, StatusCode};
use portcullis_core::format::Envelope;
use portcullis_tower::{CurrentSession, OriginLayer, RefusalsLayer, SessionsLayer};

use crate::support::{World, send, set_cookies, text};

/// What a proxy calls the service: browsers know it by another name.
const HOST: (&str, &str) = ("host", "app-1.internal");

const OURS: &str = "https://app.example.com";

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
            OriginLayer::new(OURS)
                .unwrap()
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
    let forged: [&[(&str, &str)]; 18] = [
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
        &[("origin", "")],
        // The same host, but anybody on the way can serve a page of it.
        &[("origin", "http://app.example.com")],
        &[("origin", "http://app.example.com:443")],
        &[("origin", "https://partner.example:8443")],
        &[("origin", "http://partner.example")],
        // A name that leads here without our doing.
        &[("host", "evil.example"), ("origin", "http://evil.example")],
        &[("origin", "https://app-1.internal")],
        // Twice, and one of them is not ours.
        &[
            ("origin", "https://app.example.com"),
            ("origin", "https://evil.example"),
        ],
        &[
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "cross-site"),
        ],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://partner.example"),
            ("origin", "https://evil.example"),
        ],
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
    let ours: [&[(&str, &str)]; 8] = [
        &[("sec-fetch-site", "same-origin")],
        &[
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://app.example.com"),
        ],
        &[("sec-fetch-site", "none")],
        // A page of ours that tells no referrer.
        &[("sec-fetch-site", "same-origin"), ("origin", "null")],
        &[("origin", "https://app.example.com")],
        &[("origin", "https://partner.example")],
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

#[tokio::test]
async fn an_origin_is_known_however_it_was_configured() {
    for (configured, sent) in [
        ("https://app.example.com", "https://app.example.com"),
        ("HTTPS://App.Example.COM:443", "https://app.example.com"),
        ("http://app.example.com:80", "http://app.example.com"),
        ("http://app.example.com:443", "http://app.example.com:443"),
        (
            "https://b\u{fc}cher.example",
            "https://xn--bcher-kva.example",
        ),
        ("http://[::0001]:8080", "http://[::1]:8080"),
    ] {
        let stranger = OriginLayer::new("https://other.example").unwrap();
        for (layer, expected) in [
            (OriginLayer::new(configured).unwrap(), 200),
            (
                stranger.clone().add_trusted_origin(configured).unwrap(),
                200,
            ),
            (stranger, 403),
        ] {
            let router = Router::new().route("/", any("done")).layer(layer);
            let request = Request::post("/").header("origin", sent);
            let response = send(&router, request.body(Body::empty()).unwrap()).await;
            assert_eq!(response.status(), expected, "{configured}");
        }
    }
}

#[test]
fn what_no_browser_would_write_as_an_origin_is_refused() {
    for bad in [
        "",
        "null",
        "*",
        "app.example.com",
        "//app.example.com",
        "https://",
        "ftp://app.example.com",
        "file:///",
        "https://app.example.com/",
        "https://app.example.com/portal",
        "https://app.example.com?",
        "https://app.example.com#top",
        "https://user@app.example.com",
        "https://:word@app.example.com",
        "https://app.example.com:65536",
        "https://*.example.com, https://app.example.com",
    ] {
        let told = OriginLayer::new(bad).unwrap_err().to_string();
        assert_eq!(told, "not an http or https origin", "{bad}");
        let layer = OriginLayer::new(OURS).unwrap();
        assert!(layer.add_trusted_origin(bad).is_err(), "{bad}");
    }
}
