//! Last visits count at once and are written later, never instead of anything else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use portcullis_core::{MarkStore, Timestamp};
use portcullis_session::{Lookup, Renewal, Rotated, Rotation, SessionStore};
use tokio::sync::Barrier;

use crate::support::{
    IDLE, Place, START, find, is_there, key, put, secs, seen_at, some, subject, visit, well,
};

#[tokio::test]
async fn s09_a_renewal_counts_at_once_and_waits_for_nobody() {
    let place = Place::new();
    let store = place.open();
    put(&store, 1).await;
    let holder = place.hold();
    assert!(visit(&store, 1, secs(60)).await);
    assert_eq!(seen_at(&store, 1, secs(60)).await, secs(60));
    let listed = well(store.list(&subject("ada"), secs(60)).await);
    assert_eq!(listed.first().map(|loaded| loaded.seen_at), Some(secs(60)));
    assert_eq!(
        place.written_visit(&key(1)),
        Some(START),
        "nobody can have written it"
    );
    // It keeps the session alive past the end that its row says.
    assert!(is_there(&store, 1, START.after(IDLE)).await);
    drop(holder);
    drop(store);
    assert_eq!(
        place.written_visit(&key(1)),
        Some(secs(60)),
        "the end of the store writes it"
    );
}

#[tokio::test]
async fn s09_a_request_inside_the_window_commits_nothing() {
    let place = Place::new();
    let store = place
        .config()
        .with_renewal_delay(Duration::ZERO)
        .open()
        .expect("it opens");
    put(&store, 1).await;
    let before = place.commits();
    for _ in 0..10 {
        let by = Renewal::IfSeenBy(START.before(Duration::from_millis(1)));
        assert!(matches!(
            well(store.load(&key(1), by, secs(1)).await),
            Lookup::Current { renewed: false, .. }
        ));
    }
    well(store.delete(&key(9), START).await);
    assert_eq!(place.commits(), before);
}

#[tokio::test]
async fn a_renewal_is_written_with_the_next_group() {
    let place = Place::new();
    let store = place
        .config()
        .with_renewal_delay(Duration::ZERO)
        .open()
        .expect("it opens");
    put(&store, 1).await;
    assert!(visit(&store, 1, secs(60)).await);
    well(store.delete(&key(9), START).await);
    assert_eq!(place.written_visit(&key(1)), Some(secs(60)));
    assert_eq!(seen_at(&store, 1, secs(60)).await, secs(60));
}

#[tokio::test]
async fn a_renewal_is_written_though_nothing_else_is() {
    let place = Place::new();
    let store = place.open();
    put(&store, 1).await;
    assert!(visit(&store, 1, secs(60)).await);
    let begun = Instant::now();
    while place.written_visit(&key(1)) != Some(secs(60)) {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it is written within a second"
        );
        std::thread::yield_now();
    }
    assert_eq!(seen_at(&store, 1, secs(60)).await, secs(60));
}

#[tokio::test]
async fn many_renewals_of_one_session_are_one_write() {
    let place = Place::new();
    let store = place.open();
    put(&store, 1).await;
    let (before, holder) = (place.commits(), place.hold());
    for second in 1..=100 {
        assert!(visit(&store, 1, secs(second)).await);
    }
    // The crash comes before the last handle does, so the log is still there.
    drop(holder);
    let crashed = place.crashed();
    assert!(crashed.commits() - before <= 1);
    drop(store);
    assert_eq!(place.written_visit(&key(1)), Some(secs(100)));
}

#[tokio::test]
async fn a_crash_costs_renewals_and_nothing_acknowledged() {
    let place = Place::new();
    let store = place.open();
    for number in 1..=4 {
        put(&store, number).await;
    }
    assert!(well(store.delete(&key(2), START).await));
    let rotation = Rotation {
        new_key: key(30),
        authentication: None,
        grace_until: secs(30),
        remember_until: secs(600),
    };
    assert!(matches!(
        well(store.rotate(&key(3), rotation, START).await),
        Rotated::Done(_)
    ));
    let _ = well(store.mark(&key(7), secs(600), START).await);
    let _holder = place.hold();
    assert!(visit(&store, 1, secs(60)).await);

    let after = place.crashed().open();
    assert_eq!(
        seen_at(&after, 1, secs(60)).await,
        START,
        "only the visit is lost"
    );
    assert_eq!(find(&after, 2, START).await, Lookup::Absent);
    assert!(matches!(
        find(&after, 3, START).await,
        Lookup::Predecessor(_)
    ));
    assert!(is_there(&after, 30, START).await && is_there(&after, 4, START).await);
    let seen = well(after.mark(&key(7), secs(600), START).await);
    assert_eq!(seen, portcullis_core::Mark::Seen);
}

/// With no delay, visits go from memory into the file all the time, and readers pass them on the
/// way: none may miss the visit of another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s09_one_of_many_parallel_requests_renews_also_while_renewals_are_written() {
    const REQUESTS: u64 = 6;
    let place = Place::new();
    let store = place
        .config()
        .with_renewal_delay(Duration::ZERO)
        .with_readers(4)
        .open();
    let store = store.expect("it opens");
    put(&store, 1).await;
    let (rounds, barrier) = (200, std::sync::Arc::new(Barrier::new(6)));
    let requests = (0..REQUESTS).map(|_| {
        let (store, barrier) = (store.clone(), barrier.clone());
        tokio::spawn(async move {
            let mut renewed = Vec::new();
            for round in 1..=rounds {
                barrier.wait().await;
                let (by, now) = (secs(60 * round - 60), secs(60 * round));
                match well(store.load(&key(1), Renewal::IfSeenBy(by), now).await) {
                    Lookup::Current { renewed: true, .. } => renewed.push(round),
                    Lookup::Current { .. } => {}
                    other => panic!("round {round}: {other:?}"),
                }
            }
            renewed
        })
    });
    let mut renewed = Vec::new();
    for request in requests.collect::<Vec<_>>() {
        renewed.extend(request.await.expect("no panic"));
    }
    renewed.sort_unstable();
    assert_eq!(
        renewed,
        (1..=rounds).collect::<Vec<_>>(),
        "each window once"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s10_visits_that_race_with_a_deletion_bring_nothing_back() {
    let place = Place::new();
    let store = place
        .config()
        .with_renewal_delay(Duration::ZERO)
        .open()
        .expect("it opens");
    for round in 1..=100 {
        put(&store, round).await;
        let over = std::sync::Arc::new(AtomicBool::new(false));
        let visitors = [0, 1, 2].map(|_| {
            let (store, over) = (store.clone(), over.clone());
            tokio::spawn(async move {
                for second in 1.. {
                    let was_over = over.load(Ordering::SeqCst);
                    if !visit_at(&store, round, secs(second)).await {
                        return;
                    }
                    assert!(!was_over, "found after its deletion had returned");
                    tokio::task::yield_now().await;
                }
            })
        });
        assert!(well(store.delete(&key(round), START).await));
        over.store(true, Ordering::SeqCst);
        for visitor in visitors {
            assert!(visitor.await.is_ok());
        }
    }
    drop(store);
    let rows: i64 = place
        .raw()
        .query_row("SELECT count(*) FROM session", [], |row| row.get(0))
        .expect("a number");
    assert_eq!(rows, 0);
}

/// As a visit of several at once: it may come after a later one.
async fn visit_at(store: &portcullis_sqlite::SqliteStore, number: u64, now: Timestamp) -> bool {
    let found = well(store.load(&key(number), Renewal::IfSeenBy(now), now).await);
    matches!(found, Lookup::Current { .. })
}

#[tokio::test]
async fn a_renewal_follows_its_session_to_a_new_key() {
    let place = Place::new();
    let store = place.open();
    put(&store, 1).await;
    assert!(visit(&store, 1, secs(60)).await);
    let rotation = Rotation {
        new_key: key(2),
        authentication: None,
        grace_until: secs(90),
        remember_until: secs(90),
    };
    let Rotated::Done(rotated) = well(store.rotate(&key(1), rotation, secs(60)).await) else {
        panic!("nobody else has the key");
    };
    assert_eq!(rotated.seen_at, secs(60));
    assert_eq!(seen_at(&store, 2, secs(60)).await, secs(60));
    drop(store);
    assert_eq!(place.written_visit(&key(2)), Some(secs(60)));
}

#[tokio::test]
async fn a_renewal_is_not_that_of_the_next_session_in_its_row() {
    let place = Place::new();
    let store = place.open();
    for _ in 0..3 {
        put(&store, 1).await;
        assert_eq!(seen_at(&store, 1, START).await, START);
        assert!(visit(&store, 1, secs(60)).await);
        assert!(well(store.delete(&key(1), secs(60)).await));
    }
    put(&store, 1).await;
    drop(store);
    assert_eq!(place.written_visit(&key(1)), Some(START));
}

/// Another process must not take a session for dead whose renewal waits in this one.
#[tokio::test]
async fn s41_a_renewal_in_the_last_seconds_is_written_before_it_is_acknowledged() {
    let place = Place::new();
    let (store, other) = (place.open(), place.open());
    put(&store, 1).await;
    let late = START.after(IDLE).before(Duration::from_millis(1));
    assert!(visit(&store, 1, late).await);
    assert_eq!(place.written_visit(&key(1)), Some(late));
    let now = START.after(IDLE);
    assert_eq!(well(other.purge(some(10), now).await), 0);
    assert!(is_there(&other, 1, now).await && is_there(&store, 1, now).await);
}

#[tokio::test]
async fn s41_a_purge_spares_what_a_waiting_renewal_keeps_alive() {
    let place = Place::new();
    let store = place.open();
    put(&store, 1).await;
    put(&store, 2).await;
    assert!(visit(&store, 1, secs(60)).await);
    let now = START.after(IDLE);
    assert_eq!(well(store.purge(some(10), now).await), 1);
    assert!(is_there(&store, 1, now).await && !is_there(&store, 2, START).await);
}

#[tokio::test]
async fn a_lookup_answers_without_waiting_unless_its_renewal_must_be_written() {
    let place = Place::new();
    let store = place.open();
    put(&store, 1).await;
    let _holder = place.hold();
    let at_once = store
        .try_load(&key(1), Renewal::IfSeenBy(secs(60)), secs(60))
        .map(well);
    assert!(
        matches!(at_once, Some(Lookup::Current { renewed: true, .. })),
        "{at_once:?}"
    );
    assert_eq!(
        store.try_load(&key(9), Renewal::Never, secs(60)).map(well),
        Some(Lookup::Absent)
    );
    let late = START.after(IDLE).before(Duration::from_secs(5));
    let would_write = store.try_load(&key(1), Renewal::IfSeenBy(late), late);
    assert!(would_write.is_none());
    assert_eq!(
        seen_at(&store, 1, late).await,
        secs(60),
        "and nothing was done"
    );
}
