//! Logging in: what changes, what is kept, how many there may be.

use std::num::NonZeroU32;

use futures_util::future::join;
use portcullis_core::{Credential, Level};
use portcullis_session::{Event, Key, Revoke, SessionErrorKind};

use crate::support::{
    Browser, CART, COUNT, MINUTE, START, Said, THEME, Verb, World, cookies, finish, how, login,
    method, on_every_store, policy, request_with, subject, together, who,
};

/// Visitors who come at once get a session each if something is stored, and one row each.
async fn s19_first_visits_at_once_make_one_session_each(world: World) {
    let lifecycle = world.lifecycle();
    let answers = together(16, async |index| {
        let session = request_with(&lifecycle, &[]);
        session
            .set_value(COUNT, &u32::try_from(index).unwrap())
            .unwrap();
        finish(&session).await
    });
    assert_eq!(world.store.take_calls(), [Verb::Create; 16]);
    for (index, answer) in answers.iter().enumerate() {
        let session = request_with(&lifecycle, &[&answer.token().unwrap()]);
        assert_eq!(
            session.value(COUNT).await.unwrap(),
            u32::try_from(index).ok()
        );
    }
}

/// Visitors for whom nothing is stored cost nothing, whatever is asked and removed.
async fn s19_visits_that_store_nothing_make_no_session(world: World) {
    let lifecycle = world.lifecycle();
    let answers = together(16, async |_| {
        let session = request_with(&lifecycle, &[]);
        assert_eq!(who(&session).await, None);
        assert_eq!(session.value(THEME).await.unwrap(), None);
        session.remove_value(THEME).unwrap();
        session.set_value(COUNT, &1).unwrap();
        session.remove_value(COUNT).unwrap();
        finish(&session).await
    });
    assert_eq!(world.store.take_calls(), []);
    assert!(answers.iter().all(|answer| answer.said() == Said::Nothing));
}

/// A first request that writes twice at once makes one session, with both values in it.
async fn s19_one_request_makes_one_session(world: World) {
    let mut visitor = world.browser();
    let session = visitor.request();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    let gate = world.store.hold(Verb::Create, crate::support::When::After);
    let other = async {
        gate.reached().await;
        session.set_value(COUNT, &7).unwrap();
        session.commit().await.unwrap();
        gate.open();
    };
    let (committed, ()) = join(session.commit(), other).await;
    committed.unwrap();
    visitor.finish(&session).await;
    let again = visitor.request();
    assert_eq!(again.value(THEME).await.unwrap().as_deref(), Some("dark"));
    assert_eq!(again.value(COUNT).await.unwrap(), Some(7));
    let keys = world.store.digests();
    let mut alive = 0;
    for key in keys.iter().collect::<std::collections::BTreeSet<_>>() {
        let text = request_with(&visitor.lifecycle, &[&visitor.token()]);
        assert!(text.handle().await.unwrap().is_some());
        let found = portcullis_session::SessionStore::load(
            &world.store,
            key,
            portcullis_session::Renewal::Never,
            world.now(),
        );
        alive += usize::from(found.await.unwrap() != portcullis_session::Lookup::Absent);
    }
    assert_eq!(alive, 1, "sessions");
}

/// With a cap, a login beyond it ends the oldest session, and the event says so.
async fn s20_a_login_beyond_the_cap_ends_the_oldest(world: World) {
    let capped = policy().with_cap(NonZeroU32::new(2).unwrap());
    let mut browsers: Vec<Browser> = Vec::new();
    for (index, evicted) in [0, 0, 1, 1].into_iter().enumerate() {
        world.clock.advance(MINUTE);
        let mut browser = Browser::new(&world.lifecycle_with(capped.clone()));
        browser.log_in(login("ada")).await;
        let events = world.events.take();
        assert!(
            matches!(&events[..], [Event::LoggedIn { evicted: e, .. }] if *e == evicted),
            "{events:?}"
        );
        browsers.push(browser);
        for (age, browser) in browsers.iter().rev().enumerate() {
            assert_eq!(
                browser.who().await.is_some(),
                age < 2,
                "login {index}, {age} back"
            );
        }
    }
    // To sign in again in the same browser takes no other session's place.
    browsers[3].log_in(login("ada")).await;
    assert!(matches!(
        &world.events.take()[..],
        [Event::LoggedIn { evicted: 0, .. }]
    ));
    assert_eq!(browsers[2].who().await.as_deref(), Some("ada"));
}

/// However many logins come at once, no more sessions than the cap are left.
async fn s20_logins_at_once_leave_no_more_than_the_cap(world: World) {
    for cap in [1, 3] {
        let capped = policy().with_cap(NonZeroU32::new(cap).unwrap());
        let lifecycle = world.lifecycle_with(capped);
        let browsers = together(12, async |_| {
            let mut browser = Browser::new(&lifecycle);
            browser.log_in(login("ada")).await;
            browser
        });
        let mut alive = 0;
        for browser in &browsers {
            alive += u32::from(browser.who().await.is_some());
        }
        assert_eq!(alive, cap);
        assert_eq!(
            world.sessions("ada").await.len(),
            usize::try_from(cap).unwrap()
        );
        lifecycle
            .revoke(&subject("ada"), Revoke::All)
            .await
            .unwrap();
    }
}

/// Who knows no more than a password ends nobody's session by it.
async fn s20_a_half_login_ends_no_session(world: World) {
    let capped = policy().with_cap(NonZeroU32::new(1).unwrap());
    let ada = world.signed_in_with("ada", capped).await;
    for _ in 0..3 {
        let session = Browser::new(&ada.lifecycle).request();
        session
            .begin_login(subject("ada"), method("pwd"))
            .await
            .unwrap();
        finish(&session).await;
    }
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
}

/// Every change of who somebody is gives a new token, and the one before opens nothing.
async fn s21_every_login_gives_a_new_token(world: World) {
    for (kind, first, second) in [
        ("a visitor signs in", None, "ada"),
        ("a user signs in again", Some("ada"), "ada"),
        ("another user signs in", Some("bob"), "ada"),
    ] {
        for ask_first in [false, true] {
            let mut browser = world.browser();
            match first {
                Some(name) => drop(browser.log_in(login(name)).await),
                None => {
                    let session = browser.request();
                    session.set_value(THEME, &"dark".to_owned()).unwrap();
                    browser.finish(&session).await;
                }
            }
            let old = browser.token();
            let session = browser.request();
            if ask_first {
                assert_eq!(who(&session).await.as_deref(), first);
            }
            session.log_in(login(second)).await.unwrap();
            assert_eq!(
                who(&session).await.as_deref(),
                Some(second),
                "in the same request"
            );
            let new = browser.finish(&session).await.token().expect(kind);
            assert_ne!(new, old, "{kind}");
            assert!(world.is_dead(&old).await, "{kind}");
            assert_eq!(browser.who().await.as_deref(), Some(second), "{kind}");
            assert_eq!(
                browser.request().value(THEME).await.unwrap(),
                None,
                "{kind}"
            );
            assert_eq!(world.sessions("ada").await.len(), 1, "{kind}");
            assert_eq!(world.sessions("bob").await.len(), 0, "{kind}");
            browser.request().log_out().await.unwrap();
        }
    }
}

/// To step up and down gives a new token, keeps session and values, and ends the old token.
async fn s21_stepping_up_and_down_gives_a_new_token(world: World) {
    let mut ada = world.signed_in("ada").await;
    let handle = world.handle("ada").await;
    let session = ada.request();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    ada.finish(&session).await;
    for (name, level) in [("otp", Level::Multi), ("pwd", Level::Single)] {
        world.clock.advance(MINUTE);
        let old = ada.token();
        let session = ada.request();
        session
            .authenticate_again(how(name, level, world.now()))
            .await
            .unwrap();
        let now = session.principal().await.unwrap().unwrap();
        assert_eq!(*now.authentication(), how(name, level, world.now()));
        assert_ne!(ada.finish(&session).await.token().unwrap(), old);
        assert!(world.is_dead(&old).await, "{name}");
        let session = ada.request();
        let later = session.principal().await.unwrap().unwrap();
        assert_eq!(*later.authentication(), how(name, level, world.now()));
        assert_eq!(session.handle().await.unwrap(), Some(handle));
        assert_eq!(session.value(THEME).await.unwrap().as_deref(), Some("dark"));
    }
    let rotated = || Event::Rotated(handle);
    assert_eq!(world.events.take(), [rotated(), rotated()]);
}

/// A half login gives a new token as well, and takes away who was signed in before.
async fn s21_a_half_login_gives_a_new_token(world: World) {
    let mut browser = world.signed_in("bob").await;
    let old = browser.token();
    let session = browser.request();
    session
        .begin_login(subject("ada"), method("pwd"))
        .await
        .unwrap();
    assert_ne!(browser.finish(&session).await.token().unwrap(), old);
    assert!(world.is_dead(&old).await);
    assert_eq!(browser.who().await, None);
    let half = browser.token();
    browser.log_in(login("ada")).await;
    assert_ne!(browser.token(), half);
    assert!(world.is_dead(&half).await);
    assert_eq!(world.sessions("ada").await.len(), 1);
}

/// A visitor's values are dropped by the login, but for those that it names.
async fn s22_only_named_values_survive_a_login(world: World) {
    for (same_request, keep) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut browser = world.browser();
        let mut session = browser.request();
        session.set_value(CART, &vec!["book".to_owned()]).unwrap();
        session.set_value(THEME, &"dark".to_owned()).unwrap();
        if !same_request {
            browser.finish(&session).await;
            session = browser.request();
        }
        let login = login("ada").with_value(COUNT, &1).unwrap();
        let login = if keep { login.keeping(CART) } else { login };
        session.log_in(login).await.unwrap();
        browser.finish(&session).await;
        let session = browser.request();
        let what = format!("in the same request: {same_request}, kept: {keep}");
        assert_eq!(session.value(CART).await.unwrap().is_some(), keep, "{what}");
        assert_eq!(session.value(THEME).await.unwrap(), None, "{what}");
        assert_eq!(session.value(COUNT).await.unwrap(), Some(1), "{what}");
    }
}

/// What a login puts in counts before what the visitor had.
async fn s22_a_login_s_own_value_counts_before_a_kept_one(world: World) {
    let mut browser = world.browser();
    let session = browser.request();
    session.set_value(COUNT, &1).unwrap();
    browser.finish(&session).await;
    browser
        .log_in(login("ada").keeping(COUNT).with_value(COUNT, &2).unwrap())
        .await;
    assert_eq!(browser.request().value(COUNT).await.unwrap(), Some(2));
}

/// Values that are another user's are not kept, named or not; one's own are.
async fn s22_another_user_s_values_are_never_kept(world: World) {
    for (first, kept) in [("bob", false), ("ada", true)] {
        for in_same_request in [false, true] {
            let mut browser = world.signed_in(first).await;
            let mut session = browser.request();
            session.set_value(CART, &vec!["diary".to_owned()]).unwrap();
            if !in_same_request {
                browser.finish(&session).await;
                session = browser.request();
            }
            session.log_in(login("ada").keeping(CART)).await.unwrap();
            browser.finish(&session).await;
            let cart = browser.request().value(CART).await.unwrap();
            assert_eq!(
                cart.is_some(),
                kept,
                "{first}, in one request: {in_same_request}"
            );
        }
    }
}

/// A half login keeps what is named for its other half, if that is the same user's.
async fn s22_a_half_login_keeps_only_for_its_own_user(world: World) {
    for (finishes, kept) in [("ada", true), ("bob", false)] {
        let mut browser = world.browser();
        let session = browser.request();
        session
            .begin_login(subject("ada"), method("pwd"))
            .await
            .unwrap();
        session.set_value(CART, &vec!["book".to_owned()]).unwrap();
        browser.finish(&session).await;
        browser.log_in(login(finishes).keeping(CART)).await;
        let cart = browser.request().value(CART).await.unwrap();
        assert_eq!(cart.is_some(), kept, "{finishes}");
    }
}

/// A session knows when and how its user authenticated, however often they come by.
async fn s25_when_and_how_is_recorded(world: World) {
    let mut browser = world.browser();
    world.clock.advance(MINUTE);
    let authentication = how("hwk", Level::Multi, START);
    let login = portcullis_session::Login::new(subject("ada"), authentication.clone());
    browser.log_in(login).await;
    for _ in 0..3 {
        let principal = browser.request().principal().await.unwrap().unwrap();
        assert_eq!(principal.subject(), &subject("ada"));
        assert_eq!(principal.authentication(), &authentication);
        assert_eq!(principal.credential(), Credential::Session);
        world.clock.advance(10 * MINUTE);
    }
}

/// Somebody who owes a factor is not signed in, and can do nothing that takes a user.
async fn s25_a_half_login_is_nobody(world: World) {
    let mut browser = world.browser();
    let session = browser.request();
    session
        .begin_login(subject("ada"), method("pwd"))
        .await
        .unwrap();
    let at = world.now();
    assert_eq!(who(&session).await, None, "in the same request");
    browser.finish(&session).await;
    assert_eq!(world.events.take(), [], "nobody signed in");
    world.clock.advance(MINUTE);

    let other = world.signed_in("ada").await;
    let session = browser.request();
    assert_eq!(who(&session).await, None);
    let pending = session.pending().await.unwrap().unwrap();
    assert_eq!(
        (pending.subject, pending.method, pending.at),
        (subject("ada"), method("pwd"), at)
    );
    let handle = other.request().handle().await.unwrap().unwrap();
    let kinds = [
        session.devices().await.map(|_| ()),
        session.revoke(handle).await.map(|_| ()),
        session.revoke_others().await.map(|_| ()),
        session.revoke_all().await.map(|_| ()),
        session
            .authenticate_again(how("otp", Level::Multi, at))
            .await,
    ];
    for refused in kinds {
        assert_eq!(refused.unwrap_err().kind(), SessionErrorKind::NoSession);
    }
    assert_eq!(
        other.request().devices().await.unwrap().len(),
        1,
        "half logins are no devices"
    );
    assert_eq!(other.who().await.as_deref(), Some("ada"));

    // A new token does not make a user of it; the other factor does.
    session.rotate().await.unwrap();
    browser.finish(&session).await;
    assert_eq!(browser.who().await, None);
    browser.log_in(login("ada")).await;
    assert_eq!(browser.who().await.as_deref(), Some("ada"));
    assert!(browser.request().pending().await.unwrap().is_none());
}

/// To end all sessions of a user ends the half logins too.
async fn s25_revoking_all_ends_half_logins(world: World) {
    let mut half = world.browser();
    let session = half.request();
    session
        .begin_login(subject("ada"), method("pwd"))
        .await
        .unwrap();
    half.finish(&session).await;
    assert_eq!(
        half.lifecycle
            .revoke(&subject("ada"), Revoke::All)
            .await
            .unwrap(),
        1
    );
    assert!(half.request().pending().await.unwrap().is_none());
}

/// A login in a browser with a dead cookie of ours beside the living one replaces the living one.
async fn s21_a_login_replaces_what_is_alive_among_duplicates(world: World) {
    let old = world.signed_in("ada").await;
    let dead = crate::support::invented();
    let session = old
        .lifecycle
        .session(&cookies(&old.lifecycle, &[&[&dead, &old.token()]]));
    session.log_in(login("ada")).await.unwrap();
    finish(&session).await;
    assert!(world.is_dead(&old.token()).await);
    assert_eq!(world.sessions("ada").await.len(), 1);
}

/// Values are typed: a whole struct under one key, and any number of keys beside it.
async fn s46_values_are_typed(world: World) {
    #[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
    struct Profile {
        login: String,
        visits: u64,
        note: Option<String>,
    }
    const PROFILE: Key<Profile> = Key::new("profile");
    let profile = |visits| Profile {
        login: "octo".to_owned(),
        visits,
        note: None,
    };
    let mut browser = world.browser();
    browser
        .log_in(login("ada").with_value(PROFILE, &profile(1)).unwrap())
        .await;
    let session = browser.request();
    assert_eq!(session.value(PROFILE).await.unwrap(), Some(profile(1)));
    session.set_value(PROFILE, &profile(2)).unwrap();
    session.set_value(COUNT, &3).unwrap();
    assert_eq!(
        session.value(PROFILE).await.unwrap(),
        Some(profile(2)),
        "as the request left it"
    );
    browser.finish(&session).await;
    let session = browser.request();
    assert_eq!(session.value(PROFILE).await.unwrap(), Some(profile(2)));
    assert_eq!(session.value(COUNT).await.unwrap(), Some(3));
    assert_eq!(session.value(THEME).await.unwrap(), None);
}

on_every_store!(
    s19_first_visits_at_once_make_one_session_each,
    s19_visits_that_store_nothing_make_no_session,
    s19_one_request_makes_one_session,
    s20_a_login_beyond_the_cap_ends_the_oldest,
    s20_logins_at_once_leave_no_more_than_the_cap,
    s20_a_half_login_ends_no_session,
    s21_every_login_gives_a_new_token,
    s21_stepping_up_and_down_gives_a_new_token,
    s21_a_half_login_gives_a_new_token,
    s21_a_login_replaces_what_is_alive_among_duplicates,
    s22_only_named_values_survive_a_login,
    s22_a_login_s_own_value_counts_before_a_kept_one,
    s22_another_user_s_values_are_never_kept,
    s22_a_half_login_keeps_only_for_its_own_user,
    s25_when_and_how_is_recorded,
    s25_a_half_login_is_nobody,
    s25_revoking_all_ends_half_logins,
    s46_values_are_typed,
);
