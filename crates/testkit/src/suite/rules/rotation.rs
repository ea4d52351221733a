//! A new key for a session, in one step.

use std::sync::atomic::{AtomicBool, Ordering};

use portcullis_core::{Digest, Level, Timestamp};
use portcullis_session::{
    Lookup, Pending, Predecessor, Record, Rotated, Rotation, SessionStore, Standing, User,
};

use crate::suite::fixtures::{
    GRACE, START, anonymous, authentication, handle, key, method, rotation, secs, subject, user,
};
use crate::suite::run::{Task, together};
use crate::suite::verbs::{current, find, list, put, rotate, well};

const ROUNDS: u64 = 24;

/// A rotation changes the key, the version, the predecessor and, if asked, the authentication.
pub async fn s16_rotation_keeps_everything_else<S: SessionStore>(store: &S) {
    let record = user(1, "ada");
    put(store, &record, START).await;
    let moved = rotate(store, &key(1), &key(2), secs(60)).await;
    let predecessor = Predecessor {
        key: key(1),
        grace_until: secs(60).after(GRACE),
    };
    let mut expected = Record {
        key: key(2),
        version: 2,
        ..record
    };
    expected.predecessor = Some(Box::new(predecessor));
    assert_eq!((&*moved.record, moved.seen_at), (&expected, START));
    assert_eq!(current(store, &key(2), secs(60)).await, moved);
    assert_eq!(list(store, "ada", secs(60)).await, [moved]);
    assert_eq!(expected.handle, handle(1));
}

/// A step up changes how the user is authenticated, in the same step as the key.
pub async fn s16_a_step_up_comes_with_the_new_key<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let stronger = authentication("hwk", Level::Multi);
    let step_up = Rotation {
        authentication: Some(stronger.clone()),
        ..rotation(key(2), secs(60))
    };
    let rotated = well(store.rotate(&key(1), step_up, secs(60)).await);
    let loaded = current(store, &key(2), secs(60)).await;
    assert_eq!(rotated, Rotated::Done(loaded.clone()));
    let Standing::User(User {
        subject: name,
        authentication,
        stamp,
    }) = &loaded.record.standing
    else {
        panic!("the user is still signed in: {loaded:?}");
    };
    assert_eq!((name, authentication), (&subject("ada"), &stronger));
    assert_eq!(
        *stamp,
        user(1, "ada").user().and_then(|user| user.stamp.clone())
    );
}

/// Where nobody is signed in, an authentication in a rotation makes nobody signed in.
pub async fn s16_a_step_up_signs_nobody_in<S: SessionStore>(store: &S) {
    let pending = Pending {
        subject: subject("ada"),
        method: method("pwd"),
        at: START,
    };
    let standings = [Standing::Anonymous, Standing::Pending(pending)];
    for (number, standing) in (1..).zip(standings) {
        let record = Record {
            standing: standing.clone(),
            ..anonymous(number)
        };
        put(store, &record, START).await;
        let authentication = Some(authentication("pwd", Level::Multi));
        let step_up = Rotation {
            authentication,
            ..rotation(key(number + 10), START)
        };
        let rotated = well(store.rotate(&key(number), step_up, START).await);
        assert!(matches!(rotated, Rotated::Done(_)), "{rotated:?}");
        let loaded = current(store, &key(number + 10), START).await;
        assert_eq!(loaded.record.standing, standing);
    }
}

/// A key that already leads to a session is not taken over, and the refusal changes nothing.
pub async fn s16_a_taken_key_refuses_rotation<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    for number in [10, 11] {
        put(store, &user(number, "bob"), START).await;
    }
    // 10 becomes remembered, 12 in its grace window, 13 the current key; 11 is another session's.
    rotate(store, &key(10), &key(12), START).await;
    rotate(store, &key(12), &key(13), START).await;
    let before = current(store, &key(1), START).await;
    let others = list(store, "bob", START).await;
    for taken in [1, 10, 11, 12, 13] {
        let rotated = well(
            store
                .rotate(&key(1), rotation(key(taken), START), START)
                .await,
        );
        assert_eq!(rotated, Rotated::Exists, "key {taken}");
        assert_eq!(current(store, &key(1), START).await, before, "key {taken}");
        assert_eq!(list(store, "bob", START).await, others, "key {taken}");
    }
}

/// Of any number of rotations of one key, one is done; the others are told of its successor.
pub async fn s16_of_parallel_rotations_one_is_done<S: SessionStore>(store: &S) {
    for round in 1..=ROUNDS {
        let (old, new) = (round * 100, round * 100 + 1..=round * 100 + 4);
        put(store, &user(old, "ada"), START).await;
        let rotate = |new| async move {
            well(
                store
                    .rotate(&key(old), rotation(key(new), START), START)
                    .await,
            )
        };
        let answers = together(new.clone().map(rotate));
        let alive = list(store, "ada", START).await;
        let [session] = &alive[..] else {
            panic!("one session, not {alive:?}")
        };
        let done = answers
            .iter()
            .filter(|it| **it == Rotated::Done(session.clone()));
        let late = answers
            .iter()
            .filter(|it| **it == Rotated::Superseded(session.clone()));
        assert_eq!((done.count(), late.count()), (1, 3), "{answers:?}");
        let mut opened = 0;
        for new in new {
            opened += usize::from(find(store, &key(new), START).await != Lookup::Absent);
        }
        assert_eq!(
            opened, 1,
            "keys of rotations that were not done open nothing"
        );
        well(store.delete(&key(old), START).await);
    }
}

/// While a session is rotated, whoever looks finds one session: by the old key always, by the new
/// one from some instant on, and from then on by both.
pub async fn s16_readers_see_one_session_at_every_instant<S: SessionStore>(store: &S) {
    for round in 1..=ROUNDS {
        let (old, new) = (key(2 * round), key(2 * round + 1));
        put(store, &user(2 * round, "ada"), START).await;
        let over = AtomicBool::new(false);
        let reader = || -> Task<'_, ()> {
            Box::pin(async {
                while !over.load(Ordering::SeqCst) {
                    look_at_both(store, &old, &new, START).await;
                }
                let moved = look_at_both(store, &old, &new, START).await;
                assert!(moved, "the rotation had returned");
            })
        };
        let writer: Task<'_, ()> = Box::pin(async {
            let rotated = store.rotate(&old, rotation(new, START), START).await;
            over.store(true, Ordering::SeqCst);
            assert!(matches!(well(rotated), Rotated::Done(_)));
        });
        together([reader(), reader(), writer]);
    }
}

/// Looks by the old key, the new and the old again; says whether the rotation was seen.
pub(super) async fn look_at_both<S: SessionStore>(
    store: &S,
    old: &Digest,
    new: &Digest,
    now: Timestamp,
) -> bool {
    let before = by_old_key(&find(store, old, now).await);
    let by_new = match find(store, new, now).await {
        Lookup::Absent => false,
        Lookup::Current { loaded, .. } => loaded.record.key == *new,
        other => panic!("the new key should open the session or nothing: {other:?}"),
    };
    assert!(
        by_new || !before,
        "the old key was rotated away, and the new one opens nothing"
    );
    let after = by_old_key(&find(store, old, now).await);
    assert!(after || !by_new, "both keys are current: two sessions");
    by_new
}

/// Whether the old key is found to be rotated away.
fn by_old_key(found: &Lookup) -> bool {
    match found {
        Lookup::Current { .. } => false,
        Lookup::Predecessor(_) => true,
        other => panic!("the old key opens the session before and in grace, yet: {other:?}"),
    }
}

/// While a session is rotated again and again, its user's list has it exactly once.
pub async fn s16_a_rotating_session_is_listed_once_at_every_instant<S: SessionStore>(store: &S) {
    put(store, &user(0, "ada"), START).await;
    put(store, &user(1_000, "bob"), START).await;
    let over = AtomicBool::new(false);
    let reader = || -> Task<'_, ()> {
        Box::pin(async {
            while !over.load(Ordering::SeqCst) {
                let listed = list(store, "ada", START).await;
                let handles: Vec<_> = listed.iter().map(|it| it.record.handle).collect();
                assert_eq!(handles, [handle(0)]);
            }
        })
    };
    let writer: Task<'_, ()> = Box::pin(async {
        for number in 0..4 * ROUNDS {
            // No grace and no memory: the old key is nothing from that instant on.
            let next = Rotation {
                grace_until: START,
                remember_until: START,
                ..rotation(key(number + 1), START)
            };
            let rotated = store.rotate(&key(number), next, START).await;
            if !matches!(rotated, Ok(Rotated::Done(_))) {
                over.store(true, Ordering::SeqCst);
                panic!("nobody else rotates it: {rotated:?}");
            }
        }
        over.store(true, Ordering::SeqCst);
    });
    together([reader(), reader(), writer]);
}
