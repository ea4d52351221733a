//! A small service of the family's parts.

mod accounts;
mod handlers;
mod setup;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::{any_service, get, post};
use portcullis_core::format::Envelope;
use portcullis_core::{FrozenClock, Timestamp};
use portcullis_oauth::GithubSignIn;
use portcullis_session::{Event, Lifecycle};
use portcullis_testkit::github::{Endpoint, Fault, GithubStandIn, Times};
use portcullis_tower::oauth::GithubRoutes;
use portcullis_tower::{LoggedUri, RefusalsLayer, SessionsLayer};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::trace::TraceLayer;
use tracing::Span;

use self::handlers as on;
use crate::{Browser, Gates, Store};

pub use self::accounts::Accounts;
pub use self::setup::SiteSetup;

/// When the clock of a site begins.
pub const SIGNED_IN_AT: Timestamp = Timestamp::from_secs(1_700_000_000);

/// A running site.
///
/// | route | does |
/// | --- | --- |
/// | `GET /auth/github/login`, `GET /auth/github/callback`, `POST /auth/github/link` | GitHub |
/// | `GET /me` | the user and the GitHub login, or 401 |
/// | `POST /login/{user}`, `POST /logout`, `POST /rotate` | the session's standing |
/// | `GET`, `POST /value/{key}` | one of the values `a` and `b` |
/// | `POST /hold/{gate}/{change}` | loads the session, waits at the gate, then makes the change |
/// | `POST /broken/{change}/{end}` | makes the change, then comes to grief |
/// | `GET /devices` | handles, and which is this one |
/// | `GET /kind/{kind}` | writes to the session and answers in this kind |
/// | `GET /public` | does not ask for a session |
#[derive(Debug)]
pub struct Site {
    /// Its public address.
    pub base: String,
    /// The clock of everything in it.
    pub clock: FrozenClock,
    /// Its GitHub.
    pub github: Arc<GithubStandIn>,
    /// Its sign-in.
    pub sign_in: GithubSignIn,
    /// Its sessions.
    pub lifecycle: Lifecycle,
    /// Its users.
    pub accounts: Accounts,
    /// The gates of `/hold` and `/kind/stream`.
    pub gates: Gates,
    /// Its store.
    pub store: Store,
    events: Arc<Mutex<Vec<Event>>>,
    told: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Site {
    /// The path that starts a sign-in.
    pub const START: &str = "/auth/github/login";
    /// The path that ends it.
    pub const CALLBACK: &str = "/auth/github/callback";
    /// The path that starts a link.
    pub const LINK: &str = "/auth/github/link";
    /// The name of its session cookie.
    pub const COOKIE: &str = "__Host-session";

    /// A browser with an empty jar.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// A browser in which a user of the stand-in is signed in through it.
    pub async fn signed_in(&self, user: u64) -> Browser {
        let browser = self.browser();
        let answer = browser.sign_in(Self::START, &self.github, user).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        browser
    }

    /// A browser in which a user is signed in without GitHub.
    pub async fn logged_in(&self, user: &str) -> Browser {
        let browser = self.browser();
        let answer = browser.post(&format!("/login/{user}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        browser
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn address(&self) -> String {
        self.base.replace("http://localhost", "127.0.0.1")
    }

    /// Plans a fault of the stand-in.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault, times: Times) {
        self.github.faults().set(endpoint, fault, times);
    }

    /// How often an endpoint of the stand-in was called.
    #[must_use]
    pub fn calls(&self, endpoint: Endpoint) -> usize {
        self.github.requests().count(endpoint)
    }

    /// The events of sessions so far; they are forgotten.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        std::mem::take(&mut *self.events.lock().expect("nobody panicked"))
    }

    /// What the sign-in told so far, as `kind reason`; it is forgotten.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().expect("nobody panicked"))
    }

    /// How many sessions a user has.
    pub async fn sessions_of(&self, user: &str) -> usize {
        let subject = portcullis_core::SubjectId::new(user).expect("a subject");
        let listed = self.lifecycle.list(&subject).await;
        listed.expect("the store answers").len()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What handlers share.
#[derive(Clone, Debug)]
struct Shared {
    gates: Gates,
    clock: FrozenClock,
}

fn router(site: &SitePart<'_>) -> Router {
    let github = GithubRoutes::new(site.sign_in.clone(), site.accounts.clone());
    Router::new()
        .route("/auth/github/login", any_service(github.start()))
        .route("/auth/github/callback", any_service(github.callback()))
        .route("/auth/github/link", any_service(github.link()))
        .route("/me", get(on::me))
        .route("/login/{user}", post(on::log_in))
        .route("/logout", post(on::log_out))
        .route("/rotate", post(on::rotate))
        .route("/value/{key}", get(on::read).post(on::write))
        .route("/hold/{gate}/{change}", post(on::hold))
        .route("/broken/{change}/{end}", post(on::broken))
        .route("/devices", get(on::devices))
        .route("/kind/{kind}", get(on::kind))
        .route("/public", get(|| async { "public" }))
        .with_state(site.shared.clone())
        .layer(SessionsLayer::new(site.lifecycle.clone()))
        .layer(RefusalsLayer::new(Envelope::default()).with_bare_statuses())
}

/// What the router is made of.
struct SitePart<'a> {
    sign_in: &'a GithubSignIn,
    accounts: &'a Accounts,
    lifecycle: &'a Lifecycle,
    shared: Shared,
}

/// The layers of tower-http that services put around ours.
fn behind(router: Router) -> Router {
    let stack = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(CompressionLayer::new())
        .layer(CsrfLayer::new());
    router.layer(stack)
}

/// What an access log has of a request: its address without secrets.
fn span(request: &Request<Body>) -> Span {
    let uri = LoggedUri::new(request.uri());
    tracing::debug_span!("request", method = %request.method(), %uri)
}

fn serve(listener: TcpListener, router: Router) -> JoinHandle<()> {
    tokio::spawn(async move {
        // It ends when the task is aborted, and not before.
        let _ = axum::serve(listener, router).await;
    })
}
