//! What is deleted or revoked stays so, whatever was on its way.

use portcullis_core::Timestamp;
use portcullis_session::{
    Change, Created, Lookup, Revoke, Rotated, Rotation, SessionStore, Updated,
};

use crate::suite::fixtures::{START, anonymous, data, handle, key, rotation, secs, subject, user};
use crate::suite::run::overtaken;
use crate::suite::verbs::{
    current, delete, find, is_absent, list, put, revoke, rotate, values, visit, well,
};

/// What a request does to the session that it came with.
#[derive(Clone, Copy, Debug)]
enum Step {
    Load,
    Update,
    Rotate,
    Replace,
}

const STEPS: [Step; 4] = [Step::Load, Step::Update, Step::Rotate, Step::Replace];

async fn step<S: SessionStore>(store: &S, step: Step, old: u64, new: u64, now: Timestamp) {
    match step {
        Step::Load => drop(visit(store, &key(old), now).await),
        Step::Update => {
            let change = Change {
                lifetime: None,
                ..values(data(&[("late", b"1")]))
            };
            drop(well(store.update(&key(old), 1, change, now).await));
        }
        Step::Rotate => drop(well(
            store.rotate(&key(old), rotation(key(new), now), now).await,
        )),
        Step::Replace => {
            let login = user(new, "eve");
            let created = store.create(login, Some(&key(old)), None, now).await;
            assert_eq!(well(created), Created::Done { evicted: 0 });
        }
    }
}

/// After a deletion every verb says so, and none undoes it.
pub async fn s13_a_deleted_session_is_gone_for_every_verb<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let stale = current(store, &key(1), START).await;
    assert!(delete(store, &key(1), START).await, "it was alive");
    for _ in 0..2 {
        assert_eq!(visit(store, &key(1), secs(1)).await, Lookup::Absent);
        let change = values(stale.record.data.clone());
        let updated = store
            .update(&key(1), stale.record.version, change, secs(1))
            .await;
        assert_eq!(well(updated), Updated::Gone);
        let rotated = store
            .rotate(&key(1), rotation(key(2), secs(1)), secs(1))
            .await;
        assert_eq!(well(rotated), Rotated::Gone);
        assert!(!delete(store, &key(1), secs(1)).await, "it is deleted once");
        assert_eq!(
            revoke(store, "ada", Revoke::One(handle(1)), secs(1)).await,
            0
        );
    }
    assert!(is_absent(store, &key(1), secs(1)).await && is_absent(store, &key(2), secs(1)).await);
    assert_eq!(list(store, "ada", secs(1)).await, []);
}

/// A log-out that still knows an older key ends the session under the newer one too.
pub async fn s13_log_out_by_an_older_key_ends_the_session<S: SessionStore>(store: &S) {
    // The predecessor in its grace window; after it; and the predecessor's predecessor.
    for (round, rotations, wait) in [(10, 1, 0), (20, 1, 60), (30, 2, 0), (40, 3, 60)] {
        put(store, &user(round, "ada"), START).await;
        for number in round..round + rotations {
            rotate(store, &key(number), &key(number + 1), START).await;
        }
        let now = secs(wait);
        assert!(
            delete(store, &key(round), now).await,
            "{rotations} rotations, {wait} s"
        );
        for number in round..=round + rotations {
            assert!(
                is_absent(store, &key(number), now).await,
                "{rotations} rotations, {wait} s"
            );
        }
        assert_eq!(list(store, "ada", now).await, []);
    }
}

/// A key that is forgotten ends nothing.
pub async fn s13_a_forgotten_key_ends_nothing<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let brief = Rotation {
        grace_until: secs(1),
        remember_until: secs(2),
        ..rotation(key(2), START)
    };
    assert!(matches!(
        well(store.rotate(&key(1), brief, START).await),
        Rotated::Done(_)
    ));
    assert!(
        !delete(store, &key(1), secs(2)).await,
        "nobody remembers that key"
    );
    current(store, &key(2), secs(2)).await;
}

/// Whatever order the verbs of a request and a log-out come in, the session is over.
pub async fn s13_in_every_order_a_logged_out_session_is_over<S: SessionStore>(store: &S) {
    let mut number = 0;
    for (place, first) in (0..=3).flat_map(|place| STEPS.map(|first| (place, first))) {
        for second in STEPS {
            number += 10;
            put(store, &user(number, "ada"), START).await;
            // Both go on with the key that the request came with, as a request does.
            let request = [
                (first, number + 1),
                (second, number + 2),
                (Step::Load, number + 3),
            ];
            for (index, (verb, new)) in request.into_iter().enumerate() {
                if index == place {
                    well(store.delete(&key(number), START).await);
                }
                step(store, verb, number, new, START).await;
            }
            if place == request.len() {
                well(store.delete(&key(number), START).await);
            }
            over(
                store,
                number,
                &format!("{first:?}, {second:?}, log-out at {place}"),
            )
            .await;
        }
    }
}

/// No key of the session with this number opens anything, and nobody lists it.
async fn over<S: SessionStore>(store: &S, number: u64, what: &str) {
    for old in number..number + 4 {
        let found = find(store, &key(old), START).await;
        // What a login made in its place has a user of its own.
        let is_login = matches!(&found, Lookup::Current { loaded, .. }
            if loaded.record.subject() == Some(&subject("eve")));
        assert!(found == Lookup::Absent || is_login, "{what}: {found:?}");
    }
    assert!(is_absent(store, &key(number), START).await, "{what}");
    assert_eq!(list(store, "ada", START).await, [], "{what}");
}

/// A log-out that passes a verb at any point at which that one waits is final.
pub async fn s13_no_verb_under_way_outlives_a_log_out<S: SessionStore>(store: &S) {
    let mut number = 0;
    for verb in STEPS {
        for times in 0.. {
            number += 10;
            put(store, &user(number, "ada"), START).await;
            let late = step(store, verb, number, number + 1, START);
            let old = key(number);
            let log_out = store.delete(&old, START);
            let ((), deleted, was_pending) = overtaken(late, times, log_out).await;
            well(deleted);
            over(
                store,
                number,
                &format!("{verb:?} overtaken after {times} steps"),
            )
            .await;
            if !was_pending {
                break;
            }
        }
    }
}

/// A revocation that passes a verb at any point at which that one waits is final.
pub async fn s13_no_verb_under_way_outlives_a_revocation<S: SessionStore>(store: &S) {
    let mut number = 0;
    for (verb, which) in STEPS
        .into_iter()
        .flat_map(|verb| [(verb, true), (verb, false)])
    {
        for times in 0.. {
            number += 10;
            put(store, &user(number, "ada"), START).await;
            let which = if which {
                Revoke::All
            } else {
                Revoke::One(handle(number))
            };
            let late = step(store, verb, number, number + 1, START);
            let ada = subject("ada");
            let revocation = store.revoke(&ada, which, START);
            let ((), revoked, was_pending) = overtaken(late, times, revocation).await;
            well(revoked);
            over(
                store,
                number,
                &format!("{verb:?} overtaken by {which:?} after {times}"),
            )
            .await;
            if !was_pending {
                break;
            }
        }
    }
}

/// A visitor's session, which belongs to no subject, ends by a log-out as well.
pub async fn s13_an_anonymous_session_is_deleted_alike<S: SessionStore>(store: &S) {
    put(store, &anonymous(1), START).await;
    rotate(store, &key(1), &key(2), START).await;
    assert!(delete(store, &key(2), START).await);
    assert!(is_absent(store, &key(1), START).await && is_absent(store, &key(2), START).await);
}
