#[cfg(feature = "dyn-marks")]
use std::sync::Arc;

#[cfg(feature = "dyn-marks")]
use async_trait::async_trait;

use crate::{Digest, StoreError, Timestamp};

/// What became of an attempt to set a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Mark {
    /// This call set it: the caller alone may go on.
    First,
    /// An earlier call had set it.
    Seen,
}

/// Remembers that something was used, so that it is used once.
///
/// # Contract
///
/// 1. `mark` is atomic: of any number of calls for one digest, also at the same time and on
///    several machines that share the store, exactly one gets [`Mark::First`].
/// 2. A mark holds at least until `until`; after that the store forgets it when it likes, and a
///    call with a `now` at or past `until` may get [`Mark::First`] again.
/// 3. The clock is the caller's: `now` is the present time.
/// 4. The digest is not secret, but it may have been chosen by a stranger.
pub trait MarkStore: Send + Sync + 'static {
    /// Sets the mark `digest` unless it is set.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot tell; the caller must then refuse.
    fn mark(
        &self,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<Mark, StoreError>> + Send;
}

/// The face of [`MarkStore`] for `dyn`: every store has it, and `Arc<dyn DynMarkStore>` is one.
#[cfg(feature = "dyn-marks")]
#[async_trait]
pub trait DynMarkStore: Send + Sync + 'static {
    /// As [`MarkStore::mark`].
    ///
    /// # Errors
    ///
    /// As [`MarkStore::mark`].
    async fn dyn_mark(
        &self,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Mark, StoreError>;
}

#[cfg(feature = "dyn-marks")]
#[async_trait]
impl<T: MarkStore> DynMarkStore for T {
    async fn dyn_mark(
        &self,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Mark, StoreError> {
        self.mark(digest, until, now).await
    }
}

#[cfg(feature = "dyn-marks")]
#[cfg_attr(docsrs, doc(cfg(feature = "dyn-marks")))]
impl MarkStore for Arc<dyn DynMarkStore> {
    async fn mark(
        &self,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Mark, StoreError> {
        (**self).dyn_mark(digest, until, now).await
    }
}
