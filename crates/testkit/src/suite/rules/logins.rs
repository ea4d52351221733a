//! Logins: few sessions to a user, and each in the place of the one before.

use std::sync::atomic::{AtomicBool, Ordering};

use portcullis_core::Digest;
use portcullis_session::{Created, Lookup, SessionStore};

use crate::suite::fixtures::{GRACE, START, aged, anonymous, key, pending, secs, user};
use crate::suite::run::{Task, together};
use crate::suite::verbs::{create, current, delete, is_absent, list, put, rotate, visit, well};

const ROUNDS: u64 = 24;

/// At the cap, a login ends the sessions created first; of those created at one time, the one with
/// the lesser handle.
pub async fn s20_the_cap_ends_the_oldest_first<S: SessionStore>(store: &S) {
    // By age: 4, then 2 before 3, then 1. They arrive in another order and are visited in a third.
    let ages = [(1, 30), (2, 20), (3, 20), (4, 10)];
    for (number, age) in ages {
        put(store, &aged(age, user(number, "ada")), secs(40)).await;
    }
    for number in [2, 4] {
        assert_ne!(visit(store, &key(number), secs(50)).await, Lookup::Absent);
    }
    let mut left = vec![4, 2, 3, 1];
    for (number, cap, evicted) in [(5, 4, 1), (6, 4, 1), (7, 3, 2)] {
        let record = aged(60 + number, user(number, "ada"));
        let created = create(store, record, None, Some(cap), secs(90)).await;
        assert_eq!(created, Created::Done { evicted });
        for gone in left.drain(..usize::try_from(evicted).unwrap_or(0)) {
            assert!(
                is_absent(store, &key(gone), secs(90)).await,
                "{gone} was the oldest"
            );
        }
        left.push(number);
        let listed = list(store, "ada", secs(90)).await;
        let listed: Vec<_> = listed.iter().map(|loaded| loaded.record.key).collect();
        assert_eq!(listed, left.iter().copied().map(key).collect::<Vec<_>>());
    }
}

/// The new session stays, also under a cap of one, and also if a clock dates it before the others.
pub async fn s20_the_new_session_is_kept<S: SessionStore>(store: &S) {
    put(store, &aged(10, user(1, "ada")), secs(10)).await;
    let created = create(store, user(2, "ada"), None, Some(1), secs(10)).await;
    assert_eq!(created, Created::Done { evicted: 1 });
    assert!(is_absent(store, &key(1), secs(10)).await);
    current(store, &key(2), secs(10)).await;
}

/// The cap counts the user's own sessions, those of a login under way among them, and nobody
/// else's; a session that is replaced makes room and is not counted as ended.
pub async fn s20_the_cap_counts_what_it_should<S: SessionStore>(store: &S) {
    for record in [
        pending(1, "ada"),
        user(2, "ada"),
        user(3, "bob"),
        anonymous(4),
    ] {
        put(store, &record, START).await;
    }
    let replacing = create(store, user(5, "ada"), Some(&key(2)), Some(2), secs(1)).await;
    assert_eq!(
        replacing,
        Created::Done { evicted: 0 },
        "one went, one came"
    );
    let third = create(store, user(6, "ada"), None, Some(2), secs(1)).await;
    assert_eq!(third, Created::Done { evicted: 1 });
    assert!(
        is_absent(store, &key(1), secs(1)).await,
        "the login under way was the oldest"
    );
    let visitor = create(store, anonymous(7), None, Some(1), secs(1)).await;
    assert_eq!(
        visitor,
        Created::Done { evicted: 0 },
        "nobody's sessions have no cap"
    );
    for number in [3, 4, 5, 6, 7] {
        current(store, &key(number), secs(1)).await;
    }
}

/// What the cap has ended is ended under every key it had.
pub async fn s20_an_evicted_session_is_over_under_all_its_keys<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    rotate(store, &key(1), &key(2), START).await;
    let created = create(store, user(3, "ada"), None, Some(1), START).await;
    assert_eq!(created, Created::Done { evicted: 1 });
    for now in [START, START.after(GRACE)] {
        assert!(is_absent(store, &key(1), now).await && is_absent(store, &key(2), now).await);
    }
}

/// However many logins come at once, never more than the cap are listed, and in the end exactly so
/// many are alive; every other one was counted as ended once.
pub async fn s20_parallel_logins_never_exceed_the_cap<S: SessionStore>(store: &S) {
    for round in 1..=ROUNDS {
        let (name, numbers) = (&format!("user-{round}"), 100 * round..100 * round + LOGINS);
        let login = |number| -> Task<'_, u32> { Box::pin(login(store, number, name)) };
        let mut tasks: Vec<_> = numbers.clone().map(login).collect();
        tasks.push(Box::pin(async move {
            for _ in 0..16 {
                let alive = list(store, name, START).await.len();
                assert!(alive <= CAP, "{alive} at once");
            }
            0
        }));
        let evicted: u32 = together(tasks).into_iter().sum();
        assert_eq!(list(store, name, START).await.len(), CAP);
        let mut open = 0;
        for number in numbers {
            open += usize::from(!is_absent(store, &key(number), START).await);
        }
        assert_eq!(open, CAP, "a session that is not listed still opens");
        let logins = u64::from(evicted) + u64::try_from(CAP).unwrap_or(0);
        assert_eq!(logins, LOGINS, "each is alive or was counted as ended");
    }
}

const CAP: usize = 3;
const LOGINS: u64 = 8;

async fn login<S: SessionStore>(store: &S, number: u64, name: &str) -> u32 {
    let cap = u32::try_from(CAP).ok();
    match create(store, user(number, name), None, cap, START).await {
        Created::Done { evicted } => evicted,
        Created::Exists => panic!("key and handle were free"),
    }
}

/// A login ends the session that was there before, by whichever of its keys it came.
pub async fn s21_a_login_ends_the_session_before<S: SessionStore>(store: &S) {
    // By the current key; by the predecessor's in its grace window; by a remembered one.
    for (number, rotations, wait) in [(10, 0, 0), (20, 1, 1), (30, 1, 60), (40, 2, 60)] {
        put(store, &anonymous(number), START).await;
        for old in number..number + rotations {
            rotate(store, &key(old), &key(old + 1), START).await;
        }
        let login = user(number + 9, "ada");
        let created = create(store, login.clone(), Some(&key(number)), None, secs(wait)).await;
        assert_eq!(created, Created::Done { evicted: 0 });
        for old in number..=number + rotations {
            let gone = is_absent(store, &key(old), secs(wait)).await;
            assert!(gone, "{rotations} rotations, {wait} s");
        }
        assert_eq!(*current(store, &login.key, secs(wait)).await.record, login);
    }
}

/// A login where there was nothing before, or nothing any more, is a login all the same.
pub async fn s21_a_login_need_not_replace_anything<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    assert!(delete(store, &key(1), START).await);
    for (number, before) in [(2, 1), (3, 99)] {
        let created = create(store, user(number, "ada"), Some(&key(before)), None, START).await;
        assert_eq!(created, Created::Done { evicted: 0 });
    }
    assert_eq!(list(store, "ada", START).await.len(), 2);
}

/// While a login replaces a session, whoever looks finds one of both: never none, never both.
pub async fn s21_a_login_replaces_in_one_step<S: SessionStore>(store: &S) {
    for round in 1..=ROUNDS {
        let (name, old, new) = (format!("user-{round}"), key(2 * round), key(2 * round + 1));
        put(store, &user(2 * round, &name), START).await;
        let over = AtomicBool::new(false);
        let reader = || -> Task<'_, ()> {
            Box::pin(async {
                while !over.load(Ordering::SeqCst) {
                    look_for_one(store, &name, &old, &new).await;
                }
            })
        };
        let login: Task<'_, ()> = Box::pin(async {
            let record = user(2 * round + 1, &name);
            let created = store.create(record, Some(&old), None, START).await;
            over.store(true, Ordering::SeqCst);
            assert_eq!(well(created), Created::Done { evicted: 0 });
        });
        together([reader(), reader(), login]);
        assert!(is_absent(store, &old, START).await && !is_absent(store, &new, START).await);
    }
}

/// Looks for the session before a login, for the new one, and for the former again.
pub(super) async fn look_for_one<S: SessionStore>(
    store: &S,
    name: &str,
    old: &Digest,
    new: &Digest,
) {
    let was_ended = is_absent(store, old, START).await;
    let is_there = !is_absent(store, new, START).await;
    let is_ended = is_absent(store, old, START).await;
    assert!(
        is_there || !was_ended,
        "the old one is gone, and the new one not there"
    );
    assert!(
        is_ended || !is_there,
        "the new one is there, and the old one not gone"
    );
    assert_eq!(
        list(store, name, START).await.len(),
        1,
        "listed at one instant"
    );
}
