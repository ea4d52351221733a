//! Files, sessions and dice.

use std::path::{Path, PathBuf};
use std::time::Duration;

use portcullis_core::{
    Authentication, Digest, Level, Method, StoreError, StoreErrorKind, SubjectId, Timestamp,
};
use portcullis_session::{
    Created, Data, Handle, Lifetime, Lookup, Persistence, Record, Renewal, SessionStore, Standing,
    User,
};
use portcullis_sqlite::{SqliteConfig, SqliteStore};
use rusqlite::Connection;
use tempfile::TempDir;

/// When the sessions of the experiments begin.
pub(super) const START: Timestamp = Timestamp::from_secs(4_102_444_800);
/// How long they outlive a visit, in seconds.
pub(super) const IDLE_SECS: u32 = 3_600;

/// A folder for one database.
pub(super) struct Place(TempDir);

impl Place {
    /// Where temporary files are.
    pub(super) fn on_disk() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// Where `fsync` costs nothing, if there is such a place.
    pub(super) fn in_memory() -> Self {
        let in_memory = tempfile::tempdir_in("/dev/shm");
        in_memory.map_or_else(|_| Self::on_disk(), Self)
    }

    pub(super) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder().join("sessions.db")
    }

    pub(super) fn open(&self) -> SqliteStore {
        patient(&self.file()).open().expect("it opens")
    }
}

/// Settings under which no verb ends by a deadline.
pub(super) fn patient(path: &Path) -> SqliteConfig {
    SqliteConfig::new(path).with_deadline(Duration::from_secs(60))
}

/// A connection past the store.
pub(super) fn raw(path: &Path) -> Connection {
    let raw = Connection::open(path).expect("it opens");
    raw.busy_timeout(Duration::from_secs(60)).expect("set");
    raw
}

/// Says `ok` if the file is sound.
pub(super) fn integrity(path: &Path) -> String {
    let said = raw(path).query_row("PRAGMA integrity_check", [], |row| row.get(0));
    said.unwrap_or_else(|error| error.to_string())
}

/// The one number that a statement gives.
pub(super) fn number(path: &Path, sql: &str) -> u64 {
    let number = raw(path).query_row(sql, [], |row| row.get::<_, u32>(0));
    number.expect("a number").into()
}

pub(super) fn key(number: u64) -> Digest {
    Digest::of(&number.to_be_bytes())
}

/// How many sessions one user has.
pub(super) const OF_A_USER: usize = 256;

/// Whose session of this number is.
pub(super) fn user(number: u64) -> SubjectId {
    let user = number / u64::try_from(OF_A_USER).expect("small");
    SubjectId::new(&format!("user-{user}")).expect("visible ASCII")
}

/// The session of this number, begun at that time.
pub(super) fn session(number: u64, at: Timestamp) -> Record {
    let authentication = Authentication {
        at,
        method: Method::GITHUB,
        level: Level::Single,
    };
    Record {
        key: key(number),
        handle: Handle::from_bytes(u128::from(number).to_be_bytes()),
        standing: Standing::User(User {
            subject: user(number),
            authentication,
            stamp: None,
        }),
        created_at: at,
        lifetime: Lifetime {
            idle_secs: IDLE_SECS,
            until: at.after(Duration::from_secs(30 * 86_400)),
            persistence: Persistence::Persistent,
        },
        predecessor: None,
        version: 1,
        data: Data::default(),
    }
}

/// Logs in; anything but a new session is a fault.
pub(super) async fn login(store: &SqliteStore, number: u64) -> Result<(), StoreErrorKind> {
    let created = store.create(session(number, START), None, None, START);
    match created.await.map_err(|error| error.kind())? {
        Created::Done { evicted: 0 } => Ok(()),
        other => panic!("{number}: {other:?}"),
    }
}

/// Whether the session of this number is there; never another one.
pub(super) async fn is_there(store: &SqliteStore, number: u64, now: Timestamp) -> bool {
    match well(store.load(&key(number), Renewal::Never, now).await) {
        Lookup::Absent => false,
        Lookup::Current { loaded, .. } => {
            let (record, own) = (&loaded.record, session(number, START));
            assert_eq!((record.key, record.handle), (own.key, own.handle));
            assert_eq!(record.subject(), own.subject());
            true
        }
        other => panic!("{number} is neither there nor gone: {other:?}"),
    }
}

pub(super) fn well<T>(result: Result<T, StoreError>) -> T {
    result.expect("the store is well")
}

/// Numbers that a seed determines (SplitMix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From zero to one below the limit.
    pub(super) const fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A place in a list of so many.
    pub(super) fn index(&mut self, len: usize) -> usize {
        let limit = u64::try_from(len).expect("a length");
        usize::try_from(self.below(limit)).expect("a place in it")
    }

    pub(super) const fn flip(&mut self) -> bool {
        self.next() & 1 == 1
    }
}
