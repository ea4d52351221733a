//! Where things are kept.

use std::sync::Arc;

use portcullis_core::{Clock, DynMarkStore};
use portcullis_session::{DynSessionStore, MemoryStore};
use portcullis_sqlite::SqliteStore;

use crate::rows::Rows;
use crate::settings::Database;
use crate::{contox, masker};

/// The stores of the server.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) sessions: Arc<dyn DynSessionStore>,
    pub(crate) marks: Arc<dyn DynMarkStore>,
    pub(crate) contox: contox::Records,
    pub(crate) masker: masker::Records,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Stores {
    pub(crate) fn open(database: &Database, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        match database {
            Database::Memory => Self::new(MemoryStore::new(), Rows::in_memory(clock)?),
            Database::Sqlite(path) => {
                let store = SqliteStore::open(path)?;
                Self::new(store, Rows::open(path, clock)?)
            }
        }
    }

    fn new<S>(store: S, rows: Rows) -> Result<Self, Failure>
    where
        S: DynMarkStore + DynSessionStore + Clone,
    {
        Ok(Self {
            sessions: Arc::new(store.clone()),
            marks: Arc::new(store),
            contox: contox::Records::new(rows.clone())?,
            masker: masker::Records::new(rows)?,
        })
    }
}
