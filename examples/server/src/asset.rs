//! Pages, scripts and styles, served as they are.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// Nothing but our own files; no frame around us, no form to elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The route of a file of the folder `assets`.
macro_rules! asset {
    ($name:literal, $type:literal) => {
        axum::routing::get(|| async {
            let file = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/", $name));
            $crate::asset::respond($type, file)
        })
    };
}

pub(crate) use asset;

pub(crate) fn respond(content_type: &'static str, file: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, file).into_response()
}
