//! Sessions of several services in one store, each service's hidden from the others.
//!
//! What a store is asked for is a digest. Here it is asked for that digest exclusive-ored with one
//! of the namespace's name, and what it answers is turned back: in another namespace the same token
//! is the token of nothing. For it to be another's, two tokens would have to have digests that
//! differ by exactly the namespace's, which is as hard to find as a token by its digest.
//!
//! Subjects are not changed: each service names its users in a way of its own.

use std::num::NonZeroU32;
use std::sync::Arc;

use portcullis_core::{Digest, StoreError, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation, SessionStore,
    Updated,
};

/// A store in which a service finds its own sessions alone.
#[derive(Clone)]
pub(crate) struct Namespace<S> {
    store: S,
    mask: Digest,
}

impl<S> Namespace<S> {
    pub(crate) fn new(name: &str, store: S) -> Self {
        let mask = Digest::of_parts(&[b"portcullis session namespace", name.as_bytes()]);
        Self { store, mask }
    }

    /// There and back: twice is not at all.
    fn key(&self, digest: &Digest) -> Digest {
        let mut bytes = *digest.as_bytes();
        for (byte, mask) in bytes.iter_mut().zip(self.mask.as_bytes()) {
            *byte ^= mask;
        }
        Digest::from_bytes(bytes)
    }

    fn record(&self, mut record: Record) -> Record {
        record.key = self.key(&record.key);
        if let Some(predecessor) = &mut record.predecessor {
            predecessor.key = self.key(&predecessor.key);
        }
        record
    }

    fn loaded(&self, loaded: Loaded) -> Loaded {
        let record = self.record(Arc::unwrap_or_clone(loaded.record));
        Loaded {
            record: Arc::new(record),
            seen_at: loaded.seen_at,
        }
    }

    fn lookup(&self, lookup: Lookup) -> Lookup {
        match lookup {
            Lookup::Current { loaded, renewed } => Lookup::Current {
                loaded: self.loaded(loaded),
                renewed,
            },
            Lookup::Predecessor(loaded) => Lookup::Predecessor(self.loaded(loaded)),
            Lookup::Absent | Lookup::Reused(_) | Lookup::Unreadable => lookup,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<S: SessionStore> SessionStore for Namespace<S> {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let replaces = replaces.map(|key| self.key(key));
        let record = self.record(record);
        self.store.create(record, replaces.as_ref(), cap, now).await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let found = self.store.load(&self.key(key), renewal, now).await;
        found.map(|lookup| self.lookup(lookup))
    }

    fn try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        let found = self.store.try_load(&self.key(key), renewal, now)?;
        Some(found.map(|lookup| self.lookup(lookup)))
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let key = self.key(key);
        Ok(
            match self.store.update(&key, expected, change, now).await? {
                Updated::Done(loaded) => Updated::Done(self.loaded(loaded)),
                Updated::Conflict(loaded) => Updated::Conflict(self.loaded(loaded)),
                Updated::Gone => Updated::Gone,
            },
        )
    }

    async fn rotate(
        &self,
        key: &Digest,
        mut rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        rotation.new_key = self.key(&rotation.new_key);
        Ok(
            match self.store.rotate(&self.key(key), rotation, now).await? {
                Rotated::Done(loaded) => Rotated::Done(self.loaded(loaded)),
                Rotated::Superseded(loaded) => Rotated::Superseded(self.loaded(loaded)),
                Rotated::Exists => Rotated::Exists,
                Rotated::Gone => Rotated::Gone,
            },
        )
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        self.store.delete(&self.key(key), now).await
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        let listed = self.store.list(subject, now).await?;
        Ok(listed.into_iter().map(|it| self.loaded(it)).collect())
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.store.revoke(subject, which, now).await
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.store.purge(limit, now).await
    }
}

/// A namespace is a store like any other.
#[cfg(test)]
mod suite {
    use portcullis_session::MemoryStore;

    use super::Namespace;

    portcullis_testkit::session_store_suite!(async || Namespace::new("a", MemoryStore::new()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_change_keys_each_in_its_own_way_and_back() {
        let (a, b) = (Namespace::new("a", ()), Namespace::new("b", ()));
        let key = Digest::of(b"token");
        assert_ne!(a.key(&key), key);
        assert_ne!(a.key(&key), b.key(&key));
        assert_eq!(a.key(&a.key(&key)), key);
    }
}
