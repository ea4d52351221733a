//! A request that is sent more than once.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::Full;
use portcullis_core::{FrozenClock, Timestamp};
use portcullis_tower::webhook::sign::DeliveryId;
use portcullis_webhook::{Head, Verifier, VerifyErrorKind, schemes};
use tower::retry::{Policy, RetryLayer};
use tower::{ServiceBuilder, ServiceExt};

use crate::keys::verifying;
use crate::support::{NOW, Sent, layer, request};

/// Tries once more, an hour later.
#[derive(Clone)]
struct OnceMore(FrozenClock, bool);

impl<B: Clone, R, E> Policy<Request<B>, R, E> for OnceMore {
    type Future = std::future::Ready<()>;

    fn retry(&mut self, _: &mut Request<B>, _: &mut Result<R, E>) -> Option<Self::Future> {
        self.0.advance(Duration::from_secs(3_600));
        (!std::mem::replace(&mut self.1, true)).then(|| std::future::ready(()))
    }

    fn clone_request(&mut self, request: &Request<B>) -> Option<Request<B>> {
        Some(request.clone())
    }
}

fn verify(headers: &HeaderMap, now: Timestamp) -> Result<(), VerifyErrorKind> {
    let scheme = schemes::STANDARD_WEBHOOKS;
    let verifier = Verifier::new(&scheme, verifying(&scheme)).unwrap();
    let verified = verifier.verify(Head::new(headers), "{}", now);
    verified.map(drop).map_err(|error| error.kind())
}

fn an_hour_later() -> Timestamp {
    NOW.after(Duration::from_secs(3_600))
}

/// The headers of two attempts.
async fn outside(request: Request<Full<Bytes>>) -> [HeaderMap; 2] {
    let (sent, clock) = (Sent::default(), FrozenClock::new(NOW));
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(OnceMore(clock.clone(), false)))
        .layer(layer(schemes::STANDARD_WEBHOOKS).with_clock(clock))
        .service(sent.client());
    service.oneshot(request).await.unwrap();
    let all: [_; 2] = sent.all().try_into().unwrap();
    all.map(|(head, _)| head.headers().clone())
}

#[tokio::test]
async fn a_retry_outside_is_signed_anew() {
    let mut named = request(b"{}");
    let id = DeliveryId::new("evt_1").unwrap();
    named.extensions_mut().insert(id);
    let [first, second] = outside(named).await;
    assert_eq!(first["webhook-id"], second["webhook-id"]);
    assert_ne!(first["webhook-timestamp"], second["webhook-timestamp"]);
    assert_eq!(verify(&first, NOW), Ok(()));
    assert_eq!(verify(&second, an_hour_later()), Ok(()));
}

#[tokio::test]
async fn a_retry_outside_without_an_id_is_another_delivery() {
    let [first, second] = outside(request(b"{}")).await;
    assert_ne!(first["webhook-id"], second["webhook-id"]);
}

#[tokio::test]
async fn a_retry_inside_sends_the_same_and_grows_stale() {
    let (sent, clock) = (Sent::default(), FrozenClock::new(NOW));
    let service = ServiceBuilder::new()
        .layer(layer(schemes::STANDARD_WEBHOOKS).with_clock(clock.clone()))
        .layer(RetryLayer::new(OnceMore(clock, false)))
        .service(sent.client());
    let outcome: Result<_, portcullis_tower::webhook::sign::SignedError<Infallible>> =
        service.oneshot(request(b"{}")).await;
    outcome.unwrap();
    let [(first, body), (second, again)]: [_; 2] = sent.all().try_into().unwrap();
    assert_eq!((first.headers(), body), (second.headers(), again));
    assert_eq!(verify(second.headers(), NOW), Ok(()));
    let late = verify(second.headers(), an_hour_later());
    assert_eq!(late, Err(VerifyErrorKind::Stale));
}
