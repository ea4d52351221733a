//! What is left of a session if its request comes to nothing.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use http::{Request, Response, StatusCode};
use portcullis_session::Session;
use portcullis_tower::{CurrentSession, SessionsLayer};
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_http::catch_panic::CatchPanicLayer;

use crate::support::{VISITS, World, cookie_in, get_with, polls, send, set_cookies, text};

/// Logs in, or rotates, and then comes to grief as the path says.
fn app(world: &World) -> Router {
    let log_in = {
        let world = world.clone();
        async move |session: CurrentSession| {
            session.log_in(world.login("usr_1")).await.unwrap();
            session.set_value(VISITS, &9).unwrap();
        }
    };
    let fails = log_in.clone();
    let panics = log_in.clone();
    Router::new()
        .route("/login", on_get(log_in))
        .route(
            "/login-and-fail",
            on_get(async move |session| {
                fails(session).await;
                (StatusCode::INTERNAL_SERVER_ERROR, "failed")
            }),
        )
        .route(
            "/login-and-panic",
            on_get(async move |session| -> &'static str {
                panics(session).await;
                panic!("as the test wants it")
            }),
        )
        .route(
            "/rotate",
            on_get(async |session: CurrentSession| {
                session.rotate().await.unwrap();
                session.set_value(VISITS, &9).unwrap();
            }),
        )
        .route(
            "/rotate-and-panic",
            on_get(async |session: CurrentSession| -> &'static str {
                session.rotate().await.unwrap();
                panic!("as the test wants it")
            }),
        )
        .route(
            "/write",
            on_get(async |session: CurrentSession| session.set_value(VISITS, &9).unwrap()),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()))
        .layer(CatchPanicLayer::new())
}

#[tokio::test]
async fn s18_a_login_survives_a_handler_that_fails() {
    let world = World::new();
    let old = world.visited();
    let response = send(&app(&world), get_with("/login-and-fail", &old)).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let new = cookie_in(response.headers()).expect("the new token");
    assert_eq!(text(response).await, "failed");
    assert_eq!(world.user_of(&new).as_deref(), Some("usr_1"));
    assert_eq!(world.visits_of(&new), Some(9));
    assert_eq!((world.visits_of(&old), world.store.len()), (None, 1));
}

#[tokio::test]
async fn s18_a_login_is_whole_if_the_handler_panics() {
    let world = World::new();
    let old = world.visited();
    let response = send(&app(&world), get_with("/login-and-panic", &old)).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(set_cookies(&response), [""; 0]);
    assert_eq!((world.sessions_of("usr_1"), world.store.len()), (1, 1));
    // What was set but not committed is not there.
    assert_eq!(world.visits_of(&old), None);
}

#[tokio::test]
async fn s18_a_rotated_session_is_still_read_if_the_handler_panics() {
    let world = World::new();
    let old = world.signed_in("usr_1");
    let response = send(&app(&world), get_with("/rotate-and-panic", &old)).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(set_cookies(&response), [""; 0]);
    assert_eq!(world.user_of(&old).as_deref(), Some("usr_1"));
    assert_eq!(world.store.len(), 1);
}

#[tokio::test]
async fn s18_a_service_error_commits_nothing_and_ends_nothing() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let service = ServiceBuilder::new()
        .layer(SessionsLayer::new(world.lifecycle.clone()))
        .service(service_fn(|request: Request<Body>| async move {
            let session = request.extensions().get::<Session>().unwrap();
            session.set_value(VISITS, &9).unwrap();
            Err::<Response<Body>, _>("broken")
        }));
    let error = service.oneshot(get_with("/", &cookie)).await.unwrap_err();
    assert_eq!(error, "broken");
    assert_eq!(world.user_of(&cookie).as_deref(), Some("usr_1"));
    assert_eq!(world.visits_of(&cookie), None);
}

/// Drops the response of a path after one poll, two polls and so on, each time in a new world, and
/// lets `judge` see what is left; gives the number of polls that the whole response takes.
fn drop_at_every_poll(
    path: &str,
    begin: impl Fn(&World) -> String,
    judge: impl Fn(&World, &str, bool),
) -> usize {
    for times in 1.. {
        let world = World::new();
        let cookie = begin(&world);
        let response = {
            world.store.hesitate();
            polls(app(&world).oneshot(get_with(path, &cookie)), times)
        };
        world.store.swift();
        let is_whole = response.is_some();
        judge(&world, &cookie, is_whole);
        if let Some(Ok::<_, Infallible>(response)) = response {
            assert_eq!(response.status(), StatusCode::OK);
            return times;
        }
    }
    unreachable!("the response comes after some number of polls")
}

#[test]
fn s18_a_login_dropped_at_any_poll_is_fully_old_or_fully_new() {
    let polls = drop_at_every_poll("/login", World::visited, |world, old, is_whole| {
        assert_eq!(world.store.len(), 1);
        match world.visits_of(old) {
            Some(1) => assert!(!is_whole && world.sessions_of("usr_1") == 0),
            None => assert_eq!(world.sessions_of("usr_1"), 1),
            other => panic!("{other:?}"),
        }
    });
    // Before and after the create, before and after the load and the update of the value.
    assert!(polls > 4, "{polls}");
}

#[test]
fn s18_a_second_login_dropped_at_any_poll_leaves_one_session() {
    let signed_in = |world: &World| world.signed_in("usr_1");
    drop_at_every_poll("/login", signed_in, |world, _, _| {
        assert_eq!((world.sessions_of("usr_1"), world.store.len()), (1, 1));
    });
}

#[test]
fn s18_a_rotation_dropped_at_any_poll_leaves_the_session_readable() {
    let signed_in = |world: &World| world.signed_in("usr_1");
    let polls = drop_at_every_poll("/rotate", signed_in, |world, old, is_whole| {
        assert_eq!(world.user_of(old).as_deref(), Some("usr_1"));
        assert_eq!(world.store.len(), 1);
        let written = world.visits_of(old);
        assert!(matches!(written, None | Some(9)), "{written:?}");
        assert!(!is_whole || written == Some(9));
    });
    assert!(polls > 6, "{polls}");
}

#[test]
fn s18_a_write_dropped_at_any_poll_is_there_or_not() {
    drop_at_every_poll("/write", World::visited, |world, cookie, is_whole| {
        let written = world.visits_of(cookie);
        assert!(matches!(written, Some(1 | 9)), "{written:?}");
        assert!(!is_whole || written == Some(9));
    });
}
