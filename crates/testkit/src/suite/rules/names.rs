//! Names that look alike and are not the same.

use portcullis_core::Digest;
use portcullis_session::{Handle, Record, Revoke, SessionStore};

use crate::suite::fixtures::{START, handle, key, user};
use crate::suite::verbs::{current, delete, is_absent, list, put, revoke};

/// What a sloppy comparison, pattern, separator or case fold would take for one another.
const ALIKE: [&str; 28] = [
    "a", "A", "aa", "a.", "a-", "a_", "a%", "a*", "a?", "a:", "a/", "a|", "a,", "a;", "a'", "a\"",
    "a\\", "a`", "a'--", "a{b}", "a[b]", "a#b", "a$1", "a&b", "a=b", "0", "00", "NULL",
];

/// Users whose names look alike have nothing of each other.
pub async fn s40_similar_users_are_kept_apart<S: SessionStore>(store: &S) {
    let long = "x".repeat(254);
    let longest = ["y", "z"].map(|last| format!("{long}{last}"));
    let names: Vec<&str> = ALIKE
        .into_iter()
        .chain(longest.iter().map(String::as_str))
        .chain([&*long])
        .collect();
    for (number, name) in (0..).zip(&names) {
        put(store, &user(number, name), START).await;
    }
    for (number, name) in (0..).zip(&names) {
        let listed = list(store, name, START).await;
        assert_eq!(
            listed,
            [current(store, &key(number), START).await],
            "{name}"
        );
    }
    for (number, name) in (0..).zip(&names) {
        assert_eq!(revoke(store, name, Revoke::All, START).await, 1, "{name}");
        assert!(is_absent(store, &key(number), START).await, "{name}");
    }
}

/// Keys that differ in one bit, at either end or between, are different keys, and the keys of all
/// zeros and all ones are keys like others.
pub async fn s40_similar_keys_are_kept_apart<S: SessionStore>(store: &S) {
    let flipped = |byte: usize, bit: u8| {
        let mut bytes = *key(1).as_bytes();
        if let Some(byte) = bytes.get_mut(byte) {
            *byte ^= bit;
        }
        Digest::from_bytes(bytes)
    };
    let mut keys = vec![
        key(1),
        Digest::from_bytes([0; 32]),
        Digest::from_bytes([255; 32]),
    ];
    keys.extend((0..32).map(|byte| flipped(byte, 1)));
    keys.push(flipped(0, 128));
    for (number, key) in (0..).zip(&keys) {
        assert!(
            is_absent(store, key, START).await,
            "{key:?} was not put yet"
        );
        put(
            store,
            &Record {
                key: *key,
                ..user(number, "ada")
            },
            START,
        )
        .await;
    }
    for (number, key) in (0..).zip(&keys) {
        assert_eq!(
            current(store, key, START).await.record.handle,
            handle(number)
        );
        assert!(delete(store, key, START).await);
    }
    assert_eq!(list(store, "ada", START).await, []);
}

/// Handles that differ in one bit are different handles, and those of all zeros and all ones are
/// handles like others.
pub async fn s40_similar_handles_are_kept_apart<S: SessionStore>(store: &S) {
    let mut handles = vec![handle(0), Handle::from_bytes([255; 16])];
    handles.extend((0..16).map(|byte| Handle::from_bytes((1_u128 << (byte * 8)).to_be_bytes())));
    handles.sort_unstable();
    for (number, handle) in (0..).zip(&handles) {
        put(
            store,
            &Record {
                handle: *handle,
                ..user(number, "ada")
            },
            START,
        )
        .await;
    }
    let listed = list(store, "ada", START).await;
    let found: Vec<_> = listed.iter().map(|loaded| loaded.record.handle).collect();
    assert_eq!(found, handles, "in the order of their bytes");
    for (number, handle) in (0..).zip(&handles) {
        assert_eq!(
            revoke(store, "ada", Revoke::One(*handle), START).await,
            1,
            "{handle}"
        );
        assert!(is_absent(store, &key(number), START).await, "{handle}");
    }
}
