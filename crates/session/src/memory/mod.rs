//! A store in the memory of the process.
//!
//! Sessions are spread over shards by the digest of their key; a second set of shards lists them
//! by subject. Reads take one shared lock and no memory. Locks are taken in one order: at most one
//! subject shard, then key shards in ascending order; none is held across an await.

mod key_shard;
mod marks;
mod subjects;
pub(crate) mod sweep;
mod verbs;

use std::num::NonZeroU32;
use std::sync::Arc;

use portcullis_core::{Digest, Mark, MarkStore, StoreError, SubjectId, Timestamp};

use self::key_shard::KeyShards;
use self::marks::Marks;
use self::subjects::Subjects;
use crate::{
    Change, Created, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation, SessionStore,
    Updated,
};

/// Keeps sessions and single-use marks in the memory of this process.
///
/// Everything is gone when the process ends, and no other process sees it. Clones are the same
/// store. Each new session looks at a few old ones and removes what has expired, so the store does
/// not grow without bound although nobody calls `purge`.
///
/// # Limits
///
/// None on the number of sessions: bound who may create them. A session of a user takes about
/// 250 bytes beside its values.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    keys: KeyShards,
    subjects: Subjects,
    marks: Marks,
}

impl MemoryStore {
    /// Makes an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many sessions take up room, alive or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.keys.len()
    }

    /// Whether no session takes up room.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl SessionStore for MemoryStore {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        Ok(self.0.create(record, replaces, cap, now))
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        Ok(self.0.keys.load(key, renewal, now))
    }

    fn try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        Some(Ok(self.0.keys.load(key, renewal, now)))
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        Ok(self.0.update(key, expected, &change, now))
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        Ok(self.0.rotate(key, &rotation, now))
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.0.delete(key, now))
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        Ok(self.0.list(subject, now))
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        Ok(self.0.revoke(subject, which, now))
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        let mut removed = 0;
        for shard in 0..KeyShards::COUNT {
            removed += self.0.purge_shard(shard, limit.get() - removed, now);
            if removed >= limit.get() {
                break;
            }
            sweep::yield_now().await;
        }
        Ok(removed)
    }
}

impl MarkStore for MemoryStore {
    async fn mark(
        &self,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Mark, StoreError> {
        Ok(self.0.marks.mark(digest, until, now))
    }
}
