//! The verbs as the rules use them: a store that is ill ends the rule.

use std::num::NonZeroU32;

use portcullis_core::{Digest, StoreError, Timestamp};
use portcullis_session::{
    Change, Created, Data, Loaded, Lookup, Record, Renewal, Revoke, Rotated, SessionStore, Updated,
};

use super::fixtures::{rotation, subject};

/// The answer of a store that must not be ill.
pub(super) fn well<T>(answer: Result<T, StoreError>) -> T {
    answer.unwrap_or_else(|error| panic!("the store is ill: {error} ({error:?})"))
}

pub(super) fn limit(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("the rules use limits above zero")
}

/// Adds a session under a key and a handle that are free.
pub(super) async fn put<S: SessionStore>(store: &S, record: &Record, now: Timestamp) {
    let created = well(store.create(record.clone(), None, None, now).await);
    assert_eq!(
        created,
        Created::Done { evicted: 0 },
        "key and handle were free"
    );
}

/// Adds a session, perhaps in the place of another and under a cap.
pub(super) async fn create<S: SessionStore>(
    store: &S,
    record: Record,
    replaces: Option<&Digest>,
    cap: Option<u32>,
    now: Timestamp,
) -> Created {
    well(store.create(record, replaces, cap.map(limit), now).await)
}

/// Looks without renewing.
pub(super) async fn find<S: SessionStore>(store: &S, key: &Digest, now: Timestamp) -> Lookup {
    well(store.load(key, Renewal::Never, now).await)
}

/// Looks and renews.
pub(super) async fn visit<S: SessionStore>(store: &S, key: &Digest, now: Timestamp) -> Lookup {
    well(store.load(key, Renewal::IfSeenBy(now), now).await)
}

/// The session that must be there under its own key, without renewing.
pub(super) async fn current<S: SessionStore>(store: &S, key: &Digest, now: Timestamp) -> Loaded {
    match find(store, key, now).await {
        Lookup::Current {
            loaded,
            renewed: false,
        } => loaded,
        other => panic!("the session should be there and not renewed, but: {other:?}"),
    }
}

pub(super) async fn is_absent<S: SessionStore>(store: &S, key: &Digest, now: Timestamp) -> bool {
    find(store, key, now).await == Lookup::Absent
}

/// A change of the values alone.
pub(super) fn values(data: Data) -> Change {
    Change {
        data: Some(data),
        lifetime: None,
    }
}

/// Changes values whose version must be the expected one.
pub(super) async fn write<S: SessionStore>(
    store: &S,
    key: &Digest,
    expected: u64,
    change: Change,
    now: Timestamp,
) -> Loaded {
    match well(store.update(key, expected, change, now).await) {
        Updated::Done(loaded) => loaded,
        other => panic!("the write should be done, but: {other:?}"),
    }
}

/// Rotates a session that must be there, with the usual grace window.
pub(super) async fn rotate<S: SessionStore>(
    store: &S,
    old: &Digest,
    new: &Digest,
    now: Timestamp,
) -> Loaded {
    match well(store.rotate(old, rotation(*new, now), now).await) {
        Rotated::Done(loaded) => loaded,
        other => panic!("the rotation should be done, but: {other:?}"),
    }
}

pub(super) async fn delete<S: SessionStore>(store: &S, key: &Digest, now: Timestamp) -> bool {
    well(store.delete(key, now).await)
}

pub(super) async fn list<S: SessionStore>(store: &S, name: &str, now: Timestamp) -> Vec<Loaded> {
    well(store.list(&subject(name), now).await)
}

pub(super) async fn revoke<S: SessionStore>(
    store: &S,
    name: &str,
    which: Revoke,
    now: Timestamp,
) -> u64 {
    well(store.revoke(&subject(name), which, now).await)
}
