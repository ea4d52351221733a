use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use portcullis_session::{DynSessionStore, MemoryStore};
use portcullis_sqlite::{SqliteConfig, SqliteStore, Synchronous};
use rusqlite::Connection;

/// A store that scenes are played on, one after the other.
pub(crate) struct Ground {
    pub(crate) name: &'static str,
    pub(crate) store: Arc<dyn DynSessionStore>,
    rows: Box<dyn Fn() -> u64>,
    _guard: Box<dyn Any>,
}

impl Ground {
    pub(crate) fn memory() -> Self {
        let store = MemoryStore::new();
        let counted = store.clone();
        Self {
            name: "memory",
            store: Arc::new(store),
            rows: Box::new(move || u64::try_from(counted.len()).unwrap()),
            _guard: Box::new(()),
        }
    }

    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions.db");
        let store = open(&path);
        let file = Connection::open(&path).unwrap();
        let count = "SELECT count(*) FROM session";
        Self {
            name: "sqlite",
            store: Arc::new(store),
            rows: Box::new(move || {
                let rows: i64 = file.query_row(count, [], |row| row.get(0)).unwrap();
                u64::try_from(rows).unwrap()
            }),
            _guard: Box::new(folder),
        }
    }

    /// How many sessions there are, of all scenes so far.
    pub(crate) fn rows(&self) -> u64 {
        (self.rows)()
    }
}

/// A store that waits for no disk: what a loss of power does is tried elsewhere.
fn open(path: &Path) -> SqliteStore {
    SqliteConfig::new(path)
        .with_synchronous(Synchronous::Normal)
        .with_deadline(Duration::from_secs(60))
        .open()
        .unwrap()
}
