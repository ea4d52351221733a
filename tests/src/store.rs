use std::path::PathBuf;
use std::sync::Arc;

use portcullis_core::DynMarkStore;
use portcullis_session::{DynSessionStore, MemoryStore};
use portcullis_sqlite::SqliteStore;
use server::Database;
use tempfile::TempDir;

/// Which store a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// [`MemoryStore`]
    Memory,
    /// [`SqliteStore`], on a file of its own.
    Sqlite,
}

impl StoreKind {
    /// A folder for the store's file, if it has one; gone when it is dropped.
    pub(crate) fn folder(self) -> Option<TempDir> {
        let is_file = self == Self::Sqlite;
        is_file.then(|| tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn database(self, folder: Option<&TempDir>) -> Database {
        folder.map_or(Database::Memory, |folder| Database::Sqlite(file(folder)))
    }
}

pub(crate) fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("test.db")
}

/// A store of sessions and marks; clones are the same store.
#[derive(Clone)]
pub struct Store {
    /// Its face for sessions.
    pub sessions: Arc<dyn DynSessionStore>,
    /// Its face for marks.
    pub marks: Arc<dyn DynMarkStore>,
    folder: Option<Arc<TempDir>>,
}

impl Store {
    /// Opens a new store.
    #[must_use]
    pub fn new(kind: StoreKind) -> Self {
        match kind.folder() {
            None => Self::of(MemoryStore::new(), None),
            Some(folder) => Self::on(Arc::new(folder)),
        }
    }

    /// Opens the same file once more, as another process would; the same store if it has no file.
    #[must_use]
    pub fn reopened(&self) -> Self {
        let folder = self.folder.clone();
        folder.map_or_else(|| self.clone(), Self::on)
    }

    fn on(folder: Arc<TempDir>) -> Self {
        let store = SqliteStore::open(file(&folder)).expect("a database");
        Self::of(store, Some(folder))
    }

    fn of<S>(store: S, folder: Option<Arc<TempDir>>) -> Self
    where
        S: DynSessionStore + DynMarkStore + Clone + 'static,
    {
        Self {
            sessions: Arc::new(store.clone()),
            marks: Arc::new(store),
            folder,
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
