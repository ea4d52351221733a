//! The contract between sessions and what keeps them.

mod dynamic;
mod forward;

use std::num::NonZeroU32;
use std::sync::Arc;

use portcullis_core::{Authentication, Digest, StoreError, SubjectId, Timestamp};

use crate::{Data, Handle, Lifetime, Record};

pub use dynamic::DynSessionStore;

/// Keeps sessions.
///
/// # Contract
///
/// 1. **Atomic.** Each verb happens wholly or not at all, at one instant between its call and its
///    return, also when its future is dropped at any point. One verb is one round trip.
/// 2. **Dead stays dead.** After `delete` or `revoke` has returned, no verb, also none that began
///    before, brings the session back: there is no upsert, and a write to what is not there is
///    [`Updated::Gone`].
/// 3. **Time is the caller's.** `now` is the present; a store reads no clock for what it answers.
///    A record is alive while `now` is before [`Lifetime::expires_at`] of its last visit; what is
///    not alive is absent for every verb, whether or not it still takes up room.
/// 4. **Last visit.** A store keeps it beside the record; it only ever grows. `load` is the one
///    verb that moves it, and moves nothing else.
/// 5. **Absent is a value.** `Err` means that the store is ill and says nothing about the session.
/// 6. **Untrusted.** Digests and handles may have been chosen by a stranger. Nothing that a store
///    sees opens a session: tokens never reach it.
/// 7. **May be lost.** A renewed last visit may be forgotten by a crash, if at most the last
///    second's are. Nothing else that was acknowledged may.
///
/// `portcullis-testkit` has the suite of tests that every store must pass.
pub trait SessionStore: Send + Sync + 'static {
    /// Adds a session, unless its key is taken, also as one that was rotated away and is
    /// remembered, or its handle is taken among the sessions of its subject.
    ///
    /// In the same step it deletes the session `replaces`, and, where `cap` is given and the
    /// record has a subject, the subject's oldest other sessions (by creation, then handle) until
    /// at most `cap` are alive with the new one. The last visit starts at `now`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is ill.
    fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Created, StoreError>> + Send;

    /// Finds a session by its key or, in the grace window, by its predecessor's; and in the same
    /// step renews the last visit to `now` as `renewal` says.
    ///
    /// A predecessor's key never renews.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is ill.
    fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> impl Future<Output = Result<Lookup, StoreError>> + Send;

    /// Does what `load` does, if that needs no waiting; `None` if it does, and then nothing was done.
    ///
    /// A store in memory answers here, and saves each request the future of `load`.
    fn try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        let _ = (key, renewal, now);
        None
    }

    /// Changes a session if its version is `expected`; the version grows by one.
    ///
    /// `key` may be a predecessor's in its grace window.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is ill.
    fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> impl Future<Output = Result<Updated, StoreError>> + Send;

    /// Gives a session a new key, whatever its version; the version grows by one.
    ///
    /// The old key becomes the predecessor until `rotation.grace_until`, in place of an earlier
    /// one. From then until `rotation.remember_until` a `load` of the old key answers
    /// [`Lookup::Reused`] while the session is alive. A predecessor's key does not rotate.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is ill.
    fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> impl Future<Output = Result<Rotated, StoreError>> + Send;

    /// Deletes the session that `key` opens, or opened before it was rotated away, as long as that
    /// is remembered: a log-out that loses the race with a rotation is a log-out all the same.
    ///
    /// Says whether there was one alive.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is ill.
    fn delete(
        &self,
        key: &Digest,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Lists the sessions of a subject that are alive, oldest first (by creation, then handle).
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is ill.
    fn list(
        &self,
        subject: &SubjectId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Loaded>, StoreError>> + Send;

    /// Deletes sessions of a subject, and says how many alive ones there were.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is ill.
    fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Removes at most `limit` entries that are no longer alive, and says how many it removed.
    ///
    /// A store that answers `limit` may have more. It never removes what is alive, also not what
    /// is renewed meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is ill.
    fn purge(
        &self,
        limit: NonZeroU32,
        now: Timestamp,
    ) -> impl Future<Output = Result<u32, StoreError>> + Send;
}

/// A session as it was at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The record.
    pub record: Arc<Record>,
    /// The last visit, this one included if it renewed.
    pub seen_at: Timestamp,
}

impl Loaded {
    /// When the session ends if nobody comes again.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.record.lifetime.expires_at(self.seen_at)
    }

    /// Whether the session is alive at `now`.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at()
    }
}

/// What became of [`SessionStore::create`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Created {
    /// The session is there; so many others of the subject had to go for the cap.
    Done {
        /// How many sessions the cap ended.
        evicted: u32,
    },
    /// The key or the handle was taken; nothing was changed.
    Exists,
}

/// Whether [`SessionStore::load`] moves the last visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// It does not.
    Never,
    /// It does if the last visit was at or before this time.
    IfSeenBy(Timestamp),
}

/// What [`SessionStore::load`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Lookup {
    /// Nothing alive.
    Absent,
    /// The session whose key it is, and whether this call renewed it.
    Current {
        /// The session.
        loaded: Loaded,
        /// Whether the last visit moved to `now`.
        renewed: bool,
    },
    /// The session whose predecessor's key it is, in the grace window.
    Predecessor(Loaded),
    /// A key that was rotated away and whose grace window is over; the session of this handle is
    /// alive under another key.
    Reused(Handle),
    /// There is something under the key that cannot be read as a record.
    Unreadable,
}

/// What [`SessionStore::update`] changes; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The values.
    pub data: Option<Data>,
    /// How long the session lives.
    pub lifetime: Option<Lifetime>,
}

/// What became of [`SessionStore::update`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Updated {
    /// It was changed; this is how it is now.
    Done(Loaded),
    /// The version was another: nothing was changed, and this is what is there.
    Conflict(Loaded),
    /// There is no such session: nothing was changed.
    Gone,
}

/// What [`SessionStore::rotate`] does besides changing the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The digest of the new token.
    pub new_key: Digest,
    /// The user's new authentication, for a step up or down; ignored where nobody is signed in.
    pub authentication: Option<Authentication>,
    /// Until when the old token still opens the session.
    pub grace_until: Timestamp,
    /// Until when the use of the old token is told apart from nonsense.
    pub remember_until: Timestamp,
}

/// What became of [`SessionStore::rotate`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Rotated {
    /// It has the new key.
    Done(Loaded),
    /// The new key was taken, or remembered as rotated away; nothing was changed.
    Exists,
    /// There is no such session.
    Gone,
    /// The key is a predecessor's in its grace window: nothing was changed.
    Superseded(Loaded),
}

/// Which sessions of a subject [`SessionStore::revoke`] deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoke {
    /// All of them.
    All,
    /// All but the one with this handle.
    AllBut(Handle),
    /// The one with this handle.
    One(Handle),
}
