use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use portcullis_core::{Digest, StoreError, SubjectId, Timestamp};

use super::{
    Change, Created, Loaded, Lookup, Renewal, Revoke, Rotated, Rotation, SessionStore, Updated,
};
use crate::Record;

/// The face of [`SessionStore`] for `dyn`: every store has it, and `Arc<dyn DynSessionStore>` is a
/// store again.
///
/// Each verb is the one of [`SessionStore`] with the same name, at the price of one allocation.
#[async_trait]
#[expect(missing_docs, reason = "each verb is documented on SessionStore")]
pub trait DynSessionStore: Send + Sync + 'static {
    async fn dyn_create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError>;
    async fn dyn_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError>;
    fn dyn_try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>>;
    async fn dyn_update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError>;
    async fn dyn_rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError>;
    async fn dyn_delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError>;
    async fn dyn_list(
        &self,
        subject: &SubjectId,
        now: Timestamp,
    ) -> Result<Vec<Loaded>, StoreError>;
    async fn dyn_revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
    async fn dyn_purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError>;
}

#[async_trait]
impl<T: SessionStore> DynSessionStore for T {
    async fn dyn_create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        self.create(record, replaces, cap, now).await
    }

    async fn dyn_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        self.load(key, renewal, now).await
    }

    fn dyn_try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        self.try_load(key, renewal, now)
    }

    async fn dyn_update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        self.update(key, expected, change, now).await
    }

    async fn dyn_rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        self.rotate(key, rotation, now).await
    }

    async fn dyn_delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        self.delete(key, now).await
    }

    async fn dyn_list(
        &self,
        subject: &SubjectId,
        now: Timestamp,
    ) -> Result<Vec<Loaded>, StoreError> {
        self.list(subject, now).await
    }

    async fn dyn_revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.revoke(subject, which, now).await
    }

    async fn dyn_purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.purge(limit, now).await
    }
}

#[deny(clippy::missing_trait_methods)]
impl SessionStore for Arc<dyn DynSessionStore> {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        (**self).dyn_create(record, replaces, cap, now).await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        (**self).dyn_load(key, renewal, now).await
    }

    fn try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        (**self).dyn_try_load(key, renewal, now)
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        (**self).dyn_update(key, expected, change, now).await
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        (**self).dyn_rotate(key, rotation, now).await
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        (**self).dyn_delete(key, now).await
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        (**self).dyn_list(subject, now).await
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        (**self).dyn_revoke(subject, which, now).await
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        (**self).dyn_purge(limit, now).await
    }
}
