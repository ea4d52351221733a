//! What the request looks like that is sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use portcullis_core::{FrozenClock, Random, Timestamp};
use portcullis_tower::webhook::sign::{DeliveryId, SignedBody};
use portcullis_webhook::schemes;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::support::{Frames, NOW, Sent, layer, piece, request};

fn only<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    let mut values = headers.get_all(name).iter();
    let value = values.next().unwrap().to_str().unwrap();
    assert!(values.next().is_none(), "{name} is there twice");
    value
}

#[tokio::test]
async fn headers_are_replaced_and_the_length_is_exact() {
    let sent = Sent::default();
    let mut request = request(b"Hello, World!");
    for (name, value) in [
        ("x-hub-signature-256", "sha256=00"),
        ("x-hub-signature-256", "sha256=11"),
        ("content-length", "999"),
        ("transfer-encoding", "chunked"),
        ("x-mine", "one"),
        ("x-mine", "two"),
    ] {
        let value = HeaderValue::from_static(value);
        request.headers_mut().append(name, value);
    }
    let service = layer(schemes::GITHUB).layer(sent.client());
    service.oneshot(request).await.unwrap();
    let (head, body) = sent.one();
    let headers = head.headers();
    assert_eq!(body, "Hello, World!");
    assert_eq!(only(headers, "content-length"), "13");
    assert!(only(headers, "x-hub-signature-256").starts_with("sha256="));
    assert!(!headers.contains_key("transfer-encoding"));
    assert_eq!(headers.get_all("x-mine").iter().count(), 2);
    assert_eq!((head.method(), head.uri().path()), (&Method::POST, "/in"));
}

#[tokio::test]
async fn the_time_is_that_of_the_clock_and_the_id_random_or_given() {
    let id = "msg_07070707070707070707070707070707";
    for (given, expected) in [(None, id), (Some("evt_1"), "evt_1")] {
        let sent = Sent::default();
        let layer = layer(schemes::STANDARD_WEBHOOKS).with_random(Random::repeating(7));
        let mut request = request(b"{}");
        if let Some(given) = given {
            let given = DeliveryId::new(given).unwrap();
            request.extensions_mut().insert(given);
        }
        layer.layer(sent.client()).oneshot(request).await.unwrap();
        let (head, _) = sent.one();
        assert_eq!(only(head.headers(), "webhook-id"), expected);
        assert_eq!(only(head.headers(), "webhook-timestamp"), "1700000000");
        let left = head.extensions().get::<DeliveryId>().unwrap();
        assert_eq!(left.as_str(), expected, "it is told to those inside");
    }
}

#[tokio::test]
async fn ids_are_not_made_twice() {
    let sent = Sent::default();
    let service = layer(schemes::STANDARD_WEBHOOKS).layer(sent.client());
    for _ in 0..2 {
        service.clone().oneshot(request(b"{}")).await.unwrap();
    }
    let all = sent.all();
    let ids: Vec<_> = all
        .iter()
        .map(|(head, _)| only(head.headers(), "webhook-id"))
        .collect();
    assert_ne!(ids[0], ids[1]);
}

/// A body that takes a minute.
struct Slow(FrozenClock, Option<Bytes>);

impl Body for Slow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.advance(std::time::Duration::from_secs(60));
        Poll::Ready(self.1.take().map(|piece| Ok(Frame::data(piece))))
    }
}

#[tokio::test]
async fn the_time_is_taken_when_the_body_is_there() {
    let (sent, clock) = (Sent::default(), FrozenClock::new(NOW));
    let layer = layer(schemes::SLACK).with_clock(clock.clone());
    let slow = Slow(clock, Some(Bytes::from_static(b"{}")));
    let service = layer.layer(sent.client());
    service
        .oneshot(Request::post("/").body(slow).unwrap())
        .await
        .unwrap();
    let at = Timestamp::from_secs(1_700_000_120).as_secs().to_string();
    assert_eq!(only(&sent.headers(), "x-slack-request-timestamp"), at);
}

#[tokio::test]
async fn pieces_are_joined_and_one_alone_is_not_copied() {
    let seen = service_fn(async |request: Request<SignedBody>| {
        let body = request.into_body();
        assert_eq!(body.size_hint().exact(), Some(6));
        assert!(!body.is_end_stream());
        let bytes = body.collect().await.unwrap().to_bytes();
        Ok::<_, Infallible>(Response::new(bytes))
    });
    let client = layer(schemes::GITHUB).layer(seen);
    let alone = Bytes::from(b"abcdef".to_vec());
    let whole = Request::post("/").body(Full::new(alone.clone())).unwrap();
    let body = client.clone().oneshot(whole).await.unwrap().into_body();
    assert_eq!(body.as_ptr(), alone.as_ptr());
    let pieces = Frames::of([piece(b"abc"), piece(b""), piece(b"def")]);
    let pieces = Request::post("/").body(pieces).unwrap();
    let body = client.clone().oneshot(pieces).await.unwrap().into_body();
    assert_eq!(body, alone);
}

#[tokio::test]
async fn a_body_in_crumbs_is_sent_whole() {
    let crumbs = (0..10_000).map(|_| piece(b"x")).collect();
    let sent = Sent::default();
    let service = layer(schemes::GITHUB).layer(sent.client());
    let request = Request::post("/").body(Frames(crumbs)).unwrap();
    service.oneshot(request).await.unwrap();
    assert_eq!(sent.one().1, "x".repeat(10_000));
}

#[tokio::test]
async fn an_empty_body_is_signed_too() {
    let sent = Sent::default();
    let service = layer(schemes::GITHUB).layer(sent.client());
    service.oneshot(request(b"")).await.unwrap();
    let headers = sent.headers();
    assert_eq!(only(&headers, "content-length"), "0");
    assert!(headers.contains_key("x-hub-signature-256"));
}

async fn call<S: Service<R>, R>(service: &mut S, request: R) -> Result<S::Response, S::Error> {
    service.ready().await?.call(request).await
}

/// The service that said that it is ready is the one that is called.
#[tokio::test]
async fn w35_readiness_is_kept() {
    #[derive(Default)]
    struct Strict(bool);

    impl Clone for Strict {
        fn clone(&self) -> Self {
            Self(false)
        }
    }

    impl Service<Request<SignedBody>> for Strict {
        type Response = ();
        type Error = Infallible;
        type Future = std::future::Ready<Result<(), Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            self.0 = true;
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<SignedBody>) -> Self::Future {
            assert!(std::mem::take(&mut self.0), "called without being ready");
            std::future::ready(Ok(()))
        }
    }

    let mut service = layer(schemes::GITHUB).layer(Strict::default());
    for _ in 0..3 {
        call(&mut service, request(b"{}")).await.unwrap();
    }
}

#[test]
fn w04_nothing_prints_the_secret() {
    let layer = layer(schemes::GITHUB);
    let text = format!("{layer:?} {:?}", layer.layer(()));
    assert!(
        text.contains("github") && !text.contains("shared"),
        "{text}"
    );
}
