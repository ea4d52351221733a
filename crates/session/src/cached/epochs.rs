//! When what was changed the last time.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_core::{Digest, SubjectId};

use crate::{Handle, Loaded};

/// Counts changes, and remembers for keys, handles and subjects which was their last.
///
/// What was read from the store before a change of any of its names counts no more, whenever it
/// arrives: so a change costs nothing but a few numbers, however many sessions it concerns.
/// Several names share a slot: a change may hit others as well, which are then read once more.
#[derive(Debug)]
pub(super) struct Epochs {
    last: AtomicU64,
    /// The last change that may have concerned anything.
    of_all: AtomicU64,
    slots: Box<[AtomicU64]>,
    hasher: RandomState,
}

/// What a session goes by.
#[derive(Clone, Copy, Hash)]
pub(super) enum Name<'a> {
    Handle(&'a Handle),
    Key(&'a Digest),
    Subject(&'a SubjectId),
}

/// Where the last change of a name is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot(usize);

impl Epochs {
    /// With about as many slots as there are sessions, few share one.
    pub(super) fn new(capacity: usize) -> Self {
        let count = capacity.next_power_of_two().clamp(1 << 10, 1 << 18);
        Self {
            last: AtomicU64::new(0),
            of_all: AtomicU64::new(0),
            slots: (0..count).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
        }
    }

    /// The number of changes so far; a read that begins now sees them all.
    pub(super) fn now(&self) -> u64 {
        self.last.load(Ordering::SeqCst)
    }

    pub(super) fn slot(&self, name: Name<'_>) -> Slot {
        let mask = self.slots.len() - 1;
        let hash = self.hasher.hash_one(name);
        Slot(usize::try_from(hash & u64::from(u32::MAX)).unwrap_or(0) & mask)
    }

    /// The slots of a session.
    pub(super) fn slots_of(&self, loaded: &Loaded) -> [Slot; 3] {
        let key = self.slot(Name::Key(&loaded.record.key));
        let handle = self.slot(Name::Handle(&loaded.record.handle));
        let subject = loaded.record.subject().map(Name::Subject);
        [key, handle, subject.map_or(key, |name| self.slot(name))]
    }

    /// Marks a change.
    pub(super) fn mark(&self, slots: &[Slot]) {
        let change = self.last.fetch_add(1, Ordering::SeqCst) + 1;
        for slot in slots.iter().filter_map(|slot| self.slots.get(slot.0)) {
            slot.fetch_max(change, Ordering::SeqCst);
        }
    }

    /// Marks a change that may concern anything.
    pub(super) fn mark_all(&self) {
        let change = self.last.fetch_add(1, Ordering::SeqCst) + 1;
        self.of_all.fetch_max(change, Ordering::SeqCst);
    }

    /// Whether nothing in these slots has changed since the read that began at `epoch`.
    pub(super) fn holds(&self, slots: &[Slot], epoch: u64) -> bool {
        let last = |slot: &Slot| {
            self.slots
                .get(slot.0)
                .map_or(u64::MAX, |last| last.load(Ordering::SeqCst))
        };
        self.of_all.load(Ordering::SeqCst) <= epoch && slots.iter().all(|slot| last(slot) <= epoch)
    }
}
