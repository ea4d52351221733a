//! What every store must keep, tried on SQLite.

use std::time::Duration;

use portcullis_sqlite::{SqliteConfig, SqliteStore};
use tempfile::TempDir;

/// With a deadline that a busy machine keeps: what is tried here is not how soon it answers.
async fn fresh() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let config = SqliteConfig::new(folder.path().join("sessions.db"));
    let store = config.with_deadline(Duration::from_secs(30)).open();
    (store.expect("a new file opens"), folder)
}

mod sessions {
    portcullis_testkit::session_store_suite!(with_guard: super::fresh);
}

mod marks {
    portcullis_testkit::mark_store_suite!(with_guard: super::fresh);
}
