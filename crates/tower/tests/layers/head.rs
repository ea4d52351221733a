//! What a response's head says of the session, and what it leaves alone.

use std::time::Duration;

use axum::Router;
use axum::middleware::map_response;
use axum::response::{AppendHeaders, IntoResponse, Redirect};
use axum::routing::get as on_get;
use http::{HeaderValue, Response, StatusCode, header};
use portcullis_session::SessionPolicy;
use portcullis_tower::{
    AuthenticateLayer, Authenticated, CurrentSession, RequireLayer, SessionsLayer,
};

use crate::support::{
    BEYOND_WINDOW, VISITS, World, cookie_in, get, get_with, lines, send, set_cookies,
};

const OURS: &str = "__Host-session=";

fn ours(lines: &[String]) -> usize {
    lines.iter().filter(|line| line.starts_with(OURS)).count()
}

/// Sets a cookie of its own after the layers inside it.
async fn sets_another<B>(mut response: Response<B>) -> Response<B> {
    response.headers_mut().append(
        header::SET_COOKIE,
        HeaderValue::from_static("outer=3; Path=/"),
    );
    response
}

/// Signs in more than once, rotates and writes, between two cookies of the handler's own.
fn busy(world: &World) -> Router {
    let world_of_handler = world.clone();
    let handler = async move |session: CurrentSession| {
        session
            .log_in(world_of_handler.login("usr_1"))
            .await
            .unwrap();
        session.rotate().await.unwrap();
        session.set_value(VISITS, &1).unwrap();
        session
            .log_in(world_of_handler.login("usr_2"))
            .await
            .unwrap();
        session.set_value(VISITS, &2).unwrap();
        AppendHeaders([
            (header::SET_COOKIE, "a=1; Path=/"),
            (header::SET_COOKIE, "b=2; Path=/"),
        ])
    };
    Router::new()
        .route("/", on_get(handler))
        .layer(SessionsLayer::new(world.lifecycle.clone()))
        .layer(map_response(sets_another::<axum::body::Body>))
}

#[tokio::test]
async fn s29_one_cookie_of_ours_and_those_of_others_as_they_were() {
    let world = World::new();
    let response = send(&busy(&world), get("/")).await;
    let mut cookies = set_cookies(&response);
    assert_eq!(ours(&cookies), 1);
    cookies.retain(|line| !line.starts_with(OURS));
    assert_eq!(cookies, ["a=1; Path=/", "b=2; Path=/", "outer=3; Path=/"]);
    let cookie = cookie_in(response.headers()).unwrap();
    assert_eq!(world.user_of(&cookie).as_deref(), Some("usr_2"));
    assert_eq!((world.visits_of(&cookie), world.store.len()), (Some(2), 1));
}

#[tokio::test]
async fn s29_a_logout_after_a_login_is_one_removal() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let world_of_handler = world.clone();
    let handler = async move |session: CurrentSession| {
        session
            .log_in(world_of_handler.login("usr_1"))
            .await
            .unwrap();
        session.log_out().await.unwrap();
    };
    let app = Router::new()
        .route("/", on_get(handler))
        .layer(SessionsLayer::new(world.lifecycle.clone()));
    let response = send(&app, get_with("/", &cookie)).await;
    let cookies = set_cookies(&response);
    assert_eq!(cookies.len(), 1);
    assert!(cookies[0].contains("Max-Age=0"), "{cookies:?}");
    assert_eq!(world.store.len(), 0);
}

fn reading(world: &World) -> Router {
    Router::new()
        .route(
            "/",
            on_get(async |user: Authenticated| user.subject().to_string()),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()))
}

#[tokio::test]
async fn s29_a_cookie_is_set_only_if_its_window_moved() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let app = reading(&world);
    let table = [(0, 0), (299, 0), (1, 1), (0, 0), (299, 0), (2, 1)];
    for (seconds, sets) in table {
        world.clock.advance(Duration::from_secs(seconds));
        let response = send(&app, get_with("/", &cookie)).await;
        assert_eq!(set_cookies(&response).len(), sets, "after {seconds} s");
        let Some(again) = cookie_in(response.headers()) else {
            continue;
        };
        // The same token lives longer.
        assert_eq!(again, cookie);
    }
}

#[tokio::test]
async fn s29_a_cookie_of_the_browser_is_not_set_again_for_nothing() {
    let policy = portcullis_cookie::CookiePolicy::host("session")
        .build()
        .unwrap();
    let world = World::with_policy(SessionPolicy::new(policy).with_browser_sessions());
    let cookie = world.signed_in("usr_1");
    world.clock.advance(BEYOND_WINDOW);
    let response = send(&reading(&world), get_with("/", &cookie)).await;
    assert_eq!(
        (response.status(), set_cookies(&response).len()),
        (StatusCode::OK, 0)
    );
}

/// Answers of every kind, each of which signs in, with a `Vary` of its own.
fn logging_in(world: &World) -> Router {
    let answer = |world: World, status: u16| {
        on_get(async move |session: CurrentSession| {
            session.log_in(world.login("usr_1")).await.unwrap();
            (
                StatusCode::from_u16(status).unwrap(),
                [(header::VARY, "accept")],
            )
        })
    };
    let redirect = {
        let world = world.clone();
        async move |session: CurrentSession| {
            session.log_in(world.login("usr_1")).await.unwrap();
            Redirect::to("/portal").into_response()
        }
    };
    [200, 204, 206, 304, 400, 404, 418, 500, 503]
        .into_iter()
        .fold(
            Router::new().route("/redirect", on_get(redirect)),
            |app, status| app.route(&format!("/{status}"), answer(world.clone(), status)),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()))
}

#[tokio::test]
async fn s30_what_sets_a_cookie_is_stored_by_nobody_whatever_its_status() {
    let world = World::new();
    let app = logging_in(&world);
    for status in [200, 204, 206, 304, 400, 404, 418, 500, 503] {
        let response = send(&app, get(&format!("/{status}"))).await;
        assert_eq!(response.status(), status);
        assert_eq!(ours(&set_cookies(&response)), 1, "{status}");
        assert_eq!(
            lines(response.headers(), "vary"),
            ["accept", "cookie"],
            "{status}"
        );
        assert_eq!(
            lines(response.headers(), "cache-control"),
            ["no-store"],
            "{status}"
        );
    }
    let response = send(&app, get("/redirect")).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["location"], "/portal");
    assert_eq!(ours(&set_cookies(&response)), 1);
    assert_eq!(lines(response.headers(), "vary"), ["cookie"]);
    assert_eq!(lines(response.headers(), "cache-control"), ["no-store"]);
}

#[tokio::test]
async fn s30_what_depends_on_the_session_varies_and_stays_private() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let app = Router::new()
        .route("/plain", on_get(async |_: Authenticated| ()))
        .route(
            "/cached",
            on_get(async |_: Authenticated| {
                [
                    (header::CACHE_CONTROL, "public, max-age=60"),
                    (header::VARY, "accept, Cookie"),
                ]
            }),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()));
    let plain = send(&app, get_with("/plain", &cookie)).await;
    assert_eq!(lines(plain.headers(), "vary"), ["cookie"]);
    assert_eq!(lines(plain.headers(), "cache-control"), ["private"]);
    let cached = send(&app, get_with("/cached", &cookie)).await;
    assert_eq!(lines(cached.headers(), "vary"), ["accept, Cookie"]);
    assert_eq!(
        lines(cached.headers(), "cache-control"),
        ["max-age=60, private"]
    );
}

#[tokio::test]
async fn s30_a_refusal_depends_on_the_session_too() {
    let world = World::new();
    let dead = world.signed_in("usr_1");
    world.sign_out(&dead);
    let app = Router::new()
        .route("/", on_get(async || ()))
        .layer(RequireLayer::signed_in())
        .layer(AuthenticateLayer::new())
        .layer(SessionsLayer::new(world.lifecycle.clone()));
    let response = send(&app, get_with("/", &dead)).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(lines(response.headers(), "vary"), ["cookie"]);
    assert_eq!(lines(response.headers(), "cache-control"), ["no-store"]);
    assert_eq!(set_cookies(&response), [""; 0]);
}

#[tokio::test]
async fn s30_that_there_is_no_session_is_told_to_caches_too() {
    let world = World::new();
    let hello = async |user: Option<Authenticated>| {
        let name = if user.is_some() { "you" } else { "stranger" };
        ([(header::CACHE_CONTROL, "public, max-age=60")], name)
    };
    let app = Router::new()
        .route("/hello", on_get(hello))
        .route("/me", on_get(async |_: Authenticated| ()))
        .layer(SessionsLayer::new(world.lifecycle.clone()));
    let stranger = send(&app, get("/hello")).await;
    assert_eq!(lines(stranger.headers(), "vary"), ["cookie"]);
    // What every stranger is told may be kept by a shared cache.
    assert_eq!(
        lines(stranger.headers(), "cache-control"),
        ["public, max-age=60"]
    );
    let refused = send(&app, get("/me")).await;
    assert_eq!(lines(refused.headers(), "vary"), ["cookie"]);
    let user = send(&app, get_with("/hello", &world.signed_in("usr_1"))).await;
    assert_eq!(
        lines(user.headers(), "cache-control"),
        ["max-age=60, private"]
    );
}
