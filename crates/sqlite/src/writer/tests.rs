//! Groups in which something goes wrong.

use std::time::{Duration, Instant};

use portcullis_core::StoreError;
use portcullis_session::{Created, Lookup, Renewal};
use rusqlite::Connection;
use tokio::sync::oneshot::Receiver;

use super::*;
use crate::SqliteConfig;
use crate::fixtures::{Fixture, START, key, put, secs, session};
use crate::lookup::find;
use crate::renewals::Touch;
use crate::verbs::{self, Db};

type Answer<T> = Receiver<Result<T, StoreError>>;

/// A writer without its thread, and the file that it writes.
fn writer() -> (Fixture, Writer) {
    let (fixture, connection) = Fixture::new();
    let (_, queue) = std::sync::mpsc::sync_channel(1);
    let reader = crate::connection::open(&fixture.path, Duration::from_secs(60)).unwrap();
    let writer = Writer {
        queue,
        waiting: Vec::new(),
        closed: false,
        renewals: Arc::clone(&fixture.renewals),
        delay: Duration::ZERO,
        due: None,
        deadline: Duration::from_secs(60),
        readers: Arc::new(Readers::new([reader])),
        writing: Writing::new(connection).unwrap(),
    };
    (fixture, writer)
}

impl Writer {
    fn add<T, F>(&mut self, verb: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnMut(Db<'_>) -> Result<T, Fault> + Send + 'static,
    {
        let (job, answer) = Job::new(verb, Instant::now() + Duration::from_secs(60));
        self.waiting.push(job);
        answer
    }

    fn create(&mut self, number: u8, bytes: usize) -> Answer<Created> {
        let session = session(number, bytes);
        self.add(move |db| verbs::create(db, &session, None, None, START))
    }

    fn delete(&mut self, number: u8) -> Answer<bool> {
        self.add(move |db| verbs::delete(db, &key(number), START))
    }

    /// What others see: only what is committed.
    fn is_there(&self, number: u8) -> bool {
        let find = |db: &Connection| find(db, &self.renewals, &key(number), Touch::Not, START);
        self.readers.with(find).unwrap().is_some()
    }

    fn set(&mut self, pragma: &'static str) {
        let mut set = self.add(move |db| Ok(db.connection.execute_batch(pragma)?));
        self.round();
        answer(&mut set).unwrap();
    }
}

fn answer<T>(answer: &mut Answer<T>) -> Result<T, StoreErrorKind> {
    let answer = answer.try_recv().expect("it was answered");
    answer.map_err(|error| error.kind())
}

const DONE: Created = Created::Done { evicted: 0 };

/// Breaks a rule of the schema at once.
fn broken(db: Db<'_>) -> Result<(), Fault> {
    db.connection
        .execute("INSERT INTO mark (digest, until) VALUES (x'01', 1)", [])?;
    db.connection
        .execute("INSERT INTO mark (digest, until) VALUES (NULL, 1)", [])?;
    Ok(())
}

/// Breaks a rule of the schema that SQLite looks at when it commits.
fn late_broken(db: Db<'_>) -> Result<(), Fault> {
    db.connection
        .execute_batch("PRAGMA defer_foreign_keys = ON")?;
    let orphan = "INSERT INTO retired (digest, session, remember_until) VALUES (x'01', 777, 1)";
    db.connection.execute(orphan, [])?;
    Ok(())
}

#[test]
fn a_write_that_fails_undoes_itself_alone() {
    let (_fixture, mut writer) = writer();
    let mut before = writer.create(1, 10);
    let mut broken = writer.add(broken);
    let mut after = writer.create(2, 10);
    writer.round();
    assert_eq!(answer(&mut before), Ok(DONE));
    assert_eq!(answer(&mut broken), Err(StoreErrorKind::Unavailable));
    assert_eq!(answer(&mut after), Ok(DONE));
    assert!(writer.is_there(1) && writer.is_there(2));
    let count = "SELECT count(*) FROM mark";
    let marks = writer
        .readers
        .with(|db| db.query_row(count, [], |row| row.get::<_, i64>(0)));
    assert_eq!(marks, Ok(0), "half of it was done");
}

#[test]
fn a_commit_that_fails_is_tried_again_without_the_culprit() {
    let (_fixture, mut writer) = writer();
    let mut before = writer.create(1, 10);
    let mut broken = writer.add(late_broken);
    let mut after = writer.create(2, 10);
    writer.round();
    assert_eq!(answer(&mut before), Ok(DONE));
    assert_eq!(answer(&mut broken), Err(StoreErrorKind::Unavailable));
    assert_eq!(answer(&mut after), Ok(DONE));
    assert!(writer.is_there(1) && writer.is_there(2));
    let mut alone = writer.add(late_broken);
    writer.round();
    assert_eq!(answer(&mut alone), Err(StoreErrorKind::Unavailable));
    let mut next = writer.delete(1);
    writer.round();
    assert_eq!(answer(&mut next), Ok(true), "no transaction was left open");
}

#[test]
fn nothing_is_acknowledged_or_seen_before_it_is_committed() {
    let (_fixture, mut writer) = writer();
    let mut create = writer.create(1, 10);
    let (mut jobs, renewals) = (
        std::mem::take(&mut writer.waiting),
        Arc::clone(&writer.renewals),
    );
    writer.writing.begin(Instant::now()).unwrap();
    assert!(jobs[0].run(writer.writing.db(&renewals)).is_ok());
    assert!(!writer.is_there(1) && create.try_recv().is_err());
    writer.writing.roll_back();
    writer.waiting = jobs;
    writer.round();
    assert_eq!(answer(&mut create), Ok(DONE));
    assert!(writer.is_there(1));
}

#[test]
fn a_write_that_waited_too_long_is_not_begun() {
    let (_fixture, mut writer) = writer();
    let (job, mut late) = Job::new(
        |db| verbs::create(db, &session(1, 10), None, None, START),
        Instant::now(),
    );
    writer.waiting.push(job);
    let mut in_time = writer.create(2, 10);
    writer.round();
    assert_eq!(answer(&mut late), Err(StoreErrorKind::Timeout));
    assert_eq!(answer(&mut in_time), Ok(DONE));
    assert!(!writer.is_there(1) && writer.is_there(2));
}

#[test]
fn those_who_can_wait_longer_outwait_a_lock() {
    let (fixture, mut writer) = writer();
    let holder = Connection::open(&fixture.path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (job, mut hasty) = Job::new(|db| verbs::delete(db, &key(9), START), Instant::now());
    writer.waiting.push(job);
    let mut patient = writer.create(1, 10);
    writer.round();
    assert_eq!(answer(&mut hasty), Err(StoreErrorKind::Busy));
    assert!(patient.try_recv().is_err());
    drop(holder);
    writer.round();
    assert_eq!(answer(&mut patient), Ok(DONE));
}

#[test]
fn on_a_full_disk_writes_fail_reads_go_on_and_room_heals() {
    let (_fixture, mut writer) = writer();
    for number in 1..=20 {
        let mut create = writer.create(number, 100);
        writer.round();
        assert_eq!(answer(&mut create), Ok(DONE));
    }
    // As many pages as there are: each new one is one too many.
    writer.set("PRAGMA max_page_count = 1");
    let (mut large, mut delete) = (writer.create(100, 500_000), writer.delete(1));
    let mut large_too = writer.create(101, 500_000);
    writer.round();
    assert_eq!(answer(&mut large), Err(StoreErrorKind::Full));
    assert_eq!(answer(&mut delete), Ok(true), "it takes no room");
    assert_eq!(answer(&mut large_too), Err(StoreErrorKind::Full));
    let mut alone = writer.create(102, 500_000);
    writer.round();
    assert_eq!(answer(&mut alone), Err(StoreErrorKind::Full));
    assert!((2..=20).all(|number| writer.is_there(number)));
    assert!(
        [1, 100, 101, 102]
            .iter()
            .all(|number| !writer.is_there(*number))
    );
    writer.set("PRAGMA max_page_count = 1000000");
    let mut again = writer.create(100, 500_000);
    writer.round();
    assert_eq!(answer(&mut again), Ok(DONE));
    let check = |db: &Connection| db.query_row("PRAGMA integrity_check", [], |row| row.get(0));
    assert_eq!(writer.readers.with(check), Ok("ok".to_owned()));
}

#[test]
fn renewals_that_cannot_be_written_stay_in_force_and_are_tried_again() {
    let (fixture, mut writer) = writer();
    let mut create = writer.create(1, 10);
    writer.round();
    assert_eq!(answer(&mut create), Ok(DONE));
    let renew = Touch::Later(Renewal::IfSeenBy(secs(60)));
    let visit = |db: &Connection| find(db, &fixture.renewals, &key(1), renew, secs(60));
    assert!(
        writer
            .readers
            .with(visit)
            .unwrap()
            .is_some_and(|found| found.visit.first)
    );
    let holder = Connection::open(&fixture.path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    writer.due = Some(Instant::now());
    writer.deadline = Duration::ZERO;
    writer.round();
    let stored = |writer: &Writer| {
        let sql = "SELECT seen_at FROM session";
        let seen_at = writer
            .readers
            .with(|db| db.query_row(sql, [], |row| row.get(0)));
        crate::columns::to_time(seen_at.unwrap())
    };
    assert_eq!(stored(&writer), START);
    assert!(writer.renewals.is_unwritten() && writer.due.is_some_and(|due| due > Instant::now()));
    drop(holder);
    writer.due = Some(Instant::now());
    writer.round();
    assert_eq!(stored(&writer), secs(60));
    assert!(!writer.renewals.is_unwritten() && writer.due.is_none());
    assert_eq!(
        writer.renewals.take(8),
        (Vec::new(), true),
        "nothing waits any more"
    );
}

/// A group that is run again must not forget that it was this request that renewed.
#[test]
fn an_urgent_renewal_is_written_and_told_also_if_it_runs_twice() {
    let (fixture, mut writer) = writer();
    let mut create = writer.create(1, 10);
    writer.round();
    assert_eq!(answer(&mut create), Ok(DONE));
    let (late, renewal) = (secs(3_599), Renewal::IfSeenBy(secs(3_590)));
    let mut renewed = false;
    let mut load = writer.add(move |db| verbs::load(db, &key(1), renewal, late, &mut renewed));
    let mut broken = writer.add(late_broken);
    writer.round();
    assert!(
        answer(&mut broken).is_err(),
        "so the group was run again, one by one"
    );
    assert!(matches!(
        answer(&mut load),
        Ok(Lookup::Current { renewed: true, .. })
    ));
    let connection = Connection::open(&fixture.path).unwrap();
    let head = find(
        &connection,
        &crate::renewals::Renewals::new(),
        &key(1),
        Touch::Not,
        late,
    );
    assert_eq!(
        head.unwrap().map(|found| found.visit.seen_at),
        Some(late),
        "it is in the row"
    );
}

#[tokio::test]
async fn a_panic_costs_its_group_and_nobody_waits_for_ever() {
    let (fixture, connection) = Fixture::new();
    put(fixture.db(&connection), 1);
    let reader = crate::connection::open(&fixture.path, Duration::from_secs(60)).unwrap();
    let (readers, renewals) = (
        Arc::new(Readers::new([reader])),
        Arc::clone(&fixture.renewals),
    );
    let config = SqliteConfig::new(&fixture.path).with_deadline(Duration::from_secs(60));
    let queue = Queue::start(&config, connection, readers, renewals).unwrap();
    let panics = |db: Db<'_>| -> Result<(), Fault> {
        verbs::delete(db, &key(1), START)?;
        panic!("a fault of this crate")
    };
    let answer = queue.write(panics).await.map_err(|error| error.kind());
    assert_eq!(answer, Err(StoreErrorKind::Unavailable));
    let next = queue.write(|db| verbs::delete(db, &key(1), START)).await;
    assert!(
        next.unwrap(),
        "what it had done was undone, and the thread goes on"
    );
}
