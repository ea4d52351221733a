//! Values, and requests that write them at the same time.

use futures_util::future::join;
use portcullis_session::{Key, Lookup, SessionErrorKind};

use crate::support::{
    Browser, CART, COUNT, SIDES, THEME, Verb, World, finish, finish_with, login, on_every_store,
    together,
};

async fn theme_and_count(browser: &Browser) -> (Option<String>, Option<u32>) {
    let session = browser.request();
    (
        session.value(THEME).await.unwrap(),
        session.value(COUNT).await.unwrap(),
    )
}

/// Two requests that have both read write different values: both are kept, in either order, also
/// if one of them is held in the store.
async fn s15_writes_to_different_keys_are_both_kept(world: World) {
    for when in SIDES {
        let ada = world.signed_in("ada").await;
        let (one, other) = (ada.request(), ada.request());
        one.set_value(THEME, &"dark".to_owned()).unwrap();
        other.set_value(COUNT, &7).unwrap();
        for session in [&one, &other] {
            assert!(session.handle().await.unwrap().is_some(), "both have read");
        }
        let gate = world.store.hold(Verb::Update, when);
        let passing = async {
            gate.reached().await;
            finish(&other).await;
            gate.open();
        };
        join(finish(&one), passing).await;
        assert_eq!(
            theme_and_count(&ada).await,
            (Some("dark".to_owned()), Some(7)),
            "{when:?}"
        );
        ada.request().log_out().await.unwrap();
    }
}

/// What one request removes stays removed when another one writes something else.
async fn s15_a_removal_and_a_write_are_both_kept(world: World) {
    let ada = world.signed_in("ada").await;
    let session = ada.request();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    finish(&session).await;
    let (one, other) = (ada.request(), ada.request());
    one.remove_value(THEME).unwrap();
    other.set_value(COUNT, &7).unwrap();
    assert!(one.handle().await.unwrap().is_some() && other.handle().await.unwrap().is_some());
    finish(&one).await;
    finish(&other).await;
    assert_eq!(theme_and_count(&ada).await, (None, Some(7)));
}

/// Sixteen requests on as many threads, a value each: all are kept.
async fn s15_many_writers_lose_nothing(world: World) {
    const NAMES: [&str; 16] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p",
    ];
    let ada = world.signed_in("ada").await;
    for round in 0..10 {
        together(NAMES.len(), async |index| {
            let session = ada.request();
            assert!(session.handle().await.unwrap().is_some());
            session.set_value(Key::new(NAMES[index]), &round).unwrap();
            finish(&session).await;
        });
        let session = ada.request();
        for name in NAMES {
            assert_eq!(
                session.value::<i32>(Key::new(name)).await.unwrap(),
                Some(round),
                "{name}"
            );
        }
    }
}

/// Of two writes to one value the one that is committed last counts.
async fn s15_the_last_write_to_a_key_counts(world: World) {
    let ada = world.signed_in("ada").await;
    for when in SIDES {
        let (first, last) = (ada.request(), ada.request());
        first.set_value(COUNT, &1).unwrap();
        last.set_value(COUNT, &2).unwrap();
        assert!(first.handle().await.unwrap().is_some() && last.handle().await.unwrap().is_some());
        let gate = world.store.hold(Verb::Update, when);
        let passing = async {
            gate.reached().await;
            finish(&last).await;
            gate.open();
        };
        join(finish(&first), passing).await;
        // Held before it was written, the first becomes the last.
        let expected = if when == crate::support::When::Before {
            1
        } else {
            2
        };
        assert_eq!(theme_and_count(&ada).await.1, Some(expected), "{when:?}");
    }
}

/// Who asks to be told is told that the value was changed, and changes nothing; a change of
/// another value is no conflict.
async fn s15_a_lost_race_is_an_error_if_asked_for(world: World) {
    let ada = world.signed_in("ada").await;
    let strict = ada.request();
    strict.refuse_conflicts();
    assert_eq!(strict.value(COUNT).await.unwrap(), None);
    let other = ada.request();
    other.set_value(COUNT, &1).unwrap();
    finish(&other).await;
    strict.set_value(COUNT, &2).unwrap();
    strict.set_value(THEME, &"dark".to_owned()).unwrap();
    let (answer, committed) = finish_with(&strict, Default::default()).await;
    assert_eq!(committed.unwrap_err().kind(), SessionErrorKind::Conflict);
    assert_eq!(answer.token(), None);
    assert_eq!(theme_and_count(&ada).await, (None, Some(1)));

    let strict = ada.request();
    strict.refuse_conflicts();
    assert_eq!(strict.value(COUNT).await.unwrap(), Some(1));
    let other = ada.request();
    other.set_value(THEME, &"dark".to_owned()).unwrap();
    finish(&other).await;
    strict.set_value(COUNT, &3).unwrap();
    finish(&strict).await;
    assert_eq!(
        theme_and_count(&ada).await,
        (Some("dark".to_owned()), Some(3))
    );
}

/// A write after a rotation by another request goes to the same session.
async fn s15_a_write_meets_a_rotation(world: World) {
    let mut ada = world.signed_in("ada").await;
    let (writer, rotator) = (ada.request(), ada.request());
    writer.set_value(THEME, &"dark".to_owned()).unwrap();
    assert!(writer.handle().await.unwrap().is_some());
    rotator.rotate().await.unwrap();
    let rotated = finish(&rotator).await;
    assert_eq!(
        finish(&writer).await.token(),
        None,
        "the writer's answer says nothing of a token"
    );
    ada.take(&rotated);
    assert_eq!(theme_and_count(&ada).await.0.as_deref(), Some("dark"));
}

/// A value that is set while another is being written is not lost.
async fn s15_a_value_set_during_a_write_is_kept(world: World) {
    for signed_in in [true, false] {
        let mut browser = world.browser();
        if signed_in {
            browser.log_in(login("ada")).await;
        }
        let session = browser.request();
        session.set_value(THEME, &"dark".to_owned()).unwrap();
        session.set_value(COUNT, &1).unwrap();
        let verb = if signed_in {
            Verb::Update
        } else {
            Verb::Create
        };
        let gate = world.store.hold(verb, crate::support::When::After);
        let meanwhile = async {
            gate.reached().await;
            session.set_value(COUNT, &2).unwrap();
            session.set_value(CART, &vec!["book".to_owned()]).unwrap();
            gate.open();
        };
        let (committed, ()) = join(session.commit(), meanwhile).await;
        committed.unwrap();
        assert!(session.is_dirty(), "it waits to be written");
        browser.finish(&session).await;
        assert_eq!(
            theme_and_count(&browser).await,
            (Some("dark".to_owned()), Some(2))
        );
        assert!(browser.request().value(CART).await.unwrap().is_some());
    }
}

/// What is over the limit is refused whole; the session and its values stay.
async fn s15_too_many_bytes_are_refused_whole(world: World) {
    let policy = crate::support::policy().with_max_bytes(64).unwrap();
    let ada = world.signed_in_with("ada", policy).await;
    let session = ada.request();
    session.set_value(COUNT, &1).unwrap();
    finish(&session).await;
    let session = ada.request();
    session.set_value(COUNT, &2).unwrap();
    session.set_value(THEME, &"x".repeat(64)).unwrap();
    let (_, committed) = finish_with(&session, Default::default()).await;
    assert_eq!(committed.unwrap_err().kind(), SessionErrorKind::TooLarge);
    assert_eq!(theme_and_count(&ada).await, (None, Some(1)));

    let visitor = Browser::new(&ada.lifecycle);
    let session = visitor.request();
    session.set_value(THEME, &"x".repeat(64)).unwrap();
    let (answer, committed) = finish_with(&session, Default::default()).await;
    assert_eq!(committed.unwrap_err().kind(), SessionErrorKind::TooLarge);
    assert_eq!(answer.token(), None);
}

/// The limit itself is allowed, to whoever is new and to whoever is known.
async fn s15_as_many_bytes_as_are_allowed_are_written(world: World) {
    const LIMIT: usize = 64;
    let policy = crate::support::policy().with_max_bytes(LIMIT).unwrap();
    let lifecycle = world.lifecycle_with(policy);
    let mut written = Vec::new();
    for length in LIMIT / 2..=LIMIT {
        let mut visitor = Browser::new(&lifecycle);
        // The second time the session is there.
        for letter in ["x", "y"] {
            let session = visitor.request();
            session.set_value(THEME, &letter.repeat(length)).unwrap();
            let (answer, committed) = finish_with(&session, Default::default()).await;
            if committed.is_ok() {
                visitor.take(&answer);
                let Lookup::Current { loaded, .. } = world.stored(&visitor.token()).await else {
                    panic!("it was written");
                };
                written.push((letter, loaded.record.data.len()));
            }
        }
    }
    for letter in ["x", "y"] {
        let lengths = written.iter().filter(|(by, _)| *by == letter);
        assert_eq!(lengths.map(|(_, bytes)| *bytes).max(), Some(LIMIT));
    }
}

/// A value of another shape is an error of that value; the session and all else live on.
async fn s44_a_value_of_another_shape_is_its_own_error(world: World) {
    const COUNT_AS_TEXT: Key<String> = Key::new("count");
    let ada = world.signed_in("ada").await;
    let session = ada.request();
    session
        .set_value(COUNT_AS_TEXT, &"seven".to_owned())
        .unwrap();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    let error = session.value(COUNT).await.unwrap_err();
    assert_eq!(
        error.kind(),
        SessionErrorKind::Value,
        "before it was written, too"
    );
    finish(&session).await;

    let session = ada.request();
    let error = session.value(COUNT).await.unwrap_err();
    assert_eq!(error.kind(), SessionErrorKind::Value);
    assert_eq!(crate::support::who(&session).await.as_deref(), Some("ada"));
    assert_eq!(session.value(THEME).await.unwrap().as_deref(), Some("dark"));
    session.set_value(THEME, &"light".to_owned()).unwrap();
    finish(&session).await;
    let devices = ada.request().devices().await.unwrap();
    assert_eq!(
        devices[0].value(COUNT).unwrap_err().kind(),
        SessionErrorKind::Value
    );

    let session = ada.request();
    assert_eq!(
        session.value(COUNT_AS_TEXT).await.unwrap().as_deref(),
        Some("seven")
    );
    session.set_value(COUNT, &7).unwrap();
    finish(&session).await;
    assert_eq!(
        theme_and_count(&ada).await,
        (Some("light".to_owned()), Some(7))
    );
}

/// A value that cannot be written is an error of that call, and changes nothing.
async fn s44_a_value_that_cannot_be_written_changes_nothing(world: World) {
    const PAIRS: Key<std::collections::HashMap<Vec<u8>, u8>> = Key::new("pairs");
    let ada = world.signed_in("ada").await;
    let session = ada.request();
    let error = session
        .set_value(PAIRS, &[(vec![1], 1)].into())
        .unwrap_err();
    assert_eq!(error.kind(), SessionErrorKind::Value);
    assert!(!session.is_dirty());
    assert_eq!(crate::support::who(&session).await.as_deref(), Some("ada"));
}

on_every_store!(
    s15_writes_to_different_keys_are_both_kept,
    s15_a_removal_and_a_write_are_both_kept,
    s15_many_writers_lose_nothing,
    s15_the_last_write_to_a_key_counts,
    s15_a_lost_race_is_an_error_if_asked_for,
    s15_a_write_meets_a_rotation,
    s15_a_value_set_during_a_write_is_kept,
    s15_as_many_bytes_as_are_allowed_are_written,
    s15_too_many_bytes_are_refused_whole,
    s44_a_value_of_another_shape_is_its_own_error,
    s44_a_value_that_cannot_be_written_changes_nothing,
);
