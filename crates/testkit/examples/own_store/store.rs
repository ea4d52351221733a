//! A whole session store in one list behind one lock.
//!
//! It is the contract of [`SessionStore`] as a program: slow, since it looks through everything,
//! but right. A store of your own does the same in one statement or one script a verb, with three
//! indexes: by key (also rotated ones), by subject and by the time at which an entry ends.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};

use portcullis_core::{Digest, StoreError, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, Handle, Loaded, Lookup, Predecessor, Record, Renewal, Revoke, Rotated,
    Rotation, SessionStore, Standing, Updated,
};

/// Keeps sessions in a list.
#[derive(Debug, Default)]
pub(crate) struct OwnStore(Mutex<Sessions>);

#[derive(Debug, Default)]
struct Sessions(Vec<Session>);

#[derive(Debug)]
struct Session {
    record: Record,
    seen_at: Timestamp,
    /// Keys that were rotated away, each with the time until which it is remembered.
    retired: Vec<(Digest, Timestamp)>,
}

/// What a key is to a session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Current,
    Predecessor,
    Retired,
}

impl OwnStore {
    /// A verb takes the lock once and keeps it for all that it does: so it happens at one instant.
    /// Nothing awaits while the lock is held, so a verb that is dropped has happened or has not.
    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionStore for OwnStore {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let mut sessions = self.lock();
        if sessions.is_taken(&record, now) {
            return Ok(Created::Exists);
        }
        // What is dead has no say; and nobody may find two sessions under one key.
        sessions.0.retain(|session| session.is_alive(now));
        if let Some(key) = replaces {
            sessions
                .0
                .retain(|session| session.role(key, now).is_none());
        }
        let evicted = match (record.subject(), cap) {
            (Some(subject), Some(cap)) => sessions.evict(subject, cap, now),
            _ => 0,
        };
        sessions.0.push(Session {
            record,
            seen_at: now,
            retired: Vec::new(),
        });
        Ok(Created::Done { evicted })
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let mut sessions = self.lock();
        Ok(match sessions.find(key, now) {
            None => Lookup::Absent,
            Some((Role::Current, session)) => {
                let renewed = session.renew(renewal, now);
                Lookup::Current {
                    loaded: session.loaded(),
                    renewed,
                }
            }
            Some((Role::Predecessor, session)) => Lookup::Predecessor(session.loaded()),
            Some((Role::Retired, session)) => Lookup::Reused(session.record.handle),
        })
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let mut sessions = self.lock();
        Ok(match sessions.find(key, now) {
            None | Some((Role::Retired, _)) => Updated::Gone,
            Some((_, session)) if session.record.version != expected => {
                Updated::Conflict(session.loaded())
            }
            Some((_, session)) => {
                session.change(change);
                Updated::Done(session.loaded())
            }
        })
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        let mut sessions = self.lock();
        let is_taken = sessions.find(&rotation.new_key, now).is_some();
        Ok(match sessions.find(key, now) {
            None | Some((Role::Retired, _)) => Rotated::Gone,
            Some((Role::Predecessor, session)) => Rotated::Superseded(session.loaded()),
            Some((Role::Current, _)) if is_taken => Rotated::Exists,
            Some((Role::Current, session)) => {
                session.rotate(rotation);
                Rotated::Done(session.loaded())
            }
        })
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        let mut sessions = self.lock();
        let found = sessions
            .find(key, now)
            .map(|(_, session)| session.record.key);
        sessions
            .0
            .retain(|session| Some(session.record.key) != found);
        Ok(found.is_some())
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        Ok(self.lock().of(subject, now))
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut sessions = self.lock();
        let mut ended = sessions.of(subject, now);
        ended.retain(|loaded| match which {
            Revoke::All => true,
            Revoke::AllBut(handle) => loaded.record.handle != handle,
            Revoke::One(handle) => loaded.record.handle == handle,
        });
        sessions.remove(&ended);
        Ok(u64::try_from(ended.len()).unwrap_or(u64::MAX))
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        let mut left = limit.get();
        self.lock().0.retain(|session| {
            let stays = session.is_alive(now) || left == 0;
            left -= u32::from(!stays);
            stays
        });
        Ok(limit.get() - left)
    }
}

impl Sessions {
    /// The session that is alive and has, or had, this key.
    fn find(&mut self, key: &Digest, now: Timestamp) -> Option<(Role, &mut Session)> {
        let mut alive = self.0.iter_mut().filter(|session| session.is_alive(now));
        alive.find_map(|session| Some((session.role(key, now)?, session)))
    }

    /// The sessions of a subject that are alive, oldest first.
    fn of(&self, subject: &SubjectId, now: Timestamp) -> Vec<Loaded> {
        let alive = self.0.iter().filter(|session| session.is_alive(now));
        let mine = alive.filter(|session| session.record.subject() == Some(subject));
        let mut found: Vec<Loaded> = mine.map(Session::loaded).collect();
        found.sort_by_key(|loaded| (loaded.record.created_at, loaded.record.handle));
        found
    }

    fn is_taken(&mut self, record: &Record, now: Timestamp) -> bool {
        let same = |handle: Handle| handle == record.handle;
        let others = record
            .subject()
            .map(|subject| self.of(subject, now))
            .unwrap_or_default();
        self.find(&record.key, now).is_some() || others.iter().any(|it| same(it.record.handle))
    }

    /// Makes room for one more session of a subject.
    fn evict(&mut self, subject: &SubjectId, cap: NonZeroU32, now: Timestamp) -> u32 {
        let mut oldest = self.of(subject, now);
        let cap = usize::try_from(cap.get()).unwrap_or(usize::MAX);
        oldest.truncate((oldest.len() + 1).saturating_sub(cap));
        self.remove(&oldest);
        u32::try_from(oldest.len()).unwrap_or(u32::MAX)
    }

    fn remove(&mut self, ended: &[Loaded]) {
        self.0
            .retain(|session| ended.iter().all(|it| it.record.key != session.record.key));
    }
}

impl Session {
    fn loaded(&self) -> Loaded {
        Loaded {
            record: self.record.clone().into(),
            seen_at: self.seen_at,
        }
    }

    fn is_alive(&self, now: Timestamp) -> bool {
        now < self.record.lifetime.expires_at(self.seen_at)
    }

    fn role(&self, key: &Digest, now: Timestamp) -> Option<Role> {
        let graced = |p: &Predecessor| p.key == *key && now < p.grace_until;
        let retired = |(old, until): &(Digest, Timestamp)| old == key && now < *until;
        if self.record.key == *key {
            Some(Role::Current)
        } else if self.record.predecessor.as_deref().is_some_and(graced) {
            Some(Role::Predecessor)
        } else {
            self.retired.iter().any(retired).then_some(Role::Retired)
        }
    }

    /// Moves the last visit if it is due; never back.
    fn renew(&mut self, renewal: Renewal, now: Timestamp) -> bool {
        let due = matches!(renewal, Renewal::IfSeenBy(by) if self.seen_at <= by);
        let moves = due && self.seen_at < now;
        if moves {
            self.seen_at = now;
        }
        moves
    }

    fn change(&mut self, change: Change) {
        self.record.data = change.data.unwrap_or_else(|| self.record.data.clone());
        self.record.lifetime = change.lifetime.unwrap_or(self.record.lifetime);
        self.record.version += 1;
    }

    fn rotate(&mut self, rotation: Rotation) {
        let (key, grace_until) = (self.record.key, rotation.grace_until);
        self.retired.push((key, rotation.remember_until));
        self.record.predecessor = Some(Predecessor { key, grace_until }.into());
        self.record.key = rotation.new_key;
        self.record.version += 1;
        if let (Standing::User(user), Some(new)) =
            (&mut self.record.standing, rotation.authentication)
        {
            user.authentication = new;
        }
    }
}
