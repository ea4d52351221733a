//! What becomes of a request whose handler panics.

use axum::response::Response;
use portcullis_core::RefusalKind;
use portcullis_tower::Rejection;

/// One request's 500.
pub(crate) fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Rejection::new(RefusalKind::Internal).to_response()
}
