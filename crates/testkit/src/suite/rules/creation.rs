//! New sessions: one to a key and one to a handle.

use portcullis_session::{Created, Lookup, Record, SessionStore};

use crate::suite::fixtures::{START, anonymous, data, handle, key, secs, user};
use crate::suite::run::together;
use crate::suite::verbs::{create, current, delete, find, is_absent, list, put, rotate};

const ROUNDS: u64 = 24;

/// Of any number of sessions under one key, one is created; the others change nothing.
pub async fn s19_of_parallel_creations_under_one_key_one_is_done<S: SessionStore>(store: &S) {
    for round in 1..=ROUNDS {
        let record = |number: u64| Record {
            key: key(round),
            data: data(&[("by", number.to_string().as_bytes())]),
            ..user(round * 100 + number, "ada")
        };
        let attempt =
            |number| async move { create(store, record(number), None, None, START).await };
        let created = together((0..6).map(attempt));
        let done = created
            .iter()
            .filter(|it| **it == Created::Done { evicted: 0 })
            .count();
        assert_eq!(done, 1, "{created:?}");
        let loaded = current(store, &key(round), START).await;
        let winner = (0..6).zip(&created).find(|(_, it)| **it != Created::Exists);
        let winner = winner.map(|(number, _)| record(number));
        assert_eq!(
            winner.as_ref(),
            Some(&*loaded.record),
            "another one was told that it is done"
        );
        assert_eq!(list(store, "ada", START).await, [loaded]);
        assert!(delete(store, &key(round), START).await);
    }
}

/// Of any number of sessions of a user with one handle, one is created.
pub async fn s19_of_parallel_creations_with_one_handle_one_is_done<S: SessionStore>(store: &S) {
    for round in 1..=ROUNDS {
        let attempt = |number| async move {
            let record = Record {
                handle: handle(round),
                ..user(round * 100 + number, "ada")
            };
            create(store, record, None, None, START).await
        };
        let created = together((0..6).map(attempt));
        let done = created
            .iter()
            .filter(|it| **it == Created::Done { evicted: 0 })
            .count();
        assert_eq!(done, 1, "{created:?}");
        let listed = list(store, "ada", START).await;
        let [loaded] = &listed[..] else {
            panic!("one session, not {listed:?}")
        };
        assert!(delete(store, &loaded.record.key, START).await);
    }
}

/// A creation under a taken key, or with a taken handle, changes nothing: not what is there, not
/// what it should replace, nothing for the cap.
pub async fn s19_a_creation_that_is_refused_changes_nothing<S: SessionStore>(store: &S) {
    for number in 1..=3 {
        put(store, &user(number, "ada"), START).await;
    }
    // Key 3 becomes remembered, 4 in its grace window, 5 the current one.
    rotate(store, &key(3), &key(4), START).await;
    rotate(store, &key(4), &key(5), START).await;
    let before = list(store, "ada", START).await;
    let fresh = Record {
        data: data(&[]),
        ..user(9, "ada")
    };
    let by_key = [1, 3, 4, 5].map(|taken| Record {
        key: key(taken),
        ..fresh.clone()
    });
    let by_handle = Record {
        handle: handle(1),
        ..fresh
    };
    for record in by_key.into_iter().chain([by_handle]) {
        let replaced = key(2);
        let created = create(store, record.clone(), Some(&replaced), Some(1), secs(1)).await;
        assert_eq!(created, Created::Exists, "{record:?}");
        assert_eq!(list(store, "ada", secs(1)).await, before, "{record:?}");
        assert!(!is_absent(store, &replaced, secs(1)).await, "{record:?}");
    }
    assert!(is_absent(store, &key(9), secs(1)).await);
    let graced = find(store, &key(4), secs(1)).await;
    assert!(matches!(graced, Lookup::Predecessor(_)), "{graced:?}");
}

/// A session is there as soon as its creation has returned, with the last visit at that time.
pub async fn s19_a_created_session_is_there<S: SessionStore>(store: &S) {
    let record = anonymous(1);
    put(store, &record, secs(5)).await;
    let loaded = current(store, &key(1), secs(5)).await;
    assert_eq!((&*loaded.record, loaded.seen_at), (&record, secs(5)));
}
