//! One read of the store for all who ask for the same session meanwhile.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use hashbrown::HashTable;
use portcullis_core::{Digest, StoreError};

use super::cache::Read;
use crate::Lookup;

const SHARDS: usize = 64;

/// A read of the store that whoever waits for it drives: it goes on as long as anybody does.
type Reading = Shared<Pin<Box<dyn Future<Output = Outcome> + Send>>>;
type Weak = WeakShared<Pin<Box<dyn Future<Output = Outcome> + Send>>>;

/// The reads under way.
#[derive(Debug)]
pub(super) struct Flights(Box<[Mutex<HashTable<Flight>>]>);

#[derive(Debug)]
struct Flight {
    key: Digest,
    read: Read,
    reading: Weak,
}

/// How a read has ended.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Failed(Failure),
    Found(Found),
    Panicked,
}

/// What a read has found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) lookup: Lookup,
    is_told: Arc<AtomicBool>,
}

/// An error that several callers get.
#[derive(Clone, Debug)]
pub(super) struct Failure(Arc<StoreError>);

/// A place among those who wait for a read.
#[derive(Debug)]
pub(super) struct Seat<'a> {
    flights: &'a Flights,
    key: Digest,
    read: Read,
    is_first: bool,
    /// Until the seat is given up.
    reading: Option<Reading>,
}

impl Default for Flights {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl Flights {
    fn lock(&self, key: &Digest) -> MutexGuard<'_, HashTable<Flight>> {
        let index = usize::try_from((key.prefix() >> 32) % 64).unwrap_or(0);
        self.0[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the read of a key that is under way, or begins the one that `begin` makes; `None` if
    /// the one under way is too old for this caller.
    pub(super) fn seat<F>(
        &self,
        key: &Digest,
        read: Read,
        is_fresh: impl Fn(&Read) -> bool,
        begin: impl FnOnce() -> F,
    ) -> Option<Seat<'_>>
    where
        F: Future<Output = Result<Lookup, StoreError>> + Send + 'static,
    {
        let seat = |read, is_first, reading| Seat {
            flights: self,
            key: *key,
            read,
            is_first,
            reading: Some(reading),
        };
        let mut shard = self.lock(key);
        if let Some((under_way, reading)) = under_way(&shard, key) {
            // A read that nobody else waits for any more may end here, and not under the lock.
            drop(shard);
            return is_fresh(&under_way).then(|| seat(under_way, false, reading));
        }
        let reading = outcome_of(begin()).boxed().shared();
        if let Some(weak) = reading.downgrade() {
            let flight = Flight {
                key: *key,
                read,
                reading: weak,
            };
            let hash = |flight: &Flight| flight.key.prefix();
            shard
                .entry(key.prefix(), |old| old.key == *key, hash)
                .insert(flight);
        }
        drop(shard);
        Some(seat(read, true, reading))
    }

    /// Forgets the read of a key if it is over.
    fn clear(&self, key: &Digest) {
        let mut shard = self.lock(key);
        let Ok(entry) = shard.find_entry(key.prefix(), |flight| flight.key == *key) else {
            return;
        };
        let reading = entry.get().reading.upgrade();
        let is_over = reading.as_ref().is_none_or(|r| r.peek().is_some());
        let removed = is_over.then(|| entry.remove().0);
        drop(shard);
        drop((reading, removed));
    }
}

/// The read of a key that is not over.
fn under_way(shard: &HashTable<Flight>, key: &Digest) -> Option<(Read, Reading)> {
    let flight = shard.find(key.prefix(), |flight| flight.key == *key)?;
    let reading = flight.reading.upgrade()?;
    reading.peek().is_none().then_some((flight.read, reading))
}

async fn outcome_of(load: impl Future<Output = Result<Lookup, StoreError>>) -> Outcome {
    match AssertUnwindSafe(load).catch_unwind().await {
        Ok(Ok(lookup)) => Outcome::Found(Found {
            lookup,
            is_told: Arc::default(),
        }),
        Ok(Err(error)) => Outcome::Failed(Failure(Arc::new(error))),
        Err(_) => Outcome::Panicked,
    }
}

impl Seat<'_> {
    /// Waits for the end of the read, and drives it.
    pub(super) async fn outcome(&self) -> Outcome {
        match &self.reading {
            Some(reading) => reading.clone().await,
            None => Outcome::Panicked,
        }
    }

    /// Gives the place up; says when the read began, and whether it began for this caller.
    pub(super) fn leave(self) -> (Read, bool) {
        (self.read, self.is_first)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.reading = None;
        self.flights.clear(&self.key);
    }
}

impl Found {
    /// What was found; of all callers one hears that the session was renewed.
    pub(super) fn take(self) -> Lookup {
        match self.lookup {
            Lookup::Current { loaded, renewed } => Lookup::Current {
                loaded,
                renewed: renewed && !self.is_told.swap(true, Ordering::SeqCst),
            },
            other => other,
        }
    }
}

impl Failure {
    /// The error, for one caller.
    pub(super) fn told(self) -> StoreError {
        StoreError::with_source(self.0.kind(), self)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a read that several requests were waiting for failed")
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}
