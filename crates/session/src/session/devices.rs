//! The other sessions of the user.

use portcullis_core::{SubjectId, Timestamp};
use serde_core::de::DeserializeOwned;

use super::{Cookie, Session};
use crate::error::{Cause, SessionError};
use crate::{Handle, Key, Loaded, Revoke};

/// One session in the list that its user is shown.
#[derive(Clone, Debug)]
pub struct Device {
    loaded: Loaded,
    current: bool,
}

impl Device {
    /// The public name, to revoke the session by.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.loaded.record.handle
    }

    /// Whether it is the session of the request that asks.
    #[must_use]
    pub const fn is_current(&self) -> bool {
        self.current
    }

    /// When it was created.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.loaded.record.created_at
    }

    /// When it was last used.
    #[must_use]
    pub const fn last_seen_at(&self) -> Timestamp {
        self.loaded.seen_at
    }

    /// When it ends if it is not used again.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.loaded.expires_at()
    }

    /// One of its values.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kind `Value` if what is stored is of another shape.
    pub fn value<T: DeserializeOwned>(&self, key: Key<T>) -> Result<Option<T>, SessionError> {
        key.read(self.loaded.record.data.value(key.name()))
    }
}

impl Session {
    async fn user(&self) -> Result<(SubjectId, Handle), SessionError> {
        let live = self.live().await?.ok_or(Cause::NoSession)?;
        let user = live.loaded.record.user().ok_or(Cause::NoSession)?;
        Ok((user.subject.clone(), live.loaded.record.handle))
    }

    /// Lists the sessions of the user who is signed in, oldest first.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kinds `NoSession` or `Store`.
    pub async fn devices(&self) -> Result<Vec<Device>, SessionError> {
        let (subject, own) = self.user().await?;
        let listed = self.0.lifecycle.list(&subject).await?;
        let device = |loaded: Loaded| Device {
            current: loaded.record.handle == own,
            loaded,
        };
        Ok(listed
            .into_iter()
            .filter(|l| l.record.user().is_some())
            .map(device)
            .collect())
    }

    /// Ends one session of the user who is signed in, and says whether there was such a one.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kinds `Closed`, `NoSession` or `Store`.
    pub async fn revoke(&self, handle: Handle) -> Result<bool, SessionError> {
        let (subject, own) = self.user().await?;
        self.revoke_which(&subject, Revoke::One(handle), handle == own)
            .await
            .map(|n| n > 0)
    }

    /// Ends all other sessions of the user who is signed in, and says how many there were.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kinds `Closed`, `NoSession` or `Store`.
    pub async fn revoke_others(&self) -> Result<u64, SessionError> {
        let (subject, own) = self.user().await?;
        self.revoke_which(&subject, Revoke::AllBut(own), false)
            .await
    }

    /// Ends every session of the user who is signed in, this one too, and says how many there were.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kinds `Closed`, `NoSession` or `Store`.
    pub async fn revoke_all(&self) -> Result<u64, SessionError> {
        let (subject, _) = self.user().await?;
        self.revoke_which(&subject, Revoke::All, true).await
    }

    async fn revoke_which(
        &self,
        subject: &SubjectId,
        which: Revoke,
        own: bool,
    ) -> Result<u64, SessionError> {
        drop(self.open_state()?);
        let count = self.0.lifecycle.revoke(subject, which).await?;
        if own {
            let mut state = self.open_state()?;
            state.end();
            state.cookie = Cookie::Remove;
        }
        Ok(count)
    }
}
