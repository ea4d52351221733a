//! Sessions by the digest of their key.

use std::collections::HashMap;
use std::sync::Arc;

use hashbrown::HashTable;
use portcullis_core::{Digest, Timestamp};

use super::sweep::{shrink, sweep};
use crate::sync::{AtomicU64, Ordering, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use crate::{Handle, Loaded, Lookup, Record, Renewal, Rotation};

/// The shards. The digest is its own hash: who could choose it would have to choose the token.
#[derive(Debug)]
pub(super) struct KeyShards {
    shards: Box<[RwLock<KeyShard>]>,
    /// The present keys of sessions that were rotated; changed only under the shards of both keys.
    rotated: RwLock<HashMap<Handle, Digest>>,
}

/// One part of the sessions.
#[derive(Debug, Default)]
pub(super) struct KeyShard {
    live: HashTable<Entry>,
    live_cursor: usize,
    retired: HashTable<Retired>,
    retired_cursor: usize,
}

/// A session and its last visit in milliseconds, which alone may change under the shared lock.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) record: Arc<Record>,
    seen_at: AtomicU64,
}

/// A key that was rotated away.
#[derive(Debug)]
pub(super) struct Retired {
    pub(super) key: Digest,
    pub(super) handle: Handle,
    pub(super) grace_until: Timestamp,
    pub(super) remember_until: Timestamp,
}

/// A session that a key leads to.
pub(super) struct Found {
    pub(super) loaded: Loaded,
    pub(super) by: By,
    pub(super) renewed: bool,
}

/// In what way a key leads to a session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// It is the session's key.
    Current,
    /// It is the predecessor's, in its grace window.
    Predecessor,
    /// It was rotated away and opens nothing any more.
    Retired,
}

impl Default for KeyShards {
    fn default() -> Self {
        let shards = (0..Self::COUNT).map(|_| RwLock::default()).collect();
        Self {
            shards,
            rotated: RwLock::default(),
        }
    }
}

impl KeyShards {
    pub(super) const COUNT: usize = 128;

    /// Which shard a key belongs to, by bits that the hash tables do not look at first.
    pub(super) fn of(key: &Digest) -> usize {
        usize::try_from((key.prefix() >> 32) % 128).unwrap_or(0)
    }

    pub(super) fn write(&self, shard: usize) -> RwLockWriteGuard<'_, KeyShard> {
        self.shards[shard]
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, shard: usize) -> RwLockReadGuard<'_, KeyShard> {
        self.shards[shard]
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn len(&self) -> usize {
        (0..Self::COUNT)
            .map(|shard| self.read(shard).live.len())
            .sum()
    }

    /// Notes under which key a session is from now on; the shards of both keys must be locked.
    pub(super) fn note_rotation(&self, handle: Handle, key: Digest) {
        self.rotated
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(handle, key);
    }

    /// Forgets where a session that is over went.
    pub(super) fn forget_rotation(&self, record: &Record) {
        if record.predecessor.is_some() {
            self.rotated
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&record.handle);
        }
    }

    fn present_key(&self, handle: &Handle) -> Option<Digest> {
        self.rotated
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(handle)
            .copied()
    }

    pub(super) fn load(&self, key: &Digest, renewal: Renewal, now: Timestamp) -> Lookup {
        match self.find(key, renewal, now) {
            None => Lookup::Absent,
            Some(Found {
                loaded,
                by: By::Current,
                renewed,
            }) => Lookup::Current { loaded, renewed },
            Some(Found {
                loaded,
                by: By::Predecessor,
                ..
            }) => Lookup::Predecessor(loaded),
            Some(Found {
                loaded,
                by: By::Retired,
                ..
            }) => Lookup::Reused(loaded.record.handle),
        }
    }

    /// Follows a key to the session that it opens or opened.
    pub(super) fn find(&self, key: &Digest, renewal: Renewal, now: Timestamp) -> Option<Found> {
        let mut at = *key;
        let mut renewal = renewal;
        let mut remembered = true;
        // Goes round again only if the session was rotated between one look and the next.
        loop {
            let shard = self.read(Self::of(&at));
            if let Some(entry) = shard.entry(&at) {
                let (loaded, renewed) = entry.visit(renewal, now)?;
                let by = By::of(key, &loaded.record, now);
                let found = Found {
                    loaded,
                    by,
                    renewed,
                };
                return (remembered || by != By::Retired).then_some(found);
            }
            let retired = shard.retired(&at)?;
            if at == *key {
                remembered = now < retired.remember_until;
            }
            let handle = retired.handle;
            drop(shard);
            at = self.present_key(&handle)?;
            renewal = Renewal::Never;
        }
    }
}

impl By {
    fn of(key: &Digest, record: &Record, now: Timestamp) -> Self {
        let graced = |p: &crate::Predecessor| p.key == *key && now < p.grace_until;
        if record.key == *key {
            Self::Current
        } else if record.predecessor.as_deref().is_some_and(graced) {
            Self::Predecessor
        } else {
            Self::Retired
        }
    }
}

impl Entry {
    pub(super) fn new(record: Arc<Record>, seen_at: Timestamp) -> Self {
        Self {
            record,
            seen_at: AtomicU64::new(seen_at.as_millis()),
        }
    }

    pub(super) fn loaded(&self) -> Loaded {
        let seen_at = Timestamp::from_millis(self.seen_at.load(Ordering::Acquire));
        Loaded {
            record: Arc::clone(&self.record),
            seen_at,
        }
    }

    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        let seen_at = Timestamp::from_millis(self.seen_at.load(Ordering::Acquire));
        now < self.record.lifetime.expires_at(seen_at)
    }

    /// The session if it is alive, and whether this call moved the last visit.
    fn visit(&self, renewal: Renewal, now: Timestamp) -> Option<(Loaded, bool)> {
        let mut seen = self.seen_at.load(Ordering::Acquire);
        loop {
            let seen_at = Timestamp::from_millis(seen);
            if now >= self.record.lifetime.expires_at(seen_at) {
                return None;
            }
            let due = matches!(renewal, Renewal::IfSeenBy(by) if seen_at <= by);
            let at = if due { seen_at.max(now) } else { seen_at };
            let loaded = || Loaded {
                record: Arc::clone(&self.record),
                seen_at: at,
            };
            if !due {
                return Some((loaded(), false));
            }
            let (old, new) = (seen, at.as_millis());
            match self
                .seen_at
                .compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return Some((loaded(), true)),
                Err(other) => seen = other,
            }
        }
    }
}

impl KeyShard {
    pub(super) fn entry(&self, key: &Digest) -> Option<&Entry> {
        self.live
            .find(key.prefix(), |entry| entry.record.key == *key)
    }

    pub(super) fn entry_mut(&mut self, key: &Digest) -> Option<&mut Entry> {
        self.live
            .find_mut(key.prefix(), |entry| entry.record.key == *key)
    }

    fn retired(&self, key: &Digest) -> Option<&Retired> {
        self.retired
            .find(key.prefix(), |retired| retired.key == *key)
    }

    /// Whether a new session may not have this key.
    pub(super) fn is_taken(&self, key: &Digest, now: Timestamp) -> bool {
        self.entry(key).is_some_and(|entry| entry.is_alive(now))
            || self
                .retired(key)
                .is_some_and(|retired| retired.is_known(now))
    }

    /// Adds a session; what was under its key is dead and goes.
    pub(super) fn insert(&mut self, entry: Entry) {
        let key = entry.record.key;
        self.remove(&key);
        self.live
            .insert_unique(key.prefix(), entry, |entry| entry.record.key.prefix());
    }

    pub(super) fn remove(&mut self, key: &Digest) -> Option<Entry> {
        let found = self
            .live
            .find_entry(key.prefix(), |entry| entry.record.key == *key);
        found.ok().map(|entry| entry.remove().0)
    }

    pub(super) fn retire(&mut self, retired: Retired) {
        let key = retired.key;
        if let Ok(old) = self.retired.find_entry(key.prefix(), |old| old.key == key) {
            old.remove();
        }
        self.retired
            .insert_unique(key.prefix(), retired, |retired| retired.key.prefix());
    }

    /// Takes out at most `limit` dead entries among the next `steps`; gives the sessions, and how
    /// many keys that were rotated away went with them.
    pub(super) fn sweep(
        &mut self,
        steps: usize,
        limit: usize,
        now: Timestamp,
    ) -> (Vec<Entry>, usize) {
        let dead = |entry: &Entry| !entry.is_alive(now);
        let entries = sweep(&mut self.live, &mut self.live_cursor, steps, limit, dead);
        let forgotten = |retired: &Retired| !retired.is_known(now);
        let left = limit - entries.len();
        let retired = sweep(
            &mut self.retired,
            &mut self.retired_cursor,
            steps,
            left,
            forgotten,
        )
        .len();
        (entries, retired)
    }

    pub(super) fn shrink(&mut self) {
        shrink(&mut self.live, |entry| entry.record.key.prefix());
        shrink(&mut self.retired, |retired| retired.key.prefix());
    }

    /// How many buckets a whole look takes.
    pub(super) fn buckets(&self) -> usize {
        self.live.num_buckets().max(self.retired.num_buckets())
    }
}

impl Retired {
    pub(super) const fn new(key: Digest, handle: Handle, rotation: &Rotation) -> Self {
        let Rotation {
            grace_until,
            remember_until,
            ..
        } = *rotation;
        Self {
            key,
            handle,
            grace_until,
            remember_until,
        }
    }

    /// Whether the key still says something.
    fn is_known(&self, now: Timestamp) -> bool {
        now < self.remember_until || now < self.grace_until
    }
}

/// The handle of the session in an entry.
impl Entry {
    pub(super) fn handle(&self) -> &Handle {
        &self.record.handle
    }
}
