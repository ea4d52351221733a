//! The schema, its versions, and how a file gets from one to the next.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{OpenError, OpenErrorKind};

/// "PCLS": marks a file as one of ours.
const APPLICATION: i64 = 0x5043_4C53;

/// What leads from each version to the next; a file's version is the number of steps it has made.
///
/// A step that was released is never changed.
const STEPS: [&str; 1] = [V1];

/// Sessions have a row number of their own, so that rows are appended, and the indexes stay small.
/// `expires_at` is what the last visit and the limits come to: purging finds the dead by it. All
/// times are milliseconds since the epoch, all digests SHA-256.
const V1: &str = "
    CREATE TABLE session (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        handle BLOB NOT NULL,
        subject TEXT,
        created_at INTEGER NOT NULL,
        seen_at INTEGER NOT NULL,
        idle_secs INTEGER NOT NULL,
        until INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        version INTEGER NOT NULL,
        predecessor BLOB,
        grace_until INTEGER,
        body BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX session_subject ON session (subject, handle) WHERE subject IS NOT NULL;
    CREATE INDEX session_expiry ON session (expires_at);
    CREATE INDEX session_predecessor ON session (predecessor) WHERE predecessor IS NOT NULL;

    CREATE TABLE retired (
        digest BLOB PRIMARY KEY,
        session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
        remember_until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX retired_session ON retired (session);
    CREATE INDEX retired_expiry ON retired (remember_until);

    CREATE TABLE mark (
        digest BLOB PRIMARY KEY,
        until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX mark_expiry ON mark (until);

    PRAGMA application_id = 0x50434C53;
    PRAGMA user_version = 1;
";

/// Looks whether a file is ours to use, and changes nothing.
///
/// Gives its version: 0 for an empty file.
pub(crate) fn check(db: &Connection) -> Result<usize, OpenError> {
    let state = "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
        FROM pragma_application_id, pragma_user_version";
    let (application, version, objects) =
        db.query_row(state, [], |row| <(i64, i64, i64)>::try_from(row))?;
    if (application, version, objects) == (0, 0, 0) {
        return Ok(0);
    }
    if application != APPLICATION {
        return Err(OpenError::new(OpenErrorKind::Foreign));
    }
    match usize::try_from(version) {
        Ok(version) if (1..=STEPS.len()).contains(&version) => Ok(version),
        Ok(version) if version > STEPS.len() => Err(OpenError::new(OpenErrorKind::NewerSchema)),
        _ => Err(OpenError::new(OpenErrorKind::Corrupt)),
    }
}

/// Brings a file to the present version, in one transaction.
pub(crate) fn migrate(db: &Connection) -> Result<(), OpenError> {
    if check(db)? == STEPS.len() {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    // Another process may have done it while this one waited for the lock.
    let version = check(&transaction)?;
    for step in STEPS.iter().skip(version) {
        transaction.execute_batch(step)?;
    }
    transaction.commit()?;
    Ok(())
}
