use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use portcullis_core::{Digest, StoreError, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation, SessionStore,
    Updated,
};

/// A store that keeps what it was shown; clones are the same.
#[derive(Clone)]
pub(crate) struct Spy<S> {
    store: S,
    seen: Arc<Mutex<Seen>>,
}

/// What was shown to a store.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The digests, in order.
    pub(crate) keys: Vec<Digest>,
    /// How many verbs were called.
    pub(crate) calls: usize,
    /// The records that were created.
    pub(crate) records: Vec<Record>,
}

impl<S> Spy<S> {
    pub(crate) fn new(store: S) -> Self {
        let seen = Arc::default();
        Self { store, seen }
    }

    /// What it was shown since it was last asked.
    pub(crate) fn take(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().expect("nobody panicked"))
    }

    fn note<'a>(&self, keys: impl IntoIterator<Item = &'a Digest>, record: Option<&Record>) {
        let mut seen = self.seen.lock().expect("nobody panicked");
        seen.calls += 1;
        seen.keys.extend(keys);
        seen.records.extend(record.cloned());
    }
}

impl<S: SessionStore> SessionStore for Spy<S> {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        self.note([&record.key].into_iter().chain(replaces), Some(&record));
        self.store.create(record, replaces, cap, now).await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        self.note([key], None);
        self.store.load(key, renewal, now).await
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        self.note([key], None);
        self.store.update(key, expected, change, now).await
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        self.note([key, &rotation.new_key], None);
        self.store.rotate(key, rotation, now).await
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        self.note([key], None);
        self.store.delete(key, now).await
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        self.note([], None);
        self.store.list(subject, now).await
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.note([], None);
        self.store.revoke(subject, which, now).await
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.note([], None);
        self.store.purge(limit, now).await
    }
}
