//! A cache in the memory of the process, in front of a slower store.

mod cache;
mod entries;
mod epochs;
mod flights;
mod marking;
#[cfg(test)]
mod tests;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::{Digest, StoreError, SubjectId, Timestamp};

use self::cache::{Cache, Read};
use self::epochs::Name;
use self::flights::{Flights, Outcome, Seat};
use self::marking::Marking;
use crate::{
    Change, Created, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation, SessionStore,
    Updated,
};

const MOST_STALENESS: Duration = Duration::from_secs(10);
const MOST_CAPACITY: usize = 10_000_000;

/// Answers repeated loads of a session from memory, and leaves all else to the store behind it.
///
/// | setting | default | range |
/// | --- | --- | --- |
/// | staleness | 1 s | 0 to 10 s; 0 keeps nothing |
/// | sessions kept | 100,000 | 1 to 10,000,000 |
///
/// Whoever uses a store through the same `CachedStore` sees no difference but the speed. What is
/// changed past it, by another process for one, is seen at most the staleness later.
///
/// # Guarantees
///
/// 1. The store behind decides: nothing is written here alone, and nothing is answered from
///    memory but a session that the store has shown less than the staleness ago.
/// 2. From the beginning of a verb that writes until it is over, what it may change is answered by
///    the store; and what was read from the store before its end is not kept after it.
/// 3. A renewal that is due goes to the store.
/// 4. Of concurrent loads of one session one asks the store. If its caller goes away, another
///    caller takes its place.
/// 5. Sessions that are not there are not remembered.
/// 6. Whatever goes wrong in here makes a call slower and fails none.
///
/// # What it costs
///
/// To write to, delete or replace a session that is not in memory takes one more load, which finds
/// out under which key it may be. With [`Sliding::EveryRequest`](crate::Sliding::EveryRequest) each
/// request renews, and a cache is of no use. With the defaults 1 MiB is taken from the start, and
/// about 80 bytes a session beside its record, which stay until something else needs the place.
///
/// # Security
///
/// A log-out or a revocation on another instance takes effect here at most the staleness later.
///
/// ```
/// use std::time::Duration;
///
/// use portcullis_session::{CachedStore, MemoryStore};
///
/// // In the place of a store across a network.
/// let store = CachedStore::new(MemoryStore::new()).with_staleness(Duration::from_millis(500))?;
/// # Ok::<_, portcullis_session::CacheError>(())
/// ```
pub struct CachedStore<S> {
    store: Arc<S>,
    cache: Arc<Cache>,
    flights: Flights,
}

/// A setting of a [`CachedStore`] that is out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The number of sessions is out of range.
    #[error("the number of sessions kept must be from 1 to 10,000,000")]
    Capacity,
    /// The staleness is out of range.
    #[error("the staleness must be at most 10 seconds")]
    Staleness,
}

impl<S: SessionStore> CachedStore<S> {
    /// Puts a cache with the defaults in front of a store.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self {
            store: Arc::new(store),
            cache: Arc::new(Cache::new(Duration::from_secs(1), 100_000)),
            flights: Flights::default(),
        }
    }

    /// Sets how long the past may be answered where others have changed it; 1 s if not set.
    ///
    /// More saves more loads, and lets a session that was ended elsewhere live on for longer.
    ///
    /// # Errors
    ///
    /// [`CacheError::Staleness`] if it is over 10 s.
    pub fn with_staleness(mut self, staleness: Duration) -> Result<Self, CacheError> {
        if staleness > MOST_STALENESS {
            return Err(CacheError::Staleness);
        }
        self.cache = Arc::new(Cache::new(staleness, self.cache.capacity));
        Ok(self)
    }

    /// Sets how many sessions are kept at most; 100,000 if not set.
    ///
    /// # Errors
    ///
    /// [`CacheError::Capacity`] if it is 0 or over 10,000,000.
    pub fn with_capacity(mut self, sessions: usize) -> Result<Self, CacheError> {
        if !(1..=MOST_CAPACITY).contains(&sessions) {
            return Err(CacheError::Capacity);
        }
        self.cache = Arc::new(Cache::new(self.cache.staleness, sessions));
        Ok(self)
    }

    /// Asks the store, for this caller alone.
    async fn ask(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let read = self.cache.read(now);
        let found = self.store.load(key, renewal, now).await?;
        self.cache.take_in(key, &found, read);
        Ok(found)
    }

    /// A seat in the read of this session that is under way, or in a new one.
    fn seat(&self, key: &Digest, renewal: Renewal, now: Timestamp) -> Option<Seat<'_>> {
        let read = self.cache.read(now);
        let is_fresh = |read: &Read| self.cache.is_fresh(read, now);
        self.flights.seat(key, read, is_fresh, || {
            let (store, cache) = (Arc::clone(&self.store), Arc::clone(&self.cache));
            let key = *key;
            async move {
                let found = store.load(&key, renewal, now).await;
                if let Ok(found) = &found {
                    cache.take_in(&key, found, read);
                }
                found
            }
        })
    }

    /// Marks the session of a key, which may be in memory under a later key of its own.
    async fn mark_session(&self, marking: &mut Marking<'_>, key: &Digest, now: Timestamp) {
        if self.cache.staleness.is_zero() {
            return;
        }
        marking.add(Name::Key(key));
        if let Some(handle) = self.cache.entries.handle(key) {
            marking.add(Name::Handle(&handle));
            return;
        }
        match self.store.load(key, Renewal::Never, now).await {
            Ok(Lookup::Current { loaded, .. } | Lookup::Predecessor(loaded)) => {
                marking.add(Name::Handle(&loaded.record.handle));
            }
            Ok(Lookup::Reused(handle)) => marking.add(Name::Handle(&handle)),
            Ok(Lookup::Absent) => {}
            // The verb itself may go well all the same.
            Ok(Lookup::Unreadable) | Err(_) => marking.add_all(),
        }
    }
}

impl<S: SessionStore> SessionStore for CachedStore<S> {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let mut marking = Marking::new(&self.cache.epochs);
        marking.add(Name::Key(&record.key));
        if let (Some(_), Some(subject)) = (cap, record.subject()) {
            marking.add(Name::Subject(subject));
        }
        if let Some(key) = replaces {
            self.mark_session(&mut marking, key, now).await;
        }
        self.store.create(record, replaces, cap, now).await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        if let Some(found) = self.cache.hit(key, renewal, now) {
            return Ok(found);
        }
        // Who is to renew whatever happens gains nothing from another one's read.
        if matches!(renewal, Renewal::IfSeenBy(by) if by >= now) {
            return self.ask(key, renewal, now).await;
        }
        let Some(seat) = self.seat(key, renewal, now) else {
            return self.ask(key, renewal, now).await;
        };
        // Another read may have ended since the look into memory.
        if let Some(found) = self.cache.hit(key, renewal, now) {
            return Ok(found);
        }
        let outcome = seat.outcome().await;
        let (read, is_first) = seat.leave();
        let answers =
            |found: &Lookup| is_first || self.cache.is_answer(key, found, &read, (renewal, now));
        match outcome {
            Outcome::Failed(error) => Err(error.told()),
            Outcome::Found(found) if answers(&found.lookup) => Ok(found.take()),
            Outcome::Found(_) | Outcome::Panicked => self.ask(key, renewal, now).await,
        }
    }

    fn try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        if let Some(found) = self.cache.hit(key, renewal, now) {
            return Some(Ok(found));
        }
        let read = self.cache.read(now);
        let answer = self.store.try_load(key, renewal, now)?;
        if let Ok(found) = &answer {
            self.cache.take_in(key, found, read);
        }
        Some(answer)
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let mut marking = Marking::new(&self.cache.epochs);
        self.mark_session(&mut marking, key, now).await;
        self.store.update(key, expected, change, now).await
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        // A predecessor's key does not rotate, so these are all the keys that lead elsewhere now.
        let mut marking = Marking::new(&self.cache.epochs);
        marking.add(Name::Key(key));
        marking.add(Name::Key(&rotation.new_key));
        self.store.rotate(key, rotation, now).await
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        let mut marking = Marking::new(&self.cache.epochs);
        self.mark_session(&mut marking, key, now).await;
        self.store.delete(key, now).await
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        self.store.list(subject, now).await
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut marking = Marking::new(&self.cache.epochs);
        marking.add(match &which {
            Revoke::One(handle) => Name::Handle(handle),
            Revoke::All | Revoke::AllBut(_) => Name::Subject(subject),
        });
        self.store.revoke(subject, which, now).await
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.store.purge(limit, now).await
    }
}

impl<S> fmt::Debug for CachedStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedStore")
            .field("staleness", &self.cache.staleness)
            .field("capacity", &self.cache.capacity)
            .finish_non_exhaustive()
    }
}
