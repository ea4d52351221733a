use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use portcullis_core::Digest;

use super::epochs::Epochs;
use super::*;
use crate::{Data, Handle, Lifetime, MemoryStore, Persistence, Standing};

const START: Timestamp = Timestamp::from_secs(1_800_000_000);

fn record(number: u64) -> Record {
    Record {
        key: Digest::of(&number.to_be_bytes()),
        handle: Handle::from_bytes(u128::from(number).to_be_bytes()),
        standing: Standing::Anonymous,
        created_at: START,
        lifetime: Lifetime {
            idle_secs: 60,
            until: START.after(Duration::from_secs(600)),
            persistence: Persistence::Persistent,
        },
        predecessor: None,
        version: 0,
        data: Data::default(),
    }
}

/// The output of a future that does not wait.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a store in memory does not wait"),
    }
}

fn load(store: &CachedStore<MemoryStore>, number: u64) -> Lookup {
    now(store.load(&record(number).key, Renewal::Never, START)).unwrap()
}

fn filled(store: CachedStore<MemoryStore>, count: u64) -> CachedStore<MemoryStore> {
    for number in 0..count {
        let created = now(store.create(record(number), None, None, START)).unwrap();
        assert_eq!(created, Created::Done { evicted: 0 });
        assert!(matches!(load(&store, number), Lookup::Current { .. }));
    }
    store
}

#[test]
fn settings_out_of_range_are_refused() {
    let store = || CachedStore::new(MemoryStore::new());
    let long = MOST_STALENESS + Duration::from_millis(1);
    for (capacity, fits) in [(0, false), (1, true), (MOST_CAPACITY, true)] {
        let made = store().with_staleness(Duration::ZERO).unwrap();
        if capacity < 1_000 {
            assert_eq!(made.with_capacity(capacity).is_ok(), fits, "{capacity}");
        }
    }
    assert_eq!(
        store().with_capacity(MOST_CAPACITY + 1).unwrap_err(),
        CacheError::Capacity
    );
    assert_eq!(
        store().with_staleness(long).unwrap_err(),
        CacheError::Staleness
    );
    assert!(store().with_staleness(MOST_STALENESS).is_ok());
    let text = format!("{:?}", store());
    assert_eq!(text, "CachedStore { staleness: 1s, capacity: 100000, .. }");
}

#[test]
fn s42_no_more_than_the_capacity_is_kept() {
    for capacity in [1, 3, 64, 100] {
        let store = CachedStore::new(MemoryStore::new())
            .with_staleness(MOST_STALENESS)
            .unwrap();
        let store = filled(store.with_capacity(capacity).unwrap(), 1_000);
        let len = store.cache.entries.len();
        assert!(
            len <= capacity && len >= capacity / 2,
            "{len} of {capacity}"
        );
        for number in 0..1_000 {
            assert!(
                matches!(load(&store, number), Lookup::Current { .. }),
                "{number}"
            );
        }
    }
}

#[test]
fn s42_what_is_over_makes_room() {
    let store = CachedStore::new(MemoryStore::new())
        .with_staleness(MOST_STALENESS)
        .unwrap();
    let store = filled(store, 2_000);
    // A few went early, because their places are shared.
    assert!((1_800..=2_000).contains(&store.cache.entries.len()));
    for number in 0..2_000 {
        assert!(now(store.delete(&record(number).key, START)).unwrap());
    }
    for number in 2_000..6_000 {
        filled_one(&store, number);
    }
    let len = store.cache.entries.len();
    assert!(len < 4_200, "{} of 2000 dead entries are left", len - 4_000);
}

fn filled_one(store: &CachedStore<MemoryStore>, number: u64) {
    let created = now(store.create(record(number), None, None, START)).unwrap();
    assert_eq!(created, Created::Done { evicted: 0 });
    assert!(matches!(load(store, number), Lookup::Current { .. }));
}

#[test]
fn s42_without_staleness_nothing_is_kept() {
    let store = CachedStore::new(MemoryStore::new())
        .with_staleness(Duration::ZERO)
        .unwrap();
    assert_eq!(filled(store, 100).cache.entries.len(), 0);
}

#[test]
fn s42_a_poisoned_cache_is_slower_and_no_more() {
    let store = filled(CachedStore::new(MemoryStore::new()), 2);
    let key = record(0).key;
    for _ in 0..2 {
        let poison = || store.cache.entries.poison(&key);
        assert!(catch_unwind(AssertUnwindSafe(poison)).is_err());
        assert_eq!(
            store.cache.hit(&key, Renewal::Never, START),
            None,
            "nothing in there counts"
        );
        for number in 0..2 {
            assert!(matches!(load(&store, number), Lookup::Current { .. }));
        }
        assert!(
            store.cache.hit(&key, Renewal::Never, START).is_some(),
            "it is in use again"
        );
    }
    let poison = || store.cache.entries.poison(&key);
    assert!(catch_unwind(AssertUnwindSafe(poison)).is_err());
    assert!(now(store.delete(&key, START)).unwrap());
    assert_eq!(load(&store, 0), Lookup::Absent);
}

#[test]
fn s42_a_change_of_any_name_counts() {
    let epochs = Epochs::new(1_000);
    let handle = Handle::from_bytes([1; 16]);
    let key = Digest::of(b"key");
    let slots = [
        epochs.slot(Name::Handle(&handle)),
        epochs.slot(Name::Key(&key)),
    ];
    let before = epochs.now();
    assert!(epochs.holds(&slots, before));
    for slot in [slots[1], epochs::Slot::ALL] {
        let before = epochs.now();
        epochs.begin(slot);
        assert!(!epochs.holds(&slots, epochs.now()), "while it changes");
        epochs.begin(slot);
        epochs.end(&[slot]);
        assert!(
            !epochs.holds(&slots, epochs.now()),
            "another one is under way"
        );
        epochs.end(&[slot]);
        assert!(!epochs.holds(&slots, before), "read before the change");
        assert!(epochs.holds(&slots, epochs.now()), "read after it");
    }
}
