use async_trait::async_trait;
use portcullis_core::{StoreError, SubjectId};

use crate::Stamp;

/// Says how the account of a user stands, each time one of its sessions is used.
///
/// Without it a session lives by its own limits alone. The answer is asked for on every load of a
/// session of a user: keep it as near as the session store is.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// How the account stands now.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if that cannot be told; the request is then refused.
    async fn account(&self, subject: &SubjectId) -> Result<Account, StoreError>;
}

/// How an account stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Account {
    /// It is in use, and these are its credentials now: sessions made under others end.
    Active(Option<Stamp>),
    /// It is closed, locked or gone: all its sessions end.
    Closed,
}

impl Account {
    /// Whether a session that was made under `stamp` may go on.
    pub(crate) fn admits(&self, stamp: Option<&Stamp>) -> bool {
        match (self, stamp) {
            (Self::Closed, _) | (Self::Active(Some(_)), None) => false,
            (Self::Active(None), _) => true,
            (Self::Active(Some(now)), Some(then)) => now.ct_eq(then),
        }
    }
}
