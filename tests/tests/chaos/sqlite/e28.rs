//! A purge that runs all the time, beside logins and renewals.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use portcullis_core::{Clock, FrozenClock, Timestamp};
use portcullis_session::{Created, Lookup, Renewal, SessionStore};
use portcullis_sqlite::SqliteStore;

use super::place::{IDLE_SECS, Place, START, integrity, key, session, well};
use crate::measured::{Measured, times};

const LIMIT: NonZeroU32 = NonZeroU32::new(256).expect("not zero");
/// How many log in, and how many come back in the last moments of their sessions, each round.
const LOGINS: u64 = 512;
const RETURNS: u64 = 256;
/// How long before their end they come back: on both sides of the five seconds within which a
/// renewal is written at once.
const BEFORE_END: [u64; 4] = [1, 4_000, 6_000, 60_000];
/// How far the purge's clock is ahead: whoever did not come back is over by then.
const AHEAD: Duration = Duration::from_secs(61);

/// Purges until it is told to stop.
async fn purge(store: SqliteStore, now: Timestamp, stop: Arc<AtomicBool>, removed: Arc<AtomicU64>) {
    while !stop.load(Ordering::SeqCst) {
        let step = well(store.purge(LIMIT, now).await);
        removed.fetch_add(step.into(), Ordering::SeqCst);
        tokio::task::yield_now().await;
    }
}

/// Begins a session that was last visited at that time.
async fn begin(store: &SqliteStore, number: u64, at: Timestamp) {
    let created = store.create(session(number, at), None, None, at).await;
    assert_eq!(well(created), Created::Done { evicted: 0 });
}

/// Comes back; says whether that was in time.
async fn comes_back(store: &SqliteStore, number: u64, now: Timestamp) -> bool {
    match well(store.load(&key(number), Renewal::IfSeenBy(now), now).await) {
        Lookup::Current { renewed, .. } => {
            assert!(renewed, "{number}");
            true
        }
        Lookup::Absent => false,
        other => panic!("{number}: {other:?}"),
    }
}

async fn is_alive(store: &SqliteStore, number: u64, now: Timestamp) -> bool {
    let found = well(store.load(&key(number), Renewal::Never, now).await);
    matches!(found, Lookup::Current { loaded, .. } if loaded.record.key == key(number))
}

/// Logins and returns while two processes purge; says how many were alive, and how many of those
/// who came back were too late.
async fn round(
    store: &SqliteStore,
    other: &SqliteStore,
    first: u64,
    now: Timestamp,
    removed: &Arc<AtomicU64>,
) -> (u64, u64) {
    let (later, idle) = (now.after(AHEAD), Duration::from_secs(IDLE_SECS.into()));
    let (logins, returns) = (
        first..first + LOGINS,
        first + LOGINS..first + LOGINS + RETURNS,
    );
    let ends = BEFORE_END.map(|millis| now.before(idle).after(Duration::from_millis(millis)));
    let olds = returns.clone().zip(ends.into_iter().cycle());
    join_all(olds.map(|(number, at)| begin(store, number, at))).await;
    let stop = Arc::new(AtomicBool::new(false));
    let purges = [(store, later), (other, now)].map(|(store, now)| {
        let (stop, removed) = (Arc::clone(&stop), Arc::clone(removed));
        tokio::spawn(purge(store.clone(), now, stop, removed))
    });
    let coming = returns.clone().map(|number| {
        let store = store.clone();
        tokio::spawn(async move { comes_back(&store, number, now).await })
    });
    let coming: Vec<_> = coming.collect();
    join_all(logins.clone().map(|number| begin(store, number, now))).await;
    let in_time = join_all(coming).await;
    stop.store(true, Ordering::SeqCst);
    join_all(purges)
        .await
        .into_iter()
        .for_each(|it| it.expect("no panic"));
    for number in logins {
        assert!(
            is_alive(store, number, later).await,
            "login {number} was purged"
        );
    }
    let mut late = 0;
    for (number, in_time) in returns.zip(in_time) {
        let in_time = in_time.expect("no panic");
        let alive = is_alive(store, number, later).await;
        assert_eq!(alive, in_time, "{number} was told otherwise");
        late += u64::from(!in_time);
    }
    (LOGINS + RETURNS - late, late)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn e28_a_purge_takes_no_session_that_is_alive() {
    let rounds = times(12, 1_400);
    // Without waits for a disk there are more rounds in the same time.
    let place = Place::in_memory();
    let (store, other) = (place.open(), place.open());
    let (clock, removed) = (FrozenClock::new(START), Arc::new(AtomicU64::new(0)));
    let (mut alive, mut late, began) = (0, 0, Instant::now());
    for number in 0..u64::from(rounds) {
        let first = number * (LOGINS + RETURNS);
        let (more, later) = round(&store, &other, first, clock.now(), &removed).await;
        alive += more;
        late += later;
        // What was alive is over in the next round: there is always something to purge.
        clock.advance(Duration::from_secs(2 * u64::from(IDLE_SECS)));
    }
    let (seconds, removed) = (
        began.elapsed().as_secs_f64(),
        removed.load(Ordering::SeqCst),
    );
    assert!(removed > 0 && alive > late);
    drop((store, other));
    assert_eq!(integrity(&place.file()), "ok");
    Measured {
        number: 28,
        what: "SQLite: purge against logins and late returns",
        target: "0 live sessions removed in 1,000,000, at 500 logins/s*",
        found: format!(
            "0 of {alive} live sessions removed while two stores on the file purged {removed} dead \
             ones; {late} came back too late and were told so; {:.0} logins/s*",
            u32::try_from(LOGINS).map_or(0.0, |logins| f64::from(logins * rounds) / seconds),
        ),
    }
    .note();
}

/// Each session is renewed or removed, never both; also where a purge has looked at all of them and
/// is still removing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e28_what_is_renewed_while_a_purge_is_at_work_is_kept() {
    let sessions = u64::from(times(2_000, 20_000));
    let place = Place::in_memory();
    let store = place.open();
    let (now, later, mut renewed) = (START, START.after(AHEAD), Vec::new());
    let seen = now.before(Duration::from_secs(u64::from(IDLE_SECS) - 60));
    for number in 0..sessions {
        begin(&store, number, seen).await;
        if number % 4 == 0 {
            assert!(comes_back(&store, number, now).await, "it is in time");
            renewed.push(number);
        }
    }
    let purge = {
        let store = store.clone();
        tokio::spawn(async move { well(store.purge(NonZeroU32::MAX, later).await) })
    };
    for number in (0..sessions).rev().filter(|number| number % 4 > 0) {
        if comes_back(&store, number, now).await {
            renewed.push(number);
        }
    }
    let removed = purge.await.expect("no panic");
    let mut lost = Vec::new();
    for number in &renewed {
        if !is_alive(&store, *number, later).await {
            lost.push(*number);
        }
    }
    let (told, lost) = (renewed.len(), lost.len());
    assert_eq!(lost, 0, "of {told} renewed beside a purge of {removed}");
    let kept = u64::try_from(told).expect("few");
    assert_eq!(kept + u64::from(removed), sessions, "each one or the other");
    Measured {
        number: 28,
        what: "SQLite: renewals beside one long purge",
        target: "0 live sessions removed",
        found: format!("0 of {told} renewed sessions removed, {removed} dead ones were"),
    }
    .note();
}
