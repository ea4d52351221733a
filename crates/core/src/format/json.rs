use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value, json};

use super::{ErrorFormat, RequestId, respond};
use crate::{Refusal, RefusalKind};

const JSON: &str = "application/json";

/// The envelope with a request id: `{"error":{"code":…,"message":…,"request_id":…}}`.
///
/// `request_id` is left out when the response has none; `login_url` is added when it is known.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Envelope;

impl ErrorFormat for Envelope {
    fn render(&self, refusal: &Refusal, request_id: Option<&RequestId>) -> Response<Bytes> {
        let mut error = members(refusal.code(), refusal);
        if let Some(id) = request_id {
            error.insert("request_id".into(), json!(id.as_str()));
        }
        respond(refusal, JSON, body(&json!({ "error": error })))
    }
}

/// The nested error: `{"error":{"code":…,"message":…}}`, with codes under `auth.`.
///
/// The two kinds that the contract names are `auth.unauthorized` and `auth.forbidden`; the rest
/// keep their code.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Nested;

impl ErrorFormat for Nested {
    fn render(&self, refusal: &Refusal, _: Option<&RequestId>) -> Response<Bytes> {
        let (code, message) = match refusal.kind() {
            RefusalKind::Unauthenticated => {
                ("auth.unauthorized", "Invalid or missing credentials.")
            }
            RefusalKind::Forbidden if refusal.code() == RefusalKind::Forbidden.code() => {
                ("auth.forbidden", refusal.message())
            }
            _ => (refusal.code(), refusal.message()),
        };
        let mut error = members(code, refusal);
        error.insert("message".into(), json!(message));
        respond(refusal, JSON, body(&json!({ "error": error })))
    }
}

/// The flat error: `{"error":"<one sentence>"}`.
///
/// Every 401 has the same bytes, whatever the cause.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Flat;

impl ErrorFormat for Flat {
    fn render(&self, refusal: &Refusal, _: Option<&RequestId>) -> Response<Bytes> {
        let sentence = match refusal.kind() {
            RefusalKind::Unauthenticated => "Invalid or missing authentication credentials",
            _ => refusal.message(),
        };
        respond(refusal, JSON, body(&json!({ "error": sentence })))
    }
}

/// The problem document of RFC 9457, with the members `code` and `correlationId`.
///
/// `type` is left out, which means `about:blank` (RFC 9457 §4.2.1), so `title` is the status
/// phrase.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Problem;

impl ErrorFormat for Problem {
    fn render(&self, refusal: &Refusal, request_id: Option<&RequestId>) -> Response<Bytes> {
        let status = refusal.status();
        let mut problem = json!({
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "detail": refusal.message(),
            "code": refusal.code(),
        });
        if let Some(id) = request_id {
            problem["correlationId"] = json!(id.as_str());
        }
        if let Some(url) = refusal.login_url() {
            problem["login_url"] = json!(url);
        }
        respond(refusal, "application/problem+json", body(&problem))
    }
}

fn members(code: &str, refusal: &Refusal) -> Map<String, Value> {
    let mut error = Map::new();
    error.insert("code".into(), json!(code));
    error.insert("message".into(), json!(refusal.message()));
    if let Some(url) = refusal.login_url() {
        error.insert("login_url".into(), json!(url));
    }
    error
}

fn body(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Challenge;
    use std::time::Duration;

    fn text(response: &Response<Bytes>) -> &str {
        std::str::from_utf8(response.body()).unwrap()
    }

    #[test]
    fn envelope_carries_the_request_id() {
        let id = RequestId::parse(b"req_1").unwrap();
        let response = Envelope.render(&Refusal::new(RefusalKind::Unauthenticated), Some(&id));
        assert_eq!(response.status(), 401);
        assert_eq!(
            text(&response),
            r#"{"error":{"code":"unauthenticated","message":"Sign in to continue.","request_id":"req_1"}}"#
        );
    }

    #[test]
    fn nested_names_the_two_kinds_of_its_contract() {
        let response = Nested.render(&Refusal::new(RefusalKind::Unauthenticated), None);
        assert_eq!(
            text(&response),
            r#"{"error":{"code":"auth.unauthorized","message":"Invalid or missing credentials."}}"#
        );
        let refusal = Refusal::new(RefusalKind::Forbidden);
        assert!(text(&Nested.render(&refusal, None)).contains(r#""code":"auth.forbidden""#));
    }

    #[test]
    fn flat_is_the_same_for_every_401() {
        let one = Flat.render(&Refusal::new(RefusalKind::Unauthenticated), None);
        let refusal = Refusal::new(RefusalKind::Unauthenticated).with_code("expired");
        let other = Flat.render(&refusal.with_message("Expired."), None);
        assert_eq!(one.body(), other.body());
        assert_eq!(
            text(&one),
            r#"{"error":"Invalid or missing authentication credentials"}"#
        );
    }

    #[test]
    fn problem_is_rfc_9457() {
        let id = RequestId::parse(b"c-1").unwrap();
        let response = Problem.render(&Refusal::new(RefusalKind::NotFound), Some(&id));
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        let problem: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(problem["title"], "Not Found");
        assert_eq!(problem["status"], 404);
        assert_eq!(problem["correlationId"], "c-1");
    }

    #[test]
    fn all_formats_send_no_store_challenge_and_retry_after() {
        let refusal = Refusal::new(RefusalKind::Unavailable)
            .with_challenge(Challenge::bearer())
            .with_retry_after(Duration::from_millis(1_001));
        let formats: [&dyn ErrorFormat; 4] = [&Envelope, &Nested, &Flat, &Problem];
        for format in formats {
            let response = format.render(&refusal, None);
            assert_eq!(response.status(), 503, "{format:?}");
            assert_eq!(response.headers()["cache-control"], "no-store");
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
            assert_eq!(response.headers()["retry-after"], "2");
        }
    }
}
