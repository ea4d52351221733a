//! GitHub, March 2021: an object that belonged to a request was used for the next one while a
//! thread of the first still held it, and somebody got the session cookie of somebody else.
//!
//! Here: a task outlives its request and goes on with the session of it, while the same connection
//! already carries the requests of others.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{COOKIE as COOKIES, SET_COOKIE};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use portcullis_session::{Lifecycle, Session, SessionError};
use portcullis_tests::{Gate, Gates};
use portcullis_tower::SessionsLayer;
use tokio::task::JoinHandle;
use tower::util::BoxCloneService;
use tower::{Layer as _, service_fn};

use super::support::{COOKIE, Ground, grounds, lifecycle, sign_in};

type Service = BoxCloneService<Request<Incoming>, Response<Full<Bytes>>, Infallible>;

/// What outlives the first request.
type Late = JoinHandle<Result<(), SessionError>>;

/// The handlers: `/keep` leaves a task behind, `/late` lets it go on and waits for its end.
#[derive(Clone, Default)]
struct Handlers {
    gates: Gates,
    late: Arc<Mutex<Option<Late>>>,
    went: Arc<Mutex<Option<bool>>>,
}

impl Handlers {
    fn gate(&self) -> Gate {
        self.gates.gate("late")
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let session = request.extensions().get::<Session>();
        let session = session.expect("the layer is there").clone();
        let user = session.principal().await.expect("the store answers");
        match request.uri().path() {
            "/keep" => self.keep(session),
            "/late" => self.let_go().await,
            _ => {}
        }
        let user = user.map_or("nobody".to_owned(), |user| user.subject().to_string());
        Ok(Response::new(Full::from(user)))
    }

    fn keep(&self, session: Session) {
        let gate = self.gate();
        let task = tokio::spawn(async move {
            gate.pass().await;
            session.rotate().await
        });
        *self.late.lock().unwrap() = Some(task);
    }

    async fn let_go(&self) {
        let task = self.late.lock().unwrap().take();
        self.gate().open();
        let went = task.expect("a task").await.expect("it does not panic");
        *self.went.lock().unwrap() = Some(went.is_ok());
    }
}

/// A connection that is kept alive.
async fn connect(service: Service) -> SendRequest<Empty<Bytes>> {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let service = TowerToHyperService::new(service);
    let server = hyper::server::conn::http1::Builder::new();
    tokio::spawn(server.serve_connection(TokioIo::new(far), service));
    let connected = hyper::client::conn::http1::handshake(TokioIo::new(near)).await;
    let (client, connection) = connected.expect("a handshake");
    tokio::spawn(connection);
    client
}

/// Who a request is taken for, and whether its answer sets a cookie.
async fn ask(
    client: &mut SendRequest<Empty<Bytes>>,
    path: &str,
    token: Option<&str>,
) -> (String, bool) {
    let mut request = Request::get(path).header("host", "localhost");
    if let Some(token) = token {
        request = request.header(COOKIES, format!("{COOKIE}={token}"));
    }
    client.ready().await.expect("the connection is kept alive");
    let request = request.body(Empty::new()).expect("a request");
    let answer = client.send_request(request).await.expect("an answer");
    let sets = answer.headers().contains_key(SET_COOKIE);
    let body = answer.into_body().collect().await.expect("a body");
    let who = String::from_utf8(body.to_bytes().to_vec()).expect("text");
    (who, sets)
}

async fn check(ground: &Ground, wrap: impl FnOnce(Lifecycle, Service) -> Service) {
    let lifecycle = lifecycle(Arc::clone(&ground.store));
    let ada = sign_in(&lifecycle, "ada").await;
    let bob = sign_in(&lifecycle, "bob").await;
    let handlers = Handlers::default();
    let inner = handlers.clone();
    let inner = service_fn(move |request| inner.clone().answer(request));
    let mut client = connect(wrap(lifecycle, BoxCloneService::new(inner))).await;

    let first = ask(&mut client, "/keep", Some(&ada)).await;
    assert_eq!(first, ("ada".to_owned(), false));
    let (second, sets) = ask(&mut client, "/late", None).await;
    assert_eq!(
        second, "nobody",
        "the second request has the first one's session"
    );
    assert!(!sets, "the second answer has the first one's cookie");
    let went = *handlers.went.lock().unwrap();
    assert_eq!(
        went,
        Some(false),
        "a session goes on after its answer is out"
    );
    for (token, user) in [(&bob, "bob"), (&ada, "ada"), (&bob, "bob")] {
        let third = ask(&mut client, "/who", Some(token)).await;
        assert_eq!(
            third,
            (user.to_owned(), false),
            "a later request is another's"
        );
    }
}

#[tokio::test]
async fn a31_what_outlives_a_request_is_nothing_to_the_next_one_of_the_connection() {
    for ground in grounds() {
        println!("{}", ground.name);
        check(&ground, |lifecycle, inner| {
            BoxCloneService::new(SessionsLayer::new(lifecycle).layer(inner))
        })
        .await;
    }
}

mod with_a_fault {
    use std::sync::OnceLock;

    use http::HeaderMap;
    use portcullis_tests::Twin;
    use tower::ServiceExt as _;

    use super::*;

    const TEST: &str = "a31_what_outlives_a_request_is_nothing_to_the_next_one_of_the_connection";

    /// Uses one session for all requests of a connection.
    fn reusing(lifecycle: Lifecycle, inner: Service) -> Service {
        let kept = Arc::new(OnceLock::<Session>::new());
        BoxCloneService::new(service_fn(move |mut request: Request<Incoming>| {
            let session = kept.get_or_init(|| lifecycle.session(request.headers()));
            let session = session.clone();
            request.extensions_mut().insert(session.clone());
            let inner = inner.clone();
            async move {
                let mut answer = inner.oneshot(request).await?;
                session.finish(answer.headers_mut());
                Ok(answer)
            }
        }))
    }

    /// Lets a session be used after its answer: what is written then goes out with the next one.
    fn never_closed(lifecycle: Lifecycle, inner: Service) -> Service {
        let pending = Arc::new(Mutex::new(None::<Session>));
        BoxCloneService::new(service_fn(move |mut request: Request<Incoming>| {
            let session = lifecycle.session(request.headers());
            request.extensions_mut().insert(session.clone());
            let (inner, pending) = (inner.clone(), Arc::clone(&pending));
            async move {
                let mut answer = inner.oneshot(request).await?;
                let before = pending.lock().unwrap().replace(session);
                let mut headers = HeaderMap::new();
                if let Some(before) = before {
                    before.finish(&mut headers);
                }
                answer.headers_mut().extend(headers);
                Ok(answer)
            }
        }))
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn OneSessionAConnection() {
        let [memory, ..] = grounds();
        Twin::new(
            "a31 OneSessionAConnection",
            TEST,
            "the second request has the first one's session",
        )
        .is_caught_async(check(&memory, reusing))
        .await;
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn CookieGoesOutWithTheNextAnswer() {
        let [memory, ..] = grounds();
        Twin::new(
            "a31 CookieGoesOutWithTheNextAnswer",
            TEST,
            "the second answer has the first one's cookie",
        )
        .is_caught_async(check(&memory, never_closed))
        .await;
    }
}
