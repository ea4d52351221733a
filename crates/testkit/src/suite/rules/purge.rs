//! Removing what is no longer alive, a little at a time.

use std::num::NonZeroU32;

use portcullis_core::Timestamp;
use portcullis_session::{Lookup, Record, Renewal, SessionStore};

use crate::suite::fixtures::{IDLE, MILLI, START, anonymous, handle, key, secs, user};
use crate::suite::run::{Task, together};
use crate::suite::verbs::{current, is_absent, limit, list, put, visit, well};

const ROUNDS: u64 = 16;

async fn purge<S: SessionStore>(store: &S, most: NonZeroU32, now: Timestamp) -> u32 {
    let removed = well(store.purge(most, now).await);
    assert!(
        removed <= most.get(),
        "{removed} at once, at most {most} were asked for"
    );
    removed
}

/// A purge removes at most what it is asked to and says how much; one that removes less leaves
/// nothing that is dead.
pub async fn s41_a_purge_is_bounded_and_counts<S: SessionStore>(store: &S) {
    for number in 1..=25 {
        put(store, &anonymous(number), START).await;
    }
    let end = START.after(IDLE);
    assert_eq!(
        purge(store, limit(10), end.before(MILLI)).await,
        0,
        "all are alive"
    );
    let mut total = 0;
    loop {
        let removed = purge(store, limit(10), end).await;
        total += removed;
        if removed < 10 {
            break;
        }
    }
    assert_eq!(total, 25);
    assert_eq!(purge(store, limit(10), end).await, 0, "nothing was left");
    assert_eq!(
        purge(store, NonZeroU32::MAX, end).await,
        0,
        "nothing was left"
    );
}

/// A purge removes nothing that is alive, at the last millisecond as before.
pub async fn s41_a_purge_removes_nothing_alive<S: SessionStore>(store: &S) {
    let end = START.after(IDLE);
    for number in 1..=20 {
        put(store, &user(number, "ada"), START).await;
        // Every other one was visited since.
        if number % 2 == 0 {
            drop(visit(store, &key(number), START.after(MILLI)).await);
        }
    }
    for most in [limit(1), limit(100)] {
        assert_eq!(purge(store, most, end.before(MILLI)).await, 0);
    }
    assert_eq!(list(store, "ada", end.before(MILLI)).await.len(), 20);
    let removed = purge(store, limit(100), end).await;
    assert_eq!(removed, 10, "those that were not visited");
    for number in 1..=20 {
        let gone = is_absent(store, &key(number), end).await;
        assert_eq!(gone, number % 2 == 1, "{number}");
    }
}

/// What has been purged is gone for good, also for a clock that steps back, and its key and handle
/// are free.
pub async fn s41_what_is_purged_stays_away<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    assert_eq!(purge(store, limit(1), START.after(IDLE)).await, 1);
    assert!(is_absent(store, &key(1), START).await);
    assert_eq!(list(store, "ada", START).await, []);
    put(
        store,
        &Record {
            version: 3,
            ..user(1, "ada")
        },
        secs(1),
    )
    .await;
    assert_eq!(current(store, &key(1), secs(1)).await.record.version, 3);
}

/// Several purges at once, as of several instances, count each entry once and end.
pub async fn s41_parallel_purges_count_each_entry_once<S: SessionStore>(store: &S) {
    for round in 0..ROUNDS {
        for number in 1..=30 {
            put(store, &user(round * 100 + number, "ada"), START).await;
        }
        let end = START.after(IDLE);
        let purger = |most| async move {
            let mut total = 0;
            loop {
                match purge(store, limit(most), end).await {
                    0 => return total,
                    removed => total += removed,
                }
            }
        };
        let removed = together([3, 7, 100].map(purger));
        assert_eq!(removed.iter().sum::<u32>(), 30, "{removed:?}");
        assert_eq!(list(store, "ada", START).await, []);
    }
}

/// A visit that comes in time, by its own clock, while another instance purges by a clock that is
/// ahead: a session that was renewed is not removed, one that was removed is not renewed.
pub async fn s41_what_is_renewed_meanwhile_is_not_purged<S: SessionStore>(store: &S) {
    const SESSIONS: u64 = 12;
    let end = START.after(IDLE);
    for round in 0..ROUNDS {
        let keys = || (1..=SESSIONS).map(|number| key(round * 100 + number));
        for number in 1..=SESSIONS {
            put(store, &user(round * 100 + number, "ada"), START).await;
        }
        let visitor: Task<'_, Vec<bool>> = Box::pin(async {
            let mut renewed = Vec::new();
            for key in keys() {
                let in_time = end.before(MILLI);
                let found = store.load(&key, Renewal::IfSeenBy(in_time), in_time).await;
                renewed.push(match well(found) {
                    Lookup::Current { renewed: true, .. } => true,
                    Lookup::Absent => false,
                    other => panic!("it is renewed or gone, yet: {other:?}"),
                });
            }
            renewed
        });
        let purger: Task<'_, Vec<bool>> = Box::pin(async {
            while purge(store, limit(2), end).await == 2 {}
            Vec::new()
        });
        let renewed = together([visitor, purger]).concat();
        let mut alive = 0;
        for (key, renewed) in keys().zip(renewed) {
            assert_eq!(
                is_absent(store, &key, end).await,
                !renewed,
                "{key:?} was visited in time"
            );
            alive += usize::from(renewed);
        }
        assert_eq!(list(store, "ada", end).await.len(), alive);
        while purge(store, limit(100), end.after(IDLE)).await > 0 {}
    }
}

/// A purge among living sessions leaves each of them exactly as it was.
pub async fn s41_a_purge_changes_nothing_alive<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    for number in 2..=9 {
        put(store, &user(number, "ada"), secs(number)).await;
    }
    let now = START.after(IDLE);
    let before = list(store, "ada", now).await;
    assert_eq!(before.len(), 8);
    assert_eq!(purge(store, limit(100), now).await, 1);
    assert_eq!(list(store, "ada", now).await, before);
    assert_eq!(
        before.first().map(|loaded| loaded.record.handle),
        Some(handle(2))
    );
}
