//! The store in memory keeps the contract, as itself and behind `dyn`.

use portcullis_session::MemoryStore;

portcullis_testkit::session_store_suite!(async || MemoryStore::new());
portcullis_testkit::mark_store_suite!(async || MemoryStore::new());

mod behind_dyn {
    use std::sync::Arc;

    use portcullis_core::DynMarkStore;
    use portcullis_session::{DynSessionStore, MemoryStore};

    async fn sessions() -> Arc<dyn DynSessionStore> {
        Arc::new(MemoryStore::new())
    }

    async fn marks() -> Arc<dyn DynMarkStore> {
        Arc::new(MemoryStore::new())
    }

    portcullis_testkit::session_store_suite!(sessions);
    portcullis_testkit::mark_store_suite!(marks);
}
