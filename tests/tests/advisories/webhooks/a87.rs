//! Replay and duplicates, with every provider: the same signed delivery was accepted again.
//!
//! Here: of 10,000 copies at the same time, on 64 connections, one is handled, whatever the copies
//! say in headers that nobody signed; and a timestamp outside of the limits is refused where the
//! scheme signs one. GitHub signs none: a delivery of GitHub's has no age, which is said when an age
//! is asked for, and only the memory tells a copy.

use std::time::Duration;

use http::HeaderMap;
use portcullis_core::{MarkStore, Timestamp};
use portcullis_session::MemoryStore;
use portcullis_sqlite::SqliteStore;
use portcullis_tower::webhook::Replays;
use portcullis_webhook::{ConfigErrorKind, Head, Scheme, schemes};
use tokio::task::JoinSet;

use super::support::{
    BODY, Handled, NOW, Served, Service, Wire, layer, signed, verifier, with_length,
};

const CONNECTIONS: usize = 64;
const COPIES: usize = 10_000;

/// One copy, which is another delivery by all that is not signed.
fn copy(headers: &HeaderMap, number: usize) -> Vec<u8> {
    let mut headers = headers.clone();
    for name in ["x-github-delivery", "x-request-id", "idempotency-key"] {
        headers.insert(name, format!("copy-{number}").parse().unwrap());
    }
    with_length(&format!("/in?copy={number}"), &headers, BODY)
}

/// The statuses of copies that are sent on all connections at once.
async fn send(served: &Served, headers: &HeaderMap, copies: usize) -> Vec<u16> {
    let mut connections = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let (address, headers) = (served.address, headers.clone());
        connections.spawn(async move {
            let mut wire = Wire::to(address).await;
            let mut statuses = Vec::new();
            for number in (connection..copies).step_by(CONNECTIONS) {
                wire.send(&copy(&headers, number)).await.unwrap();
                statuses.push(wire.reply().await.expect("an answer").0);
            }
            statuses
        });
    }
    connections.join_all().await.concat()
}

/// One copy is handled; all but one are answered with this status.
async fn check(service: impl FnOnce(Handled) -> Service, copies: usize, others: u16) {
    let handled = Handled::default();
    let served = Served::start(service(handled.clone())).await;
    let headers = signed(schemes::GITHUB, "", BODY);
    let statuses = send(&served, &headers, copies).await;
    assert_eq!(handled.count(), 1, "copies of one delivery are handled");
    let count = |status| statuses.iter().filter(|it| **it == status).count();
    assert_eq!(statuses.len(), copies);
    assert!(
        count(others) >= copies - 1 && count(200) >= 1,
        "a copy is answered otherwise"
    );
}

fn remembering(marks: impl MarkStore, replays: Replays) -> impl FnOnce(Handled) -> Service {
    move |handled| handled.behind(layer(schemes::GITHUB).with_memory(marks, "/in", replays))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a87_w28_of_ten_thousand_copies_one_is_handled_in_memory() {
    let service = remembering(MemoryStore::new(), Replays::Acknowledge);
    check(service, COPIES, 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a87_w28_of_ten_thousand_copies_one_is_handled_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("marks.db")).unwrap();
    check(remembering(store, Replays::Refuse), COPIES, 401).await;
}

/// Whether a delivery of a scheme with these headers is accepted at this time.
type Accepts = fn(Scheme<'_>, &HeaderMap, Timestamp) -> bool;

fn ours(scheme: Scheme<'_>, headers: &HeaderMap, now: Timestamp) -> bool {
    verifier(scheme)
        .verify(Head::new(headers), BODY, now)
        .is_ok()
}

const FIVE_MINUTES: Duration = Duration::from_secs(300);
const MILLISECOND: Duration = Duration::from_millis(1);

/// Schemes that sign a time in a header, and this header.
const TIMED: [(Scheme<'_>, &str); 3] = [
    (schemes::SLACK, "x-slack-request-timestamp"),
    (schemes::STANDARD_WEBHOOKS, "webhook-timestamp"),
    (schemes::ZOOM, "x-zm-request-timestamp"),
];

fn check_age(accepts: Accepts) {
    for (scheme, header) in TIMED {
        let (name, headers) = (scheme.name(), signed(scheme, "msg_1", BODY));
        let late = NOW.after(FIVE_MINUTES);
        let early = NOW.before(FIVE_MINUTES);
        assert!(accepts(scheme, &headers, late) && accepts(scheme, &headers, early));
        let later = late.after(MILLISECOND);
        assert!(
            !accepts(scheme, &headers, later),
            "{name} accepts what is old"
        );
        let earlier = early.before(MILLISECOND);
        assert!(
            !accepts(scheme, &headers, earlier),
            "{name} accepts what is to come"
        );
        let mut renewed = headers.clone();
        renewed.insert(header, later.as_secs().to_string().parse().unwrap());
        assert!(
            !accepts(scheme, &renewed, later),
            "{name} accepts a date of the sender's"
        );
    }
}

#[test]
fn a87_an_age_of_five_minutes_is_the_limit() {
    check_age(ours);
}

/// Who asks for an age of GitHub's deliveries is told that there is none.
#[test]
fn a87_github_signs_no_time() {
    let headers = signed(schemes::GITHUB, "", BODY);
    let year = NOW.after(Duration::from_secs(365 * 86_400));
    assert!(ours(schemes::GITHUB, &headers, year), "it has no age");
    assert_eq!(schemes::GITHUB.lifetime(), None);
    let judged = schemes::GITHUB.within(FIVE_MINUTES, FIVE_MINUTES).check();
    assert_eq!(judged.unwrap_err().kind(), ConfigErrorKind::Timestamp);
}

mod with_a_fault {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use http::Request;
    use hyper::body::Incoming;
    use portcullis_core::{Digest, Mark, StoreError};
    use portcullis_tests::Twin;
    use portcullis_tower::webhook::Replays;
    use tower::util::BoxCloneService;
    use tower::{ServiceExt as _, service_fn};

    use super::*;

    const TEST: &str = "a87_w28_of_ten_thousand_copies_one_is_handled_in_memory";
    const SAYS: &str = "copies of one delivery are handled";

    /// Looks first and writes then; a second one has looked meanwhile.
    #[derive(Default)]
    struct LooksFirst {
        seen: Mutex<BTreeSet<[u8; 32]>>,
        looked: AtomicUsize,
    }

    impl MarkStore for LooksFirst {
        async fn mark(
            &self,
            digest: &Digest,
            _: Timestamp,
            _: Timestamp,
        ) -> Result<Mark, StoreError> {
            if self.seen.lock().unwrap().contains(digest.as_bytes()) {
                return Ok(Mark::Seen);
            }
            self.looked.fetch_add(1, Ordering::SeqCst);
            while self.looked.load(Ordering::SeqCst) < 2 {
                tokio::task::yield_now().await;
            }
            self.seen.lock().unwrap().insert(*digest.as_bytes());
            Ok(Mark::First)
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn LookThenWrite() {
        let service = remembering(LooksFirst::default(), Replays::Acknowledge);
        Twin::new("a87 LookThenWrite", TEST, SAYS)
            .is_caught_async(check(service, COPIES / 10, 200))
            .await;
    }

    /// Remembers a delivery by the header that has its id, which GitHub does not sign.
    fn by_header(handled: Handled) -> Service {
        let seen = Arc::new(Mutex::new(BTreeSet::new()));
        let inner = handled.behind(layer(schemes::GITHUB));
        BoxCloneService::new(service_fn(move |request: Request<Incoming>| {
            let id = request.headers()["x-github-delivery"].clone();
            let is_new = seen.lock().unwrap().insert(id.as_bytes().to_vec());
            let inner = inner.clone();
            async move {
                match is_new {
                    true => inner.oneshot(request).await,
                    false => Ok(http::Response::default()),
                }
            }
        }))
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn UnsignedIdIsTheKey() {
        Twin::new("a87 UnsignedIdIsTheKey", TEST, SAYS)
            .is_caught_async(check(by_header, COPIES / 10, 200))
            .await;
    }

    /// Judges by how long ago it was, which is nothing for what is to come.
    fn past_alone(scheme: Scheme<'_>, headers: &HeaderMap, now: Timestamp) -> bool {
        let ahead = FIVE_MINUTES * 1_000;
        ours(scheme.within(FIVE_MINUTES, ahead), headers, now)
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn OnlyThePastCounts() {
        let test = "a87_an_age_of_five_minutes_is_the_limit";
        let says = "slack accepts what is to come";
        Twin::new("a87 OnlyThePastCounts", test, says).is_caught(|| check_age(past_alone));
    }

    /// Judges by a date that is not under the signature.
    fn unsigned(scheme: Scheme<'_>, headers: &HeaderMap, now: Timestamp) -> bool {
        let (_, header) = TIMED.into_iter().find(|it| it.0 == scheme).unwrap();
        let at = headers[header].to_str().unwrap().parse().unwrap();
        let at = Timestamp::from_secs(at);
        let is_near = at.since(now).max(now.since(at)) <= FIVE_MINUTES;
        // The signature is over the body alone, so the date can be any.
        let mut signed = headers.clone();
        signed.insert(header, NOW.as_secs().to_string().parse().unwrap());
        is_near && ours(scheme.insecure_at_any_age(), &signed, now)
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn DateIsNotSigned() {
        let test = "a87_an_age_of_five_minutes_is_the_limit";
        let says = "slack accepts a date of the sender's";
        Twin::new("a87 DateIsNotSigned", test, says).is_caught(|| check_age(unsigned));
    }
}
