//! What the rows share.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderMap, Request, Response};
use portcullis_cookie::CookiePolicy;
use portcullis_core::{Authentication, Clock, Level, Method, Random, SubjectId, SystemClock};
use portcullis_oauth::{CallbackFacts, CallbackOutcome, Completed, Intent, StartFacts, Started};
use portcullis_session::{Lifecycle, Login, SessionPolicy, SessionStore};
use portcullis_tests::Site;
use portcullis_tower::{SignedIn, Stack};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::{Layer, ServiceExt, service_fn};

pub(super) const ALICE: u64 = 1001;
pub(super) const BOB: u64 = 1002;

pub(super) use portcullis_tests::{flow_cookies, on_every_store, parameter, with_parameter};

/// The path with one parameter in its query.
pub(super) fn asking(path: &str, name: &str, value: &str) -> String {
    with_parameter(path, name, Some(value))
}

/// What a server on this port answers to a request that is written by hand; 0 for no answer.
pub(super) async fn raw(address: &str, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it is sent");
    let mut answer = Vec::new();
    // A server that refuses early may reset the connection.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.get(9..12).and_then(|status| status.parse().ok());
    (status.unwrap_or(0), answer)
}

/// Sessions in a store, under our default policy.
pub(super) fn lifecycle(store: impl SessionStore) -> Lifecycle {
    let cookie = CookiePolicy::host("session").build().expect("a policy");
    Lifecycle::new(store, SessionPolicy::new(cookie))
}

/// Signs a user in; gives the value of the `Cookie` header.
pub(super) async fn cookie_of(lifecycle: &Lifecycle, user: &str) -> String {
    let session = lifecycle.session(&HeaderMap::new());
    let how = Authentication {
        at: SystemClock.now(),
        method: Method::GITHUB,
        level: Level::Single,
    };
    let user = SubjectId::new(user).expect("a subject");
    let logged_in = session.log_in(Login::new(user, how)).await;
    logged_in.expect("the store takes it");
    session.commit().await.expect("the store takes it");
    let mut headers = HeaderMap::new();
    session.finish(&mut headers);
    let line = headers["set-cookie"].to_str().expect("visible ASCII");
    line.split(';').next().unwrap_or_default().to_owned()
}

/// A handler behind our layers, which counts the requests that reach it.
#[derive(Clone, Debug, Default)]
pub(super) struct Guarded(Arc<AtomicUsize>);

impl Guarded {
    /// The status of a request through sessions, authentication and requirement.
    pub(super) async fn ask(&self, lifecycle: &Lifecycle, request: Request<String>) -> u16 {
        let stack = Stack::new(lifecycle.clone()).authenticate();
        let service = stack.require(SignedIn::new()).layer(self.handler());
        let answer = service.oneshot(request).await;
        answer.expect("it cannot fail").status().as_u16()
    }

    /// The handler alone.
    pub(super) fn handler(
        &self,
    ) -> impl tower::Service<
        Request<String>,
        Response = Response<String>,
        Error = Infallible,
        Future: Send,
    > + Clone {
        let reached = Arc::clone(&self.0);
        service_fn(move |_: Request<String>| {
            reached.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Ok(Response::new("the secret".to_owned())))
        })
    }

    /// How many requests reached it.
    pub(super) fn reached(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Begins a sign-in at a site, without HTTP.
pub(super) fn started(site: &Site) -> Started {
    let none = HeaderMap::new();
    let facts = StartFacts {
        headers: &none,
        return_to: None,
        intent: Intent::LogIn,
    };
    site.sign_in.start(&facts).expect("a flow")
}

/// Goes through a sign-in at a site, without HTTP.
pub(super) async fn completed(site: &Site, user: u64) -> Completed {
    let started = started(site);
    let location = started.location.to_str().expect("visible ASCII");
    let callback = site.github.approve(location, user).expect("it is allowed");
    let cookie = started.set_cookies[0].to_str().expect("visible ASCII");
    let cookie = cookie.split(';').next().expect("a pair");
    let mut headers = HeaderMap::new();
    headers.insert("cookie", cookie.parse().expect("a header value"));
    let facts = CallbackFacts {
        headers: &headers,
        query: callback.split_once('?').map(|(_, query)| query),
        session: None,
    };
    match site.sign_in.callback(facts).await {
        CallbackOutcome::Completed(completed) => *completed,
        other => panic!("{other:?}"),
    }
}

/// A source that gives these bytes again and again.
pub(super) fn known(bytes: &[u8]) -> Random {
    let bytes = bytes.to_vec();
    Random::test(move |wanted| {
        wanted.copy_from_slice(&bytes);
        Ok(())
    })
}
