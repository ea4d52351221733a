//! Connections, and the settings that each of them has.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::OpenError;
use crate::{OpenErrorKind, Synchronous};

/// The oldest SQLite whose log survives a reset during a checkpoint of another connection: earlier
/// ones could corrupt the file when several connections write ("WAL-reset bug", fixed in 3.51.3).
const OLDEST_LIBRARY: i32 = 3_051_003;

const FOR_ALL: &str = "
    PRAGMA foreign_keys = ON;
    PRAGMA cell_size_check = ON;
    PRAGMA temp_store = MEMORY;
";

/// The cache holds the pages that a group of writes changes; the log is copied into the file each
/// 1000 pages (4 MiB) and cut to 64 MiB if it ever was longer.
const FOR_WRITER: &str = "
    PRAGMA cache_size = -16384;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA journal_size_limit = 67108864;
";

/// `fullfsync` is for macOS alone, whose plain `fsync` leaves the data in the drive's cache.
const FULL: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
";

pub(crate) fn check_library(version: i32) -> Result<(), OpenError> {
    if version < OLDEST_LIBRARY {
        return Err(OpenError::new(OpenErrorKind::OldLibrary));
    }
    Ok(())
}

/// An absolute path, so that no name is taken for a URI or for memory.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, OpenError> {
    std::path::absolute(path).map_err(OpenError::unavailable)
}

/// Makes the file if there is none, for its owner alone; SQLite gives the log the same rights.
pub(crate) fn create_file(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(OpenError::unavailable(error))
        }
        _ => Ok(()),
    }
}

/// Opens a connection and changes nothing in the file.
pub(crate) fn open(path: &Path, patience: Duration) -> Result<Connection, OpenError> {
    // Each connection stays behind one lock or on one thread: SQLite need not lock again.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(patience)?;
    db.set_prepared_statement_cache_capacity(64);
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        // A plan holds for all values; otherwise each new value would have the statement that was
        // prepared parsed again.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
        // What a stranger may have put into the schema of the file does not run.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
    ] {
        db.set_db_config(setting, on)?;
    }
    db.execute_batch(FOR_ALL)?;
    Ok(db)
}

/// Makes a connection the one that writes.
pub(crate) fn for_writing(db: &Connection, synchronous: Synchronous) -> Result<(), OpenError> {
    db.execute_batch(FOR_WRITER)?;
    db.execute_batch(match synchronous {
        Synchronous::Full => FULL,
        Synchronous::Normal => "PRAGMA synchronous = NORMAL;",
    })?;
    Ok(())
}

/// Makes a connection one that only reads; it also leaves the last checkpoint to the writer.
pub(crate) fn for_reading(db: &Connection) -> Result<(), OpenError> {
    db.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8192;")?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(())
}

/// Turns the write-ahead log on.
pub(crate) fn use_wal(db: &Connection, patience: Duration) -> Result<(), OpenError> {
    let until = Instant::now() + patience;
    loop {
        // Two processes that do this at once would wait for each other, so SQLite does not wait.
        let mode = db.query_row("PRAGMA journal_mode = WAL", [], |row| {
            row.get::<_, String>(0)
        });
        match mode.map_err(OpenError::from) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => return Err(OpenError::new(OpenErrorKind::Unavailable)),
            Err(error) if error.kind() == OpenErrorKind::Busy && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_below_3_51_3_is_refused() {
        let kind = |version| check_library(version).map_err(|error| error.kind());
        assert_eq!(kind(3_051_002), Err(OpenErrorKind::OldLibrary));
        assert_eq!(kind(3_050_999), Err(OpenErrorKind::OldLibrary));
        assert_eq!(kind(3_051_003), Ok(()));
        assert_eq!(kind(rusqlite::version_number()), Ok(()));
    }
}
