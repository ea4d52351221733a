//! What a key can still do after it was rotated away.

use portcullis_core::{Digest, Timestamp};
use portcullis_session::{Loaded, Lookup, Renewal, Rotated, Rotation, SessionStore, Updated};

use crate::suite::fixtures::{
    GRACE, IDLE, MEMORY, MILLI, START, data, handle, key, rotation, secs, user,
};
use crate::suite::verbs::{
    current, delete, find, is_absent, limit, list, put, rotate, values, well, write,
};

/// The session by an old key that must be in its grace window.
async fn graced<S: SessionStore>(store: &S, old: &Digest, now: Timestamp) -> Loaded {
    match find(store, old, now).await {
        Lookup::Predecessor(loaded) => loaded,
        other => panic!("the old key is in its grace window at {now:?}, yet: {other:?}"),
    }
}

/// In the grace window the old key reads the session as it is now, under its new key.
pub async fn s17_the_old_key_reads_the_successor_in_grace<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let moved = rotate(store, &key(1), &key(2), START).await;
    assert_eq!(graced(store, &key(1), START).await, moved);
    let written = write(store, &key(2), 2, values(data(&[("n", b"2")])), secs(1)).await;
    assert_eq!(graced(store, &key(1), secs(1)).await, written);
    let last = START.after(GRACE).before(MILLI);
    assert_eq!(graced(store, &key(1), last).await.record.key, key(2));
}

/// An old key never moves the last visit, however much it is due.
pub async fn s17_the_old_key_never_renews<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let moved = rotate(store, &key(1), &key(2), START).await;
    for (now, renewal) in [
        (secs(1), Renewal::IfSeenBy(START)),
        (secs(2), Renewal::IfSeenBy(Timestamp::MAX)),
        (START.after(GRACE), Renewal::IfSeenBy(Timestamp::MAX)),
    ] {
        let by_old = well(store.load(&key(1), renewal, now).await);
        assert!(!matches!(by_old, Lookup::Current { .. }), "{by_old:?}");
        assert_eq!(
            current(store, &key(2), now).await.seen_at,
            moved.seen_at,
            "{renewal:?}"
        );
    }
}

/// An old key never rotates; whoever has it is told what the session is now.
pub async fn s17_the_old_key_never_rotates<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let moved = rotate(store, &key(1), &key(2), START).await;
    let again = rotation(key(3), secs(1));
    let late = well(store.rotate(&key(1), again.clone(), secs(1)).await);
    assert_eq!(late, Rotated::Superseded(moved.clone()));
    let after = START.after(GRACE);
    assert_eq!(
        well(store.rotate(&key(1), again, after).await),
        Rotated::Gone
    );
    assert!(
        is_absent(store, &key(3), after).await,
        "the refused rotation left a key"
    );
    assert_eq!(current(store, &key(2), after).await.seen_at, moved.seen_at);
    assert_eq!(
        current(store, &key(2), after).await.record.version,
        moved.record.version
    );
}

/// In the grace window the old key writes, with the version of the session as it is now.
pub async fn s17_the_old_key_writes_in_grace<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let moved = rotate(store, &key(1), &key(2), START).await;
    let change = || values(data(&[("late", b"true")]));
    let stale = well(store.update(&key(1), 1, change(), secs(1)).await);
    assert_eq!(stale, Updated::Conflict(moved));
    let written = write(store, &key(1), 2, change(), secs(1)).await;
    assert_eq!((written.record.key, written.record.version), (key(2), 3));
    assert_eq!(written.record.data, data(&[("late", b"true")]));
    assert_eq!(current(store, &key(2), secs(1)).await, written);
}

/// In the grace window the old key logs out.
pub async fn s17_the_old_key_logs_out_in_grace<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    rotate(store, &key(1), &key(2), START).await;
    assert!(delete(store, &key(1), secs(1)).await);
    assert!(is_absent(store, &key(1), secs(1)).await && is_absent(store, &key(2), secs(1)).await);
    assert_eq!(list(store, "ada", secs(1)).await, []);
}

/// At the end of grace the old key is told apart from nonsense, until it is forgotten; both times
/// are exact.
pub async fn s17_after_grace_the_old_key_is_reused_until_forgotten<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    rotate(store, &key(1), &key(2), START).await;
    let (end, forgotten) = (START.after(GRACE), START.after(MEMORY));
    graced(store, &key(1), end.before(MILLI)).await;
    for now in [end, forgotten.before(MILLI)] {
        assert_eq!(
            find(store, &key(1), now).await,
            Lookup::Reused(handle(1)),
            "{now:?}"
        );
        let change = values(data(&[("stolen", b"1")]));
        let updated = well(store.update(&key(1), 2, change, now).await);
        assert_eq!(updated, Updated::Gone, "{now:?}");
    }
    assert!(is_absent(store, &key(1), forgotten).await);
    let loaded = current(store, &key(2), forgotten).await;
    assert_eq!(
        (loaded.record.version, loaded.seen_at),
        (2, START),
        "it was not touched"
    );
}

/// A session rotated without grace is reached by its new key alone, from that instant on.
pub async fn s17_without_grace_the_old_key_is_reused_at_once<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let strict = Rotation {
        grace_until: START,
        ..rotation(key(2), START)
    };
    assert!(matches!(
        well(store.rotate(&key(1), strict, START).await),
        Rotated::Done(_)
    ));
    assert_eq!(find(store, &key(1), START).await, Lookup::Reused(handle(1)));
    current(store, &key(2), START).await;
}

/// A second rotation ends the grace of the first key, which is told apart from then on.
pub async fn s17_a_second_rotation_ends_the_first_grace<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    rotate(store, &key(1), &key(2), START).await;
    rotate(store, &key(2), &key(3), secs(1)).await;
    assert_eq!(
        find(store, &key(1), secs(1)).await,
        Lookup::Reused(handle(1))
    );
    assert_eq!(graced(store, &key(2), secs(1)).await.record.key, key(3));
    let rotated = well(
        store
            .rotate(&key(1), rotation(key(4), secs(1)), secs(1))
            .await,
    );
    assert_eq!(rotated, Rotated::Gone);
}

/// However often a session is rotated, each of its old keys is told apart while it is remembered,
/// whatever became of the ones between.
pub async fn s17_every_remembered_key_is_told_apart<S: SessionStore>(store: &S) {
    const ROTATIONS: u64 = 40;
    put(store, &user(0, "ada"), START).await;
    for number in 0..ROTATIONS {
        // Every second key is forgotten early.
        let memory = if number % 2 == 0 { MEMORY } else { GRACE };
        let remember_until = START.after(memory);
        let next = Rotation {
            remember_until,
            ..rotation(key(number + 1), START)
        };
        let rotated = well(store.rotate(&key(number), next, START).await);
        assert!(matches!(rotated, Rotated::Done(_)), "{rotated:?}");
    }
    for (now, all) in [(START, true), (START.after(GRACE), false)] {
        for number in 0..ROTATIONS - 1 {
            let remembered = all || number % 2 == 0;
            let expected = if remembered {
                Lookup::Reused(handle(0))
            } else {
                Lookup::Absent
            };
            assert_eq!(
                find(store, &key(number), now).await,
                expected,
                "key {number} at {now:?}"
            );
        }
    }
    assert!(
        delete(store, &key(0), START.after(GRACE)).await,
        "the first key still logs out"
    );
    assert!(is_absent(store, &key(ROTATIONS), START.after(GRACE)).await);
}

/// A purge takes away no key that still opens a session or is remembered.
pub async fn s17_a_purge_forgets_no_key_too_early<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    rotate(store, &key(1), &key(2), START).await;
    well(store.purge(limit(100), secs(1)).await);
    graced(store, &key(1), secs(1)).await;
    let now = START.after(MEMORY).before(MILLI);
    well(store.purge(limit(100), now).await);
    assert_eq!(find(store, &key(1), now).await, Lookup::Reused(handle(1)));
    well(store.purge(limit(100), START.after(MEMORY)).await);
    assert!(is_absent(store, &key(1), START.after(MEMORY)).await);
    current(store, &key(2), START.after(MEMORY)).await;
}

/// When the session ends, its old keys end with it: in grace, remembered or not.
pub async fn s17_old_keys_end_with_their_session<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let long = Rotation {
        grace_until: Timestamp::MAX,
        remember_until: Timestamp::MAX,
        ..rotation(key(2), START)
    };
    assert!(matches!(
        well(store.rotate(&key(1), long, START).await),
        Rotated::Done(_)
    ));
    assert!(!is_absent(store, &key(1), START.after(IDLE).before(MILLI)).await);
    assert!(is_absent(store, &key(1), START.after(IDLE)).await);
}
