//! When a visit renews, and all that it does not do.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portcullis_core::Timestamp;
use portcullis_session::{Lookup, Renewal, SessionStore};

use crate::suite::dice::Dice;
use crate::suite::fixtures::{START, anonymous, data, key, secs, user};
use crate::suite::run::{Task, together};
use crate::suite::verbs::{
    current, is_absent, limit, list, put, rotate, values, visit, well, write,
};

const ROUNDS: u64 = 32;
const VISITORS: usize = 8;
const WINDOW: Duration = Duration::from_secs(60);

/// Of any number of visits at one time, in a window of its own, exactly one renews.
pub async fn s09_of_parallel_visits_one_renews<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    for round in 1..=ROUNDS {
        let now = secs(60 * round);
        let found = together((0..VISITORS).map(|_| one_visit(store, now)));
        let renewed = found.iter().filter(|found| is_renewed(found)).count();
        assert_eq!(renewed, 1, "in round {round} of {VISITORS} visits at once");
        assert!(
            !is_renewed(&one_visit(store, now).await),
            "the window is over, yet it renews again"
        );
        assert_eq!(current(store, &key(1), now).await.seen_at, now);
    }
}

async fn one_visit<S: SessionStore>(store: &S, now: Timestamp) -> Lookup {
    well(store.load(&key(1), due(now), now).await)
}

fn due(now: Timestamp) -> Renewal {
    Renewal::IfSeenBy(now.before(WINDOW))
}

pub(super) fn is_renewed(found: &Lookup) -> bool {
    match found {
        Lookup::Current { renewed, .. } => *renewed,
        other => panic!("the session is alive, yet: {other:?}"),
    }
}

/// A visit renews from the stated time on and not a millisecond before; `Never` never does.
pub async fn s09_the_window_is_exact<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let early = START.after(WINDOW).before(Duration::from_millis(1));
    for (now, renewal) in [(early, due(early)), (secs(1_800), Renewal::Never)] {
        let found = well(store.load(&key(1), renewal, now).await);
        assert!(!is_renewed(&found), "{renewal:?} at {now:?}");
        assert_eq!(current(store, &key(1), now).await.seen_at, START);
    }
    let now = START.after(WINDOW);
    assert!(is_renewed(&one_visit(store, now).await));
    assert_eq!(current(store, &key(1), now).await.seen_at, now);
}

/// Any number of renewals between any other verbs leaves the record as it was.
pub async fn s10_renewal_changes_nothing_but_the_last_visit<S: SessionStore>(store: &S) {
    for seed in 0..16 {
        let mut dice = Dice::new(seed);
        let (number, mut now) = (seed + 1, START);
        put(store, &user(number, "ada"), now).await;
        for _ in 0..24 {
            let before = current(store, &key(number), now).await;
            now = now.after(Duration::from_secs(dice.below(120)));
            let by = now.before(Duration::from_secs(dice.below(120)));
            let found = well(store.load(&key(number), Renewal::IfSeenBy(by), now).await);
            let after = current(store, &key(number), now).await;
            assert_eq!(after.record, before.record, "seed {seed}");
            let due = before.seen_at <= by;
            assert_eq!(
                after.seen_at,
                if due { now } else { before.seen_at },
                "seed {seed}"
            );
            assert!(matches!(found, Lookup::Current { loaded, .. } if loaded == after));
            if dice.percent(25) {
                let change = values(data(&[("n", dice.below(99).to_string().as_bytes())]));
                write(store, &key(number), after.record.version, change, now).await;
            }
        }
    }
}

/// Only a visit moves the last visit: no write, rotation, listing or purge does.
pub async fn s10_no_other_verb_moves_the_last_visit<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let now = secs(1_200);
    write(store, &key(1), 1, values(data(&[])), now).await;
    assert_eq!(
        current(store, &key(1), now).await.seen_at,
        START,
        "a write moved it"
    );
    let rotated = rotate(store, &key(1), &key(2), now).await;
    assert_eq!(rotated.seen_at, START, "a rotation moved it");
    put(store, &user(3, "ada"), now).await;
    well(store.purge(limit(100), now).await);
    assert_eq!(list(store, "ada", now).await[0].seen_at, START);
    assert_eq!(current(store, &key(2), now).await.seen_at, START);
}

/// Visits on their way when a session is deleted do not bring it back.
pub async fn s10_renewal_never_brings_a_deleted_session_back<S: SessionStore>(store: &S) {
    for round in 1..=ROUNDS {
        put(store, &anonymous(round), START).await;
        let over = AtomicBool::new(false);
        let visitor = || -> Task<'_, ()> {
            Box::pin(async {
                loop {
                    let was_over = over.load(Ordering::SeqCst);
                    if visit(store, &key(round), secs(1)).await == Lookup::Absent {
                        break;
                    }
                    assert!(
                        !was_over,
                        "a visit found it after its deletion had returned"
                    );
                }
            })
        };
        let deleter: Task<'_, ()> = Box::pin(async {
            let deleted = store.delete(&key(round), secs(1)).await;
            over.store(true, Ordering::SeqCst);
            assert!(well(deleted), "it was alive");
        });
        together([visitor(), visitor(), visitor(), deleter]);
        assert!(
            is_absent(store, &key(round), secs(1)).await,
            "a visit brought it back"
        );
    }
}
