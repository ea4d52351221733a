//! blockfrost-platform #183, quickwit #4675: a client went away, the handler was dropped, and what
//! it had taken from a pool never came back.
//!
//! Here: the whole way of a sign-in by GitHub is dropped at each of its polls; afterwards 1,000
//! users log in, and some more by GitHub.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{any_service, post};
use bytes::Bytes;
use futures_util::future::{join_all, poll_fn};
use http::header::{COOKIE as COOKIES, LOCATION, SET_COOKIE};
use http::{Request, Response, StatusCode};
use portcullis_cookie::{KeyRing, SealKey};
use portcullis_core::Random;
use portcullis_oauth::{GithubSignIn, HttpClient, HttpError, Limits, ReqwestClient};
use portcullis_session::{DynSessionStore, Lifecycle};
use portcullis_tests::{Masker, Site, SiteSetup, StoreKind};
use portcullis_tower::oauth::GithubRoutes;
use portcullis_tower::{CurrentSession, Rejection, SessionsLayer};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use super::support::{lifecycle, login, sign_in, who};

const LOGINS: usize = 1_000;

/// How many polls a sign-in needs at most.
const MOST_POLLS: usize = 200;

/// A client each call of which is polled twice: first, and when the answer is there.
struct Stepwise(Arc<ReqwestClient>);

impl HttpClient for Stepwise {
    async fn send(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        let client = Arc::clone(&self.0);
        // A set ends its tasks when it is dropped.
        let mut task = JoinSet::new();
        task.spawn(async move { client.send(request, limits).await });
        let answer = task.join_next().await.expect("one task");
        answer.expect("it does not panic")
    }

    async fn pause(&self, duration: Duration) {
        self.0.pause(duration).await;
    }
}

/// The routes of a sign-in, without a socket, so that they can be dropped wherever one likes.
fn app(site: &Site, lifecycle: Lifecycle) -> Router {
    let keys = KeyRing::new(SealKey::generate(&Random::system()).unwrap());
    let client = Stepwise(Arc::new(ReqwestClient::new().unwrap()));
    let config = site.sign_in.config().clone();
    let sign_in = GithubSignIn::new(config, keys, client, Arc::clone(&site.store.marks))
        .with_clock(site.clock.clone());
    let github = GithubRoutes::new(sign_in, site.accounts.clone());
    Router::new()
        .route(Site::START, any_service(github.start()))
        .route(Site::CALLBACK, any_service(github.callback()))
        .route("/login/{user}", post(log_in))
        .layer(SessionsLayer::new(lifecycle))
}

async fn log_in(
    axum::extract::Path(user): axum::extract::Path<String>,
    session: CurrentSession,
) -> Result<(), Rejection> {
    Ok(session.log_in(login(&user)).await?)
}

async fn send(app: &Router, request: Request<Body>) -> Response<Body> {
    let Ok(answer) = app.clone().oneshot(request).await;
    answer
}

/// A request to the callback, as a browser makes it whose user has just approved.
async fn callback(app: &Router, site: &Site) -> Request<Body> {
    let start = Request::get(Site::START).body(Body::empty()).unwrap();
    let started = send(app, start).await;
    assert_eq!(started.status(), StatusCode::SEE_OTHER);
    let location = started.headers()[LOCATION].to_str().unwrap();
    let back = site.github.approve(location, Masker::ALICE).unwrap();
    let cookie = started.headers()[SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let path = back.strip_prefix(&site.base).expect("our callback");
    let request = Request::get(path).header(COOKIES, cookie);
    request.body(Body::empty()).unwrap()
}

/// Polls so many times at most, then drops.
async fn polled<F: Future>(future: F, most: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polls = 0;
    poll_fn(|context| {
        if polls == most {
            return Poll::Ready(None);
        }
        polls += 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// Drops sign-ins at their first poll, their second and so on; says how many there were.
async fn drop_each(app: &Router, site: &Site) -> usize {
    for polls in 0..MOST_POLLS {
        let request = callback(app, site).await;
        if polled(send(app, request), polls).await.is_some() {
            return polls;
        }
    }
    panic!("a sign-in does not end in {MOST_POLLS} polls");
}

async fn check(site: &Site, store: Arc<dyn DynSessionStore>) {
    let lifecycle = lifecycle(store);
    let app = app(site, lifecycle.clone());
    let dropped = drop_each(&app, site).await;
    assert!(dropped >= 3, "only {dropped} sign-ins were dropped");
    println!("{dropped} sign-ins were dropped");

    let logins = (0..LOGINS).map(async |number| {
        let request = Request::post(format!("/login/user{number}"));
        send(&app, request.body(Body::empty()).unwrap())
            .await
            .status()
    });
    let failed = join_all(logins).await;
    let failed = failed.iter().filter(|status| !status.is_success()).count();
    assert_eq!(failed, 0, "logins fail after others were dropped");
    for _ in 0..10 {
        let answer = send(&app, callback(&app, site).await).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert!(answer.headers().contains_key("set-cookie"));
    }
    let token = sign_in(&lifecycle, "last").await;
    let headers = super::support::headers(&[format!("__Host-session={token}")]);
    assert_eq!(who(&lifecycle, &headers).await.as_deref(), Some("last"));
}

#[tokio::test]
async fn a32_after_dropped_sign_ins_a_thousand_logins_succeed() {
    for kind in [StoreKind::Memory, StoreKind::Sqlite] {
        let site = SiteSetup::new(kind).start().await;
        check(&site, Arc::clone(&site.store.sessions)).await;
    }
}

mod with_a_fault {
    use std::num::NonZeroU32;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use portcullis_core::{Digest, StoreError, StoreErrorKind, Timestamp};
    use portcullis_session::{Created, Record, SessionStore};
    use portcullis_tests::Twin;

    use super::super::support::forward;
    use super::*;

    /// A store with so many connections, of which a create takes one and gives it back at its end,
    /// if it comes to one.
    struct Pool<S> {
        store: S,
        free: AtomicUsize,
    }

    impl<S> Pool<S> {
        fn take(&self) -> Result<usize, StoreError> {
            let taken = self
                .free
                .fetch_update(SeqCst, SeqCst, |free| free.checked_sub(1));
            taken.map_err(|_| StoreError::new(StoreErrorKind::Timeout))
        }
    }

    impl<S: SessionStore> SessionStore for Pool<S> {
        async fn create(
            &self,
            record: Record,
            replaces: Option<&Digest>,
            cap: Option<NonZeroU32>,
            now: Timestamp,
        ) -> Result<Created, StoreError> {
            self.take()?;
            tokio::task::yield_now().await;
            let created = self.store.create(record, replaces, cap, now).await;
            self.free.fetch_add(1, SeqCst);
            created
        }

        forward!(load update rotate delete list revoke purge);
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn ConnectionIsGivenBackAtTheEnd() {
        let site = SiteSetup::new(StoreKind::Memory).start().await;
        let store = Pool {
            store: Arc::clone(&site.store.sessions),
            free: AtomicUsize::new(LOGINS),
        };
        Twin::new(
            "a32 ConnectionIsGivenBackAtTheEnd",
            "a32_after_dropped_sign_ins_a_thousand_logins_succeed",
            "logins fail after others were dropped",
        )
        .is_caught_async(check(&site, Arc::new(store)))
        .await;
    }
}
