//! Groups of writes, each committed as a whole, in which each write stands or falls alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use portcullis_core::{StoreError, StoreErrorKind, Timestamp};
use rusqlite::Connection;

use super::job::Job;
use crate::columns::Name;
use crate::error::{Fault, OpenError};
use crate::renewals::Renewals;
use crate::verbs::{Db, renew};

/// How often a lock that another process holds is asked for again.
pub(super) const BETWEEN_TRIES: Duration = Duration::from_millis(1);

/// The connection that writes.
pub(super) struct Writing {
    connection: Connection,
    patience: Patience,
}

/// How long a statement waits for a lock. SQLite's own waiting grows to 100 ms between tries,
/// which among several processes is not fair.
struct Patience {
    start: Instant,
    /// In microseconds from `start`.
    until: Arc<AtomicU64>,
}

impl Patience {
    fn new(connection: &mut Connection) -> Result<Self, OpenError> {
        let (start, until) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let limit = Arc::clone(&until);
        connection.busy_handler(Some(move |_| {
            let waits = micros(start, Instant::now()) < limit.load(Ordering::Relaxed);
            if waits {
                thread::sleep(BETWEEN_TRIES);
            }
            waits
        }))?;
        Ok(Self { start, until })
    }

    fn set(&self, until: Instant) {
        self.until
            .store(micros(self.start, until), Ordering::Relaxed);
    }
}

fn micros(start: Instant, at: Instant) -> u64 {
    u64::try_from(at.saturating_duration_since(start).as_micros()).unwrap_or(u64::MAX)
}

impl Writing {
    pub(super) fn new(mut connection: Connection) -> Result<Self, OpenError> {
        let patience = Patience::new(&mut connection)?;
        Ok(Self {
            connection,
            patience,
        })
    }

    /// Begins a transaction; waits for the lock until the given time.
    pub(super) fn begin(&self, until: Instant) -> Result<(), Fault> {
        self.patience.set(until);
        self.execute("BEGIN IMMEDIATE")
    }

    /// Runs jobs and writes last visits in the transaction that was begun, and commits it.
    ///
    /// Jobs that fail alone are marked; `Err` means that nothing of the group happened. Says
    /// whether the last visits were written.
    pub(super) fn run(
        &self,
        jobs: &mut [Job],
        visits: &[(Name, Timestamp)],
        renewals: &Renewals,
    ) -> Result<bool, Fault> {
        for job in jobs.iter_mut().filter(|job| !job.has_failed()) {
            if job.is_late() {
                job.fail(StoreError::new(StoreErrorKind::Timeout));
            } else if let Err(fault) = self.alone(renewals, |db| job.run(db))? {
                job.fail(fault.into());
            }
        }
        let renewed = visits.is_empty() || self.alone(renewals, |db| renew(db, visits))?.is_ok();
        self.execute("COMMIT")?;
        Ok(renewed)
    }

    /// Runs a part of the transaction such that it stands or falls alone.
    ///
    /// The outer error means that the transaction is lost: SQLite undoes all of it by itself in
    /// some cases of a full disk.
    fn alone(
        &self,
        renewals: &Renewals,
        part: impl FnOnce(Db<'_>) -> Result<(), Fault>,
    ) -> Result<Result<(), Fault>, Fault> {
        self.execute("SAVEPOINT part")?;
        let done = part(self.db(renewals));
        if done.is_err() && self.connection.is_autocommit() {
            return done.map(Ok);
        }
        if done.is_err() {
            self.execute("ROLLBACK TO part")?;
        }
        self.execute("RELEASE part")?;
        Ok(done)
    }

    /// Ends a transaction, if there is one, as if it had not been.
    pub(super) fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            // It fails only if there is no transaction: SQLite ended it by itself.
            let _ = self.execute("ROLLBACK");
        }
    }

    /// Copies the log into the file as far as there is room, so that the log can begin anew: then
    /// a log-out works on a full disk.
    pub(super) fn checkpoint(&self) {
        // What it cannot do is no worse than before.
        let _ = self
            .connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }

    pub(super) const fn db<'a>(&'a self, renewals: &'a Renewals) -> Db<'a> {
        Db {
            connection: &self.connection,
            renewals,
        }
    }

    fn execute(&self, sql: &'static str) -> Result<(), Fault> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}
