//! What a session costs a request: an axum router in process, with and without each layer.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, Response};
use portcullis_cookie::CookiePolicy;
use portcullis_core::{Authentication, Clock, Level, Method, SubjectId, SystemClock};
use portcullis_session::{Key, Lifecycle, Login, MemoryStore, SessionPolicy, Sliding};
use portcullis_tower::{Authenticated, CurrentSession, SessionsLayer};
use tokio::runtime::Runtime;
use tower::{Service, ServiceExt};

use crate::suite::{self, Case, Row};

const LOGIN: Key<String> = Key::new("login");

/// What the bare router costs, what each layer adds to it, and how that compares.
pub fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let rows = suite::run(cases(&runtime));
    println!("\n## A request through an axum router, in process\n");
    println!("| stack | ns (median) | ns (fastest) | added ns | allocations | added | bytes |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for row in &rows {
        println!(
            "| {} | {:.0} | {:.0} | {:.0} | {:.1} | {:.1} | {:.0} |",
            row.name,
            row.median,
            row.fastest,
            row.above_first,
            row.allocations,
            row.allocations - rows[0].allocations,
            row.bytes
        );
    }
    ratios(&rows);
}

/// Runs one case alone, for a profiler.
pub fn profile(name: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut cases = cases(&runtime);
    let case = cases
        .iter_mut()
        .find(|case| case.name == name)
        .expect("a case of this name");
    case.repeat(10_000);
}

fn ratios(rows: &[Row]) {
    let row = |name: &str| rows.iter().find(|row| row.name == name).expect("a case");
    let ratio = |ours: &str, theirs: &str| {
        let (ours, theirs, bare) = (row(ours), row(theirs), &rows[0]);
        let time = ours.above_first / theirs.above_first;
        let allocations =
            (ours.allocations - bare.allocations) / (theirs.allocations - bare.allocations);
        println!(
            "| {} | {} | {time:.2} | {allocations:.2} |",
            ours.name, theirs.name
        );
    };
    println!("\n| ours | theirs | added time, ratio | added allocations, ratio |");
    println!("| --- | --- | ---: | ---: |");
    ratio(OURS_READ, TS_GET);
    ratio(OURS_USER, AXUM_LOGIN);
    ratio(OURS_SLIDE, TS_INSERT);
}

const BARE: &str = "axum, cookie header";
const NOOP: &str = "no-op layer";
const EXTENSION: &str = "layer that leaves an `Arc` in the extensions";
const OURS_NONE: &str = "portcullis, no cookie";
const OURS_UNTOUCHED: &str = "portcullis, cookie, untouched";
const OURS_USER: &str = "portcullis, signed in";
const OURS_READ: &str = "portcullis, signed in, one value";
const OURS_SLIDE: &str = "portcullis, signed in, one value, slides, sets the cookie";
const TS_NONE: &str = "tower-sessions 0.15, no cookie";
const TS_GET: &str = "tower-sessions 0.15, get";
const TS_INSERT: &str = "tower-sessions 0.15, get + insert";
const AXUM_LOGIN: &str = "axum-login 0.18, user loaded";

fn cases(runtime: &Runtime) -> Vec<Case<'_>> {
    let bare = || Router::new().route("/", get(|| async { "ok" }));
    let (read, slide, read_cookie, slide_cookie) = ours(runtime);
    let (ts, ts_cookie) = tower_sessions(runtime);
    let (login, login_cookie) = axum_login_case(runtime);
    let none = "theme=dark; _ga=GA1.2.3; lang=en".to_owned();
    let with = |cookie: &str| format!("theme=dark; _ga=GA1.2.3; {cookie}");
    vec![
        case(runtime, BARE, bare(), "/", Some(with(&read_cookie)), "ok"),
        case(
            runtime,
            NOOP,
            bare().layer(NoopLayer),
            "/",
            Some(with(&read_cookie)),
            "ok",
        ),
        case(
            runtime,
            EXTENSION,
            bare().layer(axum::Extension(Arc::new(0_u8))),
            "/",
            Some(with(&read_cookie)),
            "ok",
        ),
        case(runtime, OURS_NONE, read.clone(), "/plain", None, "ok"),
        case(
            runtime,
            OURS_UNTOUCHED,
            read.clone(),
            "/plain",
            Some(with(&read_cookie)),
            "ok",
        ),
        case(
            runtime,
            OURS_USER,
            read.clone(),
            "/me",
            Some(with(&read_cookie)),
            "ok",
        ),
        case(
            runtime,
            OURS_READ,
            read,
            "/",
            Some(with(&read_cookie)),
            "octo",
        ),
        case(
            runtime,
            OURS_SLIDE,
            slide,
            "/",
            Some(with(&slide_cookie)),
            "octo",
        ),
        case(runtime, TS_NONE, ts.clone(), "/plain", Some(none), "ok"),
        case(
            runtime,
            TS_GET,
            ts.clone(),
            "/",
            Some(with(&ts_cookie)),
            "octo",
        ),
        case(
            runtime,
            TS_INSERT,
            ts,
            "/insert",
            Some(with(&ts_cookie)),
            "octo",
        ),
        case(
            runtime,
            AXUM_LOGIN,
            login,
            "/",
            Some(with(&login_cookie)),
            "octo",
        ),
    ]
}

/// A case that sends one request after the other, after a first whose answer is checked.
fn case<'a>(
    runtime: &'a Runtime,
    name: &'static str,
    router: Router,
    path: &'static str,
    cookie: Option<String>,
    expected: &'static str,
) -> Case<'a> {
    let request = move || {
        let request = Request::get(path)
            .header("host", "localhost")
            .header("accept", "*/*");
        let request = match &cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        request.body(Body::empty()).unwrap()
    };
    runtime.block_on(async {
        let response = router.clone().oneshot(request()).await.unwrap();
        assert_eq!(response.status(), 200, "{name}");
        let body = axum::body::to_bytes(response.into_body(), 1024)
            .await
            .unwrap();
        assert_eq!(body, expected, "{name}");
    });
    let mut service = router.into_service::<Body>();
    Case::new(name, move |iterations| {
        runtime.block_on(async {
            for _ in 0..iterations {
                let ready = ServiceExt::<Request<Body>>::ready(&mut service)
                    .await
                    .unwrap();
                std::hint::black_box(ready.call(request()).await.unwrap());
            }
        });
    })
}

/// A number that differs from the one before.
fn rotate() -> u32 {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    COUNT.fetch_add(1 << 16, std::sync::atomic::Ordering::Relaxed)
}

fn cookie_of(response: &Response<Body>) -> String {
    let line = response.headers()["set-cookie"].to_str().unwrap();
    line.split(';').next().unwrap().to_owned()
}

fn ours(runtime: &Runtime) -> (Router, Router, String, String) {
    let router = |sliding| {
        let cookie = CookiePolicy::new("id").build().unwrap();
        let policy = SessionPolicy::new(cookie).with_sliding(sliding).unwrap();
        let lifecycle = Lifecycle::new(MemoryStore::new(), policy);
        let handler = |_: Authenticated, session: CurrentSession| async move {
            session
                .value(LOGIN)
                .await
                .ok()
                .flatten()
                .unwrap_or_default()
        };
        Router::new()
            .route("/", get(handler))
            .route("/me", get(|_: Authenticated| async { "ok" }))
            .route("/plain", get(|| async { "ok" }))
            .route("/login", get(log_in))
            .layer(SessionsLayer::new(lifecycle))
    };
    let read = router(Sliding::AtMostEvery(Duration::from_secs(300)));
    let slide = router(Sliding::EveryRequest);
    let cookie = |router: &Router| {
        let request = Request::get("/login").body(Body::empty()).unwrap();
        cookie_of(&runtime.block_on(router.clone().oneshot(request)).unwrap())
    };
    let (read_cookie, slide_cookie) = (cookie(&read), cookie(&slide));
    (read, slide, read_cookie, slide_cookie)
}

async fn log_in(session: CurrentSession) {
    let at = SystemClock.now();
    let how = Authentication {
        at,
        method: Method::GITHUB,
        level: Level::Single,
    };
    let login = Login::new(SubjectId::new("42").unwrap(), how);
    session
        .log_in(login.with_value(LOGIN, &"octo".to_owned()).unwrap())
        .await
        .unwrap();
}

fn tower_sessions(runtime: &Runtime) -> (Router, String) {
    use tower_sessions::{Expiry, MemoryStore, Session, SessionManagerLayer};

    let read = |session: Session| async move {
        session
            .get::<String>("login")
            .await
            .unwrap()
            .unwrap_or_default()
    };
    let insert = |session: Session| async move {
        let login = session
            .get::<String>("login")
            .await
            .unwrap()
            .unwrap_or_default();
        // Another value each time: an equal one would not be saved.
        let seen = SystemClock.now().as_millis() ^ u64::from(rotate());
        session.insert("seen", seen).await.unwrap();
        login
    };
    let log_in = |session: Session| async move {
        session.insert("user", 42).await.unwrap();
        session.insert("login", "octo").await.unwrap();
    };
    let layer = SessionManagerLayer::new(MemoryStore::default()).with_expiry(Expiry::OnInactivity(
        tower_sessions::cookie::time::Duration::days(30),
    ));
    let router = Router::new()
        .route("/", get(read))
        .route("/insert", get(insert))
        .route("/plain", get(|| async { "ok" }))
        .route("/login", get(log_in))
        .layer(layer);
    let request = Request::get("/login").body(Body::empty()).unwrap();
    let cookie = cookie_of(&runtime.block_on(router.clone().oneshot(request)).unwrap());
    (router, cookie)
}

mod login {
    use axum_login::{AuthUser, AuthnBackend, UserId};

    #[derive(Clone, Debug)]
    pub struct User;

    impl AuthUser for User {
        type Id = i64;

        fn id(&self) -> i64 {
            42
        }

        fn session_auth_hash(&self) -> &[u8] {
            b"hash"
        }
    }

    #[derive(Clone)]
    pub struct Backend;

    impl AuthnBackend for Backend {
        type User = User;
        type Credentials = ();
        type Error = std::convert::Infallible;

        async fn authenticate(&self, (): ()) -> Result<Option<User>, Self::Error> {
            Ok(Some(User))
        }

        async fn get_user(&self, _: &UserId<Self>) -> Result<Option<User>, Self::Error> {
            Ok(Some(User))
        }
    }
}

fn axum_login_case(runtime: &Runtime) -> (Router, String) {
    use axum_login::{AuthManagerLayerBuilder, AuthSession};
    use tower_sessions_014::{MemoryStore, SessionManagerLayer};

    let layer = SessionManagerLayer::new(MemoryStore::default());
    let auth = AuthManagerLayerBuilder::new(login::Backend, layer).build();
    let read = |auth: AuthSession<login::Backend>| async move {
        if auth.user.is_some() { "octo" } else { "" }
    };
    let log_in = |mut auth: AuthSession<login::Backend>| async move {
        auth.login(&login::User).await.unwrap();
    };
    let router = Router::new()
        .route("/", get(read))
        .route("/login", get(log_in))
        .layer(auth);
    let request = Request::get("/login").body(Body::empty()).unwrap();
    let cookie = cookie_of(&runtime.block_on(router.clone().oneshot(request)).unwrap());
    (router, cookie)
}

/// What any layer costs.
#[derive(Clone)]
struct NoopLayer;

#[derive(Clone)]
struct Noop<S>(S);

impl<S> tower_layer::Layer<S> for NoopLayer {
    type Service = Noop<S>;

    fn layer(&self, inner: S) -> Noop<S> {
        Noop(inner)
    }
}

impl<S: tower_service::Service<Request<Body>, Error = Infallible>>
    tower_service::Service<Request<Body>> for Noop<S>
{
    type Response = S::Response;
    type Error = Infallible;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        self.0.call(request)
    }
}
