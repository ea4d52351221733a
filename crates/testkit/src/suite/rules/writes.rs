//! Writes that name the version which they have read.

use std::thread;

use portcullis_session::{Change, Data, SessionStore, Updated};

use crate::suite::fixtures::{START, anonymous, data, key, secs, user};
use crate::suite::run::{Task, together};
use crate::suite::verbs::{current, put, values, well, write};

const WRITERS: [&str; 4] = ["a", "b", "c", "d"];
const WRITES: u8 = 8;

/// A write with a version that is not the present one changes nothing, and learns what is there.
pub async fn s15_a_stale_write_changes_nothing<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let newer = write(store, &key(1), 1, values(data(&[("a", b"1")])), START).await;
    for stale in [0, 1, 3] {
        let late = Change {
            data: Some(data(&[("b", b"2")])),
            lifetime: None,
        };
        let updated = well(store.update(&key(1), stale, late, secs(1)).await);
        assert_eq!(updated, Updated::Conflict(newer.clone()), "version {stale}");
    }
    assert_eq!(current(store, &key(1), secs(1)).await, newer);
}

/// A write leaves alone what it does not name; also one that names nothing counts as a change.
pub async fn s15_a_write_leaves_what_it_does_not_name<S: SessionStore>(store: &S) {
    let record = user(1, "ada");
    put(store, &record, START).await;
    let none = write(store, &key(1), 1, Change::default(), secs(1)).await;
    let mut expected = record.clone();
    expected.version = 2;
    assert_eq!((&*none.record, none.seen_at), (&expected, START));
    expected.lifetime.idle_secs = 60;
    let change = Change {
        data: None,
        lifetime: Some(expected.lifetime),
    };
    let lifetime = write(store, &key(1), 2, change, secs(1)).await;
    expected.version = 3;
    assert_eq!(*lifetime.record, expected);
    expected.data = Data::default();
    let emptied = write(store, &key(1), 3, values(Data::default()), secs(1)).await;
    expected.version = 4;
    assert_eq!(*emptied.record, expected);
    assert_eq!(current(store, &key(1), secs(1)).await, emptied);
}

/// Of any number of writes that have read the same version, one is done; the others learn of it.
pub async fn s15_of_parallel_writes_to_one_version_one_is_done<S: SessionStore>(store: &S) {
    put(store, &anonymous(1), START).await;
    for version in 1..=24 {
        let answers = together(WRITERS.map(|name| async move {
            let change = values(data(&[("winner", name.as_bytes())]));
            well(store.update(&key(1), version, change, START).await)
        }));
        let now = current(store, &key(1), START).await;
        assert_eq!(now.record.version, version + 1, "each change counts one");
        let done = answers
            .iter()
            .filter(|answer| **answer == Updated::Done(now.clone()));
        let lost = answers
            .iter()
            .filter(|answer| **answer == Updated::Conflict(now.clone()));
        assert_eq!(
            (done.count(), lost.count()),
            (1, WRITERS.len() - 1),
            "{answers:?}"
        );
    }
}

/// Writers of different keys that try again after a conflict all persist, every write of them.
pub async fn s15_writers_of_different_keys_all_persist<S: SessionStore>(store: &S) {
    put(store, &anonymous(1), START).await;
    let writer = |name: &'static str| -> Task<'_, ()> {
        Box::pin(async move {
            let mut loaded = current(store, &key(1), START).await;
            for count in 1..=WRITES {
                loop {
                    let change = values(with(&loaded.record.data, name, count));
                    let version = loaded.record.version;
                    // Gives the others the time to come between.
                    thread::yield_now();
                    match well(store.update(&key(1), version, change, START).await) {
                        Updated::Done(now) => {
                            loaded = now;
                            break;
                        }
                        Updated::Conflict(now) if now.record.version > version => loaded = now,
                        other => panic!("{name} wrote version {version}: {other:?}"),
                    }
                }
            }
        })
    };
    together(WRITERS.map(writer));
    let record = current(store, &key(1), START).await.record;
    for name in WRITERS {
        let count = record.data.value(name);
        assert_eq!(count, Some(WRITES.to_string().as_bytes()), "of {name}");
    }
    let writes = WRITERS.len() * usize::from(WRITES);
    assert_eq!(
        u64::try_from(writes).ok(),
        record.version.checked_sub(1),
        "one a write"
    );
}

/// Two requests that have read the same state and write different keys both persist, if the one
/// that comes second writes again what it was told.
pub async fn s15_two_requests_that_read_the_same_both_persist<S: SessionStore>(store: &S) {
    put(store, &anonymous(1), START).await;
    let first = current(store, &key(1), START).await.record;
    let second = current(store, &key(1), START).await.record;
    write(
        store,
        &key(1),
        first.version,
        values(with(&first.data, "a", 1)),
        START,
    )
    .await;
    let late = values(with(&second.data, "b", 2));
    let told = match well(store.update(&key(1), second.version, late, START).await) {
        Updated::Conflict(loaded) => loaded.record,
        other => panic!("the second one has read an older version: {other:?}"),
    };
    write(
        store,
        &key(1),
        told.version,
        values(with(&told.data, "b", 2)),
        START,
    )
    .await;
    let both = current(store, &key(1), START).await.record;
    assert_eq!(both.data, data(&[("a", b"1"), ("b", b"2")]));
}

/// The values of all writers, with a new count of this one.
fn with(old: &Data, name: &str, count: u8) -> Data {
    let count = count.to_string();
    let of = |writer| {
        if writer == name {
            Some(count.as_bytes())
        } else {
            old.value(writer)
        }
    };
    let entries = WRITERS
        .into_iter()
        .filter_map(|writer| Some((writer, of(writer)?)));
    data(&entries.collect::<Vec<_>>())
}
