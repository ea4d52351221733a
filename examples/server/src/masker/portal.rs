//! The portal: a page, a script and a style, served as they are.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;

/// Nothing but our own files; no frame around us, no form to elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

macro_rules! asset {
    ($name:literal, $type:literal) => {
        get(|| async {
            let body = include_str!(concat!("../../assets/", $name));
            let headers = [
                (CONTENT_TYPE, $type),
                (CACHE_CONTROL, "no-cache"),
                (CONTENT_SECURITY_POLICY, POLICY),
            ];
            (headers, body).into_response()
        })
    };
}

pub(super) fn router() -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/portal") }))
        .route("/portal", asset!("portal.html", "text/html; charset=utf-8"))
        .route(
            "/portal/portal.css",
            asset!("portal.css", "text/css; charset=utf-8"),
        )
        .route(
            "/portal/portal.js",
            asset!("portal.js", "text/javascript; charset=utf-8"),
        )
        .route("/portal/logo.svg", asset!("logo.svg", "image/svg+xml"))
}
