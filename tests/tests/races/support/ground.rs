use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use portcullis_session::{CachedStore, DynSessionStore, MemoryStore};
use portcullis_sqlite::{SqliteConfig, SqliteStore, Synchronous};
use portcullis_testkit::interleave::Gate;
use rusqlite::Connection;

/// The longest that there is.
const STALENESS: Duration = Duration::from_secs(10);

/// A store that scenes are played on, one after the other.
pub(crate) struct Ground {
    pub(crate) name: &'static str,
    pub(crate) store: Arc<dyn DynSessionStore>,
    /// Whether each scene puts a cache of its own above the store.
    pub(crate) is_cached: bool,
    rows: Box<dyn Fn() -> u64>,
    _guard: Box<dyn Any>,
}

/// The store of one scene.
#[derive(Clone)]
pub(crate) enum Reach {
    /// Each request has a gate of its own above the store.
    Direct(Arc<dyn DynSessionStore>),
    /// All requests share a cache, and a gate below it.
    Cached(Arc<dyn DynSessionStore>),
}

impl Ground {
    pub(crate) fn memory() -> Self {
        let store = MemoryStore::new();
        let counted = store.clone();
        Self {
            name: "memory",
            store: Arc::new(store),
            is_cached: false,
            rows: Box::new(move || u64::try_from(counted.len()).unwrap()),
            _guard: Box::new(()),
        }
    }

    /// Memory, below a cache that keeps what it has read for as long as it may.
    pub(crate) fn cached() -> Self {
        Self {
            name: "cached",
            is_cached: true,
            ..Self::memory()
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
            is_cached: false,
            rows: Box::new(move || {
                let rows: i64 = file.query_row(count, [], |row| row.get(0)).unwrap();
                u64::try_from(rows).unwrap()
            }),
            _guard: Box::new(folder),
        }
    }

    /// The store of a scene with this gate.
    pub(crate) fn reach(&self, gate: &Gate) -> Reach {
        if !self.is_cached {
            return Reach::Direct(Arc::clone(&self.store));
        }
        let cache = CachedStore::new(gate.store(Arc::clone(&self.store)));
        let cache = cache.with_capacity(100).unwrap();
        Reach::Cached(Arc::new(cache.with_staleness(STALENESS).unwrap()))
    }

    /// How many sessions there are, of all scenes so far.
    pub(crate) fn rows(&self) -> u64 {
        (self.rows)()
    }
}

impl Reach {
    /// The store as a request behind this gate sees it.
    pub(crate) fn behind(&self, gate: &Gate) -> Arc<dyn DynSessionStore> {
        match self {
            Self::Direct(store) => Arc::new(gate.store(Arc::clone(store))),
            Self::Cached(store) => Arc::clone(store),
        }
    }

    /// The store as it is, whoever waits.
    pub(crate) fn past(&self) -> Arc<dyn DynSessionStore> {
        let (Self::Direct(store) | Self::Cached(store)) = self;
        Arc::clone(store)
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
