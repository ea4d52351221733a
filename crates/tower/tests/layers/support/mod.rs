//! What the tests share: a world with a clock, a store and a listener, and short ways to ask.

mod browser;
mod polling;
mod store;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body_util::BodyExt;
use portcullis_cookie::CookiePolicy;
use portcullis_core::{
    Authentication, Clock, FrozenClock, Level, Method, Refusal, SubjectId, Timestamp,
};
use portcullis_session::{Event, Key, Lifecycle, Login, Observer, Session, SessionPolicy, Sliding};
use tower::{Service, ServiceExt};

pub(crate) use browser::Browser;
pub(crate) use polling::{now_or_never, polls};
pub(crate) use store::{TestStore, Verb};

pub(crate) const VISITS: Key<u32> = Key::new("visits");

/// The events of a lifecycle, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<Event>>>);

impl Observer for Events {
    fn observe(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Events {
    /// Whether such an event took place.
    pub(crate) fn any(&self, such: impl Fn(&Event) -> bool) -> bool {
        self.0.lock().unwrap().iter().any(such)
    }
}

/// One service's sessions, on a clock that stands still.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) store: TestStore,
    pub(crate) clock: FrozenClock,
    pub(crate) events: Events,
    pub(crate) lifecycle: Lifecycle,
}

impl World {
    /// With the default policy.
    pub(crate) fn new() -> Self {
        let cookie = CookiePolicy::host("session").build();
        Self::with_policy(SessionPolicy::new(cookie.unwrap()))
    }

    /// In which every request renews, so that every response may have a cookie to set.
    pub(crate) fn renewing() -> Self {
        let cookie = CookiePolicy::host("session").build();
        let policy = SessionPolicy::new(cookie.unwrap());
        Self::with_policy(policy.with_sliding(Sliding::EveryRequest).unwrap())
    }

    pub(crate) fn with_policy(policy: SessionPolicy) -> Self {
        let store = TestStore::default();
        let clock = FrozenClock::new(Timestamp::from_secs(1_700_000_000));
        let events = Events::default();
        let lifecycle = Lifecycle::new(store.clone(), policy)
            .with_clock(clock.clone())
            .with_observer(events.clone());
        Self {
            store,
            clock,
            events,
            lifecycle,
        }
    }

    /// A login of a user by one factor, now.
    pub(crate) fn login(&self, user: &str) -> Login {
        let how = Authentication {
            at: self.clock.now(),
            method: Method::GITHUB,
            level: Level::Single,
        };
        Login::new(subject(user), how)
    }

    /// Signs a user in behind the back of the layers, and gives the cookie.
    pub(crate) fn signed_in(&self, user: &str) -> String {
        self.session_with(|session| {
            now_or_never(session.log_in(self.login(user))).unwrap();
        })
    }

    /// Makes an anonymous session with a value, and gives the cookie.
    pub(crate) fn visited(&self) -> String {
        self.session_with(|session| session.set_value(VISITS, &1).unwrap())
    }

    fn session_with(&self, change: impl FnOnce(&Session)) -> String {
        let session = self.lifecycle.session(&HeaderMap::new());
        change(&session);
        now_or_never(session.commit()).unwrap();
        let mut headers = HeaderMap::new();
        session.finish(&mut headers);
        self.store.forget_calls();
        cookie_in(&headers).expect("the session is new")
    }

    /// A session as another request with this cookie has it.
    pub(crate) fn session_of(&self, cookie: &str) -> Session {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        self.lifecycle.session(&headers)
    }

    /// Signs out by another request.
    pub(crate) fn sign_out(&self, cookie: &str) {
        now_or_never(self.session_of(cookie).log_out()).unwrap();
    }

    /// The user that a cookie signs in.
    pub(crate) fn user_of(&self, cookie: &str) -> Option<String> {
        let principal = now_or_never(self.session_of(cookie).principal()).unwrap();
        principal.map(|principal| principal.subject().as_str().to_owned())
    }

    /// The value that a cookie's session has.
    pub(crate) fn visits_of(&self, cookie: &str) -> Option<u32> {
        now_or_never(self.session_of(cookie).value(VISITS)).unwrap()
    }

    /// How many sessions a user has.
    pub(crate) fn sessions_of(&self, user: &str) -> usize {
        now_or_never(self.lifecycle.list(&subject(user)))
            .unwrap()
            .len()
    }
}

pub(crate) fn subject(user: &str) -> SubjectId {
    SubjectId::new(user).unwrap()
}

/// The renewal window of the default policy, and one step beyond.
pub(crate) const BEYOND_WINDOW: Duration = Duration::from_secs(301);

pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

pub(crate) fn get_with(path: &str, cookie: &str) -> Request<Body> {
    let request = Request::get(path).header(header::COOKIE, cookie);
    request.body(Body::empty()).unwrap()
}

/// Sends one request to a router.
pub(crate) async fn send(app: &Router, request: Request<Body>) -> Response<Body> {
    answer(app.clone(), request).await
}

/// Sends one request to a service.
pub(crate) async fn answer<S, B, R>(service: S, request: Request<B>) -> Response<R>
where
    S: Service<Request<B>, Response = Response<R>, Error = Infallible>,
{
    let Ok(response) = service.oneshot(request).await;
    response
}

/// The text of a body.
pub(crate) async fn text<B>(response: Response<B>) -> String
where
    B: http_body::Body<Error: std::fmt::Debug>,
{
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

/// The values of a header, in their order.
pub(crate) fn lines(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).iter();
    lines
        .map(|line| line.to_str().unwrap().to_owned())
        .collect()
}

/// The `Set-Cookie` lines, in their order.
pub(crate) fn set_cookies<B>(response: &Response<B>) -> Vec<String> {
    lines(response.headers(), "set-cookie")
}

/// What a browser would send after this response, if it sets our cookie and does not remove it.
pub(crate) fn cookie_in(headers: &HeaderMap) -> Option<String> {
    let lines = lines(headers, "set-cookie");
    let ours = lines
        .iter()
        .find(|line| line.starts_with("__Host-session="))?;
    let live = !ours.contains("Max-Age=0");
    live.then(|| ours.split(';').next().unwrap_or_default().to_owned())
}

/// The refusal that a response carries for the layer that writes bodies.
pub(crate) fn refusal_in<B>(response: &Response<B>) -> (&'static str, u16) {
    let refusal = response.extensions().get::<Refusal>().expect("a refusal");
    (refusal.code(), response.status().as_u16())
}
