//! Logins that survive a power cut: 64 at once, each acknowledged after it is on the disk.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use portcullis_core::Timestamp;
use portcullis_session::{Record, SessionStore, codec};
use portcullis_sqlite::SqliteStore;
use rusqlite::{Connection, params};

use crate::memory::record;
use crate::suite::median;

const AT_ONCE: u64 = 64;
const LOGINS: u64 = 1_024;
const ROUNDS: u64 = 7;
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

pub fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ours = SqliteStore::open(folder.path().join("ours.db")).unwrap();
    let plain = Arc::new(Mutex::new(plain(&folder.path().join("plain.db"))));
    let (mut grouped, mut single) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let first = round * LOGINS;
        let store = ours.clone();
        grouped.push(rate(&runtime, first, move |record| {
            let store = store.clone();
            async move {
                let _ = store.create(record, None, None, NOW).await.unwrap();
            }
        }));
        let connection = Arc::clone(&plain);
        single.push(rate(&runtime, first, move |record| {
            let connection = Arc::clone(&connection);
            async move { insert(&connection.lock().unwrap(), &record) }
        }));
    }
    let (grouped, single) = (median(grouped), median(single));
    println!("\n## Durable logins, 64 at once, SQLite with WAL and synchronous=FULL\n");
    println!("| store | logins a second (median of {ROUNDS}) | ratio |");
    println!("| --- | ---: | ---: |");
    println!("| one transaction a login, by hand | {single:.0} | 1.0 |");
    println!(
        "| portcullis-sqlite | {grouped:.0} | {:.1} |",
        grouped / single
    );
}

/// Logins a second, so many of them under way at once.
fn rate<F>(
    runtime: &tokio::runtime::Runtime,
    first: u64,
    log_in: impl Fn(Record) -> F + Clone + Send + 'static,
) -> f64
where
    F: Future<Output = ()> + Send,
{
    let begin = Instant::now();
    runtime.block_on(async {
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|worker| {
                let log_in = log_in.clone();
                tokio::spawn(async move {
                    for login in 0..LOGINS / AT_ONCE {
                        log_in(record(first + worker * (LOGINS / AT_ONCE) + login)).await;
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
    });
    LOGINS as f64 / begin.elapsed().as_secs_f64()
}

/// What one would write by hand: the same row, committed by itself.
fn plain(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    let sql = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE session (key BLOB PRIMARY KEY, handle BLOB UNIQUE, subject TEXT,
            seen_at INTEGER, body BLOB) STRICT, WITHOUT ROWID;
        CREATE INDEX by_subject ON session (subject);";
    connection.execute_batch(sql).unwrap();
    connection
}

fn insert(connection: &Connection, record: &Record) {
    let sql = "INSERT INTO session VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut statement = connection.prepare_cached(sql).unwrap();
    let subject = record.subject().map(|subject| subject.as_str());
    let key = &record.key.as_bytes()[..];
    let body = codec::encode(record);
    statement
        .execute(params![
            key,
            &record.handle.as_bytes()[..],
            subject,
            0,
            body
        ])
        .unwrap();
}
