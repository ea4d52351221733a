//! How a refusal is told: one trait, and the formats of the published contracts.
//!
//! | format | body |
//! | --- | --- |
//! | `Envelope` | `{"error":{"code","message","request_id"}}` |
//! | `Nested` | `{"error":{"code","message"}}` |
//! | `Flat` | `{"error":"<one sentence>"}` |
//! | `Problem` | `application/problem+json` (RFC 9457) with `code` and `correlationId` |
//! | [`Grpc`] | none: a trailers-only response with `grpc-status` and `grpc-message` |
//!
//! Every one is sent with `Cache-Control: no-store`, the refusal's challenge and `Retry-After`.
//! The first four need the feature `json`.

mod grpc;
#[cfg(feature = "json")]
mod json;
mod request_id;

use std::fmt;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response};

use crate::Refusal;

pub use grpc::Grpc;
#[cfg(feature = "json")]
#[cfg_attr(docsrs, doc(cfg(feature = "json")))]
pub use json::{Envelope, Flat, Nested, Problem};
pub use request_id::{RequestId, RequestIdError};

/// Turns a refusal into the response of one surface.
pub trait ErrorFormat: fmt::Debug + Send + Sync + 'static {
    /// Renders `refusal`; `request_id` is the correlation id of the response, if it has one.
    fn render(&self, refusal: &Refusal, request_id: Option<&RequestId>) -> Response<Bytes>;
}

/// The response that all formats share, with a body of their own.
fn respond(refusal: &Refusal, content_type: &'static str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = refusal.status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(challenge) = refusal.challenge() {
        headers.insert(WWW_AUTHENTICATE, challenge.to_header_value());
    }
    if let Some(seconds) = refusal.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
