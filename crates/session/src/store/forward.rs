use std::num::NonZeroU32;
use std::sync::Arc;

use portcullis_core::{Digest, StoreError, SubjectId, Timestamp};

use super::{
    Change, Created, Loaded, Lookup, Renewal, Revoke, Rotated, Rotation, SessionStore, Updated,
};
use crate::Record;

/// A shared store is a store.
#[deny(clippy::missing_trait_methods)]
impl<T: SessionStore> SessionStore for Arc<T> {
    fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Created, StoreError>> + Send {
        T::create(self, record, replaces, cap, now)
    }

    fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> impl Future<Output = Result<Lookup, StoreError>> + Send {
        T::load(self, key, renewal, now)
    }

    fn try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        T::try_load(self, key, renewal, now)
    }

    fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> impl Future<Output = Result<Updated, StoreError>> + Send {
        T::update(self, key, expected, change, now)
    }

    fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> impl Future<Output = Result<Rotated, StoreError>> + Send {
        T::rotate(self, key, rotation, now)
    }

    fn delete(
        &self,
        key: &Digest,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send {
        T::delete(self, key, now)
    }

    fn list(
        &self,
        subject: &SubjectId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Loaded>, StoreError>> + Send {
        T::list(self, subject, now)
    }

    fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send {
        T::revoke(self, subject, which, now)
    }

    fn purge(
        &self,
        limit: NonZeroU32,
        now: Timestamp,
    ) -> impl Future<Output = Result<u32, StoreError>> + Send {
        T::purge(self, limit, now)
    }
}
