//! How long a session lives, and what its cookie says of that.

use std::time::Duration;

use portcullis_core::Timestamp;
use portcullis_session::{Login, Lookup, Remember, SessionPolicy};

use crate::support::{
    ABSOLUTE, Browser, CART, HOUR, IDLE, MILLI, MINUTE, START, Said, THEME, Verb, WINDOW, When,
    World, every_request, finish, login, on_every_store, policy, together, who,
};
use futures_util::future::join;

/// A session outlives its last visit by the idle limit, to the millisecond.
async fn s07_the_idle_limit_ends_a_session(world: World) {
    let ada = world.signed_in("ada").await;
    let bob = world.signed_in("bob").await;
    world.clock.set(START.after(IDLE - MILLI));
    assert_eq!(
        ada.who().await.as_deref(),
        Some("ada"),
        "a visit just in time"
    );
    world.clock.set(START.after(IDLE));
    assert_eq!(bob.who().await, None, "too late by nothing");
    assert_eq!(ada.who().await.as_deref(), Some("ada"), "the visit counts");
    world.clock.set(START.after(IDLE - MILLI + IDLE));
    assert_eq!(ada.who().await, None);
}

/// However often it is visited, a session ends at the absolute limit, to the millisecond.
async fn s07_no_visit_passes_the_absolute_limit(world: World) {
    for (name, policy) in [("ada", policy()), ("bob", every_request())] {
        world.clock.set(START);
        let mut ada = world.signed_in_with(name, policy).await;
        let end = START.after(ABSOLUTE);
        while world.now().after(10 * MINUTE) < end {
            world.clock.advance(10 * MINUTE);
            let session = ada.request();
            assert_eq!(who(&session).await.as_deref(), Some(name));
            let left = ada
                .finish(&session)
                .await
                .max_age()
                .expect("a persistent cookie");
            assert!(
                world.now().after(left) <= end,
                "the cookie outlives the session"
            );
            assert!(world.only_session(name).await.expires_at() <= end);
        }
        world.clock.set(end.before(MILLI));
        assert_eq!(ada.who().await.as_deref(), Some(name));
        world.clock.set(end);
        assert_eq!(ada.who().await, None);
    }
}

/// A new token, a new authentication and a new choice of memory leave the absolute limit alone.
async fn s07_nothing_but_a_login_moves_the_absolute_limit(world: World) {
    let mut ada = world.signed_in("ada").await;
    let until = world.only_session("ada").await.record.lifetime.until;
    assert_eq!(until, START.after(ABSOLUTE));
    world.clock.advance(30 * MINUTE);
    let session = ada.request();
    session.rotate().await.unwrap();
    let again = crate::support::how("otp", portcullis_core::Level::Multi, world.now());
    session.authenticate_again(again).await.unwrap();
    session.set_remember(Remember::For(7 * HOUR)).await.unwrap();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    ada.finish(&session).await;
    assert_eq!(world.only_session("ada").await.record.lifetime.until, until);
    ada.log_in(login("ada")).await;
    let renewed = world.only_session("ada").await.record.lifetime.until;
    assert_eq!(renewed, world.now().after(ABSOLUTE));
}

/// A second within the renewal window costs one read; at its end one of many requests renews.
async fn s09_one_of_many_requests_renews(world: World) {
    let ada = world.signed_in("ada").await;
    for (at, renewals) in [
        (START, 0),
        (START.after(WINDOW - MILLI), 0),
        (START.after(WINDOW), 1),
        (START.after(WINDOW), 0),
        (START.after(2 * WINDOW - MILLI), 0),
        (START.after(2 * WINDOW), 1),
        (START.after(5 * WINDOW), 1),
    ] {
        world.clock.set(at);
        let before = world.only_session("ada").await;
        let answers = together(16, async |_| {
            let session = ada.request();
            assert_eq!(who(&session).await.as_deref(), Some("ada"));
            finish(&session).await.said()
        });
        assert_eq!(
            world.store.take_calls(),
            [Verb::Load; 16],
            "one call a request"
        );
        let told = answers
            .iter()
            .filter(|said| **said != Said::Nothing)
            .count();
        assert_eq!(told, renewals, "cookies at {at:?}");
        let after = world.only_session("ada").await;
        let seen_at = if renewals == 1 { at } else { before.seen_at };
        assert_eq!((after.seen_at, after.record), (seen_at, before.record));
    }
}

/// If every request renews, store and browser are told by each, in the one call.
async fn s09_every_request_renews_if_so_chosen(world: World) {
    let mut ada = world.signed_in_with("ada", every_request()).await;
    let token = ada.token();
    for step in [0, 1, 999, 60_000, 3_599_999] {
        world.clock.advance(Duration::from_millis(step));
        let session = ada.request();
        assert_eq!(session.last_seen_at().await.unwrap(), Some(world.now()));
        let answer = ada.finish(&session).await;
        let expected = Said::Token {
            value: token.clone(),
            max_age: Some(IDLE),
        };
        assert_eq!(answer.said(), expected);
        assert_eq!(world.store.take_calls(), [Verb::Load]);
        assert_eq!(world.only_session("ada").await.seen_at, world.now());
    }
}

/// A renewal moves the last visit and nothing else.
async fn s10_a_renewal_alters_nothing_but_the_visit(world: World) {
    let ada = world.signed_in("ada").await;
    let session = ada.request();
    session.set_value(CART, &vec!["book".to_owned()]).unwrap();
    finish(&session).await;
    let before = world.only_session("ada").await;
    world.clock.advance(WINDOW);
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
    let after = world.only_session("ada").await;
    assert_eq!(after.record, before.record);
    assert_eq!(after.seen_at, world.now());
}

/// A renewal that a log-out passes brings nothing back.
async fn s10_a_renewal_brings_nothing_back(world: World) {
    for when in [When::Before, When::After] {
        let ada = world.signed_in("ada").await;
        world.clock.advance(WINDOW);
        let gate = world.store.hold(Verb::Load, when);
        let visit = async { finish_after_reading(&ada).await };
        let log_out = async {
            gate.reached().await;
            ada.request().log_out().await.unwrap();
            gate.open();
        };
        join(visit, log_out).await;
        assert_eq!(
            world.stored(&ada.token()).await,
            Lookup::Absent,
            "held {when:?}"
        );
        assert_eq!(world.sessions("ada").await, []);
    }
}

async fn finish_after_reading(browser: &Browser) -> Said {
    let session = browser.request();
    who(&session).await;
    finish(&session).await.said()
}

/// How long the cookie lives is chosen by the policy, or by the login.
async fn s11_each_login_chooses_how_it_is_remembered(world: World) {
    let browser_sessions = || policy().with_browser_sessions();
    let week = Duration::from_secs(7 * 86_400);
    let table: [(SessionPolicy, Option<Remember>, Option<Duration>); 7] = [
        (policy(), None, Some(IDLE)),
        (policy(), Some(Remember::Browser), None),
        (policy(), Some(Remember::For(2 * HOUR)), Some(2 * HOUR)),
        (policy(), Some(Remember::For(week)), Some(ABSOLUTE)),
        (browser_sessions(), None, None),
        (
            browser_sessions(),
            Some(Remember::For(2 * HOUR)),
            Some(2 * HOUR),
        ),
        (browser_sessions(), Some(Remember::Browser), None),
    ];
    for (policy, remember, max_age) in table {
        let mut ada = Browser::new(&world.lifecycle_with(policy));
        let answer = ada.log_in(remembered(remember)).await;
        assert_eq!(answer.max_age(), max_age, "{remember:?}");
        // The server's own limit is the idle one that was chosen, for browser sessions too.
        let lives = max_age.unwrap_or(IDLE);
        let listed = world.sessions("ada").await;
        assert_eq!(
            listed.last().unwrap().expires_at(),
            world.now().after(lives)
        );
        ada.request().log_out().await.unwrap();
    }
}

fn remembered(remember: Option<Remember>) -> Login {
    match remember {
        None => login("ada"),
        Some(remember) => login("ada").with_remember(remember),
    }
}

/// The cookie never outlives the session, at whatever time of its life it is sent.
async fn s11_max_age_is_what_is_left_and_never_more(world: World) {
    for remember in [
        None,
        Some(Remember::For(90 * MINUTE)),
        Some(Remember::For(30 * HOUR)),
    ] {
        world.clock.set(START);
        let mut ada = Browser::new(&world.lifecycle_with(every_request()));
        ada.log_in(remembered(remember)).await;
        for step in [
            1, 250, 999, 1_000, 60_001, 3_000_000, 3_000_000, 10, 3_598_000,
        ] {
            world.clock.advance(Duration::from_millis(step));
            let session = ada.request();
            assert!(who(&session).await.is_some());
            // The response is written a while after the session was read.
            world.clock.advance(Duration::from_millis(1_234));
            let left = world
                .only_session("ada")
                .await
                .expires_at()
                .since(world.now());
            let told = ada
                .finish(&session)
                .await
                .max_age()
                .expect("a persistent cookie");
            assert!(
                told <= left && left - told < Duration::from_secs(1),
                "{told:?} of {left:?}"
            );
        }
        ada.request().log_out().await.unwrap();
    }
}

/// A response that is written when its session is over removes the cookie.
async fn s11_max_age_is_never_negative(world: World) {
    for late in [IDLE, ABSOLUTE, Duration::from_secs(10 * 365 * 86_400)] {
        world.clock.set(START);
        let mut ada = world.browser();
        let session = ada.request();
        session.log_in(login("ada")).await.unwrap();
        world.clock.advance(late);
        assert_eq!(ada.finish(&session).await.said(), Said::Removal);
    }
}

/// Who changes how long a session is remembered changes its cookie with the same response.
async fn s11_changing_it_later_updates_the_cookie(world: World) {
    let renewing_or_not = [WINDOW, Duration::from_secs(1)];
    for (policy, step) in renewing_or_not
        .into_iter()
        .flat_map(|step| [policy(), every_request()].map(|policy| (policy, step)))
    {
        let mut ada = world.signed_in_with("ada", policy).await;
        let (half, hours) = (Remember::For(30 * MINUTE), Remember::For(100 * HOUR));
        for remember in [Remember::Browser, half, Remember::Browser, hours, half] {
            world.clock.advance(step);
            let session = ada.request();
            assert_eq!(who(&session).await.as_deref(), Some("ada"));
            session.set_remember(remember).await.unwrap();
            let token = ada.token();
            let answer = ada.finish(&session).await;
            let stored = world.only_session("ada").await;
            let (idle, persists) = match remember {
                Remember::For(idle) => (idle.min(ABSOLUTE), true),
                _ => (IDLE, false),
            };
            assert_eq!(stored.record.lifetime.idle(), idle);
            let left = Duration::from_secs(stored.expires_at().since(world.now()).as_secs());
            let max_age = persists.then_some(left);
            assert_eq!(
                answer.said(),
                Said::Token {
                    value: token,
                    max_age
                },
                "{remember:?}"
            );
        }
        ada.request().log_out().await.unwrap();
    }
}

/// A login that is remembered for less than the renewal window is renewed by its visits.
async fn s11_a_short_memory_slides_too(world: World) {
    let mut ada = world.browser();
    ada.log_in(login("ada").with_remember(Remember::For(MINUTE)))
        .await;
    for _ in 0..20 {
        world.clock.advance(MINUTE / 2);
        let session = ada.request();
        assert_eq!(
            who(&session).await.as_deref(),
            Some("ada"),
            "seen half a minute ago"
        );
        ada.finish(&session).await;
    }
    world.clock.advance(MINUTE - MILLI);
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
    world.clock.advance(MINUTE);
    assert_eq!(ada.who().await, None);
}

/// A clock that steps back neither ends a session nor makes it live longer, and nothing panics.
async fn s12_a_clock_that_steps_back_extends_nothing(world: World) {
    for (name, policy) in [("ada", policy()), ("bob", every_request())] {
        let end = START.after(IDLE);
        world.clock.set(START);
        let mut ada = world.signed_in_with(name, policy).await;
        for back in [
            MILLI,
            10 * MINUTE,
            30 * HOUR,
            Duration::from_secs(10 * 365 * 86_400),
        ] {
            world.clock.set(START.before(back));
            let session = ada.request();
            assert_eq!(who(&session).await.as_deref(), Some(name), "{back:?}");
            session.rotate().await.unwrap();
            session.set_value(THEME, &"dark".to_owned()).unwrap();
            if let Said::Token {
                max_age: Some(told),
                ..
            } = ada.finish(&session).await.said()
            {
                assert!(
                    world.now().after(told) <= end,
                    "the cookie outlives the session"
                );
            }
            assert_eq!(world.only_session(name).await.expires_at(), end, "{back:?}");
            ada.lifecycle.purge(100.try_into().unwrap()).await.unwrap();
        }
        world.clock.set(Timestamp::UNIX_EPOCH);
        assert_eq!(ada.who().await.as_deref(), Some(name));
        world.clock.set(end);
        assert_eq!(ada.who().await, None, "the end is where it was");
    }
}

/// A clock that leaps ahead ends what is over by it, and panics nowhere.
async fn s12_a_clock_that_leaps_ahead_ends_sessions(world: World) {
    for ahead in [IDLE, Duration::from_secs(10 * 365 * 86_400), Duration::MAX] {
        world.clock.set(START);
        let mut ada = world.signed_in("ada").await;
        world.clock.advance(ahead);
        let session = ada.request();
        assert_eq!(who(&session).await, None);
        assert_eq!(ada.finish(&session).await.said(), Said::Nothing);
        let visitor = ada.request();
        visitor.set_value(THEME, &"dark".to_owned()).unwrap();
        finish(&visitor).await;
        world.clock.set(START);
        ada.request().log_out().await.unwrap();
    }
}

on_every_store!(
    s07_the_idle_limit_ends_a_session,
    s07_no_visit_passes_the_absolute_limit,
    s07_nothing_but_a_login_moves_the_absolute_limit,
    s09_one_of_many_requests_renews,
    s09_every_request_renews_if_so_chosen,
    s10_a_renewal_alters_nothing_but_the_visit,
    s10_a_renewal_brings_nothing_back,
    s11_each_login_chooses_how_it_is_remembered,
    s11_max_age_is_what_is_left_and_never_more,
    s11_max_age_is_never_negative,
    s11_changing_it_later_updates_the_cookie,
    s11_a_short_memory_slides_too,
    s12_a_clock_that_steps_back_extends_nothing,
    s12_a_clock_that_leaps_ahead_ends_sessions,
);
