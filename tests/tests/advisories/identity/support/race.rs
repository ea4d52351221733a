use std::sync::{Arc, Mutex};
use std::time::Duration;

use portcullis_core::{Clock as _, FrozenClock};
use portcullis_session::{CachedStore, Event, Lifecycle, Loaded, Observer, SessionStore as _};
use portcullis_testkit::interleave::{Gate, Stage, Tried, block_on, explore_at_most, sample};

use super::{Below, Ground, START, headers, line, login, policy, reply, subject};

/// What is put above the store of each request.
pub(crate) type Wrap = fn(Below) -> Below;

pub(crate) fn as_it_is(below: Below) -> Below {
    below
}

/// One play: a user with one session, and a clock of its own.
#[derive(Clone)]
pub(crate) struct Scene {
    below: Below,
    /// What all requests share above the gate, if anything.
    cache: Option<Below>,
    wrap: Wrap,
    clock: FrozenClock,
    user: String,
    pub(crate) token: String,
    pub(crate) events: Events,
}

/// The events of the requests of a scene.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<Event>>>);

impl Observer for Events {
    fn observe(&self, event: &Event) {
        self.0.lock().expect("nobody panicked").push(event.clone());
    }
}

impl Events {
    /// Whether a write was dropped because its session was gone.
    pub(crate) fn has_dropped(&self) -> bool {
        let events = self.0.lock().expect("nobody panicked");
        events
            .iter()
            .any(|event| matches!(event, Event::WriteDropped(_)))
    }
}

impl Scene {
    /// The sessions as a request behind this gate has them.
    pub(crate) fn behind(&self, gate: &Gate) -> Lifecycle {
        let below = match &self.cache {
            None => Arc::new(gate.store(Arc::clone(&self.below))),
            Some(cache) => Arc::clone(cache),
        };
        self.lifecycle((self.wrap)(below))
    }

    fn lifecycle(&self, store: Below) -> Lifecycle {
        Lifecycle::new(store, policy())
            .with_clock(self.clock.clone())
            .with_observer(self.events.clone())
    }

    /// The sessions past the gates.
    pub(crate) fn past(&self) -> Lifecycle {
        self.lifecycle(Arc::clone(&self.below))
    }

    /// The sessions of the user.
    pub(crate) fn sessions(&self) -> Vec<Loaded> {
        let user = subject(&self.user);
        let listed = self.below.list(&user, self.clock.now());
        block_on(listed).expect("the store")
    }

    /// The head of a request of the user.
    pub(crate) fn head(&self) -> http::HeaderMap {
        headers(&line(&self.token))
    }

    fn sign_in(mut self) -> Self {
        let session = self.past().session(&headers(""));
        self.token = block_on(async {
            session.log_in(login(&self.user)).await.expect("a login");
            let reply = reply(&session, None).await;
            reply.token().expect("a token").to_owned()
        });
        // So long ago that each visit renews.
        self.clock.advance(Duration::from_secs(600));
        self
    }
}

/// Plays a race on the store in every order.
///
/// Below a cache, where an order may differ now and then, in some that are chosen by chance.
pub(crate) fn race(ground: &Ground, wrap: Wrap, mut play: impl FnMut(&mut Stage, Scene)) -> Tried {
    let (is_cached, mut number) = (ground.name == "cached", 0);
    let memory = is_cached.then(Ground::memory);
    let ground = memory.as_ref().unwrap_or(ground);
    let mut scene = |stage: &mut Stage| {
        number += 1;
        let cache = || -> Below {
            let gated = stage.gate().store(Arc::clone(&ground.store));
            let cache = CachedStore::new(gated).with_capacity(100);
            Arc::new(cache.expect("in its range"))
        };
        let scene = Scene {
            below: Arc::clone(&ground.store),
            cache: is_cached.then(cache),
            wrap,
            clock: FrozenClock::new(START),
            user: format!("usr_{number}"),
            token: String::new(),
            events: Events::default(),
        };
        play(stage, scene.sign_in());
    };
    let tried = match is_cached {
        false => explore_at_most(2_000, &mut scene),
        true => sample(100, 1, &mut scene),
    };
    tried.unwrap_or_else(|broken| panic!("{broken}"))
}
