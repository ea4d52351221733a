//! What the layers cost, in calls of the store, headers and allocations.

use std::convert::Infallible;

use allocation_counter::measure;
use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use http::{HeaderMap, Request, Response};
use portcullis_cookie::CookiePolicy;
use portcullis_session::{Lifecycle, MemoryStore, SessionPolicy};
use portcullis_tower::{AuthenticateLayer, Authenticated, RequireLayer, SessionsLayer};
use tower::{Service, ServiceBuilder, service_fn};

use crate::support::{
    Verb, World, cookie_in, get, get_with, now_or_never, send, set_cookies, text,
};

#[tokio::test]
async fn s47_without_a_cookie_or_a_question_nothing_is_asked_and_nothing_said() {
    let world = World::renewing();
    let cookie = world.signed_in("usr_1");
    let handler = on_get(async || ([("x-handler", "1"), ("cache-control", "public")], "public"));
    let bare = Router::new().route("/", handler);
    let layered = bare
        .clone()
        .layer(SessionsLayer::new(world.lifecycle.clone()));
    let requests = [
        get("/"),
        get_with("/", "theirs=1"),
        get_with("/", "__Host-session=garbage"),
        get_with("/", &cookie),
    ];
    for request in requests {
        let expected = send(&bare, get("/")).await;
        let response = send(&layered, request).await;
        assert_eq!(response.headers(), expected.headers());
        assert_eq!(text(response).await, "public");
    }
    assert!(world.store.calls().is_empty());
}

#[tokio::test]
async fn s47_an_authenticated_read_is_one_load() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let app = Router::new()
        .route(
            "/",
            on_get(async |user: Authenticated| user.subject().to_string()),
        )
        .layer(RequireLayer::signed_in())
        .layer(AuthenticateLayer::new())
        .layer(SessionsLayer::new(world.lifecycle.clone()));
    let response = send(&app, get_with("/", &cookie)).await;
    assert_eq!(set_cookies(&response), [""; 0]);
    assert_eq!(text(response).await, "usr_1");
    assert_eq!(world.store.calls(), [Verb::Load]);
}

fn lifecycle() -> Lifecycle {
    let policy = SessionPolicy::new(CookiePolicy::host("session").build().unwrap());
    Lifecycle::new(MemoryStore::new(), policy)
}

/// What servers leave in the extensions of a request before a layer sees it.
#[derive(Clone)]
struct Connection;

/// How many allocations a call of the service makes for a request like one from a server.
fn allocations<S>(service: &mut S, cookie: Option<&str>) -> u64
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let request = || {
        let mut request = cookie.map_or_else(|| get("/"), |cookie| get_with("/", cookie));
        request.extensions_mut().insert(Connection);
        request
    };
    // Once for what is made on first use, and the least of a few: what a thread of another test
    // makes this one prepare anew, such as where it logs, is not of the request.
    now_or_never(service.call(request())).unwrap();
    let count = |_| {
        let request = request();
        let mut response = None;
        let info = measure(|| response = Some(now_or_never(service.call(request)).unwrap()));
        assert_eq!(
            response.map(|response| response.status()),
            Some(http::StatusCode::OK)
        );
        info.count_total
    };
    (0..5).map(count).min().unwrap_or_default()
}

fn bare() -> impl Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone {
    service_fn(|_: Request<Body>| std::future::ready(Ok(Response::new(Body::empty()))))
}

#[test]
fn s47_a_public_request_costs_two_allocations() {
    let mut layered = ServiceBuilder::new()
        .layer(SessionsLayer::new(lifecycle()))
        .service(bare());
    let bare = allocations(&mut bare(), None);
    assert_eq!(allocations(&mut layered, None) - bare, 2);
    assert_eq!(allocations(&mut layered, Some("theirs=1")) - bare, 2);
}

#[test]
fn s47_a_token_that_nobody_asks_about_costs_no_more() {
    let lifecycle = lifecycle();
    let cookie = signed_in(&lifecycle);
    let mut layered = ServiceBuilder::new()
        .layer(SessionsLayer::new(lifecycle))
        .service(bare());
    let bare = allocations(&mut bare(), Some(&cookie));
    assert_eq!(allocations(&mut layered, Some(&cookie)) - bare, 2);
}

/// The session and its place in the request's extensions (2), the question (1), what is left for
/// guards and handlers (2, and 1 for room in the extensions), and room in the head of a response
/// that had no headers (2).
#[test]
fn s47_an_authenticated_read_in_memory_costs_at_most_eight_allocations() {
    let lifecycle = lifecycle();
    let cookie = signed_in(&lifecycle);
    let mut guarded = ServiceBuilder::new()
        .layer(SessionsLayer::new(lifecycle))
        .layer(AuthenticateLayer::new())
        .layer(RequireLayer::signed_in())
        .service(bare());
    let bare = allocations(&mut bare(), Some(&cookie));
    let added = allocations(&mut guarded, Some(&cookie)) - bare;
    assert!(added <= 8, "{added}");
}

#[test]
fn s47_a_signed_in_request_adds_at_most_six_allocations_to_a_router() {
    let lifecycle = lifecycle();
    let cookie = signed_in(&lifecycle);
    let mut bare = Router::new().route("/", on_get(async || "me"));
    let mut signed_in = Router::new()
        .route("/", on_get(async |_: Authenticated| "me"))
        .layer(SessionsLayer::new(lifecycle));
    let bare = allocations(&mut bare, Some(&cookie));
    let added = allocations(&mut signed_in, Some(&cookie)) - bare;
    // Four of them are the router's own, for having a layer at all.
    assert!(added <= 6, "{added}");
}

/// The cookie of a user who has just signed in, so that nothing is renewed.
fn signed_in(lifecycle: &Lifecycle) -> String {
    let session = lifecycle.session(&HeaderMap::new());
    now_or_never(session.log_in(World::new().login("usr_1"))).unwrap();
    let mut headers = HeaderMap::new();
    session.finish(&mut headers);
    cookie_in(&headers).expect("the session is new")
}
