//! Files and rows that are not as they should be.

use std::fs;

use portcullis_core::StoreErrorKind;
use portcullis_session::{
    Change, Created, Lookup, Renewal, Revoke, Rotation, SessionStore, Updated,
};

use crate::support::{
    IDLE, Place, START, data, find, is_there, key, put, secs, some, spoil, subject, user, visit,
    well,
};

fn kind<T>(result: Result<T, portcullis_core::StoreError>) -> Option<StoreErrorKind> {
    result.err().map(|error| error.kind())
}

#[tokio::test]
async fn s44_a_body_that_cannot_be_read_is_told_and_kept() {
    let place = Place::new();
    let store = place.open();
    for (number, sql) in [
        (1, "UPDATE session SET body = x'00ff' WHERE digest = ?1"),
        (2, "UPDATE session SET body = x'' WHERE digest = ?1"),
        (
            3,
            "UPDATE session SET body = zeroblob(10485760) WHERE digest = ?1",
        ),
        (
            4,
            "UPDATE session SET body = substr(body, 1, 9) WHERE digest = ?1",
        ),
        (5, "UPDATE session SET handle = x'01' WHERE digest = ?1"),
        (6, "UPDATE session SET idle_secs = -1 WHERE digest = ?1"),
        (
            7,
            "UPDATE session SET idle_secs = 9223372036854775807 WHERE digest = ?1",
        ),
        (
            8,
            "UPDATE session SET predecessor = x'02', grace_until = 1 WHERE digest = ?1",
        ),
        (
            9,
            "UPDATE session SET predecessor = zeroblob(32) WHERE digest = ?1",
        ),
        // The body of one user in the row of another.
        (
            10,
            "UPDATE session SET subject = 'somebody-else' WHERE digest = ?1",
        ),
        (11, "UPDATE session SET subject = NULL WHERE digest = ?1"),
    ] {
        put(&store, number).await;
        spoil(&place, number, sql);
        for renewal in [Renewal::Never, Renewal::IfSeenBy(secs(1))] {
            let found = well(store.load(&key(number), renewal, secs(1)).await);
            assert_eq!(found, Lookup::Unreadable, "{sql}");
        }
        let change = Change {
            data: Some(data(1)),
            lifetime: None,
        };
        let updated = store.update(&key(number), 1, change, START).await;
        assert_eq!(kind(updated), Some(StoreErrorKind::Corrupt), "{sql}");
        let rotation = Rotation {
            new_key: key(99),
            authentication: None,
            grace_until: START,
            remember_until: START,
        };
        let rotated = store.rotate(&key(number), rotation, START).await;
        assert_eq!(kind(rotated), Some(StoreErrorKind::Corrupt), "{sql}");
        assert_eq!(
            find(&store, number, START).await,
            Lookup::Unreadable,
            "it is still there"
        );
    }
    assert!(
        well(store.delete(&key(1), START).await),
        "a log-out needs no body"
    );
    put(&store, 20).await;
    let listed = well(store.list(&subject("ada"), START).await);
    assert_eq!(
        listed
            .iter()
            .map(|loaded| loaded.record.key)
            .collect::<Vec<_>>(),
        [key(20)]
    );
    well(store.revoke(&subject("ada"), Revoke::All, START).await);
    for number in 1..=9 {
        assert_eq!(
            find(&store, number, START).await,
            Lookup::Absent,
            "{number}: all is all"
        );
    }
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_in_nobodys_way() {
    let place = Place::new();
    let store = place.open();
    for number in 1..=3 {
        put(&store, number).await;
        spoil(
            &place,
            number,
            "UPDATE session SET handle = x'01', subject = NULL WHERE digest = ?1",
        );
    }
    put(&store, 4).await;
    spoil(
        &place,
        4,
        "UPDATE session SET idle_secs = -1 WHERE digest = ?1",
    );
    let capped = store.create(user(5), None, Some(some(1)), START).await;
    assert_eq!(well(capped), Created::Done { evicted: 0 });
    let end = START.after(IDLE);
    assert_eq!(well(store.purge(some(2), end).await), 2);
    assert_eq!(
        well(store.purge(some(9), end).await),
        3,
        "three of them, and the one that is over"
    );
}

#[tokio::test]
async fn a_row_of_two_users_is_listed_for_none() {
    let place = Place::new();
    let store = place.open();
    put(&store, 1).await;
    spoil(
        &place,
        1,
        "UPDATE session SET subject = 'eve' WHERE digest = ?1",
    );
    for name in ["ada", "eve"] {
        assert_eq!(well(store.list(&subject(name), START).await), [], "{name}");
    }
}

#[tokio::test]
async fn times_beyond_all_bounds_do_no_harm() {
    let place = Place::new();
    let store = place.open();
    for (number, sql) in [
        (
            1,
            "UPDATE session SET seen_at = 9223372036854775807 WHERE digest = ?1",
        ),
        (
            2,
            "UPDATE session SET until = 9223372036854775807 WHERE digest = ?1",
        ),
        (
            3,
            "UPDATE session SET created_at = -9223372036854775808 WHERE digest = ?1",
        ),
    ] {
        put(&store, number).await;
        spoil(&place, number, sql);
        assert!(is_there(&store, number, START).await, "{sql}");
    }
    put(&store, 4).await;
    spoil(
        &place,
        4,
        "UPDATE session SET seen_at = -9223372036854775808 WHERE digest = ?1",
    );
    assert_eq!(find(&store, 4, START).await, Lookup::Absent);
    assert!(visit(&store, 2, secs(60)).await);
    drop(store);
    assert_eq!(place.written_visit(&key(2)), Some(secs(60)));
}

#[tokio::test]
async fn damaged_pages_are_told() {
    let place = Place::new();
    let store = place.open();
    for number in 0..200 {
        put(&store, number).await;
    }
    drop(store);
    let mut file = fs::read(&place.path).expect("the file");
    // All but the first page, which has the schema.
    file.iter_mut().skip(4096).for_each(|byte| *byte = 0xFF);
    fs::write(&place.path, file).expect("written");
    let store = place.open();
    let corrupt = Some(StoreErrorKind::Corrupt);
    assert_eq!(
        kind(store.load(&key(1), Renewal::Never, START).await),
        corrupt
    );
    assert_eq!(kind(store.list(&subject("ada"), START).await), corrupt);
    assert_eq!(
        kind(store.create(user(999), None, None, START).await),
        corrupt
    );
    assert_eq!(kind(store.delete(&key(1), START).await), corrupt);
}

/// What a crash tears off the end of the log was not acknowledged; what is before it was.
#[tokio::test]
async fn a_torn_write_costs_the_last_commit_and_no_other() {
    let place = Place::new();
    let store = place.open();
    for number in 1..=5 {
        put(&store, number).await;
    }
    let whole = fs::metadata(crate::support::log_of(&place.path))
        .expect("the log")
        .len();
    let updated = store.update(&key(5), 1, Change::default(), START).await;
    assert!(matches!(well(updated), Updated::Done(_)));
    let (torn, log) = (place.crashed(), crate::support::log_of(&place.path));
    let bytes = fs::read(log).expect("the log");
    let whole = usize::try_from(whole).expect("small");
    let all = bytes.len();
    for end in [whole, whole + 1, whole + 24, whole + 2_000, all - 1, all] {
        fs::write(crate::support::log_of(&torn.path), &bytes[..end]).expect("written");
        let store = torn.open();
        let Lookup::Current { loaded, .. } = find(&store, 5, START).await else {
            panic!("torn at {end}: it was committed before");
        };
        let version = if end == all { 2 } else { 1 };
        assert_eq!(loaded.record.version, version, "torn at {end} of {all}");
        drop(store);
        fs::copy(&place.path, &torn.path).expect("copied");
    }
}
