//! Who is refused, by what, and that nobody learns why.

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};
use portcullis_core::{FrozenClock, StoreError, StoreErrorKind};
use portcullis_tower::WebhookLayer;
use portcullis_tower::webhook::{Reason, Verifiers};
use portcullis_webhook::{Verifier, VerifyErrorKind, schemes};

use crate::support::{BODY, Ending, Frames, NOW, call, layer, request, send, signed, verifier};

fn set(headers: &HeaderMap, name: &'static str, value: &'static str) -> HeaderMap {
    let mut headers = headers.clone();
    headers.insert(name, HeaderValue::from_static(value));
    headers
}

#[tokio::test]
async fn w29_a_bad_head_is_answered_before_the_body_is_asked_for() {
    let good = signed(schemes::SLACK, "", BODY);
    for (headers, status) in [
        (HeaderMap::new(), 401),
        (set(&good, "x-slack-signature", "v1=00"), 400),
        (set(&good, "x-slack-signature", "v0=00"), 400),
        (set(&good, "x-slack-request-timestamp", "soon"), 400),
    ] {
        let frames = Frames::of([BODY]);
        let polls = frames.clone();
        let answer = send(&layer(schemes::SLACK), request(&headers, frames)).await;
        assert_eq!((answer.status(), polls.polls()), (status, 0), "{headers:?}");
        assert!(answer.seen.is_none());
    }
}

/// Every 401 is the same to the byte.
#[tokio::test]
async fn w34_causes_of_a_status_cannot_be_told_apart() {
    let zero = "v0=0000000000000000000000000000000000000000000000000000000000000000";
    let good = signed(schemes::SLACK, "", BODY);
    let late = FrozenClock::new(NOW.after(std::time::Duration::from_secs(301)));
    let early = FrozenClock::new(NOW.before(std::time::Duration::from_secs(301)));
    let mut seen = Vec::new();
    for (layer, headers, reason) in [
        (
            layer(schemes::SLACK),
            HeaderMap::new(),
            VerifyErrorKind::Missing,
        ),
        (
            layer(schemes::SLACK),
            set(&good, "x-slack-signature", zero),
            VerifyErrorKind::Signature,
        ),
        (
            layer(schemes::SLACK).with_clock(late),
            good.clone(),
            VerifyErrorKind::Stale,
        ),
        (
            layer(schemes::SLACK).with_clock(early),
            good.clone(),
            VerifyErrorKind::Early,
        ),
    ] {
        let answer = send(&layer, request(&headers, Frames::of([BODY]))).await;
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.refused().unwrap().reason(), Reason::Verify(reason));
        let (parts, body) = answer.response.into_parts();
        seen.push(format!("{:?} {:?} {body:?}", parts.status, parts.headers));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[tokio::test]
async fn w38_other_methods_are_not_allowed() {
    let good = signed(schemes::SLACK, "", BODY);
    for method in [
        Method::GET,
        Method::HEAD,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
    ] {
        let mut request = request(&good, Frames::of([BODY]));
        *request.method_mut() = method;
        let answer = send(&layer(schemes::SLACK), request).await;
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.response.headers()["allow"], "POST");
    }
}

#[tokio::test]
async fn w37_a_signed_url_is_the_configured_one() {
    let good = signed(schemes::SQUARE, "", BODY);
    let mut headers = set(&good, "host", "hooks.example.com");
    headers.insert(
        "x-forwarded-host",
        HeaderValue::from_static("hooks.example.com"),
    );
    let answer = send(
        &layer(schemes::SQUARE),
        request(&headers, Frames::of([BODY])),
    )
    .await;
    assert_eq!(answer.status(), 500, "nobody has said what the URL is");
    for (origin, status) in [
        ("https://hooks.example.com", 200),
        ("https://hooks.example.com/", 200),
        ("https://evil.example.com", 401),
        ("http://hooks.example.com", 401),
    ] {
        let layer = layer(schemes::SQUARE).with_public_origin(origin);
        let answer = send(&layer, request(&headers, Frames::of([BODY]))).await;
        assert_eq!(answer.status(), status, "{origin}");
    }
}

/// Verifiers by the tenant that a header names.
#[derive(Clone)]
struct Tenants(Arc<Verifier>);

impl Verifiers for Tenants {
    async fn verifier(&self, head: &Parts) -> Result<Option<Verifier>, StoreError> {
        match head.headers.get("x-tenant").map(HeaderValue::as_bytes) {
            Some(b"one") => Ok(Some(Verifier::clone(&self.0))),
            Some(b"ill") => Err(StoreError::new(StoreErrorKind::Timeout)),
            _ => Ok(None),
        }
    }
}

#[tokio::test]
async fn verifiers_are_found_by_request() {
    let tenants = Tenants(Arc::new(verifier(schemes::GITHUB)));
    let layer = WebhookLayer::new(tenants).with_clock(FrozenClock::new(NOW));
    let good = signed(schemes::GITHUB, "", BODY);
    for (tenant, status, reason) in [
        ("one", 200, None),
        ("two", 401, Some(Reason::Unknown)),
        ("ill", 503, Some(Reason::Lookup(StoreErrorKind::Timeout))),
    ] {
        let headers = set(&good, "x-tenant", tenant);
        let frames = Frames::of([BODY]);
        let polls = frames.clone();
        let answer = send(&layer, request(&headers, frames)).await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.refused().map(|it| it.reason()), reason);
        assert!(reason.is_none() || polls.polls() == 0);
    }
}

/// The service that said that it is ready is the one that is called, also behind a limit.
#[tokio::test]
async fn w35_readiness_is_kept() {
    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::Full;
    use portcullis_tower::webhook::VerifiedBody;
    use std::convert::Infallible;
    use std::task::{Context, Poll};
    use tower::{Layer, Service};

    #[derive(Default)]
    struct Strict(bool);

    impl Clone for Strict {
        fn clone(&self) -> Self {
            Self(false)
        }
    }

    impl Service<Request<VerifiedBody>> for Strict {
        type Response = Response<Full<Bytes>>;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            self.0 = true;
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<VerifiedBody>) -> Self::Future {
            assert!(std::mem::take(&mut self.0), "called without being ready");
            std::future::ready(Ok(Response::new(Full::default())))
        }
    }

    let good = signed(schemes::GITHUB, "", BODY);
    let mut service = layer(schemes::GITHUB).layer(Strict::default());
    for _ in 0..3 {
        let response = call(&mut service, request(&good, Frames::of([BODY]))).await;
        assert_eq!(response.status(), 200);
    }
}

/// Whatever the reason: the status is fixed, nothing is in the body, and no header says how long a
/// part of the work took.
#[tokio::test]
async fn w34_each_reason_has_its_status_and_says_no_more() {
    let good = signed(schemes::SLACK, "", BODY);
    let ill = Tenants(Arc::new(verifier(schemes::SLACK)));
    let ill = WebhookLayer::new(ill).with_clock(FrozenClock::new(NOW));
    let mut too_long = good.clone();
    too_long.insert("content-length", HeaderValue::from_static("9999999"));
    let square = signed(schemes::SQUARE, "", BODY);
    let late = || layer(schemes::SLACK).with_deadline(|| std::future::ready(()));
    let hanging = || Frames::of([BODY]).ending(Ending::Hangs);
    let breaking = Frames::of([BODY]).ending(Ending::Breaks);
    let answers = [
        (
            400,
            send(
                &layer(schemes::SLACK),
                request(&set(&good, "x-slack-signature", "x"), Frames::of([BODY])),
            )
            .await,
        ),
        (
            400,
            send(&layer(schemes::SLACK), request(&good, breaking)).await,
        ),
        (
            401,
            send(
                &layer(schemes::SLACK),
                request(&good, Frames::of([&b"other"[..]])),
            )
            .await,
        ),
        (
            401,
            send(
                &layer(schemes::SLACK),
                request(&HeaderMap::new(), Frames::of([BODY])),
            )
            .await,
        ),
        (408, send(&late(), request(&good, hanging())).await),
        (
            413,
            send(
                &layer(schemes::SLACK),
                request(&too_long, Frames::of([BODY])),
            )
            .await,
        ),
        (
            500,
            send(
                &layer(schemes::SQUARE),
                request(&square, Frames::of([BODY])),
            )
            .await,
        ),
        (
            503,
            send(
                &ill,
                request(&set(&good, "x-tenant", "ill"), Frames::of([BODY])),
            )
            .await,
        ),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status(), status);
        assert!(answer.seen.is_none() && answer.refused().is_some());
        let (parts, body) = answer.response.into_parts();
        let names: Vec<_> = parts.headers.keys().map(|name| name.as_str()).collect();
        let is_known = |name: &&str| ["cache-control", "connection"].contains(name);
        assert!(names.iter().all(is_known), "{status}: {names:?}");
        assert_eq!(parts.headers["cache-control"], "no-store", "{status}");
        let body = http_body_util::BodyExt::collect(body).await.unwrap();
        assert_eq!(body.to_bytes(), "", "{status}");
    }
}
