//! Processes that are killed while they log in and out.
//!
//! SIGKILL leaves what the operating system holds: this shows that nothing is acknowledged before
//! it was handed over whole. That it also survives the loss of power is experiment 13.

use std::collections::BTreeSet;
use std::path::Path;

use futures_util::future::join_all;
use portcullis_session::SessionStore;
use portcullis_sqlite::SqliteStore;

use super::place::{Dice, Place, START, integrity, is_there, key, login, patient};
use super::worker::{Worker, runtime, say};
use crate::measured::{Measured, is_long, times};

/// How many processes there are, and how many in each log in at once.
const PROCESSES: u64 = 3;
const VISITORS: u64 = 16;
/// Each visitor and each process has numbers of its own.
const A_VISITOR: u64 = 1 << 16;
const A_PROCESS: u64 = A_VISITOR * VISITORS;

/// Logs in and out until it is killed, and says of each deed when it was acknowledged.
pub(super) fn part(file: &Path, first: u64) {
    say("opening");
    match patient(file).open() {
        Ok(store) => {
            let visitors = (0..VISITORS).map(|number| visitor(&store, first + number * A_VISITOR));
            runtime().block_on(join_all(visitors));
        }
        Err(error) => say(&format!("! open: {error:?}")),
    }
}

async fn visitor(store: &SqliteStore, first: u64) {
    for number in first.. {
        if let Err(kind) = login(store, number).await {
            return say(&format!("! login: {kind:?}"));
        }
        say(&format!("+ {number}"));
        if number % 4 == 0 {
            continue;
        }
        say(&format!("? {number}"));
        match store.delete(&key(number), START).await {
            Ok(true) => say(&format!("- {number}")),
            other => return say(&format!("! logout: {other:?}")),
        }
    }
}

/// What the processes said before they were killed.
#[derive(Default)]
struct Told {
    logins: BTreeSet<u64>,
    /// Log-outs that were begun, whether or not they were acknowledged.
    begun: BTreeSet<u64>,
    logouts: BTreeSet<u64>,
}

impl Told {
    /// Listens to a process, kills it at the given line, and goes on until it is silent.
    fn by(mut worker: Worker, kill_at: u64) -> Self {
        let (mut told, mut lines) = (Self::default(), 0);
        while let Some(line) = worker.next() {
            if lines == kill_at {
                worker.kill();
            }
            lines += 1;
            let (what, number) = line.split_once(' ').unwrap_or((&line, ""));
            let list = match what {
                "+" => &mut told.logins,
                "?" => &mut told.begun,
                "-" => &mut told.logouts,
                "opening" => continue,
                _ => panic!("{line}"),
            };
            list.insert(number.parse().expect("a number"));
        }
        assert!(lines > kill_at, "it ended by itself");
        told
    }

    fn add(&mut self, other: Self) {
        self.logins.extend(other.logins);
        self.begun.extend(other.begun);
        self.logouts.extend(other.logouts);
    }

    fn acknowledged(&self) -> usize {
        self.logins.len() + self.logouts.len()
    }

    /// Every acknowledged login loads, every acknowledged log-out does not.
    async fn check(&self, store: &SqliteStore) {
        for number in self.logins.difference(&self.begun) {
            assert!(is_there(store, *number, START).await, "{number} was lost");
        }
        for number in &self.logouts {
            assert!(!is_there(store, *number, START).await, "{number} came back");
        }
    }
}

/// Starts the processes, kills each at a random point, and hears what they said.
fn round(file: &Path, number: u64, dice: &mut Dice) -> Told {
    let most = u64::from(times(160, 440));
    let processes: Vec<_> = (0..PROCESSES)
        .map(|process| {
            let first = (number * PROCESSES + process) * A_PROCESS;
            // Now and then it is killed while it opens the file.
            let kill_at = if dice.below(8) == 0 {
                0
            } else {
                dice.below(most)
            };
            (Worker::start("e12", file, first), kill_at)
        })
        .collect();
    std::thread::scope(|scope| {
        let listen = |(worker, kill_at)| scope.spawn(move || Told::by(worker, kill_at));
        let listeners: Vec<_> = processes.into_iter().map(listen).collect();
        let mut told = Told::default();
        for listener in listeners {
            told.add(listener.join().expect("no fault was said"));
        }
        told
    })
}

#[tokio::test]
async fn e12_nothing_acknowledged_is_lost_when_processes_are_killed() {
    const SEED: u64 = 12;
    let rounds = times(50, 500);
    // The short form waits for no disk: for a kill it makes no difference.
    let place = if is_long() {
        Place::on_disk()
    } else {
        Place::in_memory()
    };
    let (file, mut dice, mut all) = (place.file(), Dice::new(SEED), Told::default());
    let mut recovered = 0;
    for number in 0..u64::from(rounds) {
        // With a witness the log is in use all the time; without one it is recovered.
        let witness = dice.flip().then(|| place.open());
        recovered += u32::from(witness.is_none());
        let told = round(&file, number, &mut dice);
        let store = witness.unwrap_or_else(|| place.open());
        told.check(&store).await;
        assert_eq!(integrity(&file), "ok", "round {number}");
        all.add(told);
    }
    all.check(&place.open()).await;
    let acknowledged = all.acknowledged();
    assert!(!all.logouts.is_empty() && all.begun.len() < all.logins.len());
    assert!(!is_long() || acknowledged >= 100_000, "{acknowledged}");
    Measured {
        number: 12,
        what: "SQLite: kill -9 during logins and log-outs",
        target: "0 of N >= 100,000 acknowledged lost in 500 rounds, integrity ok each time",
        found: format!(
            "0 of {acknowledged} acknowledged lost ({} logins, {} log-outs) in {rounds} rounds of \
             {PROCESSES} processes, seed {SEED}, log recovered by the first to open in {recovered}; \
             integrity ok each time; SIGKILL shows program order, not durability (see 13)",
            all.logins.len(),
            all.logouts.len(),
        ),
    }
    .note();
}
