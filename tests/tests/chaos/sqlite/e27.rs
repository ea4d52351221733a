//! Days of sessions that end and are purged.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use portcullis_core::{Clock, Digest, FrozenClock, Mark, MarkStore, Timestamp};
use portcullis_session::{Created, Rotated, Rotation, SessionStore};
use portcullis_sqlite::SqliteStore;

use super::place::{IDLE_SECS, Place, START, integrity, key, number, session, well};
use crate::measured::{Measured, times};

/// How much the example server removes at once.
const LIMIT: NonZeroU32 = NonZeroU32::new(1_000).expect("not zero");
const HOUR: Duration = Duration::from_secs(3_600);
/// So many log in at once.
const AT_ONCE: u64 = 512;

/// What purging cost.
#[derive(Default)]
struct Purged {
    removed: u64,
    steps: u32,
    slowest: Duration,
}

impl Purged {
    /// Purges in bounded steps, as the example server does.
    async fn all(&mut self, store: &SqliteStore, now: Timestamp) {
        loop {
            let began = Instant::now();
            let removed = well(store.purge(LIMIT, now).await);
            self.slowest = self.slowest.max(began.elapsed());
            assert!(removed <= LIMIT.get(), "a step is bounded");
            self.removed += u64::from(removed);
            self.steps += 1;
            if removed < LIMIT.get() {
                return;
            }
        }
    }
}

/// So many sessions begin; of each ten one is rotated, and one leaves a single-use mark.
async fn hour(store: &SqliteStore, numbers: std::ops::Range<u64>, now: Timestamp) {
    let rotated = |number: u64| Digest::of_parts(&[b"rotated", &number.to_be_bytes()]);
    let one = async |number: u64| {
        let created = store.create(session(number, now), None, None, now).await;
        assert_eq!(well(created), Created::Done { evicted: 0 });
        if number % 10 == 1 {
            let rotation = Rotation {
                new_key: rotated(number),
                authentication: None,
                grace_until: now.after(Duration::from_secs(10)),
                remember_until: now.after(HOUR),
            };
            let done = well(store.rotate(&key(number), rotation, now).await);
            assert!(matches!(done, Rotated::Done(_)));
        }
        if number % 10 == 2 {
            let until = now.after(Duration::from_secs(600));
            assert_eq!(
                well(store.mark(&key(number), until, now).await),
                Mark::First
            );
        }
    };
    for first in numbers
        .clone()
        .step_by(usize::try_from(AT_ONCE).expect("small"))
    {
        join_all((first..numbers.end.min(first + AT_ONCE)).map(one)).await;
    }
}

#[tokio::test]
async fn e27_after_a_day_and_a_purge_no_row_is_left_and_the_file_does_not_grow() {
    const DAYS: u64 = 3;
    let an_hour = u64::from(times(160, 14_000));
    let place = Place::on_disk();
    let (file, store) = (place.file(), place.open());
    let (clock, mut purged) = (FrozenClock::new(START), Purged::default());
    let (mut begun, mut pages) = (0, Vec::new());
    for _ in 0..DAYS {
        for _ in 0..24 {
            hour(&store, begun..begun + an_hour, clock.now()).await;
            begun += an_hour;
            clock.advance(HOUR);
            purged.all(&store, clock.now()).await;
        }
        clock.advance(Duration::from_secs(IDLE_SECS.into()));
        purged.all(&store, clock.now()).await;
        for table in ["session", "retired", "mark"] {
            let left = number(&file, &format!("SELECT count(*) FROM {table}"));
            assert_eq!(left, 0, "in {table}");
        }
        pages.push(number(&file, "PRAGMA page_count"));
    }
    assert!(purged.removed >= begun, "{} of {begun}", purged.removed);
    let (first, most) = (pages[0], pages.iter().copied().max().unwrap_or(0));
    assert!(most * 100 <= first * 105, "the file grew: {pages:?} pages");
    assert_eq!(integrity(&file), "ok");
    Measured {
        number: 27,
        what: "SQLite: days of a frozen clock, all sessions expire, purge runs",
        target: "0 rows after purge, file size stable, purge step <= 50 ms* (1,000,000 sessions)",
        found: format!(
            "0 rows left of {begun} sessions in {DAYS} days; pages after each day {pages:?}; {} \
             steps of at most {LIMIT}, the slowest {} ms* with its commit; integrity ok",
            purged.steps,
            purged.slowest.as_millis(),
        ),
    }
    .note();
}
