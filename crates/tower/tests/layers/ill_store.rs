//! A store that is ill.

use axum::Router;
use axum::routing::get as on_get;
use http::{StatusCode, header};
use portcullis_tower::{
    AuthenticateLayer, Authenticated, CurrentSession, Rejection, RequireLayer, SessionsLayer,
};

use crate::support::{
    VISITS, Verb, World, cookie_in, get, get_with, refusal_in, send, set_cookies, text,
};

fn app(world: &World) -> Router {
    Router::new()
        .route("/guarded", on_get(async || "guarded"))
        .route_layer(RequireLayer::signed_in())
        .route_layer(AuthenticateLayer::new())
        .route("/open", on_get(async || "open"))
        .route(
            "/me",
            on_get(async |user: Authenticated| user.subject().to_string()),
        )
        .route(
            "/hello",
            on_get(async |user: Option<Authenticated>| {
                if user.is_some() {
                    "hello, you"
                } else {
                    "hello, stranger"
                }
            }),
        )
        .route(
            "/write",
            on_get(async |session: CurrentSession| {
                session.set_value(VISITS, &1).unwrap();
                ([(header::SET_COOKIE, "written=1")], "written")
            }),
        )
        .route(
            "/logout",
            on_get(async |session: CurrentSession| {
                session.log_out().await.map_err(Rejection::from)
            }),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()))
}

#[tokio::test]
async fn s43_routes_that_do_not_touch_the_session_still_work() {
    let world = World::renewing();
    let cookie = world.signed_in("usr_1");
    world.store.fail(&Verb::ALL);
    let response = send(&app(&world), get_with("/open", &cookie)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(response).await, "open");
    assert!(world.store.calls().is_empty());
}

#[tokio::test]
async fn s43_what_must_know_the_user_is_503_and_no_cookie_changes() {
    let world = World::renewing();
    let cookie = world.signed_in("usr_1");
    for path in ["/guarded", "/me", "/hello"] {
        world.store.fail(&Verb::ALL);
        let response = send(&app(&world), get_with(path, &cookie)).await;
        assert_eq!(refusal_in(&response), ("unavailable", 503), "{path}");
        assert_eq!(set_cookies(&response), [""; 0], "{path}");
        world.store.fail(&[]);
        // The same request a moment later: nobody was signed out.
        let response = send(&app(&world), get_with(path, &cookie)).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn s43_a_stranger_needs_no_store() {
    let world = World::new();
    world.store.fail(&Verb::ALL);
    let response = send(&app(&world), get("/hello")).await;
    assert_eq!(text(response).await, "hello, stranger");
    assert_eq!(
        refusal_in(&send(&app(&world), get("/me")).await),
        ("unauthenticated", 401)
    );
}

#[tokio::test]
async fn s43_what_could_not_be_committed_is_not_acknowledged() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    for ill in [Verb::Load, Verb::Update] {
        world.store.fail(&[ill]);
        let response = send(&app(&world), get_with("/write", &cookie)).await;
        assert_eq!(refusal_in(&response), ("unavailable", 503), "{ill:?}");
        assert_eq!(set_cookies(&response), [""; 0], "{ill:?}");
        assert_eq!(text(response).await, "", "{ill:?}");
    }
    world.store.fail(&[Verb::Create]);
    let response = send(&app(&world), get("/write")).await;
    assert_eq!(refusal_in(&response), ("unavailable", 503));
    assert_eq!(set_cookies(&response), [""; 0]);
}

#[tokio::test]
async fn s18_a_login_is_not_lost_by_a_write_that_fails_after_it() {
    let world = World::new();
    let (old, state) = (world.visited(), world.clone());
    let handler = async move |session: CurrentSession| {
        session.log_in(state.login("usr_1")).await.unwrap();
        session.set_value(VISITS, &9).unwrap();
    };
    let app = Router::new()
        .route("/", on_get(handler))
        .layer(SessionsLayer::new(world.lifecycle.clone()));
    world.store.fail(&[Verb::Update]);
    let response = send(&app, get_with("/", &old)).await;
    assert_eq!(refusal_in(&response), ("unavailable", 503));
    let new = cookie_in(response.headers()).expect("the token of the login");
    assert_eq!(world.user_of(&new).as_deref(), Some("usr_1"));
    assert_eq!(world.visits_of(&old), None);
}

#[tokio::test]
async fn s23_a_logout_that_failed_is_told_and_the_cookie_removed() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    world.store.fail(&[Verb::Delete]);
    let response = send(&app(&world), get_with("/logout", &cookie)).await;
    assert_eq!(refusal_in(&response), ("unavailable", 503));
    let [removal] = &set_cookies(&response)[..] else {
        panic!("one cookie");
    };
    assert!(
        removal.starts_with("__Host-session=;") && removal.contains("Max-Age=0"),
        "{removal}"
    );
}
