use std::error::Error;
use std::fmt;

use portcullis_core::{StoreError, StoreErrorKind};
use rusqlite::{ErrorCode, ffi};

/// A store could not be opened.
#[derive(Debug)]
pub struct OpenError {
    kind: OpenErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Why a store could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenErrorKind {
    /// Somebody else holds the file for too long.
    Busy,
    /// The file is damaged, or no SQLite database.
    Corrupt,
    /// The file is a database of something else.
    Foreign,
    /// There is no room left on the disk.
    Full,
    /// The file was written by a newer version of this crate.
    NewerSchema,
    /// The SQLite library is older than 3.51.3.
    OldLibrary,
    /// A setting is out of its range.
    Setting,
    /// It failed in a way not named here: no such folder, no permission, a file system without
    /// shared memory.
    Unavailable,
}

impl OpenError {
    pub(crate) const fn new(kind: OpenErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind: OpenErrorKind::Unavailable,
            source: Some(source.into()),
        }
    }

    /// Why the store could not be opened.
    #[must_use]
    pub const fn kind(&self) -> OpenErrorKind {
        self.kind
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        let kind = match kind_of(&error) {
            StoreErrorKind::Busy => OpenErrorKind::Busy,
            StoreErrorKind::Corrupt => OpenErrorKind::Corrupt,
            StoreErrorKind::Full => OpenErrorKind::Full,
            _ => OpenErrorKind::Unavailable,
        };
        Self {
            kind,
            source: Some(error.into()),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            OpenErrorKind::Busy => "the database file is held by somebody else",
            OpenErrorKind::Corrupt => "the file is damaged or no SQLite database",
            OpenErrorKind::Foreign => "the database belongs to another application",
            OpenErrorKind::Full => "no room left for the database",
            OpenErrorKind::NewerSchema => "the database was written by a newer version",
            OpenErrorKind::OldLibrary => "the SQLite library is older than 3.51.3",
            OpenErrorKind::Setting => "a setting is out of its range",
            OpenErrorKind::Unavailable => "the database cannot be opened",
        })
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// There is a session, and its row cannot be read as one.
    #[error("a row that is not a session")]
    Unreadable,
    /// SQLite says so.
    #[error("SQLite failed")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType,
        };
        match error {
            // A column has something in it that this crate does not write.
            FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) => {
                Self::Unreadable
            }
            error => Self::Sqlite(error),
        }
    }
}

impl Fault {
    pub(crate) fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Unreadable => StoreErrorKind::Corrupt,
            Self::Sqlite(error) => kind_of(error),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        Self::with_source(fault.kind(), fault)
    }
}

fn kind_of(error: &rusqlite::Error) -> StoreErrorKind {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return StoreErrorKind::Unavailable;
    };
    match (failure.code, failure.extended_code) {
        // The index of the log is grown by writing to its end: that fails when the disk is full.
        (ErrorCode::DiskFull, _) | (_, ffi::SQLITE_IOERR_SHMSIZE) => StoreErrorKind::Full,
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => StoreErrorKind::Busy,
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _)
        | (_, ffi::SQLITE_IOERR_CORRUPTFS) => StoreErrorKind::Corrupt,
        (ErrorCode::TooBig, _) => StoreErrorKind::TooLarge,
        _ => StoreErrorKind::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(code: i32) -> StoreErrorKind {
        kind_of(&rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
    }

    #[test]
    fn result_codes_have_their_kinds() {
        assert_eq!(kind(ffi::SQLITE_FULL), StoreErrorKind::Full);
        assert_eq!(kind(ffi::SQLITE_IOERR_SHMSIZE), StoreErrorKind::Full);
        assert_eq!(kind(ffi::SQLITE_BUSY), StoreErrorKind::Busy);
        assert_eq!(kind(ffi::SQLITE_BUSY_RECOVERY), StoreErrorKind::Busy);
        assert_eq!(kind(ffi::SQLITE_LOCKED), StoreErrorKind::Busy);
        assert_eq!(kind(ffi::SQLITE_CORRUPT), StoreErrorKind::Corrupt);
        assert_eq!(kind(ffi::SQLITE_CORRUPT_INDEX), StoreErrorKind::Corrupt);
        assert_eq!(kind(ffi::SQLITE_NOTADB), StoreErrorKind::Corrupt);
        assert_eq!(kind(ffi::SQLITE_TOOBIG), StoreErrorKind::TooLarge);
        assert_eq!(kind(ffi::SQLITE_IOERR_FSYNC), StoreErrorKind::Unavailable);
        assert_eq!(kind(ffi::SQLITE_READONLY), StoreErrorKind::Unavailable);
    }

    #[test]
    fn a_store_error_keeps_its_cause() {
        let cause = rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None);
        let error = StoreError::from(Fault::from(cause));
        assert_eq!(error.kind(), StoreErrorKind::Full);
        let fault = error
            .source()
            .and_then(|source| source.downcast_ref::<Fault>());
        assert!(matches!(fault, Some(Fault::Sqlite(_))));
    }
}
