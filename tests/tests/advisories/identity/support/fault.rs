use std::num::NonZeroU32;

use portcullis_core::{Digest, StoreError, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation, SessionStore,
    Updated,
};

use super::Below;

/// What one fault does to a store: what is not said here is done right.
pub(crate) trait Fault: Send + Sync + 'static {
    fn create(
        &self,
        below: &Below,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Created, StoreError>> + Send {
        async move { below.create(record, replaces, cap, now).await }
    }

    fn load(
        &self,
        below: &Below,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> impl Future<Output = Result<Lookup, StoreError>> + Send {
        async move { below.load(key, renewal, now).await }
    }

    fn try_load(
        &self,
        _below: &Below,
        _key: &Digest,
        _renewal: Renewal,
        _now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        None
    }

    fn update(
        &self,
        below: &Below,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> impl Future<Output = Result<Updated, StoreError>> + Send {
        async move { below.update(key, expected, change, now).await }
    }

    fn rotate(
        &self,
        below: &Below,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> impl Future<Output = Result<Rotated, StoreError>> + Send {
        async move { below.rotate(key, rotation, now).await }
    }

    fn delete(
        &self,
        below: &Below,
        key: &Digest,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send {
        async move { below.delete(key, now).await }
    }

    fn revoke(
        &self,
        below: &Below,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send {
        async move { below.revoke(subject, which, now).await }
    }
}

/// A store with a fault, above one without.
pub(crate) struct Faulty<F> {
    pub(crate) below: Below,
    pub(crate) fault: F,
}

impl<F: Fault> SessionStore for Faulty<F> {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let Self { below, fault } = self;
        fault.create(below, record, replaces, cap, now).await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        self.fault.load(&self.below, key, renewal, now).await
    }

    fn try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        self.fault.try_load(&self.below, key, renewal, now)
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let Self { below, fault } = self;
        fault.update(below, key, expected, change, now).await
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        self.fault.rotate(&self.below, key, rotation, now).await
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        self.fault.delete(&self.below, key, now).await
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        self.below.list(subject, now).await
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.fault.revoke(&self.below, subject, which, now).await
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.below.purge(limit, now).await
    }
}
