//! A store that does not say, or not do, what it should.

use std::num::NonZeroU32;
use std::sync::Arc;

use portcullis_core::{Digest, StoreError, StoreErrorKind, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation, SessionStore,
    Updated,
};

/// What is wrong with a store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Lie {
    /// Whatever is asked for, this record is the answer, to reads and to writes: another user's,
    /// or one under another key.
    Another(Loaded),
    /// Reads find that the session has just expired, and give it all the same.
    Expired,
    /// Writes are done and then fail.
    FailsAfterWriting(StoreErrorKind),
    /// Writes succeed and are not done.
    ForgetsWrites,
    /// Lists have these besides.
    ListsForeign(Vec<Loaded>),
    /// Reads find the session as it was at this earlier time.
    Older(Loaded),
    /// Reads find something that cannot be read.
    Unreadable,
}

/// A store that lies, above one that does not.
#[derive(Clone, Debug)]
pub struct Liar<S> {
    store: S,
    lie: Lie,
}

impl<S: SessionStore> Liar<S> {
    /// Puts a lie above a store.
    #[must_use]
    pub const fn new(store: S, lie: Lie) -> Self {
        Self { store, lie }
    }

    /// The answer to a write that was done.
    fn done<T>(&self, answer: T) -> Result<T, StoreError> {
        match self.lie {
            Lie::FailsAfterWriting(kind) => Err(StoreError::new(kind)),
            _ => Ok(answer),
        }
    }

    const fn forgets(&self) -> bool {
        matches!(self.lie, Lie::ForgetsWrites)
    }

    /// What is really there.
    async fn truth(&self, key: &Digest, now: Timestamp) -> Result<Option<Loaded>, StoreError> {
        Ok(match self.store.load(key, Renewal::Never, now).await? {
            Lookup::Current { loaded, .. } | Lookup::Predecessor(loaded) => Some(loaded),
            _ => None,
        })
    }
}

impl<S: SessionStore> SessionStore for Liar<S> {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        if self.forgets() {
            return Ok(Created::Done { evicted: 0 });
        }
        self.done(self.store.create(record, replaces, cap, now).await?)
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let (loaded, renewed) = match &self.lie {
            Lie::Another(loaded) => (loaded.clone(), true),
            Lie::Older(loaded) => (loaded.clone(), false),
            Lie::Unreadable => return Ok(Lookup::Unreadable),
            Lie::Expired => match self.truth(key, now).await? {
                Some(loaded) => (expired(&loaded, now), false),
                None => return Ok(Lookup::Absent),
            },
            _ => return self.store.load(key, renewal, now).await,
        };
        Ok(Lookup::Current { loaded, renewed })
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        match &self.lie {
            Lie::Another(loaded) => return Ok(Updated::Done(loaded.clone())),
            Lie::ForgetsWrites => {
                let there = self.truth(key, now).await?;
                return Ok(there.map_or(Updated::Gone, Updated::Done));
            }
            _ => {}
        }
        self.done(self.store.update(key, expected, change, now).await?)
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        match &self.lie {
            Lie::Another(loaded) => return Ok(Rotated::Done(loaded.clone())),
            Lie::ForgetsWrites => {
                let there = self.truth(key, now).await?;
                let turned = |loaded: Loaded| under(&loaded, rotation.new_key);
                return Ok(there.map(turned).map_or(Rotated::Gone, Rotated::Done));
            }
            _ => {}
        }
        self.done(self.store.rotate(key, rotation, now).await?)
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        if self.forgets() {
            return Ok(true);
        }
        self.done(self.store.delete(key, now).await?)
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        let mut listed = self.store.list(subject, now).await?;
        match &self.lie {
            Lie::Another(loaded) => listed.push(loaded.clone()),
            Lie::Expired => listed.iter_mut().for_each(|it| *it = expired(it, now)),
            Lie::ListsForeign(foreign) => listed.extend(foreign.iter().cloned()),
            _ => {}
        }
        Ok(listed)
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        if self.forgets() {
            return Ok(1);
        }
        self.done(self.store.revoke(subject, which, now).await?)
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.store.purge(limit, now).await
    }
}

/// The session as if its time were over at `now`.
fn expired(loaded: &Loaded, now: Timestamp) -> Loaded {
    let mut record = Record::clone(&loaded.record);
    record.lifetime.until = now;
    Loaded {
        record: Arc::new(record),
        seen_at: loaded.seen_at,
    }
}

/// The session under another key.
fn under(loaded: &Loaded, key: Digest) -> Loaded {
    let mut record = Record::clone(&loaded.record);
    record.key = key;
    Loaded {
        record: Arc::new(record),
        seen_at: loaded.seen_at,
    }
}
