//! The services' own rows, behind one connection.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portcullis_core::{Clock, StoreError, StoreErrorKind, Timestamp};
use rusqlite::Connection;

/// A database for what is neither a session nor a mark; each service has tables of its own in it.
#[derive(Clone)]
pub(crate) struct Rows {
    connection: Arc<Mutex<Connection>>,
    clock: Arc<dyn Clock>,
}

impl Rows {
    pub(crate) fn open(path: &Path, clock: Arc<dyn Clock>) -> rusqlite::Result<Self> {
        Self::new(Connection::open(path)?, clock)
    }

    pub(crate) fn in_memory(clock: Arc<dyn Clock>) -> rusqlite::Result<Self> {
        Self::new(Connection::open_in_memory()?, clock)
    }

    fn new(connection: Connection, clock: Arc<dyn Clock>) -> rusqlite::Result<Self> {
        connection.busy_timeout(Duration::from_millis(500))?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            clock,
        })
    }

    pub(crate) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// A time as a column has it.
pub(crate) fn millis(at: Timestamp) -> i64 {
    i64::try_from(at.as_millis()).unwrap_or(i64::MAX)
}

/// The time that a column has.
pub(crate) fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// The fault of a database that does not do what it should.
pub(crate) fn ill(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::with_source(StoreErrorKind::Unavailable, error)
}
