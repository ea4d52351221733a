//! The sessions in memory.

use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use hashbrown::HashTable;
use portcullis_core::Digest;

use super::cache::Read;
use super::epochs::Slot;
use crate::memory::sweep::sweep;
use crate::{Handle, Loaded};

const MOST_SHARDS: usize = 64;

/// How many entries each new one looks at, to take out those that are over.
const STEPS: usize = 4;

/// A bounded table in shards. The digest is its own hash: only what the store knows gets in.
#[derive(Debug)]
pub(super) struct Entries {
    shards: Box<[RwLock<Shard>]>,
    most_in_shard: usize,
}

#[derive(Debug, Default)]
struct Shard {
    table: HashTable<Entry>,
    cursor: usize,
}

/// A session as the store has shown it.
#[derive(Debug)]
pub(super) struct Entry {
    loaded: Loaded,
    pub(super) read: Read,
    pub(super) slots: [Slot; 3],
}

impl Entries {
    /// At most `capacity` sessions in all.
    pub(super) fn new(capacity: usize) -> Self {
        let count = capacity.clamp(1, MOST_SHARDS);
        Self {
            shards: (0..count).map(|_| RwLock::default()).collect(),
            most_in_shard: (capacity / count).max(1),
        }
    }

    /// By bits that the tables do not look at first.
    fn shard(&self, key: &Digest) -> &RwLock<Shard> {
        let count = u64::try_from(self.shards.len()).unwrap_or(1);
        let index = usize::try_from((key.prefix() >> 32) % count).unwrap_or(0);
        &self.shards[index]
    }

    /// A copy of what is there, if it is to the caller's liking.
    pub(super) fn find(&self, key: &Digest, likes: impl Fn(&Entry) -> bool) -> Option<Loaded> {
        let shard = read(self.shard(key))?;
        let entry = shard.entry(key).filter(|entry| likes(entry))?;
        Some(entry.loaded.clone())
    }

    /// The handle of the session that the key opens, or opened: that never changes.
    pub(super) fn handle(&self, key: &Digest) -> Option<Handle> {
        let shard = read(self.shard(key))?;
        shard.entry(key).map(|entry| entry.loaded.record.handle)
    }

    /// Forgets the session of a key.
    pub(super) fn remove(&self, key: &Digest) {
        if self.handle(key).is_some() {
            let mut shard = write(self.shard(key));
            let found = shard
                .table
                .find_entry(key.prefix(), |old| old.loaded.record.key == *key);
            let removed = found.ok().map(|entry| entry.remove().0);
            drop(shard);
            drop(removed);
        }
    }

    /// Adds a session in the place of what is older or over.
    pub(super) fn insert(
        &self,
        loaded: &Loaded,
        read: Read,
        slots: [Slot; 3],
        is_dead: impl Fn(&Read, &[Slot]) -> bool,
    ) {
        let is_dead = |entry: &Entry| is_dead(&entry.read, &entry.slots);
        let entry = Entry {
            loaded: loaded.clone(),
            read,
            slots,
        };
        if is_dead(&entry) {
            return;
        }
        let mut shard = write(self.shard(&loaded.record.key));
        let Shard { table, cursor } = &mut *shard;
        let key = loaded.record.key;
        if let Ok(old) = table.find_entry(key.prefix(), |old| old.loaded.record.key == key) {
            if !is_dead(old.get()) && old.get().is_newer_than(&entry) {
                return;
            }
            old.remove();
        }
        let mut removed = sweep(table, cursor, STEPS, STEPS, is_dead);
        if table.len() >= self.most_in_shard {
            let buckets = table.num_buckets();
            removed.extend(sweep(table, cursor, buckets, 1, |_| true));
        }
        let hash = |entry: &Entry| entry.loaded.record.key.prefix();
        table.insert_unique(key.prefix(), entry, hash);
        // Records are freed without the lock.
        drop(shard);
        drop(removed);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let len = |shard| read(shard).map_or(0, |shard| shard.table.len());
        self.shards.iter().map(len).sum()
    }

    /// Panics while it holds the lock of a key.
    #[cfg(test)]
    pub(super) fn poison(&self, key: &Digest) {
        let _held = write(self.shard(key));
        panic!("on purpose");
    }
}

impl Shard {
    fn entry(&self, key: &Digest) -> Option<&Entry> {
        self.table
            .find(key.prefix(), |entry| entry.loaded.record.key == *key)
    }
}

impl Entry {
    fn is_newer_than(&self, other: &Self) -> bool {
        let age = |entry: &Self| (entry.loaded.record.version, entry.loaded.seen_at);
        age(self) > age(other)
    }
}

/// The lock to read, unless somebody panicked while writing: then nothing in there counts.
fn read(shard: &RwLock<Shard>) -> Option<RwLockReadGuard<'_, Shard>> {
    shard.read().ok()
}

/// The lock to write; what somebody left who panicked is thrown away.
fn write(shard: &RwLock<Shard>) -> RwLockWriteGuard<'_, Shard> {
    shard.write().unwrap_or_else(|poisoned| {
        let mut guard = poisoned.into_inner();
        *guard = Shard::default();
        shard.clear_poison();
        guard
    })
}
