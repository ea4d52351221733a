//! What every store must keep, tried on SQLite.

use portcullis_sqlite::SqliteStore;
use tempfile::TempDir;

async fn fresh() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = SqliteStore::open(folder.path().join("sessions.db"));
    (store.expect("a new file opens"), folder)
}

mod sessions {
    portcullis_testkit::session_store_suite!(with_guard: super::fresh);
}

mod marks {
    portcullis_testkit::mark_store_suite!(with_guard: super::fresh);
}
