//! Which sessions a subject has.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;
use portcullis_core::SubjectId;

use super::sweep::shrink;
use crate::sync::{Mutex, MutexGuard, PoisonError};
use crate::{Handle, Record};

const COUNT: usize = 64;

/// The records of each subject, in shards. An entry may be dead already: the key shards decide.
#[derive(Debug)]
pub(super) struct Subjects {
    hasher: RandomState,
    shards: Box<[Mutex<HashTable<Arc<Record>>>]>,
}

impl Default for Subjects {
    fn default() -> Self {
        let shards = (0..COUNT).map(|_| Mutex::default()).collect();
        Self {
            hasher: RandomState::new(),
            shards,
        }
    }
}

impl Subjects {
    /// Locks the shard of a subject; nobody creates, changes or rotates its sessions meanwhile.
    pub(super) fn lock(&self, subject: &SubjectId) -> Subject<'_> {
        let hash = self.hasher.hash_one(subject.as_str());
        let shard = usize::try_from((hash >> 32) % 64).unwrap_or(0);
        let table = self.shards[shard]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Subject {
            hash,
            hasher: &self.hasher,
            table,
        }
    }
}

/// The locked shard of one subject.
pub(super) struct Subject<'a> {
    hash: u64,
    hasher: &'a RandomState,
    table: MutexGuard<'a, HashTable<Arc<Record>>>,
}

impl Subject<'_> {
    /// The records listed under the subject.
    pub(super) fn records(&self, subject: &SubjectId) -> Vec<Arc<Record>> {
        let of_subject = |record: &&Arc<Record>| record.subject() == Some(subject);
        self.table
            .iter_hash(self.hash)
            .filter(of_subject)
            .cloned()
            .collect()
    }

    /// The record with this handle among those of the subject.
    pub(super) fn record(&self, subject: &SubjectId, handle: &Handle) -> Option<Arc<Record>> {
        let same =
            |record: &Arc<Record>| record.handle == *handle && record.subject() == Some(subject);
        self.table.find(self.hash, same).cloned()
    }

    pub(super) fn insert(&mut self, record: Arc<Record>) {
        let hasher = self.hasher;
        self.table
            .insert_unique(self.hash, record, |record| hash_of(hasher, record));
    }

    /// Takes the entry of a session out.
    pub(super) fn remove(&mut self, handle: &Handle) {
        let found = self
            .table
            .find_entry(self.hash, |record| record.handle == *handle);
        if let Ok(entry) = found {
            entry.remove();
        }
        let hasher = self.hasher;
        shrink(&mut self.table, |record| hash_of(hasher, record));
    }

    /// Puts the changed record of a session in the place of the earlier one.
    pub(super) fn replace(&mut self, record: Arc<Record>) {
        let same = |old: &Arc<Record>| old.handle == record.handle;
        if let Some(entry) = self.table.find_mut(self.hash, same) {
            *entry = record;
        }
    }
}

fn hash_of(hasher: &RandomState, record: &Arc<Record>) -> u64 {
    record
        .subject()
        .map_or(0, |subject| hasher.hash_one(subject.as_str()))
}
