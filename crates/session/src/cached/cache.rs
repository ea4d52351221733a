//! What is remembered, for how long, and what of it counts.

use std::time::{Duration, Instant};

use portcullis_core::{Digest, Timestamp};

use super::entries::Entries;
use super::epochs::{Epochs, Name, Slot};
use crate::{Loaded, Lookup, Renewal};

/// What is remembered, and for how long.
pub(super) struct Cache {
    pub(super) staleness: Duration,
    pub(super) capacity: usize,
    pub(super) entries: Entries,
    pub(super) epochs: Epochs,
}

/// When a read of the store began: what it finds is at least that new.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    epoch: u64,
    /// By the clock of the caller.
    at: Timestamp,
    /// By a clock that does not jump.
    started: Instant,
}

impl Cache {
    pub(super) fn new(staleness: Duration, capacity: usize) -> Self {
        Self {
            staleness,
            capacity,
            entries: Entries::new(capacity),
            epochs: Epochs::new(capacity),
        }
    }

    /// Begins a read of the store.
    pub(super) fn read(&self, now: Timestamp) -> Read {
        Read {
            epoch: self.epochs.now(),
            at: now,
            started: Instant::now(),
        }
    }

    /// Whether what was read then may be answered at `now`; after a step back of the clock not.
    pub(super) fn is_fresh(&self, read: &Read, now: Timestamp) -> bool {
        now >= read.at
            && now.since(read.at) < self.staleness
            && read.started.elapsed() < self.staleness
    }

    /// The answer that is in memory.
    pub(super) fn hit(&self, key: &Digest, renewal: Renewal, now: Timestamp) -> Option<Lookup> {
        let loaded = self.entries.find(key, |entry| {
            self.is_fresh(&entry.read, now) && self.epochs.holds(&entry.slots, entry.read.epoch)
        })?;
        suffices(&loaded, renewal, now).then_some(Lookup::Current {
            loaded,
            renewed: false,
        })
    }

    /// Keeps what the store has shown, unless it was changed meanwhile.
    pub(super) fn take_in(&self, key: &Digest, found: &Lookup, read: Read) {
        let loaded = match found {
            _ if self.staleness.is_zero() => return,
            Lookup::Current { loaded, .. } if loaded.record.key == *key => loaded,
            _ => return self.entries.remove(key),
        };
        let slots = self.epochs.slots_of(loaded);
        let is_dead = |read: &Read, slots: &[Slot]| {
            read.started.elapsed() >= self.staleness || !self.epochs.holds(slots, read.epoch)
        };
        self.entries.insert(loaded, read, slots, is_dead);
    }

    /// Whether what another caller's read has found answers this call, too: it began after the
    /// last change through this cache.
    pub(super) fn is_answer(
        &self,
        key: &Digest,
        found: &Lookup,
        read: &Read,
        (renewal, now): (Renewal, Timestamp),
    ) -> bool {
        let holds = |name| self.epochs.holds(&[self.epochs.slot(name)], read.epoch);
        let stands = |loaded| self.epochs.holds(&self.epochs.slots_of(loaded), read.epoch);
        holds(Name::Key(key))
            && match found {
                Lookup::Current { loaded, .. } => stands(loaded) && suffices(loaded, renewal, now),
                Lookup::Predecessor(loaded) => stands(loaded) && loaded.is_alive(now),
                Lookup::Reused(handle) => holds(Name::Handle(handle)),
                Lookup::Absent | Lookup::Unreadable => true,
            }
    }
}

/// Whether a session is alive and needs no renewal.
fn suffices(loaded: &Loaded, renewal: Renewal, now: Timestamp) -> bool {
    loaded.is_alive(now) && !matches!(renewal, Renewal::IfSeenBy(by) if loaded.seen_at <= by)
}
