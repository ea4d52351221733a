//! More than one cookie of our name.

use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use http::{Request, StatusCode};
use portcullis_session::Event;
use portcullis_tower::{Authenticated, SessionsLayer};

use crate::support::{World, send, set_cookies, text};

fn app(world: &World) -> Router {
    Router::new()
        .route(
            "/me",
            on_get(async |user: Authenticated| user.subject().to_string()),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()))
}

/// The answer to these `Cookie` lines: a user, or none.
async fn user(world: &World, lines: &[&str]) -> Option<String> {
    let request = lines.iter().fold(Request::get("/me"), |request, line| {
        request.header("cookie", *line)
    });
    let response = send(&app(world), request.body(Body::empty()).unwrap()).await;
    match response.status() {
        StatusCode::OK => Some(text(response).await),
        status => {
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            assert_eq!(set_cookies(&response), [""; 0]);
            None
        }
    }
}

fn is_ambiguous(event: &Event) -> bool {
    matches!(event, Event::Ambiguous)
}

#[tokio::test]
async fn s35_several_cookie_lines_are_one() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let one = Some("usr_1".to_owned());
    assert_eq!(user(&world, &[&format!("a=1; {cookie}; b=2")]).await, one);
    assert_eq!(user(&world, &["a=1", &cookie, "b=2"]).await, one);
    assert_eq!(user(&world, &["a=1", "b=2"]).await, None);
}

#[tokio::test]
async fn s36_dead_and_garbage_duplicates_change_nothing() {
    let world = World::new();
    let (cookie, dead) = (world.signed_in("usr_1"), world.signed_in("usr_2"));
    world.sign_out(&dead);
    let one = Some("usr_1".to_owned());
    for tossed in [
        &*dead,
        &*cookie,
        "__Host-session=",
        "__Host-session=garbage",
        "__Host-session",
    ] {
        assert_eq!(user(&world, &[tossed, &cookie]).await, one, "{tossed}");
        assert_eq!(
            user(&world, &[&format!("{cookie}; {tossed}")]).await,
            one,
            "{tossed}"
        );
    }
    assert!(!world.events.any(is_ambiguous));
}

#[tokio::test]
async fn s36_two_that_are_alive_and_differ_are_no_session() {
    let world = World::new();
    let (one, two) = (world.signed_in("usr_1"), world.signed_in("usr_2"));
    assert_eq!(user(&world, &[&one, &two]).await, None);
    assert!(world.events.any(is_ambiguous));
    assert_eq!(user(&world, &[&format!("{two}; {one}")]).await, None);
    // Neither of them has ended by it.
    assert_eq!(user(&world, &[&one]).await.as_deref(), Some("usr_1"));
    assert_eq!(user(&world, &[&two]).await.as_deref(), Some("usr_2"));
}

#[tokio::test]
async fn s36_there_is_a_limit_to_what_is_looked_up() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let dead: Vec<String> = (0..4)
        .map(|_| {
            let dead = world.signed_in("usr_2");
            world.sign_out(&dead);
            dead
        })
        .collect();
    let three: Vec<&str> = dead[..3]
        .iter()
        .map(String::as_str)
        .chain([&*cookie])
        .collect();
    assert_eq!(user(&world, &three).await.as_deref(), Some("usr_1"));
    world.store.forget_calls();
    let four: Vec<&str> = dead.iter().map(String::as_str).chain([&*cookie]).collect();
    assert_eq!(user(&world, &four).await, None);
    assert!(world.store.calls().is_empty());
    assert!(world.events.any(is_ambiguous));
}
