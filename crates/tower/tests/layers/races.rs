//! A request that loses a race with the end of its session.

use axum::Router;
use axum::routing::get as on_get;
use http::StatusCode;
use portcullis_session::{Event, Revoke};
use portcullis_tower::{CurrentSession, SessionsLayer};

use crate::support::{
    VISITS, Verb, World, cookie_in, get_with, now_or_never, refusal_in, send, set_cookies, subject,
    text,
};

async fn write(session: CurrentSession) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let visits = session.value(VISITS).await.unwrap().unwrap_or(0) + 1;
    session.set_value(VISITS, &visits).unwrap();
    (
        StatusCode::CREATED,
        [("x-made", "yes")],
        format!("made {visits}"),
    )
}

async fn rotate_and_write(session: CurrentSession) -> String {
    session.rotate().await.unwrap();
    session.set_value(VISITS, &7).unwrap();
    "rotated".into()
}

/// Every request renews, so each response would have a cookie to set.
fn app(world: &World) -> Router {
    Router::new()
        .route("/write", on_get(write))
        .route("/rotate", on_get(rotate_and_write))
        .layer(SessionsLayer::new(world.lifecycle.clone()))
}

#[tokio::test]
async fn s14_the_loser_keeps_its_answer_and_sends_no_cookie() {
    let world = World::renewing();
    let cookie = world.signed_in("usr_1");
    let (other, old) = (world.clone(), cookie.clone());
    world
        .store
        .before(Verb::Update, move || other.sign_out(&old));

    let response = send(&app(&world), get_with("/write", &cookie)).await;

    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()["x-made"], "yes");
    assert_eq!(set_cookies(&response), [""; 0]);
    assert_eq!(text(response).await, "made 1");
    assert!(
        world
            .events
            .any(|event| matches!(event, Event::WriteDropped(_)))
    );
    assert_eq!(world.store.len(), 0);
}

#[tokio::test]
async fn s14_the_winner_of_no_race_has_its_write_and_its_cookie() {
    let world = World::renewing();
    let cookie = world.signed_in("usr_1");
    let response = send(&app(&world), get_with("/write", &cookie)).await;
    assert_eq!(cookie_in(response.headers()), Some(cookie.clone()));
    assert_eq!(world.visits_of(&cookie), Some(1));
    assert!(
        !world
            .events
            .any(|event| matches!(event, Event::WriteDropped(_)))
    );
}

#[tokio::test]
async fn s14_a_new_token_is_not_sent_if_its_session_has_ended() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let (other, old) = (world.clone(), cookie.clone());
    // By the old token, in its grace window.
    world
        .store
        .before(Verb::Update, move || other.sign_out(&old));

    let response = send(&app(&world), get_with("/rotate", &cookie)).await;

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(set_cookies(&response), [""; 0]);
    assert_eq!(text(response).await, "rotated");
    assert_eq!(world.store.len(), 0);
}

#[tokio::test]
async fn s14_what_ends_after_the_last_write_leaves_no_live_cookie_either() {
    for (path, verb) in [
        ("/write", Verb::Load),
        ("/write", Verb::Update),
        ("/rotate", Verb::Rotate),
    ] {
        let world = World::renewing();
        let cookie = world.signed_in("usr_1");
        let lifecycle = world.lifecycle.clone();
        world.store.after(verb, move || {
            let revoked = now_or_never(lifecycle.revoke(&subject("usr_1"), Revoke::All));
            assert_eq!(revoked.unwrap(), 1);
        });
        let response = send(&app(&world), get_with(path, &cookie)).await;
        assert!(response.status().is_success(), "{path} {verb:?}");
        for sent in [cookie_in(response.headers()), Some(cookie)]
            .into_iter()
            .flatten()
        {
            assert_eq!(world.user_of(&sent), None, "{path} {verb:?}");
        }
    }
}

#[tokio::test]
async fn s15_a_conflict_that_the_handler_would_not_have_is_told() {
    let world = World::new();
    let cookie = world.visited();
    let app = Router::new()
        .route(
            "/",
            on_get(async |session: CurrentSession| {
                session.refuse_conflicts();
                let visits = session.value(VISITS).await.unwrap().unwrap_or(0) + 1;
                session.set_value(VISITS, &visits).unwrap();
                "counted"
            }),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()));
    let other = world.session_of(&cookie);
    world.store.before(Verb::Update, move || {
        other.set_value(VISITS, &40).unwrap();
        now_or_never(other.commit()).unwrap();
    });
    let response = send(&app, get_with("/", &cookie)).await;
    assert_eq!(refusal_in(&response), ("conflict", 409));
    assert_eq!(world.visits_of(&cookie), Some(40));
    // Without the race it is counted.
    let response = send(&app, get_with("/", &cookie)).await;
    assert_eq!(text(response).await, "counted");
    assert_eq!(world.visits_of(&cookie), Some(41));
}
