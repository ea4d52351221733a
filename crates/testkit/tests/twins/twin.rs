//! A store that is right but for one fault.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use portcullis_core::{Digest, StoreError, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, Data, Lifetime, Loaded, Lookup, Persistence, Record, Renewal, Revoke, Rotated,
    Rotation, SessionStore, Standing, Updated,
};
use tokio::task::yield_now;

use super::store::OwnStore;

/// Lets others come between, on this thread and on others.
async fn pause() {
    for _ in 0..4 {
        std::thread::yield_now();
        yield_now().await;
    }
}

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    CapIsOneMore,
    CapInTwoSteps,
    CreateOverwrites,
    CreateLosesLargeData,
    CreateLosesPersistence,
    CreateLosesStamp,
    DeleteByCurrentKeyOnly,
    DeleteForgetsToDelete,
    KeysCompareByPrefix,
    ListFoldsCase,
    ListIsReversed,
    ListMissesPending,
    LoadAlwaysRenews,
    LoadCountsRenewalsAsChanges,
    LoadEndsLate,
    LoadForgetsReuse,
    LoadLetsVisitsFall,
    LoadRenewsByOldKey,
    LoadRenewsInTwoSteps,
    LoadRevivesTheDeleted,
    LoadReturnsTheExpired,
    PurgeIgnoresItsLimit,
    PurgeIsTooEarly,
    PurgeLooksThenRemoves,
    PurgeRemovesNothing,
    ReplaceInTwoSteps,
    ReplaceIsForgotten,
    RevokeAllButIsAll,
    RevokeIgnoresTheOwner,
    RevokeInSteps,
    RotateByOldKey,
    RotateForgetsTheStepUp,
    RotateGivesEndlessGrace,
    RotateInTwoSteps,
    RotateLeavesTheOldAlive,
    UpdateIgnoresVersions,
    UpdateInTwoSteps,
    UpdateIsAnUpsert,
    UpdateMovesTheVisit,
}

/// The store of the documentation with a fault.
#[derive(Debug)]
pub(super) struct Twin {
    inner: OwnStore,
    fault: Fault,
    /// Every record that was ever created.
    created: Mutex<Vec<Record>>,
}

impl Twin {
    pub(super) fn new(fault: Fault) -> Self {
        Self {
            inner: OwnStore::default(),
            fault,
            created: Mutex::default(),
        }
    }

    fn known(&self, is_wanted: impl Fn(&Record) -> bool) -> Option<Record> {
        let created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        created
            .iter()
            .rev()
            .find(|record| is_wanted(record))
            .cloned()
    }

    fn key(&self, key: &Digest) -> Digest {
        let mut bytes = *key.as_bytes();
        if self.fault == Fault::KeysCompareByPrefix {
            bytes[16..].fill(0);
        }
        Digest::from_bytes(bytes)
    }

    async fn revive(&self, key: &Digest, now: Timestamp) -> Result<(), StoreError> {
        if let Some(record) = self.known(|record| record.key == *key) {
            let _created = self.inner.create(record, None, None, now).await?;
        }
        Ok(())
    }

    /// What `create` is given, damaged.
    fn damaged(&self, mut record: Record) -> Record {
        match (self.fault, &mut record.standing) {
            (Fault::CreateLosesLargeData, _) if record.data.len() > 65_535 => {
                record.data = Data::default();
            }
            (Fault::CreateLosesPersistence, _) => {
                let persistence = Persistence::Persistent;
                record.lifetime = Lifetime {
                    persistence,
                    ..record.lifetime
                };
            }
            (Fault::CreateLosesStamp, Standing::User(user)) => user.stamp = None,
            _ => {}
        }
        record.key = self.key(&record.key);
        record
    }

    /// Ends sessions beyond the cap one by one.
    async fn evict(
        &self,
        subject: &SubjectId,
        cap: NonZeroU32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let listed = self.inner.list(subject, now).await?;
        let excess = listed
            .len()
            .saturating_sub(usize::try_from(cap.get()).unwrap_or(usize::MAX));
        let mut ended = 0;
        for loaded in &listed[..excess] {
            pause().await;
            let which = Revoke::One(loaded.record.handle);
            ended += u32::from(self.inner.revoke(subject, which, now).await? == 1);
        }
        Ok(ended)
    }
}

impl SessionStore for Twin {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let record = self.damaged(record);
        let (mut replaces, mut inner_cap) = (replaces.map(|key| self.key(key)), cap);
        match self.fault {
            Fault::CapIsOneMore => inner_cap = cap.map(|cap| cap.saturating_add(1)),
            Fault::CapInTwoSteps => inner_cap = None,
            Fault::CreateOverwrites => drop(self.inner.delete(&record.key, now).await?),
            Fault::ReplaceIsForgotten => replaces = None,
            Fault::ReplaceInTwoSteps => {
                if let Some(key) = replaces.take() {
                    self.inner.delete(&key, now).await?;
                    pause().await;
                }
            }
            _ => {}
        }
        let created = self
            .inner
            .create(record.clone(), replaces.as_ref(), inner_cap, now)
            .await?;
        self.created
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(record.clone());
        match (created, record.subject(), cap) {
            (Created::Done { .. }, Some(subject), Some(cap))
                if self.fault == Fault::CapInTwoSteps =>
            {
                Ok(Created::Done {
                    evicted: self.evict(subject, cap, now).await?,
                })
            }
            _ => Ok(created),
        }
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let key = &self.key(key);
        let at_any_time = Renewal::IfSeenBy(Timestamp::MAX);
        match (self.fault, renewal) {
            (Fault::LoadAlwaysRenews, _) => return self.inner.load(key, at_any_time, now).await,
            (Fault::LoadEndsLate, _) => {
                let earlier = now.before(Duration::from_millis(1));
                return self.inner.load(key, renewal, earlier).await;
            }
            (Fault::LoadRenewsInTwoSteps, Renewal::IfSeenBy(by)) => {
                let found = self.inner.load(key, Renewal::Never, now).await?;
                let is_due = |loaded: &Loaded| loaded.seen_at <= by;
                if !matches!(&found, Lookup::Current { loaded, .. } if is_due(loaded)) {
                    return Ok(found);
                }
                pause().await;
                return Ok(match self.inner.load(key, at_any_time, now).await? {
                    Lookup::Current { loaded, .. } => Lookup::Current {
                        loaded,
                        renewed: true,
                    },
                    other => other,
                });
            }
            _ => {}
        }
        let found = self.inner.load(key, renewal, now).await?;
        match (self.fault, found, renewal) {
            (Fault::LoadForgetsReuse, Lookup::Reused(_), _) => Ok(Lookup::Absent),
            (Fault::LoadRenewsByOldKey, Lookup::Predecessor(loaded), _) => {
                drop(self.inner.load(&loaded.record.key, renewal, now).await?);
                Ok(Lookup::Predecessor(loaded))
            }
            (Fault::LoadReturnsTheExpired, Lookup::Absent, _) => {
                self.inner
                    .load(key, Renewal::Never, Timestamp::UNIX_EPOCH)
                    .await
            }
            (Fault::LoadRevivesTheDeleted, Lookup::Absent, Renewal::IfSeenBy(_)) => {
                self.revive(key, now).await?;
                self.inner.load(key, renewal, now).await
            }
            (
                Fault::LoadCountsRenewalsAsChanges,
                Lookup::Current {
                    loaded,
                    renewed: true,
                },
                _,
            ) => {
                let version = loaded.record.version;
                drop(
                    self.inner
                        .update(key, version, Change::default(), now)
                        .await?,
                );
                self.inner.load(key, Renewal::Never, now).await
            }
            (
                Fault::LoadLetsVisitsFall,
                Lookup::Current {
                    mut loaded,
                    renewed,
                },
                Renewal::IfSeenBy(by),
            ) => {
                loaded.seen_at = if loaded.seen_at <= by {
                    now
                } else {
                    loaded.seen_at
                };
                Ok(Lookup::Current { loaded, renewed })
            }
            (_, found, _) => Ok(found),
        }
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        mut change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let key = &self.key(key);
        if self.fault == Fault::UpdateInTwoSteps && change.lifetime.is_some() {
            let data = change.data.take();
            drop(self.inner.update(key, expected, change, now).await?);
            pause().await;
            let rest = Change {
                data,
                lifetime: None,
            };
            return self.inner.update(key, expected + 1, rest, now).await;
        }
        let updated = self
            .inner
            .update(key, expected, change.clone(), now)
            .await?;
        match (self.fault, updated) {
            (Fault::UpdateIgnoresVersions, Updated::Conflict(loaded)) => {
                self.inner
                    .update(key, loaded.record.version, change, now)
                    .await
            }
            (Fault::UpdateIsAnUpsert, Updated::Gone) => {
                self.revive(key, now).await?;
                self.inner.update(key, expected, change, now).await
            }
            (Fault::UpdateMovesTheVisit, updated) => {
                let renewal = Renewal::IfSeenBy(Timestamp::MAX);
                drop(self.inner.load(key, renewal, now).await?);
                Ok(updated)
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
        let key = &self.key(key);
        rotation.new_key = self.key(&rotation.new_key);
        match self.fault {
            Fault::RotateForgetsTheStepUp => rotation.authentication = None,
            Fault::RotateGivesEndlessGrace => rotation.grace_until = Timestamp::MAX,
            _ => {}
        }
        let before = self.inner.load(key, Renewal::Never, now).await?;
        if let (Fault::RotateInTwoSteps, Lookup::Current { loaded, .. }) = (self.fault, &before) {
            let new_key = Record {
                key: rotation.new_key,
                ..(*loaded.record).clone()
            };
            self.inner.delete(key, now).await?;
            pause().await;
            let _created = self.inner.create(new_key, None, None, now).await?;
            return Ok(Rotated::Done(loaded.clone()));
        }
        let rotated = self.inner.rotate(key, rotation.clone(), now).await?;
        match (self.fault, rotated, before) {
            (Fault::RotateByOldKey, Rotated::Superseded(loaded), _) => {
                self.inner.rotate(&loaded.record.key, rotation, now).await
            }
            (
                Fault::RotateLeavesTheOldAlive,
                Rotated::Done(done),
                Lookup::Current { loaded, .. },
            ) => {
                self.inner.delete(&done.record.key, now).await?;
                let mut handle = *done.record.handle.as_bytes();
                handle[0] ^= 255;
                let handle = portcullis_session::Handle::from_bytes(handle);
                let old = Record {
                    handle,
                    ..(*loaded.record).clone()
                };
                let _created = self.inner.create(old, None, None, now).await?;
                let _created = self
                    .inner
                    .create((*done.record).clone(), None, None, now)
                    .await?;
                Ok(Rotated::Done(done))
            }
            (_, rotated, _) => Ok(rotated),
        }
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        let key = &self.key(key);
        let found = self.inner.load(key, Renewal::Never, now).await?;
        match (self.fault, found) {
            (Fault::DeleteForgetsToDelete, found) => Ok(found != Lookup::Absent),
            (Fault::DeleteByCurrentKeyOnly, Lookup::Predecessor(_) | Lookup::Reused(_)) => {
                Ok(false)
            }
            _ => self.inner.delete(key, now).await,
        }
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        let mut listed = self.inner.list(subject, now).await?;
        match self.fault {
            Fault::ListIsReversed => listed.reverse(),
            Fault::ListMissesPending => {
                let is_pending = |it: &Loaded| matches!(it.record.standing, Standing::Pending(_));
                listed.retain(|loaded| !is_pending(loaded));
            }
            Fault::ListFoldsCase => {
                let upper = SubjectId::new(&subject.as_str().to_uppercase());
                for other in upper.into_iter().filter(|upper| upper != subject) {
                    listed.extend(self.inner.list(&other, now).await?);
                }
            }
            _ => {}
        }
        Ok(listed)
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        match (self.fault, which) {
            (Fault::RevokeAllButIsAll, Revoke::AllBut(_)) => {
                self.inner.revoke(subject, Revoke::All, now).await
            }
            (Fault::RevokeIgnoresTheOwner, Revoke::One(handle)) => {
                let owner = self.known(|record| record.handle == handle);
                let owner = owner.and_then(|record| record.subject().cloned());
                self.inner
                    .revoke(&owner.unwrap_or(subject.clone()), which, now)
                    .await
            }
            (Fault::RevokeInSteps, _) => {
                let mut ended = 0;
                for loaded in self.inner.list(subject, now).await? {
                    if which != Revoke::AllBut(loaded.record.handle) {
                        let one = Revoke::One(loaded.record.handle);
                        ended += self.inner.revoke(subject, one, now).await?;
                        pause().await;
                    }
                }
                Ok(ended)
            }
            _ => self.inner.revoke(subject, which, now).await,
        }
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        match self.fault {
            Fault::PurgeIgnoresItsLimit => self.inner.purge(NonZeroU32::MAX, now).await,
            Fault::PurgeIsTooEarly => {
                self.inner
                    .purge(limit, now.after(Duration::from_millis(1)))
                    .await
            }
            Fault::PurgeRemovesNothing => Ok(0),
            Fault::PurgeLooksThenRemoves => {
                let created = self
                    .created
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone();
                let mut removed = 0;
                for record in created.iter().rev() {
                    let found = self.inner.load(&record.key, Renewal::Never, now).await?;
                    if removed < limit.get() && found == Lookup::Absent {
                        pause().await;
                        let was_there = self.inner.delete(&record.key, record.created_at).await?;
                        removed += u32::from(was_there);
                    }
                }
                Ok(removed)
            }
            _ => self.inner.purge(limit, now).await,
        }
    }
}
