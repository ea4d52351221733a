//! What is not there, was never there or has expired.

use portcullis_core::{Digest, Random, Timestamp, Token};
use portcullis_session::{
    Change, Created, Lookup, Record, Renewal, Revoke, Rotated, SessionStore, Updated, codec,
};

use crate::suite::fixtures::{IDLE, MILLI, START, handle, key, rotation, subject, user};
use crate::suite::verbs::{
    current, delete, find, is_absent, limit, list, put, revoke, visit, well,
};

/// What comes out of a store is the digest that went in, and nowhere the token that it is of.
pub async fn s02_nothing_that_a_store_gives_back_opens_a_session<S: SessionStore>(store: &S) {
    let token = Token::generate(&Random::system()).expect("the system has random bytes");
    let record = Record {
        key: token.digest(),
        ..user(1, "ada")
    };
    put(store, &record, START).await;
    let loaded = current(store, &token.digest(), START).await;
    let listed = list(store, "ada", START).await;
    assert_eq!(loaded.record.key, token.digest());
    assert_eq!(listed, std::slice::from_ref(&loaded));
    let text = token.encode();
    let text = text.expose_secret();
    assert!(
        !format!("{loaded:?}{listed:?}").contains(text),
        "the token shows"
    );
    let body = codec::encode(&loaded.record);
    assert!(
        !body.windows(text.len()).any(|part| part == text.as_bytes()),
        "the token is kept"
    );
    assert!(is_absent(store, &Digest::of(text.as_bytes()), START).await);
}

/// An unknown key is a value, not an error, and no verb makes a session of it.
pub async fn s06_an_unknown_key_is_absent_and_never_adopted<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let before = current(store, &key(1), START).await;
    for unknown in [
        key(2),
        Digest::from_bytes([0; 32]),
        Digest::from_bytes([255; 32]),
    ] {
        nothing_happens_to(store, &unknown, START).await;
    }
    assert_eq!(revoke(store, "bob", Revoke::All, START).await, 0);
    assert_eq!(list(store, "bob", START).await, []);
    assert_eq!(
        current(store, &key(1), START).await,
        before,
        "others are left alone"
    );
}

/// Every verb that takes a key finds nothing there, and leaves nothing there.
async fn nothing_happens_to<S: SessionStore>(store: &S, absent: &Digest, now: Timestamp) {
    assert_eq!(find(store, absent, now).await, Lookup::Absent);
    assert_eq!(visit(store, absent, now).await, Lookup::Absent);
    let everything = Change {
        data: Some(Default::default()),
        lifetime: None,
    };
    for (version, change) in [(0, Change::default()), (1, everything)] {
        let updated = well(store.update(absent, version, change, now).await);
        assert_eq!(updated, Updated::Gone);
    }
    let rotated = well(store.rotate(absent, rotation(key(99), now), now).await);
    assert_eq!(rotated, Rotated::Gone);
    assert!(
        is_absent(store, &key(99), now).await,
        "a rotation of nothing made a session"
    );
    assert!(
        !delete(store, absent, now).await,
        "there was nothing to delete"
    );
    assert!(is_absent(store, absent, now).await);
}

/// An expired session is absent for every verb, whether or not it still takes up room.
pub async fn s08_what_has_expired_is_absent_for_every_verb<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let end = START.after(IDLE);
    assert!(
        !is_absent(store, &key(1), end.before(MILLI)).await,
        "alive until its end"
    );
    nothing_happens_to(store, &key(1), end).await;
    assert_eq!(list(store, "ada", end).await, []);
    for which in [
        Revoke::One(handle(1)),
        Revoke::AllBut(handle(9)),
        Revoke::All,
    ] {
        assert_eq!(
            revoke(store, "ada", which, end).await,
            0,
            "{which:?} counts the living"
        );
    }
}

/// The keys that led to an expired session lead nowhere, in the grace window as after it.
pub async fn s08_old_keys_of_an_expired_session_are_absent<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let end = START.after(IDLE);
    let mut last = rotation(key(2), end);
    last.grace_until = end.after(IDLE);
    last.remember_until = end.after(IDLE * 2);
    let rotated = well(store.rotate(&key(1), last, end.before(MILLI)).await);
    assert!(matches!(rotated, Rotated::Done(_)), "{rotated:?}");
    for now in [end, end.after(IDLE), end.after(IDLE + MILLI)] {
        assert!(
            is_absent(store, &key(1), now).await,
            "the old key at {now:?}"
        );
        assert!(is_absent(store, &key(2), now).await, "the key at {now:?}");
        assert!(!delete(store, &key(1), now).await);
    }
}

/// An expired session no longer occupies its key, its handle or a place under the cap.
pub async fn s08_an_expired_session_is_in_nobodys_way<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    put(store, &user(2, "ada"), START).await;
    let end = START.after(IDLE);
    let later = |record: Record| Record {
        created_at: end,
        version: 5,
        ..record
    };
    let same_handle = Record {
        key: key(3),
        ..later(user(2, "ada"))
    };
    for record in [later(user(1, "ada")), same_handle] {
        let created = well(
            store
                .create(record.clone(), None, Some(limit(2)), end)
                .await,
        );
        assert_eq!(created, Created::Done { evicted: 0 });
        assert_eq!(*current(store, &record.key, end).await.record, record);
    }
    assert_eq!(list(store, "ada", end).await.len(), 2);
    let never = well(
        store
            .load(&key(2), Renewal::IfSeenBy(Timestamp::MAX), end)
            .await,
    );
    assert_eq!(never, Lookup::Absent);
    assert_eq!(
        well(store.revoke(&subject("ada"), Revoke::All, end).await),
        2
    );
}
