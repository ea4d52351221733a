//! Panics: in a handler, an extractor and a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::FromRequestParts;
use axum::response::Response;
use axum::routing::{get, post};
use http::request::Parts;
use portcullis_cookie::CookiePolicy;
use portcullis_core::format::Envelope;
use portcullis_core::{Authentication, Clock, Level, Method, RefusalKind, SubjectId, SystemClock};
use portcullis_session::{
    CachedStore, Key, Lifecycle, Login, MemoryStore, SessionPolicy, SessionStore,
};
use portcullis_sqlite::SqliteStore;
use portcullis_tower::{Authenticated, CurrentSession, RefusalsLayer, Rejection, SessionsLayer};
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::load::{Probe, Wire};
use crate::measured::{Measured, times};

const VALUE: Key<String> = Key::new("value");
const COOKIE: &str = "__Host-session";

/// The verbs at which the store panics next, one bit each.
#[derive(Clone, Default)]
struct Trap(Arc<AtomicUsize>);

const VERBS: [&str; 5] = ["load", "update", "rotate", "delete", "create"];

impl Trap {
    fn set(&self, verb: &str) {
        let place = VERBS.iter().position(|known| *known == verb).unwrap();
        self.0.fetch_or(1 << place, Ordering::SeqCst);
    }

    fn spring(&self, verb: &str) {
        let Some(place) = VERBS.iter().position(|known| *known == verb) else {
            return;
        };
        let bits = self.0.fetch_and(!(1 << place), Ordering::SeqCst);
        assert!(
            bits & (1 << place) == 0,
            "the store panics, as the test wants it"
        );
    }
}

/// An extractor that panics, before or after it has asked for the user.
struct Broken;

impl<S: Sync> FromRequestParts<S> for Broken {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let user = <Authenticated as FromRequestParts<S>>::from_request_parts(parts, state).await;
        panic!("the extractor panics with {}", user.is_ok())
    }
}

async fn log_in(session: CurrentSession) -> Result<(), Rejection> {
    let how = Authentication {
        at: SystemClock.now(),
        method: Method::GITHUB,
        level: Level::Single,
    };
    let login = Login::new(SubjectId::new("usr").expect("a subject"), how);
    let login = login.with_value(VALUE, &"before".to_owned())?;
    Ok(session.log_in(login).await?)
}

async fn write_and_panic(session: CurrentSession) -> Result<(), Rejection> {
    session.set_value(VALUE, &"after".to_owned())?;
    panic!("the handler panics")
}

async fn me(user: Authenticated, session: CurrentSession) -> Result<String, Rejection> {
    let value = session.value(VALUE).await?.unwrap_or_default();
    Ok(format!("{{\"user\":\"{} {value}\"}}", user.subject()))
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Rejection::new(RefusalKind::Internal).to_response()
}

/// The stack of the example server, with routes that come to grief.
fn router(store: impl SessionStore) -> Router {
    let policy = SessionPolicy::new(CookiePolicy::host("session").build().unwrap());
    let stack = ServiceBuilder::new()
        .layer(RefusalsLayer::new(Envelope::default()))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(SessionsLayer::new(Lifecycle::new(store, policy)));
    Router::new()
        .route("/login", post(log_in))
        .route("/me", get(me))
        .route("/handler", get(write_and_panic))
        .route("/extractor", get(async |_: Broken| ()))
        .route(
            "/write",
            get(async |session: CurrentSession| {
                session.value(VALUE).await.map_err(Rejection::from)?;
                session
                    .set_value(VALUE, &"before".to_owned())
                    .map_err(Rejection::from)
            }),
        )
        .route(
            "/rotate",
            get(async |session: CurrentSession| session.rotate().await.map_err(Rejection::from)),
        )
        .route(
            "/logout",
            get(async |session: CurrentSession| session.log_out().await.map_err(Rejection::from)),
        )
        .layer(stack)
}

/// How a request comes to grief: its path, and where the store panics in it.
const GRIEFS: [(&str, Option<&str>); 7] = [
    ("/handler", None),
    ("/extractor", None),
    ("/me", Some("load")),
    ("/write", Some("load")),
    ("/write", Some("update")),
    ("/rotate", Some("rotate")),
    ("/logout", Some("delete")),
];

async fn serve(store: impl SessionStore) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let app = router(store);
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn on(address: String, trap: Trap, heals: bool, what: &'static str) {
    let mut wire = Wire::to(&address).await;
    let answer = wire.post("/login", "a=b").await.unwrap();
    let (token, _) = answer.cookie(COOKIE).unwrap();
    let cookie = format!("{COOKIE}={token}");
    let after = times(100, 1_000);
    let (mut panics, mut right) = (0, 0);
    for (path, verb) in GRIEFS {
        if let Some(verb) = verb {
            trap.set(verb);
        }
        let answer = wire.get(path, &cookie).await.unwrap();
        if heals && verb == Some("load") {
            assert_eq!(answer.status, 200, "{path} {verb:?}");
        } else {
            assert_eq!(answer.status, 500, "{path} {verb:?}");
            assert_eq!(answer.text("/error/code"), "internal", "{path} {verb:?}");
        }
        assert_eq!(answer.cookie(COOKIE), None, "{path} {verb:?}");
        panics += 1;
        for _ in 0..after {
            let answer = wire.get("/me", &cookie).await.unwrap();
            assert_eq!(answer.status, 200, "{path} {verb:?}");
            assert_eq!(answer.text("/user"), "usr before", "{path} {verb:?}");
            right += 1;
        }
    }
    trap.set("create");
    let lost = wire.post("/login", "a=b").await.unwrap();
    assert_eq!((lost.status, lost.cookie(COOKIE)), (500, None));
    assert_eq!(wire.get("/me", &cookie).await.unwrap().status, 200);
    Measured {
        number: 29,
        what,
        target: "500 for that request, next 1,000 right, session unchanged",
        found: format!(
            "{} panics, each {}; {right} requests after them all right",
            panics + 1,
            if heals {
                "a 500 or, of a read, asked again"
            } else {
                "a 500"
            },
        ),
    }
    .note();
}

#[tokio::test]
async fn e29_a_panic_is_one_requests_500_in_memory() {
    let trap = Trap::default();
    let hook = trap.clone();
    let store = Probe::new(MemoryStore::new()).with_hook(move |verb| hook.spring(verb));
    on(serve(store).await, trap, false, "panics, memory").await;
}

/// The cache asks the store in a future that many may wait for: who waited asks again.
#[tokio::test]
async fn e29_a_panic_is_one_requests_500_behind_a_cache_that_keeps_nothing() {
    let trap = Trap::default();
    let hook = trap.clone();
    let store = Probe::new(MemoryStore::new()).with_hook(move |verb| hook.spring(verb));
    let cache = CachedStore::new(store)
        .with_staleness(std::time::Duration::ZERO)
        .unwrap();
    on(serve(cache).await, trap, true, "panics, cache").await;
}

#[tokio::test]
async fn e29_a_panic_is_one_requests_500_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("a.db")).unwrap();
    let trap = Trap::default();
    let hook = trap.clone();
    let store = Probe::new(store).with_hook(move |verb| hook.spring(verb));
    on(serve(store).await, trap, false, "panics, SQLite").await;
}
