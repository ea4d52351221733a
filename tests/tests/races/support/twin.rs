//! Stores and lifecycles that are right but for one fault.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard};

use portcullis_core::{Digest, StoreError, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, Handle, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation,
    SessionStore, Updated,
};

use super::GRACE;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Sessions are listed and counted, and then one more is created.
    CapIsCheckedBefore,
    /// One more is created, and then those beyond the cap are ended.
    CapIsCheckedAfter,
    /// A creation whose answer was lost is done again under another key.
    CreationIsTriedTwice,
    /// Every load moves the last visit and says so.
    EveryReadRenews,
    /// A request that stores nothing makes a session all the same.
    EveryVisitMakesASession,
    /// A write to what is gone says that it was done.
    GoneIsDone,
    /// What was loaded is put into a cache after a log-out may have cleared it.
    LoadsAreCachedTooLate,
    /// A log-out tells the browser and not the store.
    LogOutClearsTheCookieOnly,
    /// A log-out by a token that was rotated away ends nothing.
    LogOutByTheNewestTokenOnly,
    /// The response of a request that lost its session renews the cookie.
    LosersGetACookie,
    /// The session that a login takes the place of lives on.
    ReplacementIsForgotten,
    /// The session that a login takes the place of ends first.
    ReplacementInTwoSteps,
    /// All sessions are listed, and then each that still has the same key is deleted.
    RevocationByKeys,
    /// All sessions are listed, and then ended one by one.
    RevocationOneByOne,
    /// The old token rotates again in its grace window.
    RotationByTheOldToken,
    /// There is no grace window.
    RotationForgetsTheGrace,
    /// The session is deleted and made anew under the new key.
    RotationInTwoSteps,
    /// The session is copied, and lives on under the old key.
    RotationLeavesTheOldAlive,
    /// A write to what is gone makes it anew.
    SaveIsAnUpsert,
    /// The old token keeps its grace window although its holder did not authenticate again.
    StepUpKeepsTheGrace,
    /// A renewal finds out whether it is due, and makes anew what is gone by then.
    TouchIsAnUpsert,
    /// A renewal writes back all that it has loaded.
    TouchSavesTheWholeSession,
    /// A write does not look at the version.
    WritesIgnoreVersions,
}

/// A store with a fault, above one without.
#[derive(Clone)]
pub(crate) struct Twin<S> {
    below: S,
    fault: Fault,
    /// What was loaded last under each key, by all requests together.
    seen: Arc<Mutex<HashMap<Digest, Loaded>>>,
}

impl<S: SessionStore> Twin<S> {
    pub(crate) fn new(below: S, fault: Fault) -> Self {
        let seen = Arc::default();
        Self { below, fault, seen }
    }

    /// The same twin above another way to the same store.
    pub(crate) fn above<T>(&self, below: T) -> Twin<T> {
        Twin {
            below,
            fault: self.fault,
            seen: Arc::clone(&self.seen),
        }
    }

    pub(crate) const fn fault(&self) -> Fault {
        self.fault
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<Digest, Loaded>> {
        self.seen.lock().unwrap()
    }

    fn remember(&self, key: &Digest, loaded: &Loaded) {
        self.seen().insert(*key, loaded.clone());
    }

    fn remembered(&self, key: &Digest) -> Option<Loaded> {
        self.seen().get(key).cloned()
    }

    async fn load_in_steps(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let first = self.below.load(key, Renewal::Never, now).await?;
        let (Lookup::Current { loaded, .. }, Renewal::IfSeenBy(by)) = (&first, renewal) else {
            return Ok(first);
        };
        if loaded.seen_at > by {
            return Ok(first);
        }
        let second = self.below.load(key, renewal, now).await?;
        match (self.fault, &second) {
            (Fault::TouchIsAnUpsert, Lookup::Absent) => {
                self.revive(loaded, Change::default(), now).await?;
                self.below.load(key, renewal, now).await
            }
            (Fault::TouchSavesTheWholeSession, Lookup::Current { loaded: other, .. })
                if other.record.version != loaded.record.version =>
            {
                let (version, data) = (other.record.version, Some(loaded.record.data.clone()));
                let lifetime = None;
                let change = Change { data, lifetime };
                drop(self.below.update(key, version, change, now).await?);
                Ok(second)
            }
            _ => Ok(second),
        }
    }

    async fn revive(
        &self,
        loaded: &Loaded,
        change: Change,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut record = Record::clone(&loaded.record);
        record.data = change.data.unwrap_or(record.data);
        let _created = self.below.create(record, None, None, now).await?;
        Ok(())
    }

    /// Ends the oldest sessions until this many are left.
    async fn shrink(
        &self,
        subject: &SubjectId,
        to: usize,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let listed = self.below.list(subject, now).await?;
        let mut ended = 0;
        for loaded in listed.iter().take(listed.len().saturating_sub(to)) {
            let one = Revoke::One(loaded.record.handle);
            ended += u32::try_from(self.below.revoke(subject, one, now).await?).unwrap();
        }
        Ok(ended)
    }

    /// A rotation that is made of a creation.
    async fn copy(
        &self,
        key: &Digest,
        rotation: &Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        let found = self.below.load(key, Renewal::Never, now).await?;
        let Lookup::Current { loaded, .. } = found else {
            return Ok(Rotated::Gone);
        };
        let mut record = Record::clone(&loaded.record);
        record.key = rotation.new_key;
        let mut copy = record.clone();
        if self.fault == Fault::RotationInTwoSteps {
            self.below.delete(key, now).await?;
        } else {
            copy.handle = other(record.handle);
        }
        let _created = self.below.create(copy, None, None, now).await?;
        let record = Arc::new(record);
        Ok(Rotated::Done(Loaded { record, ..loaded }))
    }
}

/// A handle that is not this one.
fn other(handle: Handle) -> Handle {
    Handle::from_bytes(handle.as_bytes().map(|byte| !byte))
}

impl<S: SessionStore> SessionStore for Twin<S> {
    async fn create(
        &self,
        record: Record,
        mut replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let capped = cap.zip(record.subject().cloned());
        let most = capped.map(|(cap, subject)| (usize::try_from(cap.get()).unwrap(), subject));
        match (self.fault, most) {
            (Fault::CapIsCheckedBefore, Some((most, subject))) => {
                let evicted = self.shrink(&subject, most - 1, now).await?;
                let created = self.below.create(record, replaces, None, now).await?;
                assert_eq!(created, Created::Done { evicted: 0 });
                return Ok(Created::Done { evicted });
            }
            (Fault::CapIsCheckedAfter, Some((most, subject))) => {
                let created = self.below.create(record, replaces, None, now).await?;
                assert_eq!(created, Created::Done { evicted: 0 });
                let evicted = self.shrink(&subject, most, now).await?;
                return Ok(Created::Done { evicted });
            }
            (Fault::CreationIsTriedTwice, _) => {
                let mut lost = record.clone();
                (lost.key, lost.handle) = (Digest::of(b"lost"), other(record.handle));
                lost.key = Digest::of_parts(&[b"lost", record.key.as_bytes()]);
                let _created = self.below.create(lost, None, None, now).await?;
            }
            (Fault::ReplacementIsForgotten, _) => replaces = None,
            (Fault::ReplacementInTwoSteps, _) => {
                if let Some(key) = replaces.take() {
                    self.below.delete(key, now).await?;
                }
            }
            _ => {}
        }
        self.below.create(record, replaces, cap, now).await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        match self.fault {
            Fault::TouchIsAnUpsert | Fault::TouchSavesTheWholeSession => {
                return self.load_in_steps(key, renewal, now).await;
            }
            Fault::LoadsAreCachedTooLate => {
                if let Some(loaded) = self.remembered(key) {
                    let renewed = false;
                    return Ok(Lookup::Current { loaded, renewed });
                }
            }
            _ => {}
        }
        let mut lookup = self.below.load(key, renewal, now).await?;
        if let Lookup::Current { loaded, renewed } = &mut lookup {
            *renewed |= self.fault == Fault::EveryReadRenews;
            self.remember(key, loaded);
        }
        Ok(lookup)
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let updated = self
            .below
            .update(key, expected, change.clone(), now)
            .await?;
        match (self.fault, updated) {
            (Fault::WritesIgnoreVersions, Updated::Conflict(there)) => {
                let version = there.record.version;
                self.below.update(key, version, change, now).await
            }
            (Fault::GoneIsDone, Updated::Gone) => {
                Ok(self.remembered(key).map_or(Updated::Gone, Updated::Done))
            }
            (Fault::SaveIsAnUpsert, Updated::Gone) => match self.remembered(key) {
                Some(loaded) => {
                    self.revive(&loaded, change, now).await?;
                    Ok(Updated::Done(loaded))
                }
                None => Ok(Updated::Gone),
            },
            (Fault::LoadsAreCachedTooLate, Updated::Done(loaded)) => {
                self.remember(key, &loaded);
                Ok(Updated::Done(loaded))
            }
            (_, updated) => Ok(updated),
        }
    }

    async fn rotate(
        &self,
        key: &Digest,
        mut rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        match self.fault {
            Fault::RotationForgetsTheGrace => rotation.grace_until = now,
            Fault::StepUpKeepsTheGrace => rotation.grace_until = now.after(GRACE),
            Fault::RotationInTwoSteps | Fault::RotationLeavesTheOldAlive => {
                return self.copy(key, &rotation, now).await;
            }
            _ => {}
        }
        match self.below.rotate(key, rotation.clone(), now).await? {
            Rotated::Superseded(loaded) if self.fault == Fault::RotationByTheOldToken => {
                self.below.rotate(&loaded.record.key, rotation, now).await
            }
            rotated => Ok(rotated),
        }
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        if self.fault == Fault::LogOutByTheNewestTokenOnly {
            let found = self.below.load(key, Renewal::Never, now).await?;
            if !matches!(found, Lookup::Current { .. }) {
                return Ok(false);
            }
        }
        let deleted = self.below.delete(key, now).await?;
        self.seen().remove(key);
        Ok(deleted)
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
        match (self.fault, which) {
            (Fault::RevocationOneByOne, Revoke::All) => {
                Ok(self.shrink(subject, 0, now).await?.into())
            }
            (Fault::RevocationByKeys, Revoke::All) => {
                let mut ended = 0;
                for loaded in self.below.list(subject, now).await? {
                    let key = &loaded.record.key;
                    let found = self.below.load(key, Renewal::Never, now).await?;
                    if matches!(found, Lookup::Current { .. }) {
                        ended += u64::from(self.below.delete(key, now).await?);
                    }
                }
                Ok(ended)
            }
            _ => self.below.revoke(subject, which, now).await,
        }
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.below.purge(limit, now).await
    }
}
