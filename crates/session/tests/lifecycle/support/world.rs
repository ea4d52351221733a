//! What a rule is tried in.

use std::any::Any;
use std::time::Duration;

use portcullis_cookie::CookiePolicy;
use portcullis_core::{
    Authentication, Digest, FrozenClock, Level, Method, SubjectId, Timestamp, Token,
};
use portcullis_session::{
    Handle, Key, Lifecycle, Loaded, Login, Lookup, Renewal, SessionPolicy, SessionStore, Sliding,
};

use super::browser::Browser;
use super::events::Events;
use super::probe::Probe;
use super::run::block_on;
use super::stores::Opened;

pub(crate) const START: Timestamp = Timestamp::from_secs(1_800_000_000);
pub(crate) const MILLI: Duration = Duration::from_millis(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const IDLE: Duration = HOUR;
pub(crate) const ABSOLUTE: Duration = Duration::from_secs(8 * 3600);
pub(crate) const WINDOW: Duration = Duration::from_secs(300);
pub(crate) const GRACE: Duration = Duration::from_secs(10);

pub(crate) const CART: Key<Vec<String>> = Key::new("cart");
pub(crate) const COUNT: Key<u32> = Key::new("count");
pub(crate) const THEME: Key<String> = Key::new("theme");

/// A store, a clock and an observer.
pub(crate) struct World {
    pub(crate) store: Probe,
    pub(crate) clock: FrozenClock,
    pub(crate) events: Events,
}

/// Tries a rule on a store.
pub(crate) fn check((store, guard): Opened, rule: impl AsyncFnOnce(World)) {
    let world = World {
        store: Probe::new(store),
        clock: FrozenClock::new(START),
        events: Events::default(),
    };
    block_on(rule(world));
    let _: Box<dyn Any> = guard;
}

impl World {
    pub(crate) fn lifecycle(&self) -> Lifecycle {
        self.lifecycle_with(policy())
    }

    pub(crate) fn lifecycle_with(&self, policy: SessionPolicy) -> Lifecycle {
        self.lifecycle_on(self.store.clone(), policy)
    }

    pub(crate) fn lifecycle_on(
        &self,
        store: impl SessionStore,
        policy: SessionPolicy,
    ) -> Lifecycle {
        Lifecycle::new(store, policy)
            .with_clock(self.clock.clone())
            .with_observer(self.events.clone())
    }

    /// A browser without a cookie.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.lifecycle())
    }

    /// A browser in which this user is signed in; the books are clean afterwards.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser {
        self.signed_in_with(name, policy()).await
    }

    pub(crate) async fn signed_in_with(&self, name: &str, policy: SessionPolicy) -> Browser {
        let mut browser = Browser::new(&self.lifecycle_with(policy));
        browser.log_in(login(name)).await;
        self.store.take_calls();
        self.events.take();
        browser
    }

    /// The sessions of a user, as the store has them.
    pub(crate) async fn sessions(&self, name: &str) -> Vec<Loaded> {
        let listed = self.store.list(&subject(name), self.now()).await.unwrap();
        self.store.take_calls();
        listed
    }

    /// The only session of a user.
    pub(crate) async fn only_session(&self, name: &str) -> Loaded {
        let mut listed = self.sessions(name).await;
        assert_eq!(listed.len(), 1, "{name} has one session");
        listed.remove(0)
    }

    pub(crate) async fn handle(&self, name: &str) -> Handle {
        self.only_session(name).await.record.handle
    }

    /// What the store has under a token, without a visit.
    pub(crate) async fn stored(&self, token: &str) -> Lookup {
        let found = self
            .store
            .load(&digest(token), Renewal::Never, self.now())
            .await;
        self.store.take_calls();
        found.unwrap()
    }

    /// Whether a token opens nothing.
    pub(crate) async fn is_dead(&self, token: &str) -> bool {
        matches!(self.stored(token).await, Lookup::Absent | Lookup::Reused(_))
    }

    pub(crate) fn now(&self) -> Timestamp {
        portcullis_core::Clock::now(&self.clock)
    }
}

/// An hour idle, eight hours at all, renewed every five minutes, ten seconds of grace.
pub(crate) fn policy() -> SessionPolicy {
    SessionPolicy::new(CookiePolicy::host("session").build().unwrap())
        .with_limits(IDLE, ABSOLUTE)
        .and_then(|policy| policy.with_sliding(Sliding::AtMostEvery(WINDOW)))
        .and_then(|policy| policy.with_grace(GRACE))
        .unwrap()
}

pub(crate) fn every_request() -> SessionPolicy {
    policy().with_sliding(Sliding::EveryRequest).unwrap()
}

pub(crate) fn subject(name: &str) -> SubjectId {
    SubjectId::new(name).unwrap()
}

pub(crate) fn method(name: &str) -> Method {
    Method::new(name).unwrap()
}

pub(crate) fn how(method_name: &str, level: Level, at: Timestamp) -> Authentication {
    Authentication {
        at,
        method: method(method_name),
        level,
    }
}

pub(crate) fn login(name: &str) -> Login {
    Login::new(subject(name), how("pwd", Level::Single, START))
}

pub(crate) fn digest(token: &str) -> Digest {
    Token::parse(token.as_bytes()).unwrap().digest()
}
