//! What a session is known by, and what it is not.

use std::sync::atomic::{AtomicU8, Ordering};

use portcullis_core::{Digest, Random};
use portcullis_session::{Event, Login, Lookup, Revoke, SessionErrorKind};

use crate::support::{
    Browser, CART, COUNT, HOUR, START, THEME, Verb, When, World, digest, finish, finish_with, how,
    invented, login, method, on_every_store, request_with, subject, text_of, who,
};

/// A generator whose every filling is of one byte more than the one before.
fn counting() -> Random {
    let next = AtomicU8::new(1);
    Random::test(move |bytes| {
        bytes.fill(next.fetch_add(1, Ordering::SeqCst));
        Ok(())
    })
}

/// The cookie is 32 bytes of the generator that a test put in, and nothing else.
async fn s01_a_token_is_256_bits_of_the_generator(world: World) {
    let lifecycle = world.lifecycle().with_random(counting());
    let mut browser = Browser::new(&lifecycle);
    browser.log_in(login("ada")).await;
    assert_eq!(browser.token(), text_of([1; 32]));
    assert_eq!(
        world.handle("ada").await.as_bytes(),
        &[2; 16],
        "made apart from the token"
    );
    assert_eq!(
        world.only_session("ada").await.record.key,
        Digest::of(&[1; 32])
    );
}

/// Without a test's generator no two sessions have a byte in common beyond chance.
async fn s01_tokens_of_the_system_share_nothing(world: World) {
    let mut tokens = Vec::new();
    for _ in 0..64 {
        let mut browser = world.browser();
        browser.log_in(login("ada")).await;
        tokens.push(browser.token());
    }
    for place in 0..42 {
        let at = |token: &String| token.as_bytes()[place];
        let mut seen: Vec<u8> = tokens.iter().map(at).collect();
        seen.sort_unstable();
        seen.dedup();
        assert!(
            seen.len() > 16,
            "{} characters at place {place}",
            seen.len()
        );
    }
}

/// A generator that says the same twice makes no second session, and harms no first one.
async fn s01_a_generator_that_repeats_itself_overwrites_nothing(world: World) {
    let lifecycle = world.lifecycle().with_random(Random::repeating(7));
    let mut ada = Browser::new(&lifecycle);
    ada.log_in(login("ada")).await;
    let before = world.only_session("ada").await;

    let session = Browser::new(&lifecycle).request();
    let refused = session.log_in(login("eve")).await.unwrap_err();
    assert_eq!(refused.kind(), SessionErrorKind::Random);
    assert_eq!(finish(&session).await.token(), None);

    let session = ada.request();
    let refused = session.rotate().await.unwrap_err();
    assert_eq!(refused.kind(), SessionErrorKind::Random);
    assert_eq!(finish(&session).await.token(), None);

    assert_eq!(world.only_session("ada").await, before);
    assert_eq!(world.sessions("eve").await, []);
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
}

/// Without random bytes nobody gets a session, and nobody loses one.
async fn s01_without_random_bytes_there_is_no_session(world: World) {
    let mut ada = world.signed_in("ada").await;
    ada.lifecycle = world.lifecycle().with_random(Random::failing());
    let session = ada.request();
    for refused in [session.log_in(login("eve")).await, session.rotate().await] {
        assert_eq!(refused.unwrap_err().kind(), SessionErrorKind::Random);
    }
    assert_eq!(finish(&session).await.token(), None);
    let visitor = Browser::new(&ada.lifecycle).request();
    visitor.set_value(THEME, &"dark".to_owned()).unwrap();
    let (answer, committed) = finish_with(&visitor, Default::default()).await;
    assert_eq!(committed.unwrap_err().kind(), SessionErrorKind::Random);
    assert_eq!(answer.token(), None);
    assert!(!world.store.take_calls().contains(&Verb::Create));
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
}

/// One life with everything in it; gives every token that a browser ever held.
async fn a_whole_life(world: &World) -> Vec<String> {
    let mut browser = world.browser();
    let mut tokens = Vec::new();

    let session = browser.request();
    session.set_value(CART, &vec!["book".to_owned()]).unwrap();
    browser.finish(&session).await;
    tokens.push(browser.token());

    let session = browser.request();
    session
        .begin_login(subject("ada"), method("pwd"))
        .await
        .unwrap();
    browser.finish(&session).await;
    tokens.push(browser.token());

    browser.log_in(login("ada").keeping(CART)).await;
    tokens.push(browser.token());

    let session = browser.request();
    session.set_value(COUNT, &7).unwrap();
    session.rotate().await.unwrap();
    browser.finish(&session).await;
    tokens.push(browser.token());

    let session = browser.request();
    let strong = how("otp", portcullis_core::Level::Multi, START);
    session.authenticate_again(strong).await.unwrap();
    session.devices().await.unwrap();
    browser.finish(&session).await;
    tokens.push(browser.token());

    let mut other = world.browser();
    other.log_in(login("ada")).await;
    tokens.push(other.token());
    browser.request().revoke_others().await.unwrap();
    let session = browser.request();
    session.log_out().await.unwrap();
    browser.finish(&session).await;
    tokens
}

/// Nothing of what a store is given is a token, nor made of its bytes.
async fn s02_no_store_is_given_a_token(world: World) {
    let tokens = a_whole_life(&world).await;
    assert_eq!(tokens.len(), 6);
    for token in &tokens {
        assert!(
            !world.store.was_given(token.as_bytes()),
            "the text of a token"
        );
        let raw = raw(token);
        assert!(!world.store.was_given(&raw), "the bytes of a token");
        assert!(
            !world.store.was_given(hex(&raw).as_bytes()),
            "a token in hexadecimal"
        );
        assert!(
            world.store.was_given(digest(token).as_bytes()),
            "its digest is what stores see"
        );
    }
}

/// Whatever a thief reads in a store, sent as a cookie, opens nothing.
async fn s02_nothing_in_a_store_opens_a_session(world: World) {
    let ada = world.signed_in("ada").await;
    let stolen = world.store.digests();
    assert!(stolen.contains(&digest(&ada.token())));
    for stolen in stolen {
        let thief = request_with(&ada.lifecycle, &[&text_of(*stolen.as_bytes())]);
        assert_eq!(who(&thief).await, None);
    }
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
}

/// The bytes that a token is the text of.
fn raw(token: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'-' => 62,
        _ => 63,
    };
    let bits = token
        .bytes()
        .flat_map(|c| (0..6).rev().map(move |bit| value(c) >> bit & 1));
    let bits: Vec<u8> = bits.take(256).collect();
    let bytes = bits
        .chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit));
    bytes.collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A handle names a session in lists, through rotations too, and opens nothing.
async fn s03_a_handle_names_and_does_not_open(world: World) {
    let mut ada = world.signed_in("ada").await;
    let handle = world.handle("ada").await;
    let session = ada.request();
    session.rotate().await.unwrap();
    assert_eq!(session.handle().await.unwrap(), Some(handle));
    ada.finish(&session).await;
    let devices = ada.request().devices().await.unwrap();
    assert_eq!(
        devices.iter().map(|d| d.handle()).collect::<Vec<_>>(),
        [handle]
    );
    for text in [handle.to_string(), format!("{handle}AAAAAAAAAAA")] {
        assert_eq!(who(&request_with(&ada.lifecycle, &[&text])).await, None);
    }
}

/// A handle that belongs to somebody else revokes nothing.
async fn s03_revoking_checks_whose_handle_it_is(world: World) {
    let ada = world.signed_in("ada").await;
    let bob = world.signed_in("bob").await;
    let of_ada = world.handle("ada").await;
    assert!(!bob.request().revoke(of_ada).await.unwrap());
    let ended = bob
        .lifecycle
        .revoke(&subject("bob"), Revoke::One(of_ada))
        .await
        .unwrap();
    assert_eq!((ended, world.events.take()), (0, vec![]));
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
    assert_eq!(bob.who().await.as_deref(), Some("bob"));
    assert!(ada.request().revoke(of_ada).await.unwrap());
    assert_eq!(ada.who().await, None);
}

/// No text that anything of ours prints has a token in it, whatever went wrong.
async fn s04_no_text_has_a_token_in_it(world: World) {
    let mut texts = Vec::new();
    let mut tokens = a_whole_life(&world).await;
    let mut ada = world.signed_in("ada").await;
    tokens.push(ada.token());

    let session = ada.request();
    session.set_value(CART, &vec![ada.token()]).unwrap();
    session.rotate().await.unwrap();
    let devices = session.devices().await.unwrap();
    let principal = session.principal().await.unwrap();
    let answer = ada.finish(&session).await;
    tokens.push(ada.token());
    texts.push(format!(
        "{session:?} {session:#?} {devices:#?} {principal:#?} {:#?}",
        ada.lifecycle
    ));
    texts.push(format!(
        "{:?} {:?}",
        answer.headers,
        world.stored(&ada.token()).await
    ));

    for (verb, when) in [(Verb::Load, When::Before), (Verb::Load, When::After)] {
        world.store.fail(verb, when);
        let session = ada.request();
        let error = session.principal().await.unwrap_err();
        texts.push(format!("{error} {error:#?} {session:?}"));
    }
    let session = ada.request();
    let error = session.value(CART).await.unwrap();
    assert!(
        error.is_some(),
        "the value is there, and is a token by the handler's own doing"
    );
    let error = session
        .value(portcullis_session::Key::<u32>::new("cart"))
        .await
        .unwrap_err();
    texts.push(format!("{error} {:?}", error.kind()));
    texts.push(format!("{:#?} {:?}", world.events.take(), login("ada")));
    texts.push(format!(
        "{:?}",
        Login::new(subject("ada"), how("pwd", Default::default(), START))
    ));

    for token in &tokens {
        for text in &texts {
            assert!(!text.contains(token.as_str()), "a token in {text}");
            assert!(
                !text.contains(&hex(&raw(token))),
                "a token's bytes in {text}"
            );
        }
    }
}

/// What is not a token asks no store anything, whatever is done with the session.
async fn s05_a_malformed_cookie_calls_no_store(world: World) {
    let ada = world.signed_in("ada").await;
    let good = ada.token();
    let mut bad: Vec<String> = (0..43).map(|len| good[..len].to_owned()).collect();
    bad.extend((1..43).map(|from| good[from..].to_owned()));
    bad.extend([
        format!("{good}A"),
        format!("{good}="),
        good.repeat(2),
        "a".repeat(4000),
    ]);
    bad.extend(
        [
            "\"\"",
            "..",
            "user:1",
            "../../etc/passwd",
            "*",
            "null",
            "%41",
        ]
        .map(String::from),
    );
    bad.extend([b'.', b'=', b'+', b'/', b'%', b'~'].map(|byte| {
        let mut text = good.clone().into_bytes();
        text[20] = byte;
        String::from_utf8(text).unwrap()
    }));
    for value in &bad {
        let session = request_with(&ada.lifecycle, &[value]);
        assert_eq!(who(&session).await, None, "{value:?}");
        assert!(session.pending().await.unwrap().is_none());
        assert_eq!(session.value(THEME).await.unwrap(), None);
        session.log_out().await.unwrap();
        finish(&session).await;
        assert_eq!(world.store.take_calls(), [], "{value:?}");
    }
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
}

/// Every change of one character of a living token opens nothing.
async fn s05_every_neighbour_of_a_token_opens_nothing(world: World) {
    let ada = world.signed_in("ada").await;
    for place in 0..43 {
        let mut text = ada.token().into_bytes();
        text[place] = if text[place] == b'A' { b'Q' } else { b'A' };
        let text = String::from_utf8(text).unwrap();
        assert_eq!(
            who(&request_with(&ada.lifecycle, &[&text])).await,
            None,
            "{place}"
        );
    }
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
}

/// Ids that were never given out make no session, and reading makes none either.
async fn s06_an_invented_id_is_not_adopted(world: World) {
    let lifecycle = world.lifecycle();
    for _ in 0..1000 {
        let session = request_with(&lifecycle, &[&invented()]);
        assert_eq!(who(&session).await, None);
        assert_eq!(finish(&session).await.token(), None);
    }
    let calls = world.store.take_calls();
    assert!(
        calls.iter().all(|verb| *verb == Verb::Load),
        "a session was made"
    );
}

/// What is written under an invented, expired or ended id goes to a session with an id of ours.
async fn s06_a_write_under_an_unknown_id_gets_a_fresh_one(world: World) {
    let expired = world.signed_in("ada").await;
    world.clock.advance(2 * HOUR);
    let ended = world.signed_in("bob").await;
    ended.request().log_out().await.unwrap();
    for planted in [invented(), expired.token(), ended.token()] {
        let session = request_with(&ended.lifecycle, &[&planted]);
        session.set_value(THEME, &"dark".to_owned()).unwrap();
        let given = finish(&session).await.token().expect("a session was made");
        assert_ne!(given, planted);
        assert_eq!(world.stored(&planted).await, Lookup::Absent);
        let again = request_with(&ended.lifecycle, &[&given]);
        assert_eq!(again.value(THEME).await.unwrap().as_deref(), Some("dark"));
        assert_eq!(who(&again).await, None);
    }
}

/// Who logs in under an id that was planted gets another; the planted one opens nothing.
async fn s06_a_login_under_a_planted_id_gets_a_fresh_one(world: World) {
    let mut attacker = world.browser();
    let session = attacker.request();
    session.set_value(THEME, &"mine".to_owned()).unwrap();
    attacker.finish(&session).await;
    for planted in [invented(), attacker.token()] {
        let mut victim = world.browser();
        victim.cookie = Some(planted.clone());
        let given = victim
            .log_in(login("ada"))
            .await
            .token()
            .expect("a login gives a token");
        assert_ne!(given, planted);
        assert_eq!(world.stored(&planted).await, Lookup::Absent);
        assert_eq!(
            who(&request_with(&victim.lifecycle, &[&planted])).await,
            None
        );
        assert_eq!(victim.who().await.as_deref(), Some("ada"));
        let events = world.events.take();
        assert!(
            matches!(&events[..], [Event::LoggedIn { evicted: 0, .. }]),
            "{events:?}"
        );
    }
}

on_every_store!(
    s01_a_token_is_256_bits_of_the_generator,
    s01_tokens_of_the_system_share_nothing,
    s01_a_generator_that_repeats_itself_overwrites_nothing,
    s01_without_random_bytes_there_is_no_session,
    s02_no_store_is_given_a_token,
    s02_nothing_in_a_store_opens_a_session,
    s03_a_handle_names_and_does_not_open,
    s03_revoking_checks_whose_handle_it_is,
    s04_no_text_has_a_token_in_it,
    s05_a_malformed_cookie_calls_no_store,
    s05_every_neighbour_of_a_token_opens_nothing,
    s06_an_invented_id_is_not_adopted,
    s06_a_write_under_an_unknown_id_gets_a_fresh_one,
    s06_a_login_under_a_planted_id_gets_a_fresh_one,
);
