use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use portcullis_core::{Digest, FrozenClock, StoreError, Timestamp};
use portcullis_session::{Change, Lifecycle, Lookup, Renewal, Session, SessionStore as _, Updated};

use super::{Below, Fault, Faulty, Ground, START, Wrap, headers, line, login, policy, reply};

/// A store in memory, each call of which waits for a turn before and after it is done.
pub(crate) struct Shuffle {
    below: Below,
    wrap: Wrap,
    clock: FrozenClock,
}

/// One user with one session, and requests that run at once.
pub(crate) struct Round {
    /// The session past the turns.
    pub(crate) past: Lifecycle,
    store: Below,
    wrap: Wrap,
    clock: FrozenClock,
    pub(crate) token: String,
}

type Request = Pin<Box<dyn Future<Output = ()>>>;

impl Shuffle {
    pub(crate) fn new(wrap: Wrap) -> Self {
        let (below, clock) = (Ground::memory().store, FrozenClock::new(START));
        Self { below, wrap, clock }
    }

    /// The next round: the next visit renews.
    pub(crate) async fn round(&self) -> Round {
        let past = Lifecycle::new(Arc::clone(&self.below), policy());
        let past = past.with_clock(self.clock.clone());
        let session = past.session(&headers(""));
        session.log_in(login("ada")).await.expect("a login");
        let reply = reply(&session, None).await;
        self.clock.advance(Duration::from_secs(600));
        let (below, fault) = (Arc::clone(&self.below), Turns);
        Round {
            past,
            store: Arc::new(Faulty { below, fault }),
            wrap: self.wrap,
            clock: self.clock.clone(),
            token: reply.token().expect("a token").to_owned(),
        }
    }
}

impl Round {
    /// The session as one request has it.
    pub(crate) fn session(&self) -> Session {
        let store = (self.wrap)(Arc::clone(&self.store));
        let lifecycle = Lifecycle::new(store, policy()).with_clock(self.clock.clone());
        lifecycle.session(&headers(&line(&self.token)))
    }

    /// The session as a request has it that takes no turns.
    pub(crate) fn alone(&self) -> Session {
        self.past.session(&headers(&line(&self.token)))
    }

    /// Runs the requests to their ends, whose turn it is by chance.
    pub(crate) fn run(mut requests: Vec<Request>, seed: &mut u64) {
        let mut context = Context::from_waker(Waker::noop());
        while !requests.is_empty() {
            let count = u64::try_from(requests.len()).expect("few");
            let next = usize::try_from(dice(seed) % count).expect("few");
            if requests[next].as_mut().poll(&mut context).is_ready() {
                drop(requests.swap_remove(next));
            }
        }
    }
}

/// The same numbers in every run.
pub(crate) fn dice(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1);
    *state >> 33
}

/// No fault: waits for a turn before and after each call.
struct Turns;

async fn turn() {
    let mut waited = false;
    std::future::poll_fn(|_| match std::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

async fn in_turn<T>(call: impl Future<Output = T>) -> T {
    turn().await;
    let answer = call.await;
    turn().await;
    answer
}

impl Fault for Turns {
    async fn load(
        &self,
        below: &Below,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        in_turn(below.load(key, renewal, now)).await
    }

    async fn update(
        &self,
        below: &Below,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        in_turn(below.update(key, expected, change, now)).await
    }

    async fn delete(
        &self,
        below: &Below,
        key: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        in_turn(below.delete(key, now)).await
    }
}
