use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};

use super::{ErrorFormat, RequestId, respond};
use crate::{Refusal, RefusalKind};

/// The trailers-only response of gRPC: status 200, `grpc-status` and `grpc-message` in the head,
/// no body.
///
/// Codes are those of the gRPC status list; `grpc-message` is percent-encoded as the gRPC over
/// HTTP/2 protocol asks.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Grpc;

impl ErrorFormat for Grpc {
    fn render(&self, refusal: &Refusal, _: Option<&RequestId>) -> Response<Bytes> {
        let mut response = respond(refusal, "application/grpc", Bytes::new());
        *response.status_mut() = StatusCode::OK;
        let headers = response.headers_mut();
        headers.insert("grpc-status", HeaderValue::from(status(refusal.kind())));
        if let Ok(message) = HeaderValue::try_from(percent_encode(refusal.message())) {
            headers.insert("grpc-message", message);
        }
        response
    }
}

/// The gRPC status code of a kind.
const fn status(kind: RefusalKind) -> u16 {
    match kind {
        RefusalKind::InvalidRequest | RefusalKind::Unprocessable => 3, // INVALID_ARGUMENT
        RefusalKind::UpstreamTimeout => 4,                             // DEADLINE_EXCEEDED
        RefusalKind::Gone | RefusalKind::NotFound => 5,                // NOT_FOUND
        RefusalKind::Forbidden => 7,                                   // PERMISSION_DENIED
        RefusalKind::RateLimited | RefusalKind::TooLarge => 8,         // RESOURCE_EXHAUSTED
        RefusalKind::Conflict => 10,                                   // ABORTED
        RefusalKind::MethodNotAllowed => 12,                           // UNIMPLEMENTED
        RefusalKind::Internal => 13,                                   // INTERNAL
        RefusalKind::Unavailable | RefusalKind::Upstream => 14,        // UNAVAILABLE
        RefusalKind::Unauthenticated => 16,                            // UNAUTHENTICATED
    }
}

fn percent_encode(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for byte in message.bytes() {
        match byte {
            b'%' => text.push_str("%25"),
            b' '..=b'~' => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_trailers_only() {
        let response = Grpc.render(&Refusal::new(RefusalKind::Unauthenticated), None);
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["grpc-status"], "16");
        assert_eq!(response.headers()["grpc-message"], "Sign in to continue.");
        assert!(response.body().is_empty());
    }

    #[test]
    fn messages_are_percent_encoded() {
        assert_eq!(percent_encode("50% é\n"), "50%25 %C3%A9%0A");
    }
}
