//! Two requests of which one passes the other, at every point at which that one waits.
//!
//! Where a verb of the store never waits, that leaves two orders: one before the other.

use std::time::Duration;

use portcullis_session::{
    Created, Lookup, Record, Renewal, Revoke, Rotated, SessionStore, Updated,
};

use super::logins::look_for_one;
use super::renewal::is_renewed;
use super::rotation::look_at_both;
use crate::suite::fixtures::{
    self, IDLE, MILLI, START, data, handle, key, rotation, subject, user,
};
use crate::suite::run::overtaken;
use crate::suite::verbs::{
    current, find, is_absent, limit, list, put, rotate, values, visit, well,
};

/// The number of an attempt: how often the first verb is polled before the second begins; and a
/// number for its sessions.
fn attempts() -> impl Iterator<Item = (usize, u64)> {
    (0..).zip((10..).step_by(10))
}

/// Of two visits that are both due, one renews.
pub async fn s09_of_two_visits_under_way_one_renews<S: SessionStore>(store: &S) {
    let window = Duration::from_secs(60);
    for (times, number) in attempts() {
        put(store, &user(number, "ada"), START).await;
        let key = key(number);
        let visit = || store.load(&key, Renewal::IfSeenBy(START), START.after(window));
        let (first, second, was_pending) = overtaken(visit(), times, visit()).await;
        let renewed = [first, second].map(|found| is_renewed(&well(found)));
        assert_ne!(
            renewed[0], renewed[1],
            "the second came after {times} steps of the first"
        );
        if !was_pending {
            break;
        }
    }
}

/// Of two writes that have read the same version, one is done and the other told.
pub async fn s15_of_two_writes_under_way_one_is_done<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        put(store, &user(number, "ada"), START).await;
        let key = key(number);
        let write = |value: &[u8]| store.update(&key, 1, values(data(&[("n", value)])), START);
        let (first, second, was_pending) = overtaken(write(b"1"), times, write(b"2")).await;
        let now = current(store, &key, START).await;
        let (done, told) = (Updated::Done(now.clone()), Updated::Conflict(now.clone()));
        let both = [well(first), well(second)];
        assert!(
            both.contains(&done) && both.contains(&told),
            "{times}: {both:?} left {now:?}"
        );
        assert_eq!(now.record.version, 2, "{times}");
        if !was_pending {
            break;
        }
    }
}

/// Of two rotations, one is done and the other told of the successor.
pub async fn s16_of_two_rotations_under_way_one_is_done<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        let name = format!("user-{times}");
        put(store, &user(number, &name), START).await;
        let key = key(number);
        let rotate = |to| store.rotate(&key, rotation(fixtures::key(to), START), START);
        let (first, second, was_pending) =
            overtaken(rotate(number + 1), times, rotate(number + 2)).await;
        let listed = list(store, &name, START).await;
        let [session] = &listed[..] else {
            panic!("{times}: one session, not {listed:?}")
        };
        let (done, told) = (
            Rotated::Done(session.clone()),
            Rotated::Superseded(session.clone()),
        );
        let both = [well(first), well(second)];
        assert!(
            both.contains(&done) && both.contains(&told),
            "{times}: {both:?}"
        );
        if !was_pending {
            break;
        }
    }
}

/// Whoever looks while a rotation is under way sees one session, by its keys and in the list.
pub async fn s16_a_rotation_under_way_shows_one_session<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        let (name, old, new) = (format!("user-{times}"), key(number), key(number + 1));
        put(store, &user(number, &name), START).await;
        let looks = async {
            assert_eq!(
                list(store, &name, START).await.len(),
                1,
                "listed after {times} steps"
            );
            look_at_both(store, &old, &new, START).await
        };
        let rotation = store.rotate(&old, rotation(new, START), START);
        let (rotated, _, was_pending) = overtaken(rotation, times, looks).await;
        assert!(matches!(well(rotated), Rotated::Done(_)));
        if !was_pending {
            break;
        }
    }
}

/// Of two creations under one key, one is done, and it is that one's record which is there.
pub async fn s19_of_two_creations_under_way_one_is_done<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        let record = |number| Record {
            key: key(0),
            ..user(number, "ada")
        };
        let create = |number| store.create(record(number), None, None, START);
        let (first, second, was_pending) =
            overtaken(create(number), times, create(number + 1)).await;
        let winner = match [well(first), well(second)] {
            [Created::Done { .. }, Created::Exists] => number,
            [Created::Exists, Created::Done { .. }] => number + 1,
            both => panic!("after {times} steps: {both:?}"),
        };
        assert_eq!(*current(store, &key(0), START).await.record, record(winner));
        assert_eq!(list(store, "ada", START).await.len(), 1);
        well(store.delete(&key(0), START).await);
        if !was_pending {
            break;
        }
    }
}

/// Whoever looks while a login at the cap is under way sees no more than the cap allows, and two
/// such logins leave the newest.
pub async fn s20_logins_under_way_keep_the_cap<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        let name = format!("user-{times}");
        for number in number..number + 3 {
            put(store, &user(number, &name), START).await;
        }
        let login = |number| store.create(user(number, &name), None, Some(limit(3)), START);
        let second = async {
            let before = list(store, &name, START).await.len();
            let created = login(number + 4).await;
            (before, created, list(store, &name, START).await.len())
        };
        let (first, (before, second, after), was_pending) =
            overtaken(login(number + 3), times, second).await;
        assert!(
            before <= 3 && after <= 3,
            "{before}, then {after}, after {times} steps"
        );
        assert_eq!(
            [well(first), well(second)],
            [Created::Done { evicted: 1 }; 2]
        );
        let listed = list(store, &name, START).await;
        let handles: Vec<_> = listed.iter().map(|loaded| loaded.record.handle).collect();
        assert_eq!(
            handles,
            [2, 3, 4].map(|place| handle(number + place)),
            "the newest stay"
        );
        if !was_pending {
            break;
        }
    }
}

/// Whoever looks while a login replaces a session sees the one or the other.
pub async fn s21_a_login_under_way_shows_one_session<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        let (name, old, new) = (format!("user-{times}"), key(number), key(number + 1));
        put(store, &user(number, &name), START).await;
        let looks = look_for_one(store, &name, &old, &new);
        let login = store.create(user(number + 1, &name), Some(&old), Some(limit(5)), START);
        let (created, (), was_pending) = overtaken(login, times, looks).await;
        assert_eq!(well(created), Created::Done { evicted: 0 });
        if !was_pending {
            break;
        }
    }
}

/// A login that replaces a session and a rotation of that session: the session is over under every
/// key, in either order.
pub async fn s21_a_rotation_under_way_does_not_outlive_a_login<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        let (name, old, new) = (format!("user-{times}"), key(number), key(number + 1));
        put(store, &user(number, &name), START).await;
        let rotating = store.rotate(&old, rotation(new, START), START);
        let login = store.create(user(number + 2, &name), Some(&old), None, START);
        let (rotated, created, was_pending) = overtaken(rotating, times, login).await;
        drop(well(rotated));
        assert_eq!(well(created), Created::Done { evicted: 0 });
        for gone in [old, new] {
            assert_eq!(
                find(store, &gone, START).await,
                Lookup::Absent,
                "after {times} steps"
            );
        }
        assert_eq!(list(store, &name, START).await.len(), 1);
        if !was_pending {
            break;
        }
    }
}

/// Whoever looks while all sessions are revoked sees all of them or none.
pub async fn s26_a_revocation_under_way_shows_all_or_none<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        let name = format!("user-{times}");
        for number in number..number + 3 {
            put(store, &user(number, &name), START).await;
        }
        rotate(store, &key(number), &key(number + 5), START).await;
        let subject = subject(&name);
        let revocation = store.revoke(&subject, Revoke::All, START);
        let looks = list(store, &name, START);
        let (ended, seen, was_pending) = overtaken(revocation, times, looks).await;
        assert_eq!(well(ended), 3);
        assert!(
            [0, 3].contains(&seen.len()),
            "after {times} steps there are {}",
            seen.len()
        );
        if !was_pending {
            break;
        }
    }
}

/// A visit that comes in time while a purge is under way: renewed and kept, or gone.
pub async fn s41_a_purge_under_way_spares_what_is_renewed<S: SessionStore>(store: &S) {
    let end = START.after(IDLE);
    for (times, number) in attempts() {
        let name = format!("user-{times}");
        for number in number..number + 4 {
            put(store, &user(number, &name), START).await;
        }
        let visits = async {
            let mut renewed = Vec::new();
            for number in number..number + 4 {
                let found = visit(store, &key(number), end.before(MILLI)).await;
                renewed.push(matches!(found, Lookup::Current { renewed: true, .. }));
            }
            renewed
        };
        let purge = store.purge(limit(3), end);
        let (purged, renewed, was_pending) = overtaken(purge, times, visits).await;
        assert!(well(purged) <= 3);
        for (number, renewed) in (number..).zip(renewed) {
            let gone = is_absent(store, &key(number), end).await;
            assert_eq!(gone, !renewed, "{number} after {times} steps");
        }
        well(store.revoke(&subject(&name), Revoke::All, end).await);
        while well(store.purge(limit(100), end).await) > 0 {}
        if !was_pending {
            break;
        }
    }
}
