//! Answers before faults touch them.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, LOCATION};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// An answer whose body is known in full.
pub(super) type Reply = Response<Bytes>;

const DOCS: &str = "https://docs.github.com/rest";

pub(super) fn reply(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Reply {
    let mut reply = Response::new(body.into());
    *reply.status_mut() = status;
    set(&mut reply, "content-type", content_type);
    reply
}

pub(super) fn json(status: StatusCode, body: &Value) -> Reply {
    reply(status, "application/json; charset=utf-8", body.to_string())
}

pub(super) fn text(status: StatusCode, body: &'static str) -> Reply {
    reply(status, "text/plain; charset=utf-8", body)
}

/// Answers as GitHub's API does when it refuses.
pub(super) fn api_error(status: StatusCode, message: &str) -> Reply {
    let code = status.as_u16().to_string();
    json(
        status,
        &json!({ "message": message, "documentation_url": DOCS, "status": code }),
    )
}

pub(super) fn no_content() -> Reply {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply
}

/// Leads elsewhere with 302, as GitHub does.
pub(super) fn found(location: &str) -> Reply {
    let mut reply = reply(StatusCode::FOUND, "text/html; charset=utf-8", Bytes::new());
    match HeaderValue::try_from(location) {
        Ok(location) => reply.headers_mut().insert(LOCATION, location),
        // Only a registered redirect URI with control characters comes here.
        Err(_) => return text(StatusCode::INTERNAL_SERVER_ERROR, "unusable redirect_uri\n"),
    };
    reply
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

pub(super) fn wrong_method(allow: &'static str) -> Reply {
    let mut reply = text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
    reply
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allow));
    reply
}

/// Sets a header; a value that no header may hold is left out.
pub(super) fn set(reply: &mut Reply, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        reply.headers_mut().insert(name, value);
    }
}
