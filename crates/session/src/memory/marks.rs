//! Single-use marks.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use portcullis_core::{Digest, Mark, Timestamp};

use super::sweep::sweep;
use crate::sync::{Mutex, PoisonError};

/// How many old marks each new one looks at.
const STEPS: usize = 4;

/// The marks, hashed under a random key: strangers choose the digests.
#[derive(Debug, Default)]
pub(super) struct Marks {
    hasher: RandomState,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    marks: HashTable<(Digest, Timestamp)>,
    cursor: usize,
}

impl Marks {
    pub(super) fn mark(&self, digest: &Digest, until: Timestamp, now: Timestamp) -> Mark {
        let hash = |(digest, _): &(Digest, Timestamp)| self.hasher.hash_one(digest);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let Table { marks, cursor } = &mut *table;
        sweep(marks, cursor, STEPS, STEPS, |(_, until)| *until <= now);
        match marks.entry(self.hasher.hash_one(digest), |(key, _)| key == digest, hash) {
            Entry::Occupied(entry) if entry.get().1 > now => Mark::Seen,
            Entry::Occupied(mut entry) => {
                entry.get_mut().1 = until;
                Mark::First
            }
            Entry::Vacant(entry) => {
                entry.insert((*digest, until));
                Mark::First
            }
        }
    }
}
