//! Readiness: a service is called only after it said that it is ready.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Full;
use portcullis_core::format::Envelope;
use portcullis_tower::{
    AuthenticateLayer, OriginLayer, RefusalsLayer, RequestIdLayer, RequireLayer,
    SecurityHeadersLayer, SessionsLayer, SignedIn, Stack,
};
use tower::{Layer, Service, ServiceBuilder, ServiceExt};

use crate::support::{World, polls};

type Answer<E> = Result<Response<Full<Bytes>>, E>;

/// Panics if it is called without having said that it is ready. A clone has not said so.
#[derive(Debug, Default)]
struct Strict {
    is_ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request<Full<Bytes>>> for Strict {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Answer<Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
        assert!(
            std::mem::take(&mut self.is_ready),
            "called without being ready"
        );
        ready(Ok(Response::new(Full::from("strict"))))
    }
}

#[tokio::test]
async fn the_service_that_was_polled_ready_is_the_one_that_is_called() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    // The store keeps the layers waiting between `call` and the call inside.
    world.store.hesitate();
    let mut service = ServiceBuilder::new()
        .layer(RequestIdLayer::new(header::HeaderName::from_static(
            "x-request-id",
        )))
        .layer(SecurityHeadersLayer::new())
        .layer(RefusalsLayer::new(Envelope::default()))
        .layer(OriginLayer::new("https://app.example.com").unwrap())
        .layer(
            Stack::new(world.lifecycle.clone())
                .authenticate()
                .require(SignedIn::new()),
        )
        .service(Strict::default());
    for _ in 0..3 {
        let request = Request::builder().header(header::COOKIE, &cookie);
        let request = request.body(Full::default()).unwrap();
        let response = service.ready().await.unwrap().call(request).await.unwrap();
        assert_eq!(response.status(), 200);
    }
}

/// Is ready when it is told to be, or fails.
#[derive(Clone, Debug)]
struct Busy(Poll<Result<(), &'static str>>);

impl Service<Request<Full<Bytes>>> for Busy {
    type Response = Response<Full<Bytes>>;
    type Error = &'static str;
    type Future = Ready<Answer<&'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        self.0
    }

    fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
        ready(Err("broken"))
    }
}

/// Whether a layer says of its readiness what the service inside says, and passes its errors on.
fn forwards<L>(layer: L)
where
    L: Layer<Busy>,
    L::Service: Service<Request<Full<Bytes>>, Error = &'static str>,
{
    let mut cx = Context::from_waker(Waker::noop());
    for said in [
        Poll::Pending,
        Poll::Ready(Ok(())),
        Poll::Ready(Err("closed")),
    ] {
        assert_eq!(layer.layer(Busy(said)).poll_ready(&mut cx), said);
    }
    let mut service = layer.layer(Busy(Poll::Ready(Ok(()))));
    let answer = polls(service.call(Request::new(Full::default())), 9).expect("an answer");
    assert_eq!(answer.err(), Some("broken"));
}

#[test]
fn readiness_and_errors_are_the_inner_services() {
    let lifecycle = World::new().lifecycle;
    forwards(RequestIdLayer::new(header::HeaderName::from_static(
        "x-request-id",
    )));
    forwards(SecurityHeadersLayer::new());
    forwards(RefusalsLayer::new(Envelope::default()));
    forwards(OriginLayer::new("https://app.example.com").unwrap());
    forwards(SessionsLayer::new(lifecycle.clone()));
    forwards(Stack::new(lifecycle).authenticate());
}

#[test]
fn a_guard_forwards_readiness() {
    let mut cx = Context::from_waker(Waker::noop());
    let (require, authenticate) = (RequireLayer::signed_in(), AuthenticateLayer::new());
    for said in [
        Poll::Pending,
        Poll::Ready(Ok(())),
        Poll::Ready(Err("closed")),
    ] {
        let mut guarded = require.layer(Busy(said));
        assert_eq!(
            Service::<Request<Full<Bytes>>>::poll_ready(&mut guarded, &mut cx),
            said
        );
        let mut asked = authenticate.layer(Busy(said));
        assert_eq!(
            Service::<Request<Full<Bytes>>>::poll_ready(&mut asked, &mut cx),
            said
        );
    }
}
