//! Where things are kept.

use std::sync::Arc;

use portcullis_core::DynMarkStore;
use portcullis_session::{DynSessionStore, MemoryStore};
use portcullis_sqlite::SqliteStore;

use crate::masker::Records;
use crate::settings::Database;

/// The stores of the server.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) sessions: Arc<dyn DynSessionStore>,
    pub(crate) marks: Arc<dyn DynMarkStore>,
    pub(crate) masker: Records,
}

impl Stores {
    pub(crate) fn open(
        database: &Database,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(match database {
            Database::Memory => {
                let store = MemoryStore::new();
                let marks = Arc::new(store.clone());
                Self {
                    sessions: Arc::new(store),
                    marks,
                    masker: Records::in_memory()?,
                }
            }
            Database::Sqlite(path) => {
                let store = SqliteStore::open(path)?;
                let marks = Arc::new(store.clone());
                Self {
                    sessions: Arc::new(store),
                    marks,
                    masker: Records::open(path)?,
                }
            }
        })
    }
}
