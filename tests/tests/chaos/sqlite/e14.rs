//! Processes that write and checkpoint one file at once.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use portcullis_core::{StoreError, StoreErrorKind};
use portcullis_session::{Change, SessionStore, Updated};
use portcullis_sqlite::{SqliteConfig, SqliteStore};
use rusqlite::Connection;

use super::place::{Place, START, integrity, is_there, key, login, raw};
use super::worker::{Worker, runtime, say};
use crate::measured::{Measured, times};

const PROCESSES: u64 = 4;
const VISITORS: u64 = 4;
const A_VISITOR: u64 = 1 << 20;
const A_PROCESS: u64 = A_VISITOR * VISITORS;
/// So long a write may wait for the other processes.
const LOAD: Duration = Duration::from_secs(5);
/// So long it may by default.
const DEFAULT: Duration = Duration::from_millis(500);
/// After each so many of a visitor's sessions its process checkpoints the file.
const CHECKPOINT_EACH: u64 = 8;

#[derive(Default)]
struct Tally {
    writes: AtomicU64,
    busy: AtomicU64,
    /// Those that took longer than the store waits by default.
    late: AtomicU64,
    slowest_micros: AtomicU64,
}

impl Tally {
    fn count<T>(&self, began: Instant, answer: Result<T, StoreErrorKind>) -> Option<T> {
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.slowest_micros.fetch_max(micros, Ordering::Relaxed);
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.late
            .fetch_add((began.elapsed() > DEFAULT).into(), Ordering::Relaxed);
        match answer {
            Ok(answer) => Some(answer),
            Err(StoreErrorKind::Busy | StoreErrorKind::Timeout) => {
                self.busy.fetch_add(1, Ordering::Relaxed);
                None
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// Writes for a while, with a connection beside it that checkpoints in all ways there are.
pub(super) fn part(file: &Path, first: u64) {
    let until = Instant::now() + Duration::from_secs(times(2, 60).into());
    let store = SqliteConfig::new(file).with_deadline(LOAD).open();
    let (store, tally) = (store.expect("it opens"), Tally::default());
    let (ask, asked) = mpsc::channel();
    let connection = raw(file);
    let checkpoints = thread::scope(|scope| {
        let checkpoints = scope.spawn(move || checkpoint(&connection, &asked));
        let visitors = (0..VISITORS).map(|number| {
            let first = first + number * A_VISITOR;
            visitor(&store, &tally, ask.clone(), first, until)
        });
        runtime().block_on(join_all(visitors));
        drop(ask);
        checkpoints.join().expect("no panic")
    });
    let number = |of: &AtomicU64| of.load(Ordering::Relaxed);
    say(&format!(
        "sum {} {} {} {} {checkpoints}",
        number(&tally.writes),
        number(&tally.busy),
        number(&tally.late),
        number(&tally.slowest_micros),
    ));
}

/// Says how often a checkpoint was done.
fn checkpoint(connection: &Connection, asked: &mpsc::Receiver<()>) -> u32 {
    let modes = ["PASSIVE", "FULL", "RESTART", "TRUNCATE"];
    let mut done = 0;
    for (mode, ()) in modes.iter().cycle().zip(asked) {
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        match connection.query_row(&sql, [], |row| row.get::<_, bool>(0)) {
            Ok(was_busy) => done += u32::from(!was_busy),
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {}
            Err(error) => panic!("{mode}: {error}"),
        }
    }
    done
}

/// Logs in, writes, and logs every other session out; says at last which numbers it used.
async fn visitor(
    store: &SqliteStore,
    tally: &Tally,
    checkpoint: mpsc::Sender<()>,
    first: u64,
    until: Instant,
) {
    let kind = |error: StoreError| error.kind();
    for number in first.. {
        if Instant::now() >= until {
            return say(&format!("used {first} {number}"));
        }
        let began = Instant::now();
        if tally.count(began, login(store, number).await).is_none() {
            continue;
        }
        let (began, change) = (Instant::now(), Change::default());
        let updated = store.update(&key(number), 1, change, START).await;
        let updated = tally.count(began, updated.map_err(kind));
        assert!(matches!(updated, None | Some(Updated::Done(_))));
        if number % 2 == 1 {
            let began = Instant::now();
            let deleted = store.delete(&key(number), START).await.map_err(kind);
            assert_ne!(tally.count(began, deleted), Some(false));
        }
        if number % CHECKPOINT_EACH == 0 {
            checkpoint.send(()).expect("the thread listens");
        }
    }
}

/// The numbers of a line that begins with this word.
fn numbers(line: &str, word: &str) -> Option<Vec<u64>> {
    let numbers = line.strip_prefix(word)?.split_whitespace();
    numbers.map(|number| number.parse().ok()).collect()
}

#[tokio::test]
async fn e14_four_processes_that_write_and_checkpoint_spoil_nothing_and_never_see_busy() {
    let place = Place::on_disk();
    let file = place.file();
    let workers = (0..PROCESSES).map(|number| Worker::start("e14", &file, number * A_PROCESS));
    let ends: Vec<_> = workers
        .collect::<Vec<_>>()
        .into_iter()
        .map(Worker::end)
        .collect();
    let (mut used, mut sum) = (Vec::new(), [0; 5]);
    for (status, said) in &ends {
        assert!(status.success(), "{said:?}");
        used.extend(said.iter().filter_map(|line| numbers(line, "used ")));
        for line in said.iter().filter_map(|line| numbers(line, "sum ")) {
            let slowest = line[3].max(sum[3]);
            sum.iter_mut().zip(line).for_each(|(sum, it)| *sum += it);
            sum[3] = slowest;
        }
    }
    let [writes, busy, late, slowest, checkpoints] = sum;
    assert_eq!(busy, 0, "of {writes} writes, the slowest took {slowest} us");
    assert_eq!(integrity(&file), "ok");
    let used: Vec<_> = used.iter().flat_map(|range| range[0]..range[1]).collect();
    let store = place.open();
    for number in &used {
        let there = is_there(&store, *number, START).await;
        assert_eq!(there, number % 2 == 0, "{number}");
    }
    let used = used.len();
    assert!(used > 100 && checkpoints > PROCESSES, "{used}, {sum:?}");
    Measured {
        number: 14,
        what: "SQLite: 4 processes write and checkpoint at once",
        target: "0 corruption, SQLITE_BUSY never reaches the user under 5 s load* (10 min)",
        found: format!(
            "integrity ok, 0 of {writes} writes busy with a deadline of {} s, {used} sessions as \
             they were left, {checkpoints} explicit checkpoints in all 4 modes, in {} s; slowest \
             write {} ms*, {late} over the default deadline of 500 ms*",
            LOAD.as_secs(),
            times(2, 60),
            slowest / 1_000,
        ),
    }
    .note();
}
