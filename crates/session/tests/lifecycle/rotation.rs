//! New tokens for old ones.

use futures_util::future::join;
use portcullis_core::Level;
use portcullis_session::{Event, Lookup, Remember, SessionErrorKind};

use crate::support::{
    Browser, GRACE, HOUR, MILLI, SIDES, Said, THEME, Verb, WINDOW, World, every_request, finish,
    how, login, on_every_store, request_with, together, who,
};

/// Gives the browser a new token; the old one comes back in a browser of its own.
async fn rotated(browser: &mut Browser) -> Browser {
    let old = browser.clone();
    let session = browser.request();
    session.rotate().await.unwrap();
    browser.finish(&session).await;
    assert_ne!(browser.cookie, old.cookie);
    old
}

/// At every point of a rotation there is one session, and the browser's token opens it.
async fn s16_a_rotation_is_one_step(world: World) {
    for when in SIDES {
        let ada = world.signed_in("ada").await;
        let before = world.only_session("ada").await.record;
        let gate = world.store.hold(Verb::Rotate, when);
        let session = ada.request();
        let looking = async {
            gate.reached().await;
            let during = world.only_session("ada").await.record;
            assert_eq!(
                (during.handle, &during.data),
                (before.handle, &before.data),
                "{when:?}"
            );
            assert_eq!(ada.who().await.as_deref(), Some("ada"), "{when:?}");
            gate.open();
        };
        let (rotated, ()) = join(session.rotate(), looking).await;
        rotated.unwrap();
        let token = finish(&session).await.token().unwrap();
        let after = world.only_session("ada").await.record;
        assert_eq!(
            (after.handle, &after.standing),
            (before.handle, &before.standing)
        );
        assert_eq!(
            who(&request_with(&ada.lifecycle, &[&token]))
                .await
                .as_deref(),
            Some("ada")
        );
        ada.request().log_out().await.unwrap();
    }
}

/// Of many requests that rotate at once one gives a token; all go well, and there is one session.
async fn s16_of_many_rotations_one_gives_a_token(world: World) {
    for _ in 0..10 {
        let mut ada = world.signed_in("ada").await;
        let answers = together(8, async |_| {
            let session = ada.request();
            session.rotate().await.unwrap();
            assert_eq!(who(&session).await.as_deref(), Some("ada"));
            finish(&session).await
        });
        let given: Vec<_> = answers
            .iter()
            .filter(|answer| answer.said() != Said::Nothing)
            .collect();
        assert_eq!(given.len(), 1, "tokens");
        assert_eq!(world.sessions("ada").await.len(), 1);
        let rotations = world.events.take();
        assert_eq!(rotations.len(), 1, "{rotations:?}");
        ada.take(given[0]);
        assert_eq!(ada.who().await.as_deref(), Some("ada"));
        ada.request().log_out().await.unwrap();
        world.events.take();
    }
}

/// In the grace window the old token opens the session, and no answer says anything of a cookie.
async fn s17_the_old_token_opens_the_session_in_its_grace(world: World) {
    for policy in [crate::support::policy(), every_request()] {
        let mut new = world.signed_in_with("ada", policy).await;
        let handle = world.handle("ada").await;
        // Renewals are due, and are not for the old token to make.
        world.clock.advance(WINDOW);
        let old = rotated(&mut new).await;
        world.events.take();
        let seen_at = world.only_session("ada").await.seen_at;
        for wait in [MILLI, GRACE - 2 * MILLI] {
            world.clock.advance(wait);
            let session = old.request();
            assert_eq!(who(&session).await.as_deref(), Some("ada"));
            assert_eq!(session.handle().await.unwrap(), Some(handle));
            assert_eq!(finish(&session).await.said(), Said::Nothing);
        }
        assert_eq!(world.only_session("ada").await.seen_at, seen_at);
        assert_eq!(world.events.take(), []);
        new.request().log_out().await.unwrap();
        world.events.take();
    }
}

/// A session that is remembered for less than the renewal window costs a second call when it is
/// renewed, and the old token renews nothing.
async fn s17_the_old_token_costs_one_call(world: World) {
    let mut new = world.browser();
    let short = login("ada").with_remember(Remember::For(GRACE));
    new.log_in(short).await;
    let old = rotated(&mut new).await;
    world.clock.advance(GRACE - MILLI);
    world.store.take_calls();
    assert_eq!(old.who().await.as_deref(), Some("ada"));
    assert!(world.store.take_calls().len() <= 1);
    assert_eq!(new.who().await.as_deref(), Some("ada"));
    // In a cache the first of them is none.
    assert!((1..=2).contains(&world.store.take_calls().len()));
}

/// The old token does not rotate again, nor does it take the cookie back to itself.
async fn s17_the_old_token_never_rotates(world: World) {
    let mut new = world.signed_in("ada").await;
    let old = rotated(&mut new).await;
    let before = world.only_session("ada").await;
    world.events.take();

    let session = old.request();
    session.rotate().await.unwrap();
    assert_eq!(who(&session).await.as_deref(), Some("ada"));
    assert_eq!(finish(&session).await.said(), Said::Nothing);

    let session = old.request();
    let error = session
        .authenticate_again(how("otp", Level::Multi, world.now()))
        .await;
    assert_eq!(error.unwrap_err().kind(), SessionErrorKind::NoSession);
    assert_eq!(finish(&session).await.said(), Said::Nothing);
    assert_eq!(world.only_session("ada").await, before);
    assert_eq!(world.events.take(), []);

    let session = old.request();
    session.set_remember(Remember::For(2 * HOUR)).await.unwrap();
    assert_eq!(
        finish(&session).await.said(),
        Said::Nothing,
        "not the old token once more"
    );
    assert_eq!(new.who().await.as_deref(), Some("ada"));
}

/// What a request under the old token writes is written to the session.
async fn s17_the_old_token_writes_in_its_grace(world: World) {
    let mut new = world.signed_in("ada").await;
    let old = rotated(&mut new).await;
    let session = old.request();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    assert_eq!(finish(&session).await.said(), Said::Nothing);
    assert_eq!(
        new.request().value(THEME).await.unwrap().as_deref(),
        Some("dark")
    );
}

/// After the grace window the old token opens nothing and tells on itself, each time; it removes
/// no cookie, and the session lives on.
async fn s17_after_its_grace_the_old_token_tells_on_itself(world: World) {
    let mut new = world.signed_in("ada").await;
    let handle = world.handle("ada").await;
    let old = rotated(&mut new).await;
    world.events.take();
    world.clock.advance(GRACE);
    for _ in 0..2 {
        let session = old.request();
        assert_eq!(who(&session).await, None);
        assert_eq!(
            session.rotate().await.unwrap_err().kind(),
            SessionErrorKind::NoSession
        );
        assert_eq!(finish(&session).await.said(), Said::Nothing);
        assert_eq!(world.events.take(), [Event::Reused(handle)]);
    }
    assert_eq!(new.who().await.as_deref(), Some("ada"));
    world.clock.advance(IDLE_ALMOST);
    assert_eq!(old.who().await, None);
    assert_eq!(
        world.events.take(),
        [Event::Reused(handle)],
        "as long as the session is alive"
    );
    new.request().log_out().await.unwrap();
    world.events.take();
    assert_eq!((old.who().await, world.events.take()), (None, vec![]));
    assert_eq!(world.stored(&old.token()).await, Lookup::Absent);
}

const IDLE_ALMOST: std::time::Duration = std::time::Duration::from_secs(3589);

/// What an old token writes after its grace goes to a session of its own.
async fn s17_after_its_grace_the_old_token_writes_nothing(world: World) {
    let mut new = world.signed_in("ada").await;
    let old = rotated(&mut new).await;
    world.clock.advance(GRACE);
    let session = old.request();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    let given = finish(&session)
        .await
        .token()
        .expect("a session of its own");
    assert_eq!(who(&request_with(&old.lifecycle, &[&given])).await, None);
    assert_eq!(new.request().value(THEME).await.unwrap(), None);
}

/// Without a grace window the old token is over at once.
async fn s17_no_grace_is_no_grace(world: World) {
    let policy = crate::support::policy()
        .with_grace(std::time::Duration::ZERO)
        .unwrap();
    let mut new = world.signed_in_with("ada", policy).await;
    let old = rotated(&mut new).await;
    assert_eq!(old.who().await, None);
    assert_eq!(new.who().await.as_deref(), Some("ada"));
}

/// A new authentication is the new token's alone: whoever holds the old one does not get it.
async fn s17_a_new_authentication_gives_the_old_token_no_grace(world: World) {
    let mut new = world.signed_in("ada").await;
    let handle = world.handle("ada").await;
    let old = new.clone();
    let session = new.request();
    session
        .authenticate_again(how("otp", Level::Multi, world.now()))
        .await
        .unwrap();
    new.finish(&session).await;
    world.events.take();
    assert_eq!(old.who().await, None);
    assert_eq!(world.events.take(), [Event::Reused(handle)]);
    assert_eq!(new.who().await.as_deref(), Some("ada"));
}

on_every_store!(
    s16_a_rotation_is_one_step,
    s16_of_many_rotations_one_gives_a_token,
    s17_the_old_token_opens_the_session_in_its_grace,
    s17_the_old_token_costs_one_call,
    s17_the_old_token_never_rotates,
    s17_the_old_token_writes_in_its_grace,
    s17_after_its_grace_the_old_token_tells_on_itself,
    s17_after_its_grace_the_old_token_writes_nothing,
    s17_no_grace_is_no_grace,
    s17_a_new_authentication_gives_the_old_token_no_grace,
);
