use std::sync::Arc;

use async_trait::async_trait;
use portcullis_core::{Digest, StoreError, Timestamp};

/// What became of an attempt to replace a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Swap {
    /// Another text is there, or none.
    Conflict,
    /// It was replaced.
    Done,
}

/// What became of an attempt to lock a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Lock {
    /// Somebody else holds it.
    Busy,
    /// The caller holds it.
    Held,
}

/// Keeps the sealed tokens of users, one text for each.
///
/// # Contract
///
/// 1. Texts are opaque visible ASCII of at most 4096 bytes. They are sealed: whoever reads the
///    store reads no token. No text is ever stored twice, so that comparing texts tells versions.
/// 2. `swap` is atomic: it compares and replaces in one step, for all who share the store.
/// 3. `load` sees whatever a `swap` that has returned put there, on whichever node.
/// 4. `lock` is atomic: of any number of holders one gets [`Lock::Held`], until it unlocks or
///    `until` has come. The same holder gets it again.
/// 5. The clock is the caller's: `now` is the present time.
/// 6. Keys are not secret.
pub trait TokenStore: Send + Sync + 'static {
    /// The text under a key.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot tell.
    fn load(&self, key: &Digest)
    -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    /// Replaces the text `expected` by `new`; `None` is no text.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot tell whether it did.
    fn swap(
        &self,
        key: &Digest,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> impl Future<Output = Result<Swap, StoreError>> + Send;

    /// Locks a key, whether or not there is a text under it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot tell whether it did.
    fn lock(
        &self,
        key: &Digest,
        holder: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<Lock, StoreError>> + Send;

    /// Unlocks a key, if it is this holder's.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot tell whether it did.
    fn unlock(
        &self,
        key: &Digest,
        holder: &Digest,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The face of [`TokenStore`] for `dyn`: every store has it, and `Arc<dyn DynTokenStore>` is one.
#[async_trait]
pub trait DynTokenStore: Send + Sync + 'static {
    /// As [`TokenStore::load`].
    ///
    /// # Errors
    ///
    /// As [`TokenStore::load`].
    async fn dyn_load(&self, key: &Digest) -> Result<Option<String>, StoreError>;

    /// As [`TokenStore::swap`].
    ///
    /// # Errors
    ///
    /// As [`TokenStore::swap`].
    async fn dyn_swap(
        &self,
        key: &Digest,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<Swap, StoreError>;

    /// As [`TokenStore::lock`].
    ///
    /// # Errors
    ///
    /// As [`TokenStore::lock`].
    async fn dyn_lock(
        &self,
        key: &Digest,
        holder: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Lock, StoreError>;

    /// As [`TokenStore::unlock`].
    ///
    /// # Errors
    ///
    /// As [`TokenStore::unlock`].
    async fn dyn_unlock(&self, key: &Digest, holder: &Digest) -> Result<(), StoreError>;
}

#[async_trait]
impl<T: TokenStore> DynTokenStore for T {
    async fn dyn_load(&self, key: &Digest) -> Result<Option<String>, StoreError> {
        self.load(key).await
    }

    async fn dyn_swap(
        &self,
        key: &Digest,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<Swap, StoreError> {
        self.swap(key, expected, new).await
    }

    async fn dyn_lock(
        &self,
        key: &Digest,
        holder: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Lock, StoreError> {
        self.lock(key, holder, until, now).await
    }

    async fn dyn_unlock(&self, key: &Digest, holder: &Digest) -> Result<(), StoreError> {
        self.unlock(key, holder).await
    }
}

impl TokenStore for Arc<dyn DynTokenStore> {
    async fn load(&self, key: &Digest) -> Result<Option<String>, StoreError> {
        (**self).dyn_load(key).await
    }

    async fn swap(
        &self,
        key: &Digest,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<Swap, StoreError> {
        (**self).dyn_swap(key, expected, new).await
    }

    async fn lock(
        &self,
        key: &Digest,
        holder: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Lock, StoreError> {
        (**self).dyn_lock(key, holder, until, now).await
    }

    async fn unlock(&self, key: &Digest, holder: &Digest) -> Result<(), StoreError> {
        (**self).dyn_unlock(key, holder).await
    }
}
