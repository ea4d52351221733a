use std::sync::Arc;
use std::time::Duration;

use portcullis_session::{CachedStore, DynSessionStore, MemoryStore};
use portcullis_sqlite::{SqliteConfig, Synchronous};
use rusqlite::Connection;
use tempfile::TempDir;

/// A store, whichever it is.
pub(crate) type Below = Arc<dyn DynSessionStore>;

/// A new store and a way to count what is in it.
pub(crate) struct Ground {
    pub(crate) name: &'static str,
    pub(crate) store: Below,
    rows: Box<dyn Fn() -> usize + Send + Sync>,
    _folder: Option<TempDir>,
}

impl Ground {
    /// One of each kind.
    pub(crate) fn all() -> [Self; 3] {
        [Self::memory(), Self::cached(), Self::sqlite()]
    }

    pub(crate) fn memory() -> Self {
        let store = MemoryStore::new();
        let counted = store.clone();
        Self {
            name: "memory",
            store: Arc::new(store),
            rows: Box::new(move || counted.len()),
            _folder: None,
        }
    }

    /// Memory below a cache.
    pub(crate) fn cached() -> Self {
        let memory = Self::memory();
        let store = CachedStore::new(Arc::clone(&memory.store));
        let store = store.with_capacity(1_000).expect("in its range");
        Self {
            name: "cached",
            store: Arc::new(store),
            ..memory
        }
    }

    /// A file that waits for no disk: what a loss of power does is tried elsewhere.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sessions.db");
        let config = SqliteConfig::new(&path)
            .with_synchronous(Synchronous::Normal)
            .with_deadline(Duration::from_secs(60));
        let store = config.open().expect("a database");
        let rows = move || {
            // All rows that take up room, also under keys that nobody would look for.
            let file = Connection::open(&path).expect("the database");
            let count = "SELECT count(*) FROM session";
            let rows: i64 = file
                .query_row(count, [], |row| row.get(0))
                .expect("a count");
            usize::try_from(rows).expect("a count")
        };
        Self {
            name: "sqlite",
            store: Arc::new(store),
            rows: Box::new(rows),
            _folder: Some(folder),
        }
    }

    /// How many sessions are stored, alive or not.
    pub(crate) fn rows(&self) -> usize {
        (self.rows)()
    }
}
