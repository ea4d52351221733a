//! The file: whose it is, what version it has, and what is in it.

use std::fs;
use std::thread;

use portcullis_core::{Random, Token};
use portcullis_session::{Record, SessionStore};
use portcullis_sqlite::{OpenErrorKind, SqliteConfig, SqliteStore, Synchronous};
use rusqlite::Connection;

use crate::support::{Place, START, is_there, log_of, put, soundness, user, well};

fn refusal(place: &Place) -> Option<OpenErrorKind> {
    place.config().open().err().map(|error| error.kind())
}

fn number(db: &Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0)).expect("a number")
}

#[tokio::test]
async fn a_new_file_is_marked_as_ours() {
    let place = Place::new();
    put(&place.open(), 1).await;
    let raw = place.raw();
    assert_eq!(number(&raw, "PRAGMA application_id"), 0x5043_4C53);
    assert_eq!(number(&raw, "PRAGMA user_version"), 1);
    let mode: String = raw
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .expect("a mode");
    assert_eq!(mode, "wal");
    assert!(
        is_there(&place.open(), 1, START).await,
        "and is opened again"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let store = place.open();
    put(&store, 1).await;
    for path in [place.path.clone(), log_of(&place.path)] {
        let mode = fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{path:?}");
    }
}

#[tokio::test]
async fn an_empty_file_is_taken() {
    let place = Place::new();
    fs::write(&place.path, b"").expect("written");
    put(&place.open(), 1).await;
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_and_left_alone() {
    let place = Place::new();
    put(&place.open(), 1).await;
    place
        .raw()
        .execute_batch("PRAGMA user_version = 2")
        .expect("set");
    let before = fs::read(&place.path).expect("the file");
    assert_eq!(refusal(&place), Some(OpenErrorKind::NewerSchema));
    assert_eq!(fs::read(&place.path).expect("the file"), before);
}

#[test]
fn a_database_of_something_else_is_refused_and_left_alone() {
    for sql in [
        "CREATE TABLE theirs (x)",
        "PRAGMA application_id = 7",
        "PRAGMA user_version = 1",
    ] {
        let place = Place::new();
        place.raw().execute_batch(sql).expect("made");
        let before = fs::read(&place.path).expect("the file");
        assert_eq!(refusal(&place), Some(OpenErrorKind::Foreign), "{sql}");
        assert_eq!(fs::read(&place.path).expect("the file"), before, "{sql}");
    }
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let place = Place::new();
    let text = b"It was a dark and stormy night. ".repeat(99);
    fs::write(&place.path, &text).expect("written");
    assert_eq!(refusal(&place), Some(OpenErrorKind::Corrupt));
    assert_eq!(fs::read(&place.path).expect("the file"), text);
}

#[test]
fn a_version_that_never_was_is_refused() {
    let place = Place::new();
    drop(place.open());
    for version in ["PRAGMA user_version = 0", "PRAGMA user_version = -1"] {
        place.raw().execute_batch(version).expect("set");
        assert_eq!(refusal(&place), Some(OpenErrorKind::Corrupt), "{version}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let place = Place::new();
    let nowhere = place.path.join("in").join("here.db");
    let error = SqliteStore::open(nowhere).expect_err("no folder, no file");
    assert_eq!(error.kind(), OpenErrorKind::Unavailable);
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_file_that_somebody_holds_is_told() {
    let place = Place::new();
    let holder = place.raw();
    holder
        .execute_batch("BEGIN EXCLUSIVE; CREATE TABLE t (x)")
        .expect("held");
    let config = SqliteConfig::new(&place.path);
    let error = config
        .with_deadline(std::time::Duration::from_millis(20))
        .open();
    assert_eq!(
        error.err().map(|error| error.kind()),
        Some(OpenErrorKind::Busy)
    );
}

#[test]
fn settings_out_of_range_are_refused() {
    use std::time::Duration;

    let place = Place::new();
    let config = || place.config();
    let (zero, long) = (Duration::ZERO, Duration::from_secs(61));
    for bad in [
        config().with_readers(0),
        config().with_readers(257),
        config().with_queue(0),
        config().with_queue(65_537),
        config().with_deadline(zero),
        config().with_deadline(long),
        config().with_renewal_delay(Duration::from_millis(501)),
    ] {
        let error = bad.clone().open().err().map(|error| error.kind());
        assert_eq!(error, Some(OpenErrorKind::Setting), "{bad:?}");
    }
    assert!(!place.path.exists(), "and nothing was made");
    let edges = config()
        .with_readers(1)
        .with_queue(65_536)
        .with_renewal_delay(zero);
    assert!(edges.with_deadline(Duration::from_millis(1)).open().is_ok());
}

#[test]
fn many_who_open_a_new_file_at_once_make_it_once() {
    for _ in 0..8 {
        let place = Place::new();
        thread::scope(|scope| {
            let threads = [(); 6].map(|()| scope.spawn(|| place.config().open().map(drop)));
            for thread in threads {
                assert!(matches!(thread.join(), Ok(Ok(()))));
            }
        });
        assert_eq!(soundness(&place), "ok");
    }
}

#[tokio::test]
async fn both_kinds_of_durability_keep_what_they_took() {
    for synchronous in [Synchronous::Full, Synchronous::Normal] {
        let place = Place::new();
        let store = place
            .config()
            .with_synchronous(synchronous)
            .open()
            .expect("it opens");
        put(&store, 1).await;
        assert!(
            is_there(&place.crashed().open(), 1, START).await,
            "{synchronous:?}"
        );
    }
}

/// All that a browser sends is the token; all that is in the file is its digest.
#[tokio::test]
async fn s02_what_a_browser_sends_is_not_in_the_file() {
    let place = Place::new();
    let token = Token::generate(&Random::system()).expect("random bytes");
    let store = place.open();
    let record = Record {
        key: token.digest(),
        ..user(1)
    };
    let _ = well(store.create(record, None, None, START).await);
    let mut files = fs::read(&place.path).expect("the file");
    files.extend(fs::read(log_of(&place.path)).expect("the log"));
    let contains = |what: &[u8]| files.windows(what.len()).any(|window| window == what);
    assert!(
        contains(token.digest().as_bytes()),
        "the digest is, so this looks where it should"
    );
    let text = token.encode();
    assert!(!contains(text.expose_secret().as_bytes()));
    let bytes = decoded(text.expose_secret());
    assert_eq!(
        portcullis_core::Digest::of(&bytes),
        token.digest(),
        "these are its bytes"
    );
    assert!(!contains(&bytes));
}

/// The bytes of a text in base64url without padding (RFC 4648 §5).
fn decoded(text: &str) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = text.bytes().flat_map(|char| {
        let value = alphabet
            .iter()
            .position(|other| *other == char)
            .unwrap_or(0);
        (0..6).rev().map(move |bit| value >> bit & 1 == 1)
    });
    let bits: Vec<bool> = bits.collect();
    let byte = |bits: &[bool]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    bits.chunks_exact(8).map(byte).collect()
}
