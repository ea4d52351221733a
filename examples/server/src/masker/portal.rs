//! The portal: a page, a script and a style, served as they are.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;

use crate::asset::asset;

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
