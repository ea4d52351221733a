//! A store that does not say, or not do, what it should.

use std::num::NonZeroU32;
use std::sync::Arc;

use portcullis_core::{Digest, StoreError, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, DynSessionStore, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation,
    SessionStore, Updated,
};

/// What the store answers in place of the truth.
#[derive(Clone, Debug)]
pub(crate) enum Lie {
    /// This record, as if it were the one that was asked for.
    Current(Loaded),
    /// This record, to who reads; the truth to who writes.
    Older(Loaded),
    /// This record, as if the key that was asked for had been its predecessor's.
    Predecessor(Loaded),
    /// That there is something that cannot be read.
    Unreadable,
    /// That every write went well, without doing it.
    Flattery,
}

/// A store that lies, above one that does not.
#[derive(Clone)]
pub(crate) struct Liar {
    pub(crate) below: Arc<dyn DynSessionStore>,
    pub(crate) lie: Lie,
}

impl Liar {
    fn record(&self) -> Option<Loaded> {
        match &self.lie {
            Lie::Current(loaded) | Lie::Predecessor(loaded) => Some(loaded.clone()),
            _ => None,
        }
    }
}

impl SessionStore for Liar {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        match self.lie {
            Lie::Flattery => Ok(Created::Done { evicted: 0 }),
            _ => self.below.create(record, replaces, cap, now).await,
        }
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        Ok(match &self.lie {
            Lie::Current(loaded) => Lookup::Current {
                loaded: loaded.clone(),
                renewed: true,
            },
            Lie::Older(loaded) => Lookup::Current {
                loaded: loaded.clone(),
                renewed: false,
            },
            Lie::Predecessor(loaded) => Lookup::Predecessor(loaded.clone()),
            Lie::Unreadable => Lookup::Unreadable,
            Lie::Flattery => return self.below.load(key, renewal, now).await,
        })
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        match self.record() {
            Some(loaded) if loaded.record.version == expected => Ok(Updated::Done(loaded)),
            Some(loaded) => Ok(Updated::Conflict(loaded)),
            None => match self.below.load(key, Renewal::Never, now).await? {
                Lookup::Current { loaded, .. } if matches!(self.lie, Lie::Flattery) => {
                    Ok(Updated::Done(loaded))
                }
                _ => self.below.update(key, expected, change, now).await,
            },
        }
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        match self.record() {
            Some(loaded) => Ok(Rotated::Done(loaded)),
            None => match self.below.load(key, Renewal::Never, now).await? {
                Lookup::Current { mut loaded, .. } if matches!(self.lie, Lie::Flattery) => {
                    let mut record = Record::clone(&loaded.record);
                    record.key = rotation.new_key;
                    loaded.record = record.into();
                    Ok(Rotated::Done(loaded))
                }
                _ => self.below.rotate(key, rotation, now).await,
            },
        }
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        match self.lie {
            Lie::Flattery => Ok(true),
            _ => self.below.delete(key, now).await,
        }
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        let truth = self.below.list(subject, now).await?;
        Ok(truth.into_iter().chain(self.record()).collect())
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        match self.lie {
            Lie::Flattery => Ok(1),
            _ => self.below.revoke(subject, which, now).await,
        }
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.below.purge(limit, now).await
    }
}
