//! Lists of a user's sessions, and ending them by their handles.

use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_core::Digest;
use portcullis_session::{Created, Handle, Loaded, Record, Revoke, SessionStore};

use crate::suite::fixtures::{GRACE, START, anonymous, handle, key, pending, secs, user};
use crate::suite::run::{Task, together};
use crate::suite::verbs::{current, is_absent, list, put, revoke, rotate, visit, well};

const ROUNDS: u64 = 24;

fn handles(listed: &[Loaded]) -> Vec<Handle> {
    listed.iter().map(|loaded| loaded.record.handle).collect()
}

/// A list has every session of the user that is alive, oldest first, as a load would give it.
pub async fn s03_sessions_are_listed_oldest_first<S: SessionStore>(store: &S) {
    for (number, age) in [(1, 30), (2, 20), (3, 20), (4, 10), (5, 20)] {
        put(
            store,
            &Record {
                created_at: secs(age),
                ..user(number, "ada")
            },
            secs(30),
        )
        .await;
    }
    put(store, &user(9, "bob"), secs(30)).await;
    drop(visit(store, &key(4), secs(40)).await);
    rotate(store, &key(2), &key(12), secs(40)).await;
    let listed = list(store, "ada", secs(40)).await;
    assert_eq!(handles(&listed), [4, 2, 3, 5, 1].map(handle));
    for loaded in &listed {
        assert_eq!(current(store, &loaded.record.key, secs(40)).await, *loaded);
    }
}

/// A handle is taken together with the user it must belong to; with another, nothing happens.
pub async fn s03_a_handle_is_revoked_only_for_its_owner<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    put(store, &user(2, "bob"), START).await;
    put(store, &anonymous(3), START).await;
    for stranger in [2, 3, 99] {
        assert_eq!(
            revoke(store, "ada", Revoke::One(handle(stranger)), START).await,
            0
        );
    }
    assert_eq!(
        revoke(store, "carol", Revoke::One(handle(1)), START).await,
        0
    );
    for number in [1, 2, 3] {
        current(store, &key(number), START).await;
    }
    assert_eq!(revoke(store, "ada", Revoke::One(handle(1)), START).await, 1);
    assert!(is_absent(store, &key(1), START).await);
    current(store, &key(2), START).await;
}

/// A handle stays the same when the key changes, and ends the session under all its keys.
pub async fn s03_a_handle_outlives_every_key<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    rotate(store, &key(1), &key(2), START).await;
    rotate(store, &key(2), &key(3), START).await;
    assert_eq!(handles(&list(store, "ada", START).await), [handle(1)]);
    assert_eq!(revoke(store, "ada", Revoke::One(handle(1)), START).await, 1);
    for now in [START, START.after(GRACE)] {
        for number in 1..=3 {
            assert!(
                is_absent(store, &key(number), now).await,
                "key {number} at {now:?}"
            );
        }
    }
}

/// One, all others or all: so many go as are counted, at once, and nobody else's.
pub async fn s26_revocation_takes_effect_at_once<S: SessionStore>(store: &S) {
    for number in 1..=5 {
        put(store, &user(number, "ada"), START).await;
    }
    put(store, &user(6, "bob"), START).await;
    put(store, &anonymous(7), START).await;
    let steps: [(Revoke, u64, &[u64]); 6] = [
        (Revoke::One(handle(2)), 1, &[1, 3, 4, 5]),
        (Revoke::One(handle(2)), 0, &[1, 3, 4, 5]),
        (Revoke::AllBut(handle(4)), 3, &[4]),
        (Revoke::AllBut(handle(4)), 0, &[4]),
        (Revoke::All, 1, &[]),
        (Revoke::All, 0, &[]),
    ];
    for (which, ended, left) in steps {
        assert_eq!(revoke(store, "ada", which, START).await, ended, "{which:?}");
        for number in 1..=5 {
            let gone = is_absent(store, &key(number), START).await;
            assert_eq!(gone, !left.contains(&number), "{number} after {which:?}");
        }
        let left: Vec<_> = left.iter().map(|number| handle(*number)).collect();
        assert_eq!(handles(&list(store, "ada", START).await), left, "{which:?}");
    }
    current(store, &key(6), START).await;
    current(store, &key(7), START).await;
}

/// All but a session that is not the user's are all.
pub async fn s26_all_but_a_strangers_session_are_all<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    put(store, &user(2, "ada"), START).await;
    put(store, &user(3, "bob"), START).await;
    assert_eq!(
        revoke(store, "ada", Revoke::AllBut(handle(3)), START).await,
        2
    );
    assert_eq!(list(store, "ada", START).await, []);
    current(store, &key(3), START).await;
}

/// A login that lacks a factor is listed and revoked with the user's sessions.
pub async fn s26_a_login_under_way_is_revoked_too<S: SessionStore>(store: &S) {
    put(store, &pending(1, "ada"), START).await;
    put(store, &user(2, "ada"), START).await;
    assert_eq!(
        handles(&list(store, "ada", START).await),
        [handle(1), handle(2)]
    );
    assert_eq!(
        revoke(store, "ada", Revoke::AllBut(handle(2)), START).await,
        1
    );
    assert!(is_absent(store, &key(1), START).await);
}

/// Of several revocations at once, each session is counted by one.
pub async fn s26_parallel_revocations_count_each_session_once<S: SessionStore>(store: &S) {
    for round in 1..=ROUNDS {
        for number in 1..=5 {
            put(store, &user(round * 10 + number, "ada"), START).await;
        }
        let revoke = |which| async move { revoke(store, "ada", which, START).await };
        let others = Revoke::AllBut(handle(99));
        let ended = together([Revoke::All, others, Revoke::All].map(revoke));
        assert_eq!(ended.iter().sum::<u64>(), 5, "{ended:?}");
        assert_eq!(list(store, "ada", START).await, []);
    }
}

/// While logins go on, a revocation ends every session whose login had returned before it.
pub async fn s26_revocation_ends_whatever_began_before<S: SessionStore>(store: &S) {
    const LOGINS: u64 = 48;
    let created = AtomicU64::new(0);
    let logins: Task<'_, ()> = Box::pin(async {
        for number in 1..=LOGINS {
            let done = store.create(user(number, "ada"), None, None, START).await;
            // A store that is ill must not keep the other thread waiting.
            created.store(if done.is_ok() { number } else { LOGINS }, Ordering::SeqCst);
            assert_eq!(well(done), Created::Done { evicted: 0 });
        }
    });
    let revoker: Task<'_, ()> = Box::pin(async {
        let mut before = 0;
        while before < LOGINS {
            before = created.load(Ordering::SeqCst);
            revoke(store, "ada", Revoke::All, START).await;
            for number in 1..=before {
                assert!(
                    is_absent(store, &key(number), START).await,
                    "{number} outlived it"
                );
            }
        }
    });
    together([logins, revoker]);
    assert_eq!(list(store, "ada", START).await, []);
}

/// Many sessions of one user are listed in full and revoked in full.
pub async fn s26_hundreds_of_sessions_are_listed_and_revoked<S: SessionStore>(store: &S) {
    const SESSIONS: u64 = 300;
    for number in 0..SESSIONS {
        let created_at = secs(SESSIONS - number);
        put(
            store,
            &Record {
                created_at,
                ..user(number, "ada")
            },
            secs(SESSIONS),
        )
        .await;
    }
    let listed = list(store, "ada", secs(SESSIONS)).await;
    let keys: Vec<Digest> = listed.iter().map(|loaded| loaded.record.key).collect();
    assert_eq!(keys, (0..SESSIONS).rev().map(key).collect::<Vec<_>>());
    let ended = revoke(store, "ada", Revoke::AllBut(handle(7)), secs(SESSIONS)).await;
    assert_eq!(ended, SESSIONS - 1);
    assert_eq!(
        handles(&list(store, "ada", secs(SESSIONS)).await),
        [handle(7)]
    );
}
