//! The values of a session.

use portcullis_core::{StoreError, StoreErrorKind, Timestamp};
use serde_core::Serialize;
use serde_core::de::DeserializeOwned;

use super::{Cookie, Phase, Session, State};
use crate::data::Patch;
use crate::error::{Cause, SessionError};
use crate::event::Event;
use crate::lifecycle::{Beginning, Issued, Live};
use crate::policy::Remember;
use crate::{Change, Key, Loaded, SessionStore, Standing, Updated};

/// How often a write is tried again because somebody else wrote meanwhile.
const ATTEMPTS: usize = 32;

impl Session {
    /// Reads a value, as this request has left it.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kind `Value` if what is stored is of another shape: the session
    /// lives on, and the value stays. `Store` if the store is ill.
    pub async fn value<T: DeserializeOwned>(&self, key: Key<T>) -> Result<Option<T>, SessionError> {
        if let Some(patched) = self.state().patch.value(key.name()) {
            return key.read(patched);
        }
        let Some(live) = self.live().await? else {
            return Ok(None);
        };
        key.read(live.loaded.record.data.value(key.name()))
    }

    /// Sets a value; it is written with the head of the response.
    ///
    /// A visitor without a session gets one by it.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kind `Closed` if the head is written already, `Value` if the value
    /// cannot be written as JSON.
    pub fn set_value<T: Serialize>(&self, key: Key<T>, value: &T) -> Result<(), SessionError> {
        let json = key.write(value)?;
        self.open_state()?.patch.set(key.name(), Some(json));
        Ok(())
    }

    /// Removes a value; that is written with the head of the response.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kind `Closed` if the head is written already.
    pub fn remove_value<T>(&self, key: Key<T>) -> Result<(), SessionError> {
        self.open_state()?.patch.set(key.name(), None);
        Ok(())
    }

    /// Makes a lost race for the same value an error of this request; without it the last write
    /// counts.
    pub fn refuse_conflicts(&self) {
        self.state().strict = true;
    }

    /// Writes what was set, now and not with the head of the response.
    ///
    /// Writes of other requests to other values are kept. If the session ended meanwhile, the
    /// write is dropped and an event says so: the request goes on without a session.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kinds `Conflict` (if asked for), `Random`, `Store` or `TooLarge`;
    /// nothing is then written.
    pub async fn commit(&self) -> Result<(), SessionError> {
        let (patch, strict) = {
            let mut state = self.state();
            if state.patch.is_empty() {
                return Ok(());
            }
            if let Some(lost) = state.lost {
                state.patch = Patch::default();
                self.0.lifecycle.observe(&Event::WriteDropped(lost));
                return Ok(());
            }
            (state.patch.clone(), state.strict)
        };
        match self.live().await? {
            Some(live) => self.write(live, &patch, strict).await,
            None => self.create_anonymous(&patch, strict).await,
        }
    }

    /// Whether something waits to be written.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        !self.state().patch.is_empty()
    }

    async fn create_anonymous(&self, patch: &Patch, strict: bool) -> Result<(), SessionError> {
        let data = crate::Data::default().patched(patch);
        if data.is_empty() {
            self.state().patch.settle(patch);
            return Ok(());
        }
        let beginning = Beginning {
            standing: Standing::Anonymous,
            remember: None,
            data,
            replaces: None,
        };
        let lifecycle = &self.0.lifecycle;
        let issued = lifecycle.create(beginning).await?;
        let key = issued.live.by;
        let Some(other) = self.take_created(issued, patch) else {
            return Ok(());
        };
        // A clone was faster: one request has one session.
        lifecycle.store().delete(&key, lifecycle.now()).await?;
        self.write(other, patch, strict).await
    }

    /// Takes in a session that was created, unless there is one by now: then gives that one.
    fn take_created(&self, issued: Issued, patch: &Patch) -> Option<Live> {
        let mut state = self.state();
        if let Phase::Live(other) = &state.phase {
            return Some(other.clone());
        }
        state.take_issued(issued);
        state.patch.settle(patch);
        None
    }

    async fn write(&self, live: Live, patch: &Patch, strict: bool) -> Result<(), SessionError> {
        let base = live.loaded.record.data.clone();
        let mut current = live.loaded.clone();
        for _ in 0..ATTEMPTS {
            let data = current.record.data.patched(patch);
            if data.len() > self.0.lifecycle.policy().max_bytes {
                return Err(Cause::TooLarge.into());
            }
            let change = Change {
                data: Some(data),
                lifetime: None,
            };
            match self.update(&live, current.record.version, change).await? {
                Updated::Done(loaded) => {
                    let mut state = self.state();
                    state.patch.settle(patch);
                    state.take_written(loaded);
                    return Ok(());
                }
                Updated::Conflict(other) => {
                    if strict && patch.collides(&base, &other.record.data) {
                        return Err(Cause::Conflict.into());
                    }
                    current = other;
                }
                Updated::Gone => {
                    self.lost(&live);
                    return Ok(());
                }
            }
        }
        Err(StoreError::new(StoreErrorKind::Busy).into())
    }

    async fn update(
        &self,
        live: &Live,
        version: u64,
        change: Change,
    ) -> Result<Updated, SessionError> {
        let lifecycle = &self.0.lifecycle;
        let updated = lifecycle
            .store()
            .update(&live.by, version, change, lifecycle.now())
            .await?;
        // A store that answers with somebody else's record is not believed.
        match &updated {
            Updated::Done(other) | Updated::Conflict(other)
                if other.record.handle != live.loaded.record.handle =>
            {
                lifecycle.observe(&Event::RecordRefused);
                Err(StoreError::new(StoreErrorKind::Corrupt).into())
            }
            _ => Ok(updated),
        }
    }

    /// The session ended while this request was under way: its write is dropped.
    pub(super) fn lost(&self, live: &Live) {
        let handle = live.loaded.record.handle;
        self.0.lifecycle.observe(&Event::WriteDropped(handle));
        let mut state = self.state();
        // If this request itself has ended it, or signed in anew, that counts.
        if state.same(handle).is_some() {
            state.end();
            state.cookie = Cookie::Keep;
            state.lost = Some(handle);
        }
    }

    /// Chooses anew how long the session is remembered, from now on.
    ///
    /// The absolute limit stays where it was.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kinds `Closed`, `NoSession` or `Store`.
    pub async fn set_remember(&self, remember: Remember) -> Result<(), SessionError> {
        drop(self.open_state()?);
        let live = self.live().await?.ok_or(Cause::NoSession)?;
        let mut current = live.loaded.clone();
        for _ in 0..ATTEMPTS {
            let now = self.0.lifecycle.now();
            let mut lifetime = self.0.lifecycle.policy().lifetime(Some(remember), now);
            lifetime.until = current.record.lifetime.until;
            let change = Change {
                data: None,
                lifetime: Some(lifetime),
            };
            match self.update(&live, current.record.version, change).await? {
                Updated::Done(loaded) => {
                    self.open_state()?.take_remembered(loaded, now);
                    return Ok(());
                }
                Updated::Conflict(other) => current = other,
                Updated::Gone => {
                    self.lost(&live);
                    return Err(Cause::NoSession.into());
                }
            }
        }
        Err(StoreError::new(StoreErrorKind::Busy).into())
    }
}

impl State {
    /// Takes in a session that is remembered otherwise from now on: its cookie says so.
    fn take_remembered(&mut self, loaded: Loaded, now: Timestamp) {
        let Some(live) = self.take_written(loaded) else {
            return;
        };
        (live.renewed, live.at) = (false, now);
        // A predecessor's token is not given to the browser again.
        let renewed = (live.by == live.loaded.record.key).then_some(live.by);
        if let (Cookie::Keep, Some(key)) = (&self.cookie, renewed) {
            self.cookie = Cookie::Renew(key);
        }
    }
}
