use std::fmt;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use portcullis_core::{Digest, Mark, MarkStore, StoreError, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation, SessionStore,
    Updated,
};
use rusqlite::Connection;

use crate::columns::{Head, columns, record};
use crate::connection::{
    absolute, check_library, create_file, for_reading, for_writing, open, use_wal,
};
use crate::error::Fault;
use crate::lookup::find;
use crate::readers::Readers;
use crate::renewals::{Renewals, Touch};
use crate::writer::Queue;
use crate::{OpenError, SqliteConfig, schema, verbs};

pub(crate) const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM session WHERE subject = ?1 ORDER BY created_at, handle"
);

/// Keeps sessions and single-use marks in one SQLite file.
///
/// Clones are the same store. When the last one is dropped, what waits is written; the drop waits
/// for that, a few milliseconds as a rule and 5 s at most.
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

struct Inner {
    // In this order: the thread behind the queue closes the readers, so nobody else may have them.
    readers: Arc<Readers>,
    renewals: Arc<Renewals>,
    queue: Queue,
}

impl SqliteStore {
    /// Opens the store in the file at `path` with the defaults of [`SqliteConfig`].
    ///
    /// # Errors
    ///
    /// As [`SqliteConfig::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        SqliteConfig::new(path).open()
    }

    pub(crate) fn start(config: SqliteConfig) -> Result<Self, OpenError> {
        check_library(rusqlite::version_number())?;
        let path = absolute(&config.path)?;
        create_file(&path)?;
        let writer = open(&path, config.deadline)?;
        schema::check(&writer)?;
        use_wal(&writer, config.deadline)?;
        for_writing(&writer, config.synchronous)?;
        schema::migrate(&writer)?;
        let mut readers = Vec::with_capacity(config.readers);
        for _ in 0..config.readers {
            let reader = open(&path, config.deadline)?;
            for_reading(&reader)?;
            readers.push(reader);
        }
        let (readers, renewals) = (Arc::new(Readers::new(readers)), Arc::new(Renewals::new()));
        let queue = Queue::start(&config, writer, Arc::clone(&readers), Arc::clone(&renewals))?;
        Ok(Self(Arc::new(Inner {
            readers,
            renewals,
            queue,
        })))
    }
}

impl Inner {
    /// A lookup without waiting; `None` if it would renew what has to be written at once.
    fn try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        let touch = Touch::Later(renewal);
        let found = self
            .readers
            .with(|db| find(db, &self.renewals, key, touch, now));
        Some(match found {
            Ok(None) => Ok(Lookup::Absent),
            Ok(Some(found)) if found.visit.urgent => return None,
            Ok(Some(found)) => {
                if found.visit.first {
                    self.queue.wake();
                }
                Ok(found.lookup())
            }
            Err(Fault::Unreadable) => Ok(Lookup::Unreadable),
            Err(fault) => Err(fault.into()),
        })
    }

    async fn load_now(
        &self,
        key: Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let mut renewed = false;
        let verb = move |db: verbs::Db<'_>| verbs::load(db, &key, renewal, now, &mut renewed);
        self.queue.write(verb).await
    }

    fn list(
        &self,
        db: &Connection,
        subject: &SubjectId,
        now: Timestamp,
    ) -> Result<Vec<Loaded>, Fault> {
        let mut statement = db.prepare_cached(LIST)?;
        let mut rows = statement.query([subject.as_str()])?;
        let mut listed = Vec::new();
        while let Some(row) = rows.next()? {
            let Ok(head) = Head::read(row) else { continue };
            // A row that says one subject and whose body says another is nobody's.
            let record = record(row, &head).filter(|record| record.subject() == Some(subject));
            let seen_at = self.renewals.seen_at(head.name, head.seen_at);
            let loaded = record.map(|record| Loaded {
                record: Arc::new(record),
                seen_at,
            });
            listed.extend(loaded.filter(|loaded| loaded.is_alive(now)));
        }
        Ok(listed)
    }
}

impl SessionStore for SqliteStore {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let loaded = Loaded {
            record: Arc::new(record),
            seen_at: now,
        };
        let replaces = replaces.copied();
        let verb = move |db: verbs::Db<'_>| verbs::create(db, &loaded, replaces.as_ref(), cap, now);
        self.0.queue.write(verb).await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        match self.0.try_load(key, renewal, now) {
            Some(answer) => answer,
            None => self.0.load_now(*key, renewal, now).await,
        }
    }

    fn try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        self.0.try_load(key, renewal, now)
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let key = *key;
        self.0
            .queue
            .write(move |db| verbs::update(db, &key, expected, &change, now))
            .await
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        let key = *key;
        self.0
            .queue
            .write(move |db| verbs::rotate(db, &key, &rotation, now))
            .await
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        let key = *key;
        self.0
            .queue
            .write(move |db| verbs::delete(db, &key, now))
            .await
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        Ok(self.0.readers.with(|db| self.0.list(db, subject, now))?)
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let subject = subject.clone();
        self.0
            .queue
            .write(move |db| verbs::revoke(db, &subject, which, now))
            .await
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.0
            .queue
            .write(move |db| verbs::purge(db, limit, now))
            .await
    }
}

impl MarkStore for SqliteStore {
    async fn mark(
        &self,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Mark, StoreError> {
        let digest = *digest;
        self.0
            .queue
            .write(move |db| verbs::mark(db, &digest, until, now))
            .await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
