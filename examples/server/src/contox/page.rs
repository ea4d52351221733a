//! The dashboard: a page and a script, with the portal's style.

use axum::Router;

use super::PLACE;
use crate::asset::asset;

pub(super) fn router() -> Router {
    Router::new()
        .route(
            PLACE.page,
            asset!("contox.html", "text/html; charset=utf-8"),
        )
        .route(
            "/contox/contox.js",
            asset!("contox.js", "text/javascript; charset=utf-8"),
        )
}
