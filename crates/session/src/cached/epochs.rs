//! When what was changed the last time.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use portcullis_core::{Digest, SubjectId};

use crate::{Handle, Loaded};

/// Counts changes, and remembers for keys, handles and subjects which was their last, and whether
/// one is under way.
///
/// What was read from the store before the end of a change of any of its names counts no more,
/// whenever it arrives: so a change costs nothing but a few numbers, however many sessions it
/// concerns. Several names share a place: a change may hit others as well, which are then read
/// once more.
#[derive(Debug)]
pub(super) struct Epochs {
    last: AtomicU64,
    /// Of changes that may concern anything.
    all: Place,
    places: Box<[Place]>,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Place {
    last: AtomicU64,
    under_way: AtomicU32,
}

/// What a session goes by.
#[derive(Clone, Copy, Hash)]
pub(super) enum Name<'a> {
    Handle(&'a Handle),
    Key(&'a Digest),
    Subject(&'a SubjectId),
}

/// Where the changes of a name are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot(u32);

impl Slot {
    /// Of all names.
    pub(super) const ALL: Self = Self(u32::MAX);
}

impl Epochs {
    /// With half as many places as there are sessions, few names share one.
    pub(super) fn new(capacity: usize) -> Self {
        let count = capacity.next_power_of_two() / 2;
        Self {
            last: AtomicU64::new(0),
            all: Place::default(),
            places: (0..count.clamp(1 << 10, 1 << 18))
                .map(|_| Place::default())
                .collect(),
            hasher: RandomState::new(),
        }
    }

    /// The number of changes so far; a read that begins now sees those that are over.
    pub(super) fn now(&self) -> u64 {
        self.last.load(Ordering::SeqCst)
    }

    pub(super) fn slot(&self, name: Name<'_>) -> Slot {
        let count = u64::try_from(self.places.len()).unwrap_or(1);
        u32::try_from(self.hasher.hash_one(name) % count).map_or(Slot::ALL, Slot)
    }

    /// The slots of a session.
    pub(super) fn slots_of(&self, loaded: &Loaded) -> [Slot; 3] {
        let key = self.slot(Name::Key(&loaded.record.key));
        let handle = self.slot(Name::Handle(&loaded.record.handle));
        let subject = loaded.record.subject().map(Name::Subject);
        [key, handle, subject.map_or(key, |name| self.slot(name))]
    }

    fn place(&self, slot: Slot) -> &Place {
        let index = usize::try_from(slot.0).unwrap_or(usize::MAX);
        self.places.get(index).unwrap_or(&self.all)
    }

    /// Begins a change; until it is ended, nothing of this slot counts.
    pub(super) fn begin(&self, slot: Slot) {
        self.place(slot).under_way.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends changes that were begun.
    pub(super) fn end(&self, slots: &[Slot]) {
        let change = self.last.fetch_add(1, Ordering::SeqCst) + 1;
        for slot in slots {
            let place = self.place(*slot);
            place.last.fetch_max(change, Ordering::SeqCst);
            place.under_way.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Whether nothing in these slots is changing, or has changed since the read that began at
    /// `epoch`.
    pub(super) fn holds(&self, slots: &[Slot], epoch: u64) -> bool {
        let holds = |place: &Place| {
            place.under_way.load(Ordering::SeqCst) == 0
                && place.last.load(Ordering::SeqCst) <= epoch
        };
        holds(&self.all) && slots.iter().all(|slot| holds(self.place(*slot)))
    }
}
