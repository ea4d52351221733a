//! Bodies that stream, and responses that are more than a body.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::ready;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::routing::get as on_get;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body::{Body, Frame};
use hyper::client::conn::http1 as client;
use hyper::server::conn::http1 as server;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use portcullis_core::format::Envelope;
use portcullis_session::{Session, SessionErrorKind};
use portcullis_tower::{
    AuthenticateLayer, CurrentSession, RefusalsLayer, RequestIdLayer, RequireLayer,
    SecurityHeadersLayer, SessionsLayer,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tower::{ServiceBuilder, service_fn};

use crate::support::{VISITS, World, answer, cookie_in, get, get_with, lines, send, set_cookies};

/// A body that has as many frames as it was given so far, and never ends by itself.
#[derive(Clone, Default)]
struct Drip(Arc<Mutex<VecDeque<&'static str>>>);

impl Drip {
    fn give(&self, frame: &'static str) {
        self.0.lock().unwrap().push_back(frame);
    }
}

impl Body for Drip {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.lock().unwrap().pop_front() {
            Some(frame) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(frame.as_bytes()))))),
            None => Poll::Pending,
        }
    }
}

/// The next frame of a body, if there is one now.
fn frame(body: Pin<&mut impl Body<Data = Bytes, Error = Infallible>>) -> Option<Bytes> {
    let mut cx = Context::from_waker(Waker::noop());
    match body.poll_frame(&mut cx) {
        Poll::Ready(frame) => frame.map(|Ok(frame)| frame.into_data().unwrap()),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn s31_frames_arrive_one_by_one_through_all_layers() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let drip = Drip::default();
    let body = drip.clone();
    let service = ServiceBuilder::new()
        .layer(RequestIdLayer::new(header::HeaderName::from_static(
            "x-request-id",
        )))
        .layer(SecurityHeadersLayer::new())
        .layer(RefusalsLayer::new(Envelope::default()).with_bare_statuses())
        .layer(SessionsLayer::new(world.lifecycle.clone()))
        .layer(AuthenticateLayer::new())
        .layer(RequireLayer::signed_in())
        .service(service_fn(move |request: Request<axum::body::Body>| {
            let session = request.extensions().get::<Session>().unwrap();
            session.set_value(VISITS, &1).unwrap();
            let response = Response::builder().header(header::CONTENT_TYPE, "text/event-stream");
            ready(Ok::<_, Infallible>(response.body(body.clone()).unwrap()))
        }));

    // The head is there, and what was set is written, although the body has not begun.
    let response = answer(service, get_with("/", &cookie)).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(world.visits_of(&cookie), Some(1));

    let mut body = std::pin::pin!(response.into_body());
    assert!(!body.is_end_stream());
    assert_eq!(body.size_hint().exact(), None);
    assert_eq!(frame(body.as_mut()), None);
    for event in ["data: 1\n\n", "data: 2\n\n"] {
        drip.give(event);
        assert_eq!(frame(body.as_mut()).as_deref(), Some(event.as_bytes()));
        assert_eq!(frame(body.as_mut()), None);
    }
}

#[tokio::test]
async fn s31_the_session_layers_do_not_even_wrap_the_body() {
    let world = World::new();
    let service = ServiceBuilder::new()
        .layer(SessionsLayer::new(world.lifecycle.clone()))
        .layer(AuthenticateLayer::new())
        .service(service_fn(async |_: Request<axum::body::Body>| {
            Ok::<_, Infallible>(Response::new(Drip::default()))
        }));
    let response: Response<Drip> = answer(service, get("/")).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn s31_a_write_after_the_head_is_a_typed_error() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let kept: Arc<Mutex<Option<Session>>> = Arc::default();
    let keeper = kept.clone();
    let app = Router::new()
        .route(
            "/",
            on_get(async move |session: CurrentSession| {
                *keeper.lock().unwrap() = Some(session.0);
            }),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()));
    send(&app, get_with("/", &cookie)).await;

    let session = kept.lock().unwrap().take().unwrap();
    let login = world.login("usr_2");
    let answers = [
        session.set_value(VISITS, &1),
        session.remove_value(VISITS),
        session.log_in(login).await,
        session.rotate().await,
        session.log_out().await,
    ];
    for answer in answers {
        assert_eq!(answer.unwrap_err().kind(), SessionErrorKind::Closed);
    }
    // Reading goes on, and nothing has changed.
    assert!(session.principal().await.unwrap().is_some());
    assert_eq!(
        (world.visits_of(&cookie), world.sessions_of("usr_2")),
        (None, 0)
    );
}

#[tokio::test]
async fn s31_head_and_not_modified_say_the_same_as_get() {
    let world = World::renewing();
    let cookie = world.signed_in("usr_1");
    let app = Router::new()
        .route(
            "/",
            on_get(async |_: portcullis_tower::Authenticated| "body"),
        )
        .route(
            "/304",
            on_get(async |_: portcullis_tower::Authenticated| StatusCode::NOT_MODIFIED),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()));
    let told = send(&app, get_with("/", &cookie)).await;
    assert_eq!(cookie_in(told.headers()), Some(cookie.clone()));
    let mut head = get_with("/", &cookie);
    *head.method_mut() = Method::HEAD;
    for (request, status) in [(head, 200), (get_with("/304", &cookie), 304)] {
        let response = send(&app, request).await;
        assert_eq!(response.status(), status);
        for name in ["set-cookie", "vary", "cache-control"] {
            assert_eq!(
                lines(response.headers(), name),
                lines(told.headers(), name),
                "{name}"
            );
        }
        assert!(response.into_body().is_end_stream());
    }
}

/// Serves one connection in memory, and gives the client's end of it.
async fn connected(app: Router) -> client::SendRequest<axum::body::Body> {
    let (near, far): (DuplexStream, DuplexStream) = tokio::io::duplex(4096);
    let service = TowerToHyperService::new(app);
    let serving = server::Builder::new().serve_connection(TokioIo::new(far), service);
    tokio::spawn(serving.with_upgrades());
    let (sender, connection) = client::handshake(TokioIo::new(near)).await.unwrap();
    tokio::spawn(connection.with_upgrades());
    sender
}

/// Signs in and turns the connection into one that answers each byte with the next one.
async fn switch(
    world: World,
    session: CurrentSession,
    mut request: Request<axum::body::Body>,
) -> Response<String> {
    session.log_in(world.login("usr_1")).await.unwrap();
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut io = TokioIo::new(upgrade.await.unwrap());
        let byte = io.read_u8().await.unwrap();
        io.write_u8(byte + 1).await.unwrap();
        let late = session.set_value(VISITS, &1).unwrap_err();
        assert_eq!(late.kind(), SessionErrorKind::Closed);
        io.write_all(b"closed").await.unwrap();
    });
    let response = Response::builder().status(101);
    let response = response
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "next");
    response.body(String::new()).unwrap()
}

#[tokio::test]
async fn s31_an_upgrade_passes_and_may_set_the_cookie() {
    let world = World::new();
    let state = world.clone();
    let app = Router::new()
        .route(
            "/",
            on_get(async move |session, request| switch(state, session, request).await),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()))
        .layer(RefusalsLayer::new(Envelope::default()))
        .layer(SecurityHeadersLayer::new());
    let request = Request::get("/").header("host", "localhost");
    let request = request
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "next");
    let request = request.body(axum::body::Body::empty()).unwrap();
    let response = connected(app).await.send_request(request).await.unwrap();

    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(set_cookies(&response).len(), 1);
    let mut io = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
    io.write_u8(7).await.unwrap();
    assert_eq!(io.read_u8().await.unwrap(), 8);
    let mut rest = String::new();
    io.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "closed");
}

#[tokio::test]
async fn s31_error_responses_keep_their_bodies() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let app = Router::new()
        .route(
            "/",
            on_get(async |session: CurrentSession| {
                session.set_value(VISITS, &1).unwrap();
                (StatusCode::IM_A_TEAPOT, "short and stout")
            }),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()))
        .layer(RefusalsLayer::new(Envelope::default()).with_bare_statuses());
    let response = send(&app, get_with("/", &cookie)).await;
    assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
    assert_eq!(crate::support::text(response).await, "short and stout");
    assert_eq!(world.visits_of(&cookie), Some(1));
}
