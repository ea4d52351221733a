//! Several stores on one file, as several processes have them.

use portcullis_core::{Mark, MarkStore, StoreErrorKind};
use portcullis_session::{Change, Lookup, Revoke, SessionStore, Updated};
use portcullis_sqlite::SqliteStore;

use crate::support::{
    Place, START, data, find, is_there, key, put, secs, seen_at, soundness, subject, user, visit,
    well,
};

#[tokio::test]
async fn s26_what_one_process_ends_is_over_in_the_other() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    for number in 1..=3 {
        put(&one, number).await;
        assert!(is_there(&other, number, START).await);
    }
    assert!(well(other.delete(&key(1), START).await));
    assert_eq!(find(&one, 1, START).await, Lookup::Absent);
    assert_eq!(
        well(other.revoke(&subject("ada"), Revoke::All, START).await),
        2
    );
    assert_eq!(well(one.list(&subject("ada"), START).await), []);
}

#[tokio::test]
async fn s13_a_waiting_renewal_does_not_outlive_a_log_out_in_another_process() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    put(&one, 1).await;
    assert!(visit(&one, 1, secs(60)).await);
    assert!(well(other.delete(&key(1), secs(60)).await));
    assert_eq!(find(&one, 1, secs(60)).await, Lookup::Absent);
    drop(one);
    assert_eq!(find(&other, 1, secs(60)).await, Lookup::Absent);
}

#[tokio::test]
async fn s15_a_write_that_another_process_overtook_is_a_conflict() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    put(&one, 1).await;
    let change = || Change {
        data: Some(data(5)),
        lifetime: None,
    };
    let Updated::Done(newer) = well(other.update(&key(1), 1, change(), START).await) else {
        panic!("it had read the newest version");
    };
    let late = well(one.update(&key(1), 1, change(), START).await);
    assert_eq!(late, Updated::Conflict(newer));
}

#[tokio::test]
async fn a_renewal_is_seen_by_another_process_once_it_is_written() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    put(&one, 1).await;
    assert!(visit(&one, 1, secs(60)).await);
    assert!([START, secs(60)].contains(&seen_at(&other, 1, secs(60)).await));
    drop(one);
    assert_eq!(seen_at(&other, 1, secs(60)).await, secs(60));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_write_at_once_all_succeed() {
    const EACH: u64 = 50;
    let place = Place::new();
    let stores: Vec<SqliteStore> = (0..4).map(|_| place.open()).collect();
    let writers = stores.iter().enumerate().map(|(index, store)| {
        let (store, first) = (store.clone(), u64::try_from(index).unwrap() * 1_000);
        tokio::spawn(async move {
            for number in first..first + EACH {
                put(&store, number).await;
                assert!(visit(&store, number, secs(1)).await);
                if number % 2 == 1 {
                    assert!(well(store.delete(&key(number), secs(1)).await));
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        assert!(writer.await.is_ok());
    }
    let left = well(stores[0].list(&subject("ada"), secs(1)).await).len();
    assert_eq!(u64::try_from(left), Ok(4 * EACH / 2));
    drop(stores);
    assert_eq!(soundness(&place), "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn o22_of_the_marks_of_several_processes_one_is_first() {
    let place = Place::new();
    let stores: Vec<SqliteStore> = (0..4).map(|_| place.open()).collect();
    for round in 0..25 {
        let marks = stores.iter().map(|store| {
            let store = store.clone();
            tokio::spawn(async move { well(store.mark(&key(round), secs(600), START).await) })
        });
        let mut first = 0;
        for mark in marks.collect::<Vec<_>>() {
            first += usize::from(mark.await.expect("no panic") == Mark::First);
        }
        assert_eq!(first, 1, "round {round}");
    }
}

#[tokio::test]
async fn a_file_that_another_process_holds_is_busy_for_writers_alone() {
    let place = Place::new();
    let deadline = std::time::Duration::from_millis(20);
    let store = place
        .config()
        .with_deadline(deadline)
        .open()
        .expect("it opens");
    put(&store, 1).await;
    let holder = place.hold();
    let refused = store.create(user(2), None, None, START).await;
    assert_eq!(
        refused.map_err(|error| error.kind()),
        Err(StoreErrorKind::Busy)
    );
    assert!(is_there(&store, 1, START).await && visit(&store, 1, secs(1)).await);
    drop(holder);
    put(&store, 3).await;
    assert!(
        !is_there(&store, 2, START).await,
        "what was refused did not happen later"
    );
}
