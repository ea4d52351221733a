use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::{COOKIE, HeaderValue};
use portcullis_cookie::CookiePolicy;
use portcullis_core::{Authentication, Clock, FrozenClock, Level, Method, SubjectId, Timestamp};
use portcullis_session::{
    DynSessionStore, Event, Handle, Key, Lifecycle, Loaded, Login, Session, SessionPolicy,
    SessionStore, Sliding,
};
use portcullis_testkit::interleave::{Gate, block_on};
use serde::de::DeserializeOwned;

use super::ground::Reach;
use super::{Browser, Events, Fault, Ground, Twin};

pub(crate) const START: Timestamp = Timestamp::from_secs(1_800_000_000);
pub(crate) const IDLE: Duration = Duration::from_secs(3600);
pub(crate) const WINDOW: Duration = Duration::from_secs(300);
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// Nothing renews within the time that a scene takes.
const ALMOST_NEVER: Sliding = Sliding::AtMostEvery(Duration::from_secs(3599));

pub(crate) const CART: Key<Vec<String>> = Key::new("cart");
pub(crate) const COUNT: Key<u32> = Key::new("count");
pub(crate) const THEME: Key<String> = Key::new("theme");

/// One play: users, browsers and a clock of its own, on a store that earlier plays have used.
///
/// What it asks for itself goes past the gates.
#[derive(Clone)]
pub(crate) struct Scene {
    ground: Rc<Ground>,
    reach: Reach,
    twin: Twin<Arc<dyn DynSessionStore>>,
    /// Whether all requests have ended.
    is_over: Rc<Cell<bool>>,
    pub(crate) clock: FrozenClock,
    pub(crate) policy: SessionPolicy,
    /// With which nothing is renewed.
    quiet: SessionPolicy,
    pub(crate) name: String,
}

impl Scene {
    pub(crate) fn new(ground: &Rc<Ground>, gate: &Gate, fault: Fault, number: u64) -> Self {
        let reach = ground.reach(gate);
        Self {
            ground: Rc::clone(ground),
            twin: Twin::new(reach.past(), fault),
            reach,
            is_over: Rc::default(),
            clock: FrozenClock::new(START),
            policy: policy(),
            quiet: policy().with_sliding(ALMOST_NEVER).unwrap(),
            name: number.to_string(),
        }
    }

    pub(crate) fn with_policy(mut self, policy: SessionPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Says that all requests have ended.
    pub(crate) fn end(&self) {
        self.is_over.set(true);
    }

    pub(crate) const fn fault(&self) -> Fault {
        self.twin.fault()
    }

    /// The lifecycle of a request that is a part of the race.
    pub(crate) fn gated(&self, gate: &Gate, events: &Events) -> Lifecycle {
        let store = self.twin.above(self.reach.behind(gate));
        self.lifecycle(store, self.policy.clone(), events)
    }

    /// The store past the gates. While requests are on their way, also past what they share: who
    /// asks a cache for what one of them is reading waits for that one.
    fn past(&self) -> Twin<Arc<dyn DynSessionStore>> {
        match &self.reach {
            Reach::Cached(_) if !self.is_over.get() => {
                self.twin.above(Arc::clone(&self.ground.store))
            }
            _ => self.twin.clone(),
        }
    }

    /// The lifecycle of a request that is not, and that renews nothing.
    pub(crate) fn quiet(&self, events: &Events) -> Lifecycle {
        self.lifecycle(self.past(), self.quiet.clone(), events)
    }

    fn lifecycle(
        &self,
        store: impl SessionStore,
        policy: SessionPolicy,
        events: &Events,
    ) -> Lifecycle {
        Lifecycle::new(store, policy)
            .with_clock(self.clock.clone())
            .with_observer(events.clone())
    }

    /// A browser without a cookie.
    pub(crate) fn visitor(&self) -> Browser {
        Browser::new(self, &[])
    }

    /// A browser in which Ada is signed in, long enough ago that the next visit renews.
    pub(crate) fn signed_in(&self) -> Browser {
        let browser = self.signed_in_as("ada");
        self.clock.advance(WINDOW);
        browser
    }

    /// A browser in which this user signs in now.
    pub(crate) fn signed_in_as(&self, user: &str) -> Browser {
        let (session, login) = (self.request(&[]), login(&self.user(user)));
        let token = block_on(async {
            session.log_in(login).await.unwrap();
            super::Answer::end(&session, None, Ok(()), &Events::default()).await
        });
        Browser::new(self, &[&token.token().unwrap()])
    }

    /// A user of this scene alone.
    pub(crate) fn user(&self, user: &str) -> String {
        format!("{user}-{}", self.name)
    }

    pub(crate) fn subject(&self, user: &str) -> SubjectId {
        subject(&self.user(user))
    }

    /// A request with these cookies, past the gates.
    pub(crate) fn request(&self, cookies: &[&str]) -> Session {
        self.quiet(&Events::default()).session(&headers(cookies))
    }

    /// Whom a request with this cookie is from; users are called what they are called in the scene.
    pub(crate) fn who(&self, cookie: &str) -> Option<String> {
        let principal = block_on(self.request(&[cookie]).principal()).unwrap();
        principal.map(|it| self.short(it.subject()))
    }

    pub(crate) fn short(&self, subject: &SubjectId) -> String {
        let name = subject.as_str().strip_suffix(&self.name);
        name.and_then(|name| name.strip_suffix('-'))
            .unwrap()
            .to_owned()
    }

    /// How strongly the user of this cookie has authenticated.
    pub(crate) fn level(&self, cookie: &str) -> Option<Level> {
        let principal = block_on(self.request(&[cookie]).principal()).unwrap();
        principal.map(|it| it.authentication().level)
    }

    /// What a request with this cookie reads.
    pub(crate) fn value<T: DeserializeOwned>(&self, cookie: &str, key: Key<T>) -> Option<T> {
        block_on(self.request(&[cookie]).value(key)).unwrap()
    }

    /// The session that a cookie opens, be it a visitor's.
    pub(crate) fn handle(&self, cookie: &str) -> Option<Handle> {
        block_on(self.request(&[cookie]).handle()).unwrap()
    }

    /// What a request with this cookie tells of.
    pub(crate) fn events(&self, cookie: &str) -> Vec<Event> {
        let events = Events::default();
        let session = self.quiet(&events).session(&headers(&[cookie]));
        block_on(session.principal()).unwrap();
        events.take()
    }

    /// The sessions of a user.
    pub(crate) fn sessions(&self, user: &str) -> Vec<Loaded> {
        let subject = self.subject(user);
        block_on(self.past().list(&subject, self.clock.now())).unwrap()
    }

    /// How many sessions there are, also of earlier scenes.
    pub(crate) fn rows(&self) -> u64 {
        self.ground.rows()
    }

    /// Waits until the store has done what was asked of it, also by who has gone.
    pub(crate) fn settled(&self) {
        let nobody = self.subject("nobody");
        let all = portcullis_session::Revoke::All;
        let revoked = self.ground.store.revoke(&nobody, all, self.clock.now());
        assert_eq!(block_on(revoked).unwrap(), 0);
    }
}

/// The head of a request with these cookies of ours.
pub(crate) fn headers(cookies: &[&str]) -> HeaderMap {
    let pairs: Vec<String> = cookies
        .iter()
        .map(|cookie| format!("__Host-session={cookie}"))
        .collect();
    let line = HeaderValue::try_from(pairs.join("; ")).unwrap();
    HeaderMap::from_iter((!cookies.is_empty()).then_some((COOKIE, line)))
}

/// An hour idle, eight hours at all, renewed every five minutes, ten seconds of grace.
pub(crate) fn policy() -> SessionPolicy {
    SessionPolicy::new(CookiePolicy::host("session").build().unwrap())
        .with_limits(IDLE, 8 * IDLE)
        .and_then(|policy| policy.with_sliding(Sliding::AtMostEvery(WINDOW)))
        .and_then(|policy| policy.with_grace(GRACE))
        .unwrap()
}

pub(crate) fn subject(name: &str) -> SubjectId {
    SubjectId::new(name).unwrap()
}

pub(crate) fn login(name: &str) -> Login {
    let (at, level) = (START, Level::Single);
    let method = Method::new("pwd").unwrap();
    Login::new(subject(name), Authentication { at, method, level })
}
