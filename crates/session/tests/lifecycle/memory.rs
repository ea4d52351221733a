//! What holds for the store in memory alone.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::{Digest, FrozenClock, Mark, MarkStore, Timestamp};
use portcullis_session::{
    Created, Data, DynSessionStore, Handle, Lifecycle, Lifetime, Lookup, MemoryStore, Persistence,
    Record, Renewal, Revoke, Rotated, Rotation, SessionStore, Standing, User,
};

use crate::support::{
    Browser, MINUTE, START, block_on, how, login, policy, request_with, subject, together,
};

const MANY: u64 = 100_000;

fn key(number: u64) -> Digest {
    Digest::of(&number.to_be_bytes())
}

/// A minute's session of nobody's, with this number.
fn anonymous(number: u64, now: Timestamp) -> Record {
    Record {
        key: key(number),
        handle: Handle::from_bytes(u128::from(number).to_be_bytes()),
        standing: Standing::Anonymous,
        created_at: now,
        lifetime: Lifetime {
            idle_secs: 60,
            until: now.after(10 * MINUTE),
            persistence: Persistence::Persistent,
        },
        predecessor: None,
        version: 0,
        data: Data::default(),
    }
}

/// One of ten thousand users'.
fn of_a_user(number: u64, now: Timestamp) -> Record {
    let user = User {
        subject: subject(&format!("usr_{}", number % 10_000)),
        authentication: how("pwd", Default::default(), now),
        stamp: None,
    };
    Record {
        standing: Standing::User(user),
        ..anonymous(number, now)
    }
}

async fn put(store: &MemoryStore, record: Record, now: Timestamp) {
    let created = store.create(record, None, None, now).await.unwrap();
    assert_eq!(created, Created::Done { evicted: 0 });
}

/// A hundred thousand sessions that nobody purged go while new ones come, a few at a time.
#[test]
fn s41_creating_removes_what_has_expired() {
    block_on(async {
        let store = MemoryStore::new();
        for number in 0..MANY {
            let record = if number % 2 == 0 {
                anonymous
            } else {
                of_a_user
            };
            put(&store, record(number, START), START).await;
        }
        assert_eq!(store.len(), usize::try_from(MANY).unwrap());
        let later = START.after(MINUTE);
        for number in MANY..MANY + 30_000 {
            put(&store, anonymous(number, later), later).await;
        }
        let dead = store.len() - 30_000;
        assert!(dead < 1_000, "{dead} of {MANY} dead sessions are left");
        for number in 0..10_000 {
            let listed = store
                .list(&subject(&format!("usr_{number}")), later)
                .await
                .unwrap();
            assert_eq!(listed, []);
        }
    });
}

/// One creation removes a bounded number of dead sessions.
#[test]
fn s41_one_creation_removes_a_bounded_number() {
    block_on(async {
        let store = MemoryStore::new();
        for number in 0..MANY {
            put(&store, anonymous(number, START), START).await;
        }
        let later = START.after(MINUTE);
        for number in MANY..MANY + 100 {
            let before = store.len();
            put(&store, anonymous(number, later), later).await;
            assert!(
                before + 1 - store.len() <= 8,
                "{} went at once",
                before + 1 - store.len()
            );
        }
    });
}

/// A purge removes at most so many, in the end all that is dead, and nothing that is alive.
#[test]
fn s41_a_purge_removes_the_dead_and_no_more_than_asked() {
    block_on(async {
        let store = MemoryStore::new();
        for number in 0..10_000 {
            put(&store, of_a_user(number, START), START).await;
        }
        // Every tenth is visited in time.
        let visit = START.after(MINUTE / 2);
        for number in (0..10_000).step_by(10) {
            let found = store
                .load(&key(number), Renewal::IfSeenBy(START), visit)
                .await
                .unwrap();
            assert!(matches!(found, Lookup::Current { renewed: true, .. }));
        }
        let later = START.after(MINUTE);
        let limit = NonZeroU32::new(1_000).unwrap();
        let mut removed = 0;
        loop {
            let step = store.purge(limit, later).await.unwrap();
            assert!(step <= limit.get());
            removed += step;
            assert_eq!(store.len(), 10_000 - usize::try_from(removed).unwrap());
            if step < limit.get() {
                break;
            }
        }
        assert_eq!((removed, store.len()), (9_000, 1_000));
        for number in (0..10_000).step_by(10) {
            let found = store
                .load(&key(number), Renewal::Never, later)
                .await
                .unwrap();
            assert!(matches!(found, Lookup::Current { .. }), "{number} is alive");
        }
    });
}

/// While sessions are visited and purged at once, none that is visited in time goes.
#[test]
fn s41_a_purge_spares_what_is_renewed_meanwhile() {
    let store = MemoryStore::new();
    for number in 0..1_000 {
        block_on(put(&store, anonymous(number, START), START));
    }
    let at = START.after(MINUTE - Duration::from_millis(1));
    together(3, async |index| {
        if index == 0 {
            for number in 0..1_000 {
                let found = store
                    .load(&key(number), Renewal::IfSeenBy(at), at)
                    .await
                    .unwrap();
                assert!(matches!(found, Lookup::Current { .. }), "{number}");
            }
        } else {
            for _ in 0..20 {
                assert_eq!(store.purge(NonZeroU32::MAX, at).await.unwrap(), 0);
            }
        }
    });
    let later = START.after(MINUTE);
    assert_eq!(block_on(store.purge(NonZeroU32::MAX, later)).unwrap(), 0);
    assert_eq!(store.len(), 1_000);
}

/// Keys that were rotated away are forgotten in time, and take no room then.
#[test]
fn s41_a_purge_forgets_old_keys() {
    block_on(async {
        let store = MemoryStore::new();
        put(&store, anonymous(0, START), START).await;
        for number in 0..100 {
            let rotation = Rotation {
                new_key: key(number + 1),
                authentication: None,
                grace_until: START,
                remember_until: START.after(MINUTE / 2),
            };
            let rotated = store.rotate(&key(number), rotation, START).await.unwrap();
            assert!(matches!(rotated, Rotated::Done(_)));
        }
        let now = START.after(MINUTE / 2);
        assert_eq!(store.purge(NonZeroU32::MAX, START).await.unwrap(), 0);
        assert_eq!(store.purge(NonZeroU32::MAX, now).await.unwrap(), 100);
        assert_eq!(store.len(), 1, "the session itself lives on");
        assert_eq!(
            store.load(&key(0), Renewal::Never, now).await.unwrap(),
            Lookup::Absent
        );
    });
}

/// `len` counts sessions, and clones are the same store.
#[test]
fn clones_are_the_same_store() {
    block_on(async {
        let store = MemoryStore::new();
        assert!(store.is_empty());
        let clone = store.clone();
        put(&clone, of_a_user(1, START), START).await;
        put(&clone, anonymous(2, START), START).await;
        assert_eq!((store.len(), store.is_empty()), (2, false));
        assert!(store.delete(&key(2), START).await.unwrap());
        assert_eq!(
            store
                .revoke(&subject("usr_1"), Revoke::All, START)
                .await
                .unwrap(),
            1
        );
        assert!(clone.is_empty());
    });
}

/// Marks are the marks of all clones, and sessions and marks are not in each other's way.
#[test]
fn marks_are_kept_beside_sessions() {
    block_on(async {
        let store = MemoryStore::new();
        put(&store, anonymous(1, START), START).await;
        let mark = async |now: Timestamp| {
            store
                .clone()
                .mark(&key(1), START.after(MINUTE), now)
                .await
                .unwrap()
        };
        assert_eq!(mark(START).await, Mark::First);
        assert_eq!(mark(START).await, Mark::Seen);
        assert_eq!(store.len(), 1);
        assert_eq!(mark(START.after(MINUTE)).await, Mark::First);
    });
}

/// A store is a store behind `Arc` and behind `dyn`, with no type of it in a handler's signature.
#[test]
fn s46_a_store_may_be_chosen_at_run_time() {
    let store = MemoryStore::new();
    let chosen: Arc<dyn DynSessionStore> = Arc::new(store.clone());
    let lifecycles: Vec<Lifecycle> = vec![
        Lifecycle::new(store.clone(), policy()),
        Lifecycle::new(Arc::new(store), policy()),
        Lifecycle::new(Arc::clone(&chosen), policy()),
        Lifecycle::new(Arc::new(chosen), policy()),
    ];
    let clock = FrozenClock::new(START);
    let lifecycles: Vec<_> = lifecycles
        .into_iter()
        .map(|lifecycle| lifecycle.with_clock(clock.clone()))
        .collect();
    block_on(async {
        let mut ada = Browser::new(&lifecycles[0]);
        ada.log_in(login("ada")).await;
        for lifecycle in &lifecycles {
            assert_eq!(ada.at(lifecycle).who().await.as_deref(), Some("ada"));
        }
        request_with(&lifecycles[2], &[&ada.token()])
            .log_out()
            .await
            .unwrap();
        for lifecycle in &lifecycles {
            assert_eq!(ada.at(lifecycle).who().await, None);
        }
    });
}
