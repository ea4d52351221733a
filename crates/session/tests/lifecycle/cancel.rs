//! Requests that end before they are done.

use std::panic::{AssertUnwindSafe, catch_unwind};

use portcullis_core::Level;
use portcullis_session::{Key, Lookup, Remember, Revoke, Session, SessionError};
use serde::{Deserialize, Deserializer};

use crate::support::{
    Browser, CART, COUNT, SIDES, Said, THEME, Verb, When, World, block_on, finish, how, invented,
    login, method, on_every_store, polled, request_with, subject, who,
};

/// Does something with a session, dropped after so many turns; says whether it came to its end.
async fn dropped(
    world: &World,
    turns: usize,
    deed: impl Future<Output = Result<(), SessionError>>,
) -> bool {
    world.store.set_slow(true);
    let ended = polled(deed, turns).await;
    world.store.set_slow(false);
    settle(world).await;
    ended.is_some_and(|outcome| {
        outcome.unwrap();
        true
    })
}

/// Waits until nothing that was dropped is on its way in the store any more: writes are in order.
async fn settle(world: &World) {
    let session = world.browser().request();
    session.log_in(login("settler")).await.unwrap();
    session.log_out().await.unwrap();
    world.events.take();
    world.store.take_calls();
}

/// A browser with a session of nobody's in which there is a theme.
async fn visitor(world: &World) -> Browser {
    let mut browser = world.browser();
    let session = browser.request();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    browser.finish(&session).await;
    browser
}

/// Dropped at any point, a login has happened or has not; the next one works.
async fn s18_a_dropped_login_is_whole_or_not_at_all(world: World) {
    for turns in 0.. {
        let old = visitor(&world).await;
        let session = old.request();
        let ended = dropped(&world, turns, session.log_in(login("ada").keeping(THEME))).await;
        let lives = !world.is_dead(&old.token()).await;
        let logins = world.sessions("ada").await;
        assert_eq!(
            logins.len(),
            usize::from(!lives),
            "old or new, after {turns} turns"
        );
        if let Some(login) = logins.first() {
            assert_eq!(login.record.data.value("theme"), Some(&b"\"dark\""[..]));
        }
        works_after(&world, old, session).await;
        if ended {
            assert!(turns > 2, "the harness drops nothing");
            break;
        }
    }
}

/// The request whose deed was dropped can be answered, and the browser can sign in and out.
async fn works_after(world: &World, mut browser: Browser, session: Session) {
    browser.finish(&session).await;
    if let Some(token) = &browser.cookie {
        assert!(
            request_with(&browser.lifecycle, &[token])
                .handle()
                .await
                .is_ok()
        );
    }
    browser.log_in(login("ada")).await;
    assert_eq!(browser.who().await.as_deref(), Some("ada"));
    browser.request().revoke_all().await.unwrap();
    assert_eq!(world.sessions("ada").await, []);
}

/// So is one that takes the place of another user's session.
async fn s18_a_dropped_change_of_user_is_whole_or_not_at_all(world: World) {
    for turns in 0.. {
        let old = world.signed_in("bob").await;
        let session = old.request();
        let ended = dropped(&world, turns, session.log_in(login("ada"))).await;
        let (of_bob, of_ada) = (
            world.sessions("bob").await.len(),
            world.sessions("ada").await.len(),
        );
        assert_eq!(of_bob + of_ada, 1, "{turns} turns");
        assert_eq!(old.who().await.is_some(), of_bob == 1);
        old.request().log_out().await.unwrap();
        works_after(&world, old, session).await;
        if ended {
            break;
        }
    }
}

/// So is the first half of a login.
async fn s18_a_dropped_half_login_is_whole_or_not_at_all(world: World) {
    for turns in 0.. {
        let old = visitor(&world).await;
        let session = old.request();
        let ended = dropped(
            &world,
            turns,
            session.begin_login(subject("ada"), method("pwd")),
        )
        .await;
        let lives = !world.is_dead(&old.token()).await;
        let halves = world.sessions("ada").await;
        assert_eq!(halves.len(), usize::from(!lives), "{turns} turns");
        assert!(halves.iter().all(|half| half.record.user().is_none()));
        works_after(&world, old, session).await;
        world
            .browser()
            .lifecycle
            .revoke(&subject("ada"), Revoke::All)
            .await
            .unwrap();
        if ended {
            break;
        }
    }
}

/// Dropped at any point, a rotation leaves one session, which the browser's token opens.
async fn s18_a_dropped_rotation_leaves_one_session(world: World) {
    for (stronger, turns) in (0..40).flat_map(|turns| [(false, turns), (true, turns)]) {
        let ada = world.signed_in("ada").await;
        let handle = world.handle("ada").await;
        let session = ada.request();
        let deed = async {
            if stronger {
                session
                    .authenticate_again(how("otp", Level::Multi, world.now()))
                    .await
            } else {
                session.rotate().await
            }
        };
        let ended = dropped(&world, turns, deed).await;
        assert!(ended || turns < 39, "it never ends");
        let stored = world.only_session("ada").await.record;
        assert_eq!(stored.handle, handle);
        let level = stored.user().unwrap().authentication.level;
        let is_new = stored.key != crate::support::digest(&ada.token());
        assert_eq!(level == Level::Multi, stronger && is_new, "{turns} turns");
        if !stronger || !is_new {
            assert_eq!(ada.who().await.as_deref(), Some("ada"), "{turns} turns");
        }
        works_after(&world, ada, session).await;
    }
}

/// Dropped at any point, a log-out has happened or has not; the next one works.
async fn s18_a_dropped_log_out_is_whole_or_not_at_all(world: World) {
    for turns in 0.. {
        let ada = world.signed_in("ada").await;
        let session = ada.request();
        let ended = dropped(&world, turns, session.log_out()).await;
        let listed = world.sessions("ada").await.len();
        assert_eq!(ada.who().await.is_some(), listed == 1, "{turns} turns");
        if ended {
            assert_eq!(listed, 0);
        }
        ada.request().log_out().await.unwrap();
        assert_eq!(world.sessions("ada").await, []);
        works_after(&world, ada, session).await;
        if ended {
            break;
        }
    }
}

/// Dropped at any point, a write is all there or not at all, and the session lives.
async fn s18_a_dropped_write_is_whole_or_not_at_all(world: World) {
    for turns in 0.. {
        let ada = world.signed_in("ada").await;
        let session = ada.request();
        session.set_value(THEME, &"dark".to_owned()).unwrap();
        session.set_value(COUNT, &7).unwrap();
        let ended = dropped(&world, turns, session.commit()).await;
        let again = ada.request();
        let theme = again.value(THEME).await.unwrap();
        assert_eq!(
            theme.is_some(),
            again.value(COUNT).await.unwrap().is_some(),
            "{turns} turns"
        );
        assert_eq!(who(&again).await.as_deref(), Some("ada"));
        // The request can be answered after all, and then has written.
        finish(&session).await;
        assert_eq!(ada.request().value(COUNT).await.unwrap(), Some(7));
        ada.request().log_out().await.unwrap();
        if ended {
            break;
        }
    }
}

/// Dropped at any point, a visitor's first write leaves at most one session, and nothing in the
/// way of the next one.
async fn s18_a_dropped_first_write_leaves_at_most_one_session(world: World) {
    for turns in 0.. {
        let visitor = world.browser();
        let session = visitor.request();
        session.set_value(THEME, &"dark".to_owned()).unwrap();
        world.store.take_calls();
        world.store.set_slow(true);
        let ended = polled(session.commit(), turns).await.is_some();
        world.store.set_slow(false);
        assert!(world.store.take_calls().len() <= 1);
        settle(&world).await;
        drop(session);
        let again = visitor.request();
        again.set_value(THEME, &"light".to_owned()).unwrap();
        let given = finish(&again).await.token().unwrap();
        let again = request_with(&visitor.lifecycle, &[&given]);
        assert_eq!(again.value(THEME).await.unwrap().as_deref(), Some("light"));
        if ended {
            break;
        }
    }
}

/// Dropped at any point, ending every session of a user has ended all or none.
async fn s18_a_dropped_revocation_ends_all_or_none(world: World) {
    for turns in 0.. {
        let mut browsers = Vec::new();
        for _ in 0..3 {
            browsers.push(world.signed_in("ada").await);
        }
        let session = browsers[0].request();
        let deed = async { session.revoke_all().await.map(|_| ()) };
        let ended = dropped(&world, turns, deed).await;
        let left = world.sessions("ada").await.len();
        assert!(
            left == 0 || left == 3 && !ended,
            "{left} left after {turns} turns"
        );
        for browser in &browsers {
            assert_eq!(browser.who().await.is_some(), left == 3);
        }
        let last = browsers.swap_remove(1);
        if left == 3 {
            last.request().revoke_all().await.unwrap();
        }
        works_after(&world, last, session).await;
        if ended {
            break;
        }
    }
}

/// Dropped at any point, a change of memory has happened or has not.
async fn s18_a_dropped_change_of_memory_is_whole_or_not_at_all(world: World) {
    for turns in 0.. {
        let ada = world.signed_in("ada").await;
        let session = ada.request();
        let remember = Remember::For(2 * crate::support::HOUR);
        let ended = dropped(&world, turns, session.set_remember(remember)).await;
        let idle = world.only_session("ada").await.record.lifetime.idle();
        let is_new = idle == 2 * crate::support::HOUR;
        assert!(is_new || idle == crate::support::IDLE && !ended);
        assert_eq!(ada.who().await.as_deref(), Some("ada"));
        works_after(&world, ada, session).await;
        if ended {
            break;
        }
    }
}

/// A handler that fails writes nothing of what it had set, and what it did at once stays whole.
async fn s18_a_panicking_handler_leaves_the_session_usable(world: World) {
    let mut ada = world.signed_in("ada").await;
    let session = ada.request();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    drop(session);
    assert_eq!(ada.request().value(THEME).await.unwrap(), None);

    // Inside our own code, too: a type that panics while it is read.
    let session = ada.request();
    session.set_value(Key::<u8>::new("fuse"), &1).unwrap();
    for _ in 0..2 {
        let read = || block_on(session.value(Key::<Fuse>::new("fuse"))).map(|_| ());
        assert!(catch_unwind(AssertUnwindSafe(read)).is_err());
        assert_eq!(who(&session).await.as_deref(), Some("ada"));
        ada.finish(&ada.request()).await;
    }
    finish(&session).await;
    assert_eq!(
        ada.request().value(Key::<u8>::new("fuse")).await.unwrap(),
        Some(1)
    );
}

#[derive(Debug)]
struct Fuse;

impl<'de> Deserialize<'de> for Fuse {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("the application's own code");
    }
}

/// A store that panics takes one request down: its session is as it was or as it was to be, the
/// request itself can still be answered, and the next ones go well.
async fn s18_a_panicking_store_takes_one_request_down(world: World) {
    let verbs = [
        Verb::Load,
        Verb::Create,
        Verb::Update,
        Verb::Rotate,
        Verb::Delete,
        Verb::Revoke,
    ];
    for (verb, when) in verbs
        .into_iter()
        .flat_map(|verb| SIDES.map(|when| (verb, when)))
    {
        let ada = world.signed_in("ada").await;
        let session = ada.request();
        let deed = async {
            match verb {
                Verb::Load => drop(session.principal().await),
                Verb::Create => drop(session.log_in(login("bob")).await),
                Verb::Rotate => drop(session.rotate().await),
                Verb::Delete => drop(session.log_out().await),
                Verb::Revoke => drop(session.revoke_all().await),
                _ => {
                    session.set_value(THEME, &"dark".to_owned()).unwrap();
                    drop(session.commit().await);
                }
            }
        };
        world.store.panic(verb, when);
        let ran = catch_unwind(AssertUnwindSafe(|| block_on(deed)));
        assert!(ran.is_err(), "{verb:?} {when:?}");
        let of_ada = world.sessions("ada").await.len();
        let of_bob = world.sessions("bob").await.len();
        let lives =
            when == When::Before || matches!(verb, Verb::Load | Verb::Update | Verb::Rotate);
        assert_eq!(of_ada == 1, lives, "{verb:?} {when:?}");
        assert_eq!(of_ada + of_bob, usize::from(lives || verb == Verb::Create));
        world
            .browser()
            .lifecycle
            .revoke(&subject("bob"), Revoke::All)
            .await
            .unwrap();
        works_after(&world, ada, session).await;
    }
}

/// A browser that never hears of its new token can go on with the old one for the grace window,
/// and is a stranger after it; one that never hears of its login has to sign in again.
async fn s18_a_lost_answer_costs_at_most_a_new_login(world: World) {
    let mut ada = world.signed_in("ada").await;
    let session = ada.request();
    session.rotate().await.unwrap();
    let _lost = finish(&session).await;
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
    world.clock.advance(crate::support::GRACE);
    assert_eq!(ada.who().await, None);
    ada.log_in(login("ada")).await;
    assert_eq!(
        world.sessions("ada").await.len(),
        1,
        "the login takes the lost one's place"
    );

    let session = ada.request();
    session.log_in(login("ada")).await.unwrap();
    let _lost = finish(&session).await;
    assert_eq!(ada.who().await, None);
    assert_eq!(
        ada.log_in(login("ada")).await.token().is_some(),
        ada.who().await.is_some()
    );
}

/// Many drops later the store still answers at once: nothing is left locked.
async fn s18_a_hundred_dropped_calls_block_nothing(world: World) {
    let ada = world.signed_in("ada").await;
    for turn in 0..100 {
        let session = ada.request();
        session.set_value(CART, &vec![invented()]).unwrap();
        world.store.set_slow(true);
        let _ = polled(session.commit(), turn % 7).await;
        world.store.set_slow(false);
    }
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
    let session = ada.request();
    session.set_value(COUNT, &1).unwrap();
    assert_eq!(finish(&session).await.said(), Said::Nothing);
    assert_eq!(ada.request().value(COUNT).await.unwrap(), Some(1));
    assert!(matches!(
        world.stored(&ada.token()).await,
        Lookup::Current { .. }
    ));
    assert!(!world.store.take_calls().contains(&Verb::Create));
}

on_every_store!(
    s18_a_dropped_login_is_whole_or_not_at_all,
    s18_a_dropped_change_of_user_is_whole_or_not_at_all,
    s18_a_dropped_half_login_is_whole_or_not_at_all,
    s18_a_dropped_rotation_leaves_one_session,
    s18_a_dropped_log_out_is_whole_or_not_at_all,
    s18_a_dropped_write_is_whole_or_not_at_all,
    s18_a_dropped_first_write_leaves_at_most_one_session,
    s18_a_dropped_revocation_ends_all_or_none,
    s18_a_dropped_change_of_memory_is_whole_or_not_at_all,
    s18_a_panicking_handler_leaves_the_session_usable,
    s18_a_panicking_store_takes_one_request_down,
    s18_a_lost_answer_costs_at_most_a_new_login,
    s18_a_hundred_dropped_calls_block_nothing,
);
