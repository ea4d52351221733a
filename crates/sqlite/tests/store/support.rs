//! Files, records and a view past the store.

use std::fmt::Debug;
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use portcullis_core::{Authentication, Digest, Level, Method, StoreError, SubjectId, Timestamp};
use portcullis_session::{
    Created, Data, Handle, Lifetime, Loaded, Lookup, Persistence, Record, Renewal, SessionStore,
    Standing, User,
};
use portcullis_sqlite::{SqliteConfig, SqliteStore};
use rusqlite::{Connection, params};
use tempfile::TempDir;

/// When the sessions of the tests begin, and how long they outlive a visit.
pub(crate) const START: Timestamp = Timestamp::from_secs(4_102_444_800);
pub(crate) const IDLE: Duration = Duration::from_secs(3_600);

/// A folder with a file for one test.
pub(crate) struct Place {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sessions.db");
        Self {
            _folder: folder,
            path,
        }
    }

    /// Settings under which no test ends by a deadline that it does not mean.
    pub(crate) fn config(&self) -> SqliteConfig {
        SqliteConfig::new(&self.path).with_deadline(Duration::from_secs(60))
    }

    pub(crate) fn open(&self) -> SqliteStore {
        self.config().open().expect("it opens")
    }

    /// A connection past the store.
    pub(crate) fn raw(&self) -> Connection {
        Connection::open(&self.path).expect("it opens")
    }

    /// Another process that has begun to write. Whoever writes waits until this is dropped.
    pub(crate) fn hold(&self) -> Connection {
        let holder = self.raw();
        holder
            .execute_batch("BEGIN IMMEDIATE")
            .expect("nobody else writes");
        holder
    }

    /// The last visit that the row of a session says.
    pub(crate) fn written_visit(&self, key: &Digest) -> Option<Timestamp> {
        let sql = "SELECT seen_at FROM session WHERE digest = ?1";
        let seen_at: i64 = self
            .raw()
            .query_row(sql, [key.as_bytes()], |row| row.get(0))
            .ok()?;
        u64::try_from(seen_at).ok().map(Timestamp::from_millis)
    }

    /// How many transactions were committed since the log was last begun anew.
    pub(crate) fn commits(&self) -> usize {
        commits(&fs::read(log_of(&self.path)).expect("there is a log"))
    }

    /// What is on the disk at this moment, as a crash would leave it.
    pub(crate) fn crashed(&self) -> Self {
        let copy = Self::new();
        fs::copy(&self.path, &copy.path).expect("the file");
        fs::copy(log_of(&self.path), log_of(&copy.path)).expect("the log");
        copy
    }
}

pub(crate) fn log_of(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

/// Counts the frames that end a transaction (<https://sqlite.org/fileformat2.html#walformat>).
fn commits(log: &[u8]) -> usize {
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0_usize, |number, byte| number * 256 + usize::from(*byte))
    };
    let (header, frames) = log.split_at(32);
    let frame = 24 + number(&header[8..12]);
    let current = |frame: &&[u8]| frame[8..16] == header[16..24];
    let ends = |frame: &&[u8]| number(&frame[4..8]) > 0;
    frames
        .chunks_exact(frame)
        .take_while(current)
        .filter(ends)
        .count()
}

pub(crate) fn secs(secs: u64) -> Timestamp {
    START.after(Duration::from_secs(secs))
}

pub(crate) fn key(number: u64) -> Digest {
    Digest::of(&number.to_be_bytes())
}

pub(crate) fn subject(name: &str) -> SubjectId {
    SubjectId::new(name).expect("visible ASCII")
}

/// A session of the user `ada`.
pub(crate) fn user(number: u64) -> Record {
    let authentication = Authentication {
        at: START,
        method: Method::GITHUB,
        level: Level::Single,
    };
    Record {
        key: key(number),
        handle: Handle::from_bytes(u128::from(number).to_be_bytes()),
        standing: Standing::User(User {
            subject: subject("ada"),
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
        data: Data::default(),
    }
}

/// Values of about so many bytes.
pub(crate) fn data(bytes: usize) -> Data {
    let mut entry = vec![1];
    entry.extend_from_slice(&u32::try_from(bytes).expect("few bytes").to_be_bytes());
    entry.push(b'n');
    entry.resize(entry.len() + bytes, b'7');
    Data::from_bytes(&entry).expect("one entry")
}

pub(crate) fn some(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("not zero")
}

pub(crate) fn well<T: Debug>(result: Result<T, StoreError>) -> T {
    result.expect("the store is well")
}

pub(crate) async fn put(store: &SqliteStore, number: u64) {
    let created = well(store.create(user(number), None, None, START).await);
    assert_eq!(created, Created::Done { evicted: 0 });
}

pub(crate) async fn find(store: &SqliteStore, number: u64, now: Timestamp) -> Lookup {
    well(store.load(&key(number), Renewal::Never, now).await)
}

/// Renews the last visit, whatever it was; says whether there was a session.
pub(crate) async fn visit(store: &SqliteStore, number: u64, now: Timestamp) -> bool {
    match well(store.load(&key(number), Renewal::IfSeenBy(now), now).await) {
        Lookup::Current {
            loaded: Loaded { seen_at, .. },
            renewed,
        } => {
            assert!(renewed && seen_at == now);
            true
        }
        Lookup::Absent => false,
        other => panic!("neither there nor gone: {other:?}"),
    }
}

pub(crate) async fn is_there(store: &SqliteStore, number: u64, now: Timestamp) -> bool {
    matches!(find(store, number, now).await, Lookup::Current { .. })
}

pub(crate) async fn seen_at(store: &SqliteStore, number: u64, now: Timestamp) -> Timestamp {
    match find(store, number, now).await {
        Lookup::Current { loaded, .. } => loaded.seen_at,
        other => panic!("it is there, yet: {other:?}"),
    }
}

/// Starts verbs, so that each has its place in the queue.
pub(crate) fn started<'a, T>(
    verbs: impl IntoIterator<Item = impl Future<Output = T> + Send + 'a>,
) -> Vec<Pin<Box<dyn Future<Output = T> + Send + 'a>>> {
    let start = |verb| {
        let mut verb: Pin<Box<dyn Future<Output = T> + Send + 'a>> = Box::pin(verb);
        let polled = verb.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(
            matches!(polled, Poll::Pending),
            "it waits for the one who holds the file"
        );
        verb
    };
    verbs.into_iter().map(start).collect()
}

/// Changes the row of a session past the store.
pub(crate) fn spoil(place: &Place, number: u64, sql: &str) {
    let changed = place.raw().execute(sql, params![key(number).as_bytes()]);
    assert_eq!(changed, Ok(1));
}

/// Says `ok` if the file is sound.
pub(crate) fn soundness(place: &Place) -> String {
    place
        .raw()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("an answer")
}
