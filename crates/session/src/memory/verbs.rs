//! The verbs that change sessions.

use std::num::NonZeroU32;
use std::sync::Arc;

use portcullis_core::{Digest, SubjectId, Timestamp};

use super::Inner;
use super::key_shard::{By, Entry, Found, KeyShard, KeyShards, Retired};
use super::subjects::Subject;
use crate::sync::RwLockWriteGuard;
use crate::{
    Change, Created, Loaded, Predecessor, Record, Renewal, Revoke, Rotated, Rotation, Standing,
    Updated,
};

/// How many old sessions each new one looks at.
const STEPS: usize = 8;

/// Some key shards, locked in ascending order.
struct Locked<'a>(Vec<(usize, RwLockWriteGuard<'a, KeyShard>)>);

impl<'a> Locked<'a> {
    fn new<'k>(shards: &'a KeyShards, keys: impl IntoIterator<Item = &'k Digest>) -> Self {
        let mut wanted: Vec<usize> = keys.into_iter().map(KeyShards::of).collect();
        wanted.sort_unstable();
        wanted.dedup();
        Self(
            wanted
                .into_iter()
                .map(|shard| (shard, shards.write(shard)))
                .collect(),
        )
    }

    /// The shard of a key that was named when the shards were locked.
    fn of(&mut self, key: &Digest) -> Option<&mut KeyShard> {
        let shard = KeyShards::of(key);
        self.0
            .iter_mut()
            .find(|(locked, _)| *locked == shard)
            .map(|(_, guard)| &mut **guard)
    }

    /// The entry of a record, if it is still what the key shards hold.
    fn entry_of(&mut self, record: &Arc<Record>) -> Option<&mut Entry> {
        let entry = self.of(&record.key)?.entry_mut(&record.key)?;
        Arc::ptr_eq(&entry.record, record).then_some(entry)
    }

    fn remove(&mut self, key: &Digest) -> Option<Entry> {
        self.of(key)?.remove(key)
    }
}

impl Inner {
    fn subject_of(&self, record: &Record) -> Option<Subject<'_>> {
        record.subject().map(|subject| self.subjects.lock(subject))
    }

    /// Takes sessions that are dead already out of the list of their subjects.
    fn unlist(&self, dead: impl IntoIterator<Item = Entry>) {
        for entry in dead {
            self.keys.forget_rotation(&entry.record);
            if let Some(mut subject) = self.subject_of(&entry.record) {
                subject.remove(entry.handle());
            }
        }
    }

    /// The records of a subject that are alive, oldest first, with their shards locked.
    fn alive<'a>(
        &'a self,
        records: Vec<Arc<Record>>,
        more: &[Digest],
        now: Timestamp,
    ) -> (Vec<Loaded>, Locked<'a>) {
        let keys = records.iter().map(|record| &record.key).chain(more);
        let mut locked = Locked::new(&self.keys, keys);
        let alive = |record: &Arc<Record>| {
            locked
                .entry_of(record)
                .filter(|entry| entry.is_alive(now))
                .map(|entry| entry.loaded())
        };
        let mut loaded: Vec<Loaded> = records.iter().filter_map(alive).collect();
        loaded.sort_by_key(|loaded| (loaded.record.created_at, loaded.record.handle));
        (loaded, locked)
    }

    pub(super) fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Created {
        loop {
            let old = replaces.and_then(|key| self.keys.find(key, Renewal::Never, now));
            let old = old.map(|found| found.loaded.record);
            if let Some(created) = self.try_create(&record, old, cap, now) {
                return created;
            }
        }
    }

    /// One attempt at `create`; `None` if the session to replace changed meanwhile.
    fn try_create(
        &self,
        record: &Record,
        old: Option<Arc<Record>>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Option<Created> {
        let mut subject = self.subject_of(record);
        // Without a cap nothing but the handle matters: no need to look at all of them.
        let listed = match (&subject, record.subject()) {
            (Some(locked), Some(subject)) if cap.is_some() => locked.records(subject),
            (Some(locked), Some(subject)) => {
                locked.record(subject, &record.handle).into_iter().collect()
            }
            _ => Vec::new(),
        };
        let more: Vec<Digest> = old.iter().map(|old| old.key).chain([record.key]).collect();
        let (mut others, mut locked) = self.alive(listed, &more, now);
        if let Some(old) = &old {
            locked.entry_of(old)?;
            others.retain(|other| other.record.handle != old.handle);
        }
        let same_handle = |other: &Loaded| other.record.handle == record.handle;
        if locked.of(&record.key)?.is_taken(&record.key, now) || others.iter().any(same_handle) {
            return Some(Created::Exists);
        }
        let evicted = evictions(&others, cap);
        let gone = others.iter().take(evicted).map(|other| other.record.key);
        let gone: Vec<Digest> = gone.chain(old.map(|old| old.key)).collect();
        let mut dead: Vec<Entry> = gone.iter().filter_map(|key| locked.remove(key)).collect();
        let record = Arc::new(record.clone());
        let shard = locked.of(&record.key)?;
        dead.extend(shard.sweep(STEPS, STEPS, now).0);
        dead.extend(shard.remove(&record.key));
        shard.insert(Entry::new(Arc::clone(&record), now));
        drop(locked);
        if let Some(subject) = &mut subject {
            subject.insert(record);
        }
        drop(subject);
        self.unlist(dead);
        Some(Created::Done {
            evicted: u32::try_from(evicted).unwrap_or(u32::MAX),
        })
    }

    pub(super) fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: &Change,
        now: Timestamp,
    ) -> Updated {
        loop {
            let found = self.keys.find(key, Renewal::Never, now);
            let Some(Found {
                loaded,
                by: By::Current | By::Predecessor,
                ..
            }) = found
            else {
                return Updated::Gone;
            };
            if loaded.record.version != expected {
                return Updated::Conflict(loaded);
            }
            let record = Arc::new(changed(&loaded.record, change));
            if let Some(loaded) = self.swap(&loaded.record, record) {
                return Updated::Done(loaded);
            }
        }
    }

    /// Puts a record in the place of another with the same key; `None` if that changed meanwhile.
    fn swap(&self, old: &Arc<Record>, new: Arc<Record>) -> Option<Loaded> {
        let mut subject = self.subject_of(old);
        let mut locked = Locked::new(&self.keys, [&old.key]);
        let entry = locked.entry_of(old)?;
        entry.record = Arc::clone(&new);
        let loaded = entry.loaded();
        drop(locked);
        if let Some(subject) = &mut subject {
            subject.replace(new);
        }
        Some(loaded)
    }

    pub(super) fn rotate(&self, key: &Digest, rotation: &Rotation, now: Timestamp) -> Rotated {
        loop {
            match self.keys.find(key, Renewal::Never, now) {
                None
                | Some(Found {
                    by: By::Retired, ..
                }) => return Rotated::Gone,
                Some(Found {
                    loaded,
                    by: By::Predecessor,
                    ..
                }) => {
                    return Rotated::Superseded(loaded);
                }
                Some(Found {
                    loaded,
                    by: By::Current,
                    ..
                }) => {
                    if let Some(rotated) = self.try_rotate(&loaded.record, rotation, now) {
                        return rotated;
                    }
                }
            }
        }
    }

    /// One attempt at `rotate`; `None` if the session changed meanwhile.
    fn try_rotate(
        &self,
        old: &Arc<Record>,
        rotation: &Rotation,
        now: Timestamp,
    ) -> Option<Rotated> {
        let mut subject = self.subject_of(old);
        let new_key = rotation.new_key;
        let mut locked = Locked::new(&self.keys, [&old.key, &new_key]);
        let seen_at = locked.entry_of(old)?.loaded().seen_at;
        if locked.of(&new_key)?.is_taken(&new_key, now) {
            return Some(Rotated::Exists);
        }
        let record = Arc::new(rotated(old, rotation));
        let entry = Entry::new(Arc::clone(&record), seen_at);
        let loaded = entry.loaded();
        let dead = locked.remove(&new_key);
        locked.of(&new_key)?.insert(entry);
        let shard = locked.of(&old.key)?;
        shard.remove(&old.key);
        shard.retire(Retired::new(old.key, old.handle, rotation));
        self.keys.note_rotation(old.handle, new_key);
        drop(locked);
        if let Some(subject) = &mut subject {
            subject.replace(record);
        }
        drop(subject);
        self.unlist(dead);
        Some(Rotated::Done(loaded))
    }

    pub(super) fn delete(&self, key: &Digest, now: Timestamp) -> bool {
        loop {
            let Some(found) = self.keys.find(key, Renewal::Never, now) else {
                return false;
            };
            let mut locked = Locked::new(&self.keys, [&found.loaded.record.key]);
            if locked.entry_of(&found.loaded.record).is_none() {
                continue;
            }
            let dead = locked.remove(&found.loaded.record.key);
            drop(locked);
            self.unlist(dead);
            return true;
        }
    }

    pub(super) fn list(&self, subject: &SubjectId, now: Timestamp) -> Vec<Loaded> {
        let listed = self.subjects.lock(subject);
        self.alive(listed.records(subject), &[], now).0
    }

    pub(super) fn revoke(&self, subject: &SubjectId, which: Revoke, now: Timestamp) -> u64 {
        let mut listed = self.subjects.lock(subject);
        let (alive, mut locked) = self.alive(listed.records(subject), &[], now);
        let wanted = |loaded: &&Loaded| match which {
            Revoke::All => true,
            Revoke::AllBut(handle) => loaded.record.handle != handle,
            Revoke::One(handle) => loaded.record.handle == handle,
        };
        let mut ended = 0;
        for loaded in alive.iter().filter(wanted) {
            locked.remove(&loaded.record.key);
            listed.remove(&loaded.record.handle);
            self.keys.forget_rotation(&loaded.record);
            ended += 1;
        }
        ended
    }

    /// Removes what is dead in one shard, and says how much that was.
    pub(super) fn purge_shard(&self, shard: usize, limit: u32, now: Timestamp) -> u32 {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut locked = self.keys.write(shard);
        let steps = locked.buckets();
        let (dead, retired) = locked.sweep(steps, limit, now);
        locked.shrink();
        drop(locked);
        let removed = dead.len() + retired;
        self.unlist(dead);
        u32::try_from(removed).unwrap_or(u32::MAX)
    }
}

/// How many of the oldest sessions must go for one more to fit under the cap.
fn evictions(others: &[Loaded], cap: Option<NonZeroU32>) -> usize {
    let Some(cap) = cap else { return 0 };
    let cap = usize::try_from(cap.get()).unwrap_or(usize::MAX);
    (others.len() + 1).saturating_sub(cap)
}

fn changed(record: &Record, change: &Change) -> Record {
    let mut record = record.clone();
    if let Some(data) = &change.data {
        record.data = data.clone();
    }
    if let Some(lifetime) = change.lifetime {
        record.lifetime = lifetime;
    }
    record.version += 1;
    record
}

fn rotated(old: &Record, rotation: &Rotation) -> Record {
    let mut record = old.clone();
    let (key, grace_until) = (old.key, rotation.grace_until);
    record.predecessor = Some(Box::new(Predecessor { key, grace_until }));
    record.key = rotation.new_key;
    if let (Standing::User(user), Some(authentication)) =
        (&mut record.standing, &rotation.authentication)
    {
        user.authentication = authentication.clone();
    }
    record.version += 1;
    record
}
