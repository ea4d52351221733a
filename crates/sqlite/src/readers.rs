//! Connections that read.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::Connection;

/// A few connections, each used by one thread at a time.
///
/// Each sees what was committed before its statement began, and waits for no writer.
pub(crate) struct Readers(Box<[Mutex<Connection>]>);

static NEXT_SEAT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Threads keep to one connection as long as it is free: its page cache has what they read.
    static SEAT: usize = NEXT_SEAT.fetch_add(1, Ordering::Relaxed);
}

impl Readers {
    /// Takes connections, at least one.
    pub(crate) fn new(connections: impl IntoIterator<Item = Connection>) -> Self {
        Self(connections.into_iter().map(Mutex::new).collect())
    }

    /// Reads on the calling thread. What `read` does is over before
    /// [`wait_for_each`](Self::wait_for_each) returns, or sees all that was committed before that
    /// was called.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Connection) -> T) -> T {
        read(&self.free())
    }

    fn free(&self) -> MutexGuard<'_, Connection> {
        // A thread that is about to end may have no seat any more.
        let seat = SEAT.try_with(|seat| *seat).unwrap_or(0) % self.0.len();
        let (before, after) = self.0.split_at(seat);
        for reader in after.iter().chain(before) {
            match reader.try_lock() {
                Ok(free) => return free,
                Err(TryLockError::Poisoned(free)) => return free.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        lock(&self.0[seat])
    }

    /// Waits until every read that had begun is over.
    pub(crate) fn wait_for_each(&self) {
        for reader in &self.0 {
            drop(lock(reader));
        }
    }
}

/// A panic leaves a connection usable: its statements are reset as they are dropped.
fn lock(reader: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    reader.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Readers({})", self.0.len())
    }
}
