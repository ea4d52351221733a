//! Deliveries that come again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt as _, Full};
use portcullis_core::{
    Digest, FrozenClock, Mark, MarkStore, StoreError, StoreErrorKind, Timestamp,
};
use portcullis_session::MemoryStore;
use portcullis_tower::webhook::{Reason, Replays, VerifiedBody};
use portcullis_webhook::{VerifyErrorKind, schemes};
use tower::{Layer, ServiceExt};

use crate::support::{BODY, Frames, NOW, layer, request, send, signed};

#[tokio::test]
async fn w28_a_copy_is_refused_or_acknowledged() {
    let headers = signed(schemes::STANDARD_WEBHOOKS, "msg_1", BODY);
    for (replays, status) in [(Replays::Refuse, 401), (Replays::Acknowledge, 200)] {
        let layer =
            layer(schemes::STANDARD_WEBHOOKS).with_memory(MemoryStore::new(), "/in", replays);
        let first = send(&layer, request(&headers, Frames::of([BODY]))).await;
        assert!(first.seen.is_some());
        let again = send(&layer, request(&headers, Frames::of([BODY]))).await;
        assert_eq!((again.status(), again.seen.is_none()), (status, true));
        let other = signed(schemes::STANDARD_WEBHOOKS, "msg_2", BODY);
        let other = send(&layer, request(&other, Frames::of([BODY]))).await;
        assert!(other.seen.is_some());
    }
}

/// A forgery uses nothing up: the store is asked after the verdict.
#[tokio::test]
async fn w26_a_forgery_is_not_remembered() {
    let headers = signed(schemes::STANDARD_WEBHOOKS, "msg_1", BODY);
    let layer =
        layer(schemes::STANDARD_WEBHOOKS).with_memory(MemoryStore::new(), "/in", Replays::Refuse);
    let forged = send(&layer, request(&headers, Frames::of([&b"other"[..]]))).await;
    let reason = Reason::Verify(VerifyErrorKind::Signature);
    assert_eq!(forged.refused().map(|it| it.reason()), Some(reason));
    let honest = send(&layer, request(&headers, Frames::of([BODY]))).await;
    assert!(honest.seen.is_some());
}

/// A store that says for how long, or fails.
struct Marks(Arc<std::sync::Mutex<Vec<Duration>>>, bool);

impl MarkStore for Marks {
    async fn mark(&self, _: &Digest, until: Timestamp, now: Timestamp) -> Result<Mark, StoreError> {
        if self.1 {
            return Err(StoreError::new(StoreErrorKind::Unavailable));
        }
        self.0.lock().unwrap().push(until.since(now));
        Ok(Mark::First)
    }
}

#[tokio::test]
async fn w26_a_delivery_is_remembered_for_as_long_as_it_is_accepted() {
    for (scheme, millis) in [
        (schemes::SLACK, 600_001),
        (schemes::TWITCH, 1_200_001),
        (schemes::GITHUB, 259_200_000),
    ] {
        let told = Arc::default();
        let layer =
            layer(scheme).with_memory(Marks(Arc::clone(&told), false), "/in", Replays::Refuse);
        let answer = send(
            &layer,
            request(&signed(scheme, "a", BODY), Frames::of([BODY])),
        )
        .await;
        assert_eq!(answer.status(), 200);
        assert_eq!(*told.lock().unwrap(), [Duration::from_millis(millis)]);
    }
}

/// Both edges are inclusive: what came as early as it may is known at the last instant at which a
/// copy of it is accepted.
#[tokio::test]
async fn w26_a_copy_is_known_at_the_last_instant_at_which_it_is_accepted() {
    for (scheme, age) in [(schemes::SLACK, 300), (schemes::TWITCH, 600)] {
        let age = Duration::from_secs(age);
        let clock = FrozenClock::new(NOW.before(age));
        let layer = layer(scheme).with_clock(clock.clone()).with_memory(
            MemoryStore::new(),
            "/in",
            Replays::Refuse,
        );
        let sent = async |id: &str| {
            let headers = signed(scheme, id, id.as_bytes());
            let body = Frames::of([id.as_bytes().to_vec()]);
            let answer = send(&layer, request(&headers, body)).await;
            answer.refused().map(|it| it.reason())
        };
        let refused = |kind| Some(Reason::Verify(kind));
        assert_eq!(sent("a").await, None, "{}", scheme.name());
        clock.set(NOW.after(age));
        assert_eq!(sent("a").await, refused(VerifyErrorKind::Replayed));
        // At that very instant it is the mark alone that refuses, and a millisecond later it is age.
        assert_eq!(sent("b").await, None);
        clock.advance(Duration::from_millis(1));
        assert_eq!(sent("a").await, refused(VerifyErrorKind::Stale));
    }
}

/// A body, in whose coming so many seconds go by.
fn slow(clock: &FrozenClock, secs: u64) -> impl Body<Data = Bytes> + Send + 'static {
    let clock = clock.clone();
    Full::new(Bytes::from_static(BODY)).map_frame(move |frame| {
        clock.advance(Duration::from_secs(secs));
        frame
    })
}

/// A copy whose body is held back until nobody remembers the delivery.
#[tokio::test]
async fn w26_a_copy_does_not_outlast_its_mark_by_coming_slowly() {
    let clock = FrozenClock::new(NOW);
    let layer = layer(schemes::SLACK).with_clock(clock.clone()).with_memory(
        MemoryStore::new(),
        "/in",
        Replays::Refuse,
    );
    let headers = signed(schemes::SLACK, "", BODY);
    let first = send(&layer, request(&headers, slow(&clock, 0))).await;
    assert!(first.seen.is_some());
    let copy = send(&layer, request(&headers, slow(&clock, 601))).await;
    assert!(copy.seen.is_none());
    let reason = Reason::Verify(VerifyErrorKind::Stale);
    assert_eq!(copy.refused().map(|it| it.reason()), Some(reason));
}

#[tokio::test]
async fn w22_a_delivery_is_as_old_as_the_end_of_its_body() {
    let headers = signed(schemes::SLACK, "", BODY);
    for (secs, status) in [(300, 200), (301, 401)] {
        let clock = FrozenClock::new(NOW);
        let layer = layer(schemes::SLACK).with_clock(clock.clone());
        let answer = send(&layer, request(&headers, slow(&clock, secs))).await;
        assert_eq!(answer.status(), status);
    }
    let headers = signed(schemes::GITHUB, "", BODY);
    let clock = FrozenClock::new(NOW);
    let layer = layer(schemes::GITHUB).with_clock(clock.clone());
    let answer = send(&layer, request(&headers, slow(&clock, 10_000))).await;
    assert_eq!(answer.status(), 200, "which signs no time");
}

#[tokio::test]
async fn w26_an_ill_store_refuses() {
    let layer =
        layer(schemes::SLACK).with_memory(Marks(Arc::default(), true), "/in", Replays::Acknowledge);
    let answer = send(
        &layer,
        request(&signed(schemes::SLACK, "", BODY), Frames::of([BODY])),
    )
    .await;
    assert_eq!((answer.status(), answer.seen.is_none()), (503, true));
}

/// 10,000 copies at once, of which one is handled.
#[tokio::test]
async fn w28_of_ten_thousand_copies_one_is_handled() {
    let headers = signed(schemes::GITHUB, "", BODY);
    let layer = layer(schemes::GITHUB)
        .with_clock(FrozenClock::new(NOW))
        .with_memory(MemoryStore::new(), "/in", Replays::Acknowledge);
    let handled = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&handled);
    let service = layer.layer(tower::service_fn(move |_: Request<VerifiedBody>| {
        counted.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(Full::<
            Bytes,
        >::default(
        ))))
    }));
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..10_000 {
        copies.spawn(
            service
                .clone()
                .oneshot(request(&headers, Frames::of([BODY]))),
        );
    }
    for response in copies.join_all().await {
        assert_eq!(response.unwrap().status(), 200);
    }
    assert_eq!(handled.load(Ordering::SeqCst), 1);
}
