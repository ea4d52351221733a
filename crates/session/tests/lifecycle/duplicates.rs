//! Several cookies of our name in one request.

use portcullis_session::{Event, Lifecycle, Session};

use crate::support::{
    Browser, Said, THEME, Verb, WINDOW, World, cookies, finish, invented, login, on_every_store,
    request_with, who,
};

/// Every order of these.
fn orders<'a>(values: &[&'a str]) -> Vec<Vec<&'a str>> {
    let Some((first, rest)) = values.split_first() else {
        return vec![vec![]];
    };
    let insert = |order: Vec<&'a str>| {
        (0..=order.len()).map(move |place| {
            let mut order = order.clone();
            order.insert(place, first);
            order
        })
    };
    orders(rest).into_iter().flat_map(insert).collect()
}

/// Requests with these cookies in every order: in one header, and in one each.
fn requests(lifecycle: &Lifecycle, values: &[&str]) -> Vec<Session> {
    let each = |order: Vec<&str>| {
        let apart: Vec<Vec<&str>> = order.iter().map(|value| vec![*value]).collect();
        let apart: Vec<&[&str]> = apart.iter().map(Vec::as_slice).collect();
        [cookies(lifecycle, &[&order]), cookies(lifecycle, &apart)]
    };
    let headers = orders(values).into_iter().flat_map(each);
    headers.map(|headers| lifecycle.session(&headers)).collect()
}

async fn expired(world: &World, lifecycle: &Lifecycle) -> String {
    let mut browser = Browser::new(lifecycle);
    browser.log_in(login("eve")).await;
    browser.request().log_out().await.unwrap();
    world.events.take();
    browser.token()
}

/// Among dead and garbled cookies the one that is alive is used, in every order.
async fn s36_the_only_one_alive_is_used(world: World) {
    let ada = world.signed_in("ada").await;
    let (token, dead, never) = (
        ada.token(),
        expired(&world, &ada.lifecycle).await,
        invented(),
    );
    for others in [
        &[dead.as_str()][..],
        &["garbage"],
        &["", &never],
        &[&dead, &never, "x"],
        &[&dead, &never, &"a".repeat(43)],
    ] {
        let values: Vec<&str> = others.iter().copied().chain([token.as_str()]).collect();
        for session in requests(&ada.lifecycle, &values) {
            assert_eq!(
                who(&session).await.as_deref(),
                Some("ada"),
                "{} of them",
                values.len()
            );
            assert_eq!(finish(&session).await.said(), Said::Nothing);
        }
    }
    assert_eq!(world.events.take(), []);
}

/// The one that is alive is renewed and written as if it were alone.
async fn s36_the_only_one_alive_lives_on(world: World) {
    let ada = world.signed_in("ada").await;
    let never = invented();
    world.clock.advance(WINDOW);
    for (index, session) in requests(&ada.lifecycle, &[&never, &ada.token()])
        .iter()
        .enumerate()
    {
        session.set_value(THEME, &format!("{index}")).unwrap();
        let said = finish(session).await.said();
        if index == 0 {
            assert!(matches!(&said, Said::Token { value, .. } if *value == ada.token()));
        } else {
            assert_eq!(said, Said::Nothing, "it was renewed by the first");
        }
        let again = ada.request();
        assert_eq!(again.value(THEME).await.unwrap(), Some(format!("{index}")));
        assert_eq!(again.last_seen_at().await.unwrap(), Some(world.now()));
    }
}

/// Two that are alive and differ are no session, in every order, with whatever is between them;
/// neither is renewed, removed or harmed.
async fn s36_two_alive_are_none(world: World) {
    let ada = world.signed_in("ada").await;
    let eve = world.signed_in("eve").await;
    let anonymous = {
        let mut visitor = world.browser();
        let session = visitor.request();
        session.set_value(THEME, &"dark".to_owned()).unwrap();
        visitor.finish(&session).await;
        visitor
    };
    let dead = expired(&world, &ada.lifecycle).await;
    world.clock.advance(WINDOW);
    let before = (
        world.only_session("ada").await,
        world.only_session("eve").await,
    );
    for other in [eve.token(), anonymous.token()] {
        for values in [
            vec![ada.token(), other.clone()],
            vec![ada.token(), dead.clone(), other],
        ] {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            for session in requests(&ada.lifecycle, &values) {
                assert_eq!(who(&session).await, None);
                assert!(session.handle().await.unwrap().is_none());
                assert_eq!(finish(&session).await.said(), Said::Nothing);
                assert_eq!(world.events.take(), [Event::Ambiguous]);
            }
        }
    }
    assert_eq!(
        (
            world.only_session("ada").await,
            world.only_session("eve").await
        ),
        before
    );
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
    assert_eq!(eve.who().await.as_deref(), Some("eve"));
}

/// What is written under two that are alive goes to a session of nobody's.
async fn s36_a_write_under_two_alive_goes_to_neither(world: World) {
    let ada = world.signed_in("ada").await;
    let eve = world.signed_in("eve").await;
    for session in requests(&ada.lifecycle, &[&ada.token(), &eve.token()]) {
        session.set_value(THEME, &"dark".to_owned()).unwrap();
        let given = finish(&session).await.token().unwrap();
        assert_eq!(who(&request_with(&ada.lifecycle, &[&given])).await, None);
    }
    for browser in [&ada, &eve] {
        assert_eq!(browser.request().value(THEME).await.unwrap(), None);
    }
}

/// The old and the new token of one session are one session: the new one counts.
async fn s36_the_old_and_the_new_token_are_one_session(world: World) {
    let mut ada = world.signed_in("ada").await;
    let old = ada.token();
    let session = ada.request();
    session.rotate().await.unwrap();
    ada.finish(&session).await;
    world.events.take();
    world.clock.advance(crate::support::GRACE / 2);
    for session in requests(&ada.lifecycle, &[&old, &ada.token()]) {
        assert_eq!(who(&session).await.as_deref(), Some("ada"));
        session
            .set_remember(portcullis_session::Remember::Browser)
            .await
            .unwrap();
        let said = finish(&session).await.said();
        assert!(
            matches!(&said, Said::Token { value, .. } if *value == ada.token()),
            "{said:?}"
        );
    }
    assert_eq!(world.events.take(), []);
    // After the grace window the old one is a dead duplicate, and tells on itself.
    world.clock.advance(crate::support::GRACE);
    for session in requests(&ada.lifecycle, &[&old, &ada.token()]) {
        assert_eq!(who(&session).await.as_deref(), Some("ada"));
        assert!(matches!(world.events.take()[..], [Event::Reused(_)]));
    }
}

/// The same token twice is one token, at the price of one.
async fn s36_the_same_token_twice_is_one(world: World) {
    let ada = world.signed_in("ada").await;
    let token = ada.token();
    for session in requests(
        &ada.lifecycle,
        &[&token, &token, &token, &token, &token, &token],
    ) {
        assert_eq!(who(&session).await.as_deref(), Some("ada"));
        assert_eq!(world.store.take_calls(), [Verb::Load]);
    }
}

/// More than four different tokens are not looked up at all.
async fn s36_too_many_are_none(world: World) {
    let ada = world.signed_in("ada").await;
    let never: Vec<String> = (0..5).map(|_| invented()).collect();
    for (count, is_used) in [(3, true), (4, false), (5, false)] {
        let mut values: Vec<&str> = never[..count].iter().map(String::as_str).collect();
        values.push("garbage");
        let token = ada.token();
        for place in [0, 1, values.len()] {
            let mut values = values.clone();
            values.insert(place, &token);
            let session = request_with(&ada.lifecycle, &values);
            assert_eq!(
                who(&session).await.is_some(),
                is_used,
                "{count} others, place {place}"
            );
            assert_eq!(finish(&session).await.said(), Said::Nothing);
            let events = world.events.take();
            assert_eq!(events.is_empty(), is_used, "{events:?}");
            assert!(is_used || events == [Event::Ambiguous] && world.store.take_calls().is_empty());
            world.store.take_calls();
        }
    }
}

/// A log-out ends every session whose token the request presents.
async fn s36_a_log_out_ends_all_that_are_presented(world: World) {
    for order in [[0, 1], [1, 0]] {
        let browsers = [world.signed_in("ada").await, world.signed_in("eve").await];
        let tokens = order.map(|index| browsers[index].token());
        let session = request_with(&browsers[0].lifecycle, &[&tokens[0], &tokens[1]]);
        session.log_out().await.unwrap();
        assert_eq!(finish(&session).await.said(), Said::Removal);
        for browser in &browsers {
            assert!(world.is_dead(&browser.token()).await);
        }
    }
}

/// With a foreign living cookie in the way, signing in anew helps: both older sessions end.
async fn s36_signing_in_anew_clears_the_way(world: World) {
    let ada = world.signed_in("ada").await;
    let eve = world.signed_in("eve").await;
    for session in requests(&ada.lifecycle, &[&ada.token(), &eve.token()]) {
        session.log_in(login("ada")).await.unwrap();
        let given = finish(&session).await.token().unwrap();
        // The tossed cookie is still sent beside the new one, and is dead now.
        for session in requests(&ada.lifecycle, &[&given, &eve.token()]) {
            assert_eq!(who(&session).await.as_deref(), Some("ada"));
        }
        assert!(world.is_dead(&ada.token()).await);
    }
}

on_every_store!(
    s36_the_only_one_alive_is_used,
    s36_the_only_one_alive_lives_on,
    s36_two_alive_are_none,
    s36_a_write_under_two_alive_goes_to_neither,
    s36_the_old_and_the_new_token_are_one_session,
    s36_the_same_token_twice_is_one,
    s36_too_many_are_none,
    s36_a_log_out_ends_all_that_are_presented,
    s36_signing_in_anew_clears_the_way,
);
