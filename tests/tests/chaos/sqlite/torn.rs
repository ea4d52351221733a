//! Logs whose end is torn off or spoilt.

use std::collections::BTreeSet;
use std::fs;

use portcullis_session::SessionStore;

use super::place::{Dice, Place, START, integrity, is_there, key, login, patient};
use crate::measured::{Measured, is_long, times};

/// What a crash at this moment would leave: the file, and its log.
struct Left {
    file: Vec<u8>,
    log: Vec<u8>,
}

impl Left {
    fn of(place: &Place) -> Self {
        Self {
            file: fs::read(place.file()).expect("the file"),
            log: fs::read(place.file().with_extension("db-wal")).expect("the log"),
        }
    }

    /// Opens it with another log; gives which of the numbers are there.
    async fn opened(&self, log: &[u8], numbers: u64) -> BTreeSet<u64> {
        let place = Place::in_memory();
        fs::write(place.file(), &self.file).expect("written");
        fs::write(place.file().with_extension("db-wal"), log).expect("written");
        let store = patient(&place.file())
            .with_readers(1)
            .open()
            .expect("it opens");
        let mut there = BTreeSet::new();
        for number in 0..numbers {
            if is_there(&store, number, START).await {
                there.insert(number);
            }
        }
        assert_eq!(integrity(&place.file()), "ok");
        there
    }
}

#[tokio::test]
async fn e13_a_torn_or_spoilt_log_gives_a_prefix_of_what_was_committed() {
    const SEED: u64 = 131_313;
    const LOGINS: u64 = 6;
    let place = Place::in_memory();
    let store = place.open();
    let mut ends = Vec::new();
    for number in 0..LOGINS {
        assert_eq!(login(&store, number).await, Ok(()));
        ends.push(Left::of(&place).log.len());
    }
    assert_eq!(store.delete(&key(0), START).await.ok(), Some(true));
    let left = Left::of(&place);
    let all = left.log.len();
    let last: BTreeSet<_> = (1..LOGINS).collect();
    assert_eq!(
        left.opened(&left.log, LOGINS).await,
        last,
        "all that was acknowledged"
    );

    // The log from before the last login on: at some bytes in the short form; in the long one at
    // each eighth, and in the last frame at every one.
    let (from, mut dice) = (ends[ends.len() - 2], Dice::new(SEED));
    let near_frames = (from..all).filter(|at| (at - 32) % 4_120 < 2 || (at - 32) % 4_120 == 24);
    let mut places: BTreeSet<usize> = near_frames.collect();
    if is_long() {
        places.extend((from..all).step_by(8));
        places.extend(all - 4_120..all);
    } else {
        places.extend((0..times(60, 0)).map(|_| from + dice.index(all - from)));
    }
    let (mut torn, mut spoilt) = (0_u32, 0_u32);
    for at in places {
        let committed = ends.iter().filter(|end| **end <= at).count();
        let committed: BTreeSet<_> = (0..u64::try_from(committed).expect("few")).collect();
        assert_eq!(
            left.opened(&left.log[..at], LOGINS).await,
            committed,
            "torn at {at}"
        );
        torn += 1;
        let mut log = left.log.clone();
        log[at] ^= 1 << dice.below(8);
        let there = left.opened(&log, LOGINS).await;
        assert_eq!(there, committed, "spoilt at {at}");
        spoilt += 1;
    }
    drop(store);
    Measured {
        number: 13,
        what: "SQLite: the log's end torn off or spoilt",
        target: "opens, integrity ok, a prefix of the commits; with all frames everything",
        found: format!(
            "{torn} torn and {spoilt} spoilt logs of the last two commits ({} bytes, seed {SEED}): \
             all open, integrity ok, exactly the commits before the damage",
            all - from,
        ),
    }
    .note();
}
