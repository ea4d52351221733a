//! Writes that wait are committed together, and each stands alone.

use std::task::{Context, Waker};

use futures_util::future::join_all;
use portcullis_core::{Mark, MarkStore, StoreError, StoreErrorKind};
use portcullis_session::{Created, Lookup, Revoke, SessionStore};

use crate::support::{Place, START, find, is_there, key, put, secs, started, subject, user, well};

#[tokio::test]
async fn sixty_four_logins_that_wait_are_one_commit() {
    let place = Place::new();
    let store = place.open();
    put(&store, 0).await;
    let (before, holder) = (place.commits(), place.hold());
    let logins = started((1..=64).map(|number| store.create(user(number), None, None, START)));
    drop(holder);
    for created in join_all(logins).await {
        assert_eq!(well(created), Created::Done { evicted: 0 });
    }
    assert_eq!(place.commits() - before, 1);
    assert_eq!(well(store.list(&subject("ada"), START).await).len(), 65);
}

#[tokio::test]
async fn a_write_that_nobody_shares_is_one_commit() {
    let place = Place::new();
    let store = place.open();
    put(&store, 0).await;
    let before = place.commits();
    for number in 1..=5 {
        put(&store, number).await;
    }
    assert_eq!(place.commits() - before, 5);
}

#[tokio::test]
async fn a_group_runs_in_the_order_of_its_queue() {
    let place = Place::new();
    let store = place.open();
    put(&store, 1).await;
    let (key, ada, holder) = (key(1), subject("ada"), place.hold());
    let again = started([store.create(user(1), None, None, START)]);
    let delete = started([store.delete(&key, START), store.delete(&key, START)]);
    let anew = started([store.create(user(1), None, None, START)]);
    let all = started([store.revoke(&ada, Revoke::All, START)]);
    drop(holder);
    let created = join_all(again.into_iter().chain(anew)).await;
    assert_eq!(
        well_all(created),
        [Created::Exists, Created::Done { evicted: 0 }]
    );
    assert_eq!(well_all(join_all(delete).await), [true, false]);
    assert_eq!(well_all(join_all(all).await), [1]);
    assert_eq!(find(&store, 1, START).await, Lookup::Absent);
}

#[tokio::test]
async fn s18_a_write_that_nobody_waits_for_any_more_is_whole() {
    let place = Place::new();
    let store = place.open();
    let holder = place.hold();
    drop(started(
        (1..=8).map(|number| store.create(user(number), None, None, START)),
    ));
    drop(holder);
    // What was queued behind them is answered after they ran.
    put(&store, 9).await;
    assert_eq!(well(store.list(&subject("ada"), START).await).len(), 9);
}

#[tokio::test]
async fn the_last_handle_to_go_leaves_nothing_behind() {
    let place = Place::new();
    let store = place.open();
    let holder = place.hold();
    let (one, other) = (store.clone(), store);
    let logins = started((1..=8).map(|number| one.create(user(number), None, None, START)));
    drop(logins);
    drop(one);
    drop(holder);
    // This waits for the thread that writes.
    drop(other);
    assert!(
        !crate::support::log_of(&place.path).exists(),
        "the log is in the file"
    );
    let store = place.open();
    assert_eq!(well(store.list(&subject("ada"), START).await).len(), 8);
}

#[tokio::test]
async fn a_store_can_be_dropped_on_a_thread_of_the_runtime() {
    let place = Place::new();
    for number in 1..=3 {
        let store = place.open();
        put(&store, number).await;
        let dropped = tokio::spawn(async move { drop(store) });
        assert!(dropped.await.is_ok());
    }
    assert!(is_there(&place.open(), 3, START).await);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let place = Place::new();
    let store = place.config().with_queue(1).open().expect("it opens");
    let holder = place.hold();
    let marks = (0..1_000).map(|number| (key(number), secs(60)));
    let marks: Vec<_> = marks.collect();
    let calls: Vec<_> = marks
        .iter()
        .map(|(key, until)| store.mark(key, *until, START))
        .collect();
    // One group waits for the file, one call in the queue: the others are refused when polled.
    let mut calls = Box::pin(join_all(calls));
    let polled = calls.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending(), "some wait");
    drop(holder);
    let (mut first, mut busy) = (0, 0);
    for answer in calls.await {
        match answer {
            Ok(Mark::First) => first += 1,
            Err(error) if error.kind() == StoreErrorKind::Busy => busy += 1,
            other => panic!("neither set nor refused: {other:?}"),
        }
    }
    assert!(
        first >= 1 && busy >= 1_000 - 2 * 256,
        "{first} set, {busy} refused"
    );
    assert_eq!(first + busy, 1_000);
}

fn well_all<T: std::fmt::Debug>(answers: Vec<Result<T, StoreError>>) -> Vec<T> {
    answers.into_iter().map(well).collect()
}
