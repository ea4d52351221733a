//! What the tests inside this crate begin with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::{Authentication, Digest, Level, Method, SubjectId, Timestamp};
use portcullis_session::{
    Data, Handle, Lifetime, Loaded, Persistence, Record, Rotated, Rotation, Standing, User,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::connection::{create_file, for_writing, open, use_wal};
use crate::renewals::Renewals;
use crate::verbs::{self, Db};
use crate::{Synchronous, schema};

pub(crate) const START: Timestamp = Timestamp::from_secs(4_102_444_800);

/// A new file with its connection and nothing that waits.
pub(crate) struct Fixture {
    _folder: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) renewals: Arc<Renewals>,
}

impl Fixture {
    pub(crate) fn new() -> (Self, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions.db");
        create_file(&path).unwrap();
        let connection = open(&path, Duration::from_secs(60)).unwrap();
        use_wal(&connection, Duration::from_secs(60)).unwrap();
        for_writing(&connection, Synchronous::Normal).unwrap();
        schema::migrate(&connection).unwrap();
        (
            Self {
                _folder: folder,
                path,
                renewals: Arc::new(Renewals::new()),
            },
            connection,
        )
    }

    pub(crate) fn db<'a>(&'a self, connection: &'a Connection) -> Db<'a> {
        Db {
            connection,
            renewals: &self.renewals,
        }
    }
}

pub(crate) fn secs(secs: u64) -> Timestamp {
    START.after(Duration::from_secs(secs))
}

pub(crate) fn key(number: u8) -> Digest {
    Digest::of(&[number])
}

/// A session of the user `ada` with values of about so many bytes.
pub(crate) fn session(number: u8, bytes: usize) -> Loaded {
    let authentication = Authentication {
        at: START,
        method: Method::GITHUB,
        level: Level::Single,
    };
    let subject = SubjectId::new("ada").unwrap();
    let mut entry = vec![1];
    entry.extend_from_slice(&u32::try_from(bytes).unwrap().to_be_bytes());
    entry.push(b'n');
    entry.resize(entry.len() + bytes, b'7');
    let record = Record {
        key: key(number),
        handle: Handle::from_bytes([number; 16]),
        standing: Standing::User(User {
            subject,
            authentication,
            stamp: None,
        }),
        created_at: START,
        lifetime: Lifetime {
            idle_secs: 3_600,
            until: secs(86_400),
            persistence: Persistence::Persistent,
        },
        predecessor: None,
        version: 1,
        data: Data::from_bytes(&entry).unwrap(),
    };
    Loaded {
        record: Arc::new(record),
        seen_at: START,
    }
}

pub(crate) fn put(db: Db<'_>, number: u8) {
    let created = verbs::create(db, &session(number, 10), None, None, START).unwrap();
    assert_eq!(created, portcullis_session::Created::Done { evicted: 0 });
}

/// Rotates with a grace window of 30 s, and 600 s in which the old key is remembered.
pub(crate) fn rotate(db: Db<'_>, old: u8, new: u8) {
    let rotation = Rotation {
        new_key: key(new),
        authentication: None,
        grace_until: secs(30),
        remember_until: secs(600),
    };
    assert!(matches!(
        verbs::rotate(db, &key(old), &rotation, START),
        Ok(Rotated::Done(_))
    ));
}
