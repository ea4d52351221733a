//! Layers that are missing or in the wrong order.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::routing::{get as on_get, post as on_post};
use http::{Method, Request, Response};
use portcullis_core::format::Envelope;
use portcullis_tower::wiring::{WiringError, WiringFault, check};
use portcullis_tower::{
    AuthenticateLayer, Authenticated, CurrentSession, RefusalsLayer, RequireLayer, SessionsLayer,
};
use tower::{Service, ServiceBuilder, service_fn};

use crate::support::{World, answer, get, get_with, refusal_in, send};

const ME: [(Method, &str); 1] = [(Method::GET, "/me")];

/// A service that counts how often it is called.
fn inner(
    calls: &Arc<AtomicUsize>,
) -> impl Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    let calls = Arc::clone(calls);
    service_fn(move |_: Request<Body>| {
        calls.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(Response::new(Body::from("secret"))))
    })
}

fn fault(checked: Result<(), WiringError>) -> (WiringFault, String) {
    let error = checked.unwrap_err();
    (error.fault(), error.to_string())
}

#[tokio::test]
async fn s45_each_fault_of_a_stack_is_found_at_start_up_and_names_its_fix() {
    let world = World::new();
    let calls = Arc::default();
    let sessions = SessionsLayer::new(world.lifecycle.clone());
    let (authenticate, require) = (AuthenticateLayer::new(), RequireLayer::signed_in());
    let stack = ServiceBuilder::new;
    let no_sessions = "GET /me: put a SessionsLayer outside the guard";
    let no_authentication = "GET /me: put an AuthenticateLayer outside the RequireLayer";

    let bare = stack().layer(&require).service(inner(&calls));
    assert_eq!(
        fault(check(bare, &ME).await),
        (WiringFault::NoSessions, no_sessions.into())
    );
    let unknown = stack()
        .layer(&sessions)
        .layer(&require)
        .service(inner(&calls));
    let told = (WiringFault::NoAuthentication, no_authentication.into());
    assert_eq!(fault(check(unknown, &ME).await), told);
    let late = stack()
        .layer(&sessions)
        .layer(&require)
        .layer(&authenticate);
    assert_eq!(fault(check(late.service(inner(&calls)), &ME).await), told);
    let inside_out = stack()
        .layer(&require)
        .layer(&authenticate)
        .layer(&sessions);
    let told = (WiringFault::NoSessions, no_sessions.into());
    assert_eq!(
        fault(check(inside_out.service(inner(&calls)), &ME).await),
        told
    );
    let outside = stack()
        .layer(&authenticate)
        .layer(&sessions)
        .layer(&require);
    assert_eq!(
        fault(check(outside.service(inner(&calls)), &ME).await),
        told
    );
    assert_eq!(calls.load(Ordering::SeqCst), 0);

    let right = stack()
        .layer(&sessions)
        .layer(&authenticate)
        .layer(&require);
    assert_eq!(check(right.service(inner(&calls)), &ME).await, Ok(()));
    assert_eq!(calls.load(Ordering::SeqCst), 0);

    let unguarded = stack()
        .layer(&sessions)
        .layer(&authenticate)
        .service(inner(&calls));
    let told = "GET /me: no guard answers: add a RequireLayer or an extractor that authenticates";
    assert_eq!(
        fault(check(unguarded, &ME).await),
        (WiringFault::Unguarded, told.into())
    );
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn s45_a_service_that_fails_is_no_guard() {
    let broken = service_fn(async |_: Request<Body>| Err::<Response<Body>, _>("broken"));
    let (fault, told) = fault(check(broken, &ME).await);
    assert_eq!(fault, WiringFault::ServiceFailed);
    assert_eq!(told, "GET /me: the service failed");
}

/// Routes of which each is guarded in its own way, or is not.
fn routes() -> Router {
    Router::new()
        .route(
            "/strict",
            on_get(async |_: CurrentSession, _: Authenticated| "secret"),
        )
        .route("/strict", on_post(async |_: Authenticated| "secret"))
        .route("/lax", on_get(async |_: Option<Authenticated>| "anybody"))
        .route("/session", on_get(async |_: CurrentSession| "anybody"))
        .route("/open", on_get(async || "anybody"))
}

#[tokio::test]
async fn s45_extractors_that_refuse_strangers_are_guards_and_others_are_not() {
    let world = World::new();
    let app = routes()
        .layer(SessionsLayer::new(world.lifecycle.clone()))
        .layer(RefusalsLayer::new(Envelope::default()).with_bare_statuses());
    let strict = [(Method::GET, "/strict"), (Method::POST, "/strict")];
    assert_eq!(check::<_, Body, _>(app.clone(), &strict).await, Ok(()));
    for path in ["/lax", "/session", "/open", "/nowhere", "not a path"] {
        let routes = [(Method::GET, "/strict"), (Method::GET, path)];
        let (fault, told) = fault(check::<_, Body, _>(app.clone(), &routes).await);
        assert_eq!(fault, WiringFault::Unguarded, "{path}");
        assert!(told.starts_with(&format!("GET {path}: ")), "{told}");
    }
    for path in ["/strict", "/lax", "/session"] {
        let (fault, _) = fault(check::<_, Body, _>(routes(), &[(Method::GET, path)]).await);
        assert_eq!(fault, WiringFault::NoSessions, "{path}");
    }
}

#[tokio::test]
async fn s45_at_run_time_a_faulty_stack_refuses_everything() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let calls = Arc::default();
    let sessions = SessionsLayer::new(world.lifecycle.clone());
    let (authenticate, require) = (AuthenticateLayer::new(), RequireLayer::signed_in());
    let stack = ServiceBuilder::new;
    let misconfigured = ("misconfigured", 500);

    let alone = stack().layer(&require).service(inner(&calls));
    assert_eq!(
        refusal_in(&answer(alone, get_with("/", &cookie)).await),
        misconfigured
    );
    let unknown = stack()
        .layer(&sessions)
        .layer(&require)
        .service(inner(&calls));
    assert_eq!(
        refusal_in(&answer(unknown, get_with("/", &cookie)).await),
        misconfigured
    );
    let outside = stack()
        .layer(&authenticate)
        .layer(&sessions)
        .service(inner(&calls));
    assert_eq!(
        refusal_in(&answer(outside, get_with("/", &cookie)).await),
        misconfigured
    );
    assert_eq!(calls.load(Ordering::SeqCst), 0);

    for path in ["/strict", "/lax", "/session"] {
        let response = send(&routes(), get(path)).await;
        assert_eq!(refusal_in(&response), misconfigured, "{path}");
    }
}
