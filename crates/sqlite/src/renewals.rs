//! Last visits that are in force and not yet in the file.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portcullis_core::Timestamp;
use portcullis_session::Renewal;

use crate::columns::{Head, Name};

const SHARDS: usize = 32;

/// How many renewals of one shard wait at most: a million in all. Beyond, nothing renews until
/// some are written, which only a disk that takes no writes for minutes can bring about.
const MOST: usize = 32 * 1024;

/// A session whose row ends within this time is renewed in its row at once, not here.
///
/// So wherever a renewal waits, the row says for seconds more that the session is alive: another
/// process, which does not see what waits here, neither refuses the session nor purges it. This
/// must be more than the second that a renewal waits and what the processes' clocks differ by.
const NEAR_END: Duration = Duration::from_secs(5);

/// The renewals that wait, by session.
///
/// A session's last visit is the later of its row's and of this. Who reads a row and then looks
/// here must be a reader whom the writer waits for before it [`settle`](Self::settle)s, or would
/// miss a visit that went from here into the file in between.
#[derive(Debug)]
pub(crate) struct Renewals {
    shards: Box<[Mutex<HashMap<Name, Timestamp>>]>,
    /// Whether there is something that the writer has not been told of.
    unwritten: AtomicBool,
    /// The latest time, in milliseconds, by which a purge has judged.
    purged_by: AtomicU64,
}

/// What a lookup does to the last visit of what it finds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Touch {
    /// Nothing.
    Not,
    /// Renews it, unless that has to be written at once.
    Later(Renewal),
    /// Renews it; the caller writes it at once.
    Now(Renewal),
}

/// A session that is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    /// The last visit, this one included if it renewed.
    pub(crate) seen_at: Timestamp,
    pub(crate) renewed: bool,
    /// Whether it should be renewed, but only [`Touch::Now`].
    pub(crate) urgent: bool,
    /// Whether it is the first renewal that the writer does not know of.
    pub(crate) first: bool,
}

impl Renewals {
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            unwritten: AtomicBool::new(false),
            purged_by: AtomicU64::new(0),
        }
    }

    /// Says that a purge by this time begins, before it looks at any session.
    ///
    /// A session whose row has ended by then is renewed in its row from now on: whoever visits it
    /// may be reading a row that the purge is about to remove, by a clock that is behind. What was
    /// renewed here before, the purge sees.
    pub(crate) fn purging(&self, now: Timestamp) {
        self.purged_by.fetch_max(now.as_millis(), Ordering::SeqCst);
    }

    /// Visits a session; `None` if it is no longer alive.
    pub(crate) fn visit(&self, head: &Head, touch: Touch, now: Timestamp) -> Option<Visit> {
        let mut shard = self.shard(head.name);
        let seen_at = later(shard.get(&head.name), head.seen_at);
        if now >= head.lifetime.expires_at(seen_at) {
            return None;
        }
        let mut visit = Visit {
            seen_at,
            renewed: false,
            urgent: false,
            first: false,
        };
        let (renewal, can_wait) = match touch {
            Touch::Not => return Some(visit),
            Touch::Later(renewal) => (renewal, true),
            Touch::Now(renewal) => (renewal, false),
        };
        if !matches!(renewal, Renewal::IfSeenBy(by) if seen_at <= by) {
            return Some(visit);
        }
        let row_ends = head.lifetime.expires_at(head.seen_at);
        let purged_by = Timestamp::from_millis(self.purged_by.load(Ordering::SeqCst));
        visit.urgent = can_wait && now.after(NEAR_END).max(purged_by) >= row_ends;
        let has_room = shard.len() < MOST || shard.contains_key(&head.name);
        visit.renewed = has_room && !visit.urgent;
        if visit.renewed && now > seen_at {
            shard.insert(head.name, now);
            visit.seen_at = now;
            visit.first = !self.unwritten.swap(true, Ordering::AcqRel);
        }
        Some(visit)
    }

    /// The last visit of a session whose row says `stored`.
    pub(crate) fn seen_at(&self, name: Name, stored: Timestamp) -> Timestamp {
        later(self.shard(name).get(&name), stored)
    }

    /// Whether renewals came since [`take`](Self::take).
    pub(crate) fn is_unwritten(&self) -> bool {
        self.unwritten.load(Ordering::Acquire)
    }

    /// At most `limit` renewals to be written, and whether that is all. They stay in force here.
    pub(crate) fn take(&self, limit: usize) -> (Vec<(Name, Timestamp)>, bool) {
        // Cleared first: what comes while the shards are looked through is told of again.
        self.unwritten.store(false, Ordering::Release);
        let mut taken = Vec::new();
        for shard in &self.shards {
            let shard = lock(shard);
            let room = limit - taken.len();
            taken.extend(
                shard
                    .iter()
                    .take(room)
                    .map(|(name, seen_at)| (*name, *seen_at)),
            );
            if shard.len() > room {
                self.put_back();
                return (taken, false);
            }
        }
        (taken, true)
    }

    /// Says that what was taken has not been written.
    pub(crate) fn put_back(&self) {
        self.unwritten.store(true, Ordering::Release);
    }

    /// Says that nothing will be written any more.
    pub(crate) fn give_up(&self) {
        self.unwritten.store(false, Ordering::Release);
    }

    /// Removes what was written, unless it was renewed again since.
    pub(crate) fn settle(&self, written: &[(Name, Timestamp)]) {
        for (name, seen_at) in written {
            if let Entry::Occupied(entry) = self.shard(*name).entry(*name)
                && entry.get() == seen_at
            {
                entry.remove();
            }
        }
    }

    /// Removes what is left of an earlier session of this name.
    pub(crate) fn forget(&self, name: Name) {
        self.shard(name).remove(&name);
    }

    fn shard(&self, name: Name) -> MutexGuard<'_, HashMap<Name, Timestamp>> {
        let [first, ..] = name.handle.as_bytes();
        lock(&self.shards[usize::from(*first) % SHARDS])
    }
}

fn later(waiting: Option<&Timestamp>, stored: Timestamp) -> Timestamp {
    waiting.map_or(stored, |seen_at| stored.max(*seen_at))
}

fn lock(shard: &Mutex<HashMap<Name, Timestamp>>) -> MutexGuard<'_, HashMap<Name, Timestamp>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use portcullis_session::{Handle, Lifetime, Persistence};

    use super::*;

    fn secs(secs: u64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    /// A session that was seen at 100 s and outlives each visit by 100 s.
    fn head(id: i64) -> Head {
        let lifetime = Lifetime {
            idle_secs: 100,
            until: secs(1_000),
            persistence: Persistence::Browser,
        };
        let name = Name {
            id,
            handle: Handle::from_bytes([1; 16]),
        };
        Head {
            name,
            seen_at: secs(100),
            lifetime,
        }
    }

    fn visit(renewals: &Renewals, by: u64, now: u64) -> Option<Visit> {
        renewals.visit(
            &head(1),
            Touch::Later(Renewal::IfSeenBy(secs(by))),
            secs(now),
        )
    }

    fn look(renewals: &Renewals, now: u64) -> Option<Timestamp> {
        renewals
            .visit(&head(1), Touch::Not, secs(now))
            .map(|visit| visit.seen_at)
    }

    #[test]
    fn s09_one_of_many_parallel_visits_renews() {
        let (renewals, barrier) = (Renewals::new(), Barrier::new(8));
        let renewed = thread::scope(|scope| {
            let threads = [(); 8].map(|()| {
                scope.spawn(|| {
                    barrier.wait();
                    visit(&renewals, 140, 150).is_some_and(|visit| visit.renewed)
                })
            });
            threads
                .into_iter()
                .filter_map(|t| t.join().ok())
                .filter(|renewed| *renewed)
                .count()
        });
        assert_eq!(renewed, 1);
    }

    #[test]
    fn a_visit_counts_at_once_and_never_moves_back() {
        let renewals = Renewals::new();
        let first = visit(&renewals, 140, 150);
        assert!(
            first.is_some_and(|visit| visit.renewed && visit.first),
            "{first:?}"
        );
        assert_eq!(look(&renewals, 210), Some(secs(150)));
        assert_eq!(
            visit(&renewals, 500, 120).map(|visit| visit.seen_at),
            Some(secs(150))
        );
        assert_eq!(look(&renewals, 249), Some(secs(150)));
        assert_eq!(look(&renewals, 250), None);
    }

    #[test]
    fn s41_a_renewal_near_the_end_of_its_row_does_not_wait() {
        let renewals = Renewals::new();
        assert!(visit(&renewals, 194, 194).is_some_and(|visit| visit.renewed));
        let renewals = Renewals::new();
        let urgent = visit(&renewals, 195, 195);
        assert!(
            urgent.is_some_and(|visit| visit.urgent && !visit.renewed),
            "{urgent:?}"
        );
        assert_eq!(look(&renewals, 195), Some(secs(100)));
        // Nor does it if a visit that waits says that the session is fresh.
        let renewals = Renewals::new();
        assert!(visit(&renewals, 190, 190).is_some_and(|visit| visit.renewed));
        assert!(visit(&renewals, 199, 199).is_some_and(|visit| visit.urgent));
        let now = renewals.visit(
            &head(1),
            Touch::Now(Renewal::IfSeenBy(secs(199))),
            secs(199),
        );
        assert!(
            now.is_some_and(|visit| visit.renewed && visit.seen_at == secs(199)),
            "{now:?}"
        );
    }

    /// The head of a row that the purge, by a clock ahead of the visitor's, may be removing.
    #[test]
    fn s41_what_a_purge_has_judged_is_renewed_in_its_row() {
        let renewals = Renewals::new();
        renewals.purging(secs(199));
        renewals.purging(secs(150));
        assert!(visit(&renewals, 140, 150).is_some_and(|visit| visit.renewed));
        let renewals = Renewals::new();
        renewals.purging(secs(200));
        renewals.purging(secs(150));
        let late = visit(&renewals, 140, 150);
        assert!(
            late.is_some_and(|visit| visit.urgent && !visit.renewed),
            "{late:?}"
        );
    }

    #[test]
    fn what_was_renewed_again_is_not_settled() {
        let renewals = Renewals::new();
        let name = head(1).name;
        assert!(visit(&renewals, 100, 110).is_some());
        let (taken, all) = renewals.take(8);
        assert_eq!((taken.as_slice(), all), (&[(name, secs(110))][..], true));
        let again = visit(&renewals, 110, 120);
        assert!(
            again.is_some_and(|visit| visit.first),
            "the writer must be told again"
        );
        renewals.settle(&taken);
        assert_eq!(renewals.seen_at(name, secs(100)), secs(120));
        renewals.settle(&renewals.take(8).0);
        assert_eq!(renewals.take(8), (Vec::new(), true));
    }

    #[test]
    fn a_part_that_was_taken_leaves_the_rest_to_be_written() {
        let renewals = Renewals::new();
        let renewal = Touch::Later(Renewal::IfSeenBy(secs(100)));
        for id in 0..6 {
            assert!(renewals.visit(&head(id), renewal, secs(110)).is_some());
        }
        let (taken, all) = renewals.take(4);
        assert_eq!(
            (taken.len(), all, renewals.is_unwritten()),
            (4, false, true)
        );
        renewals.settle(&taken);
        let (rest, all) = renewals.take(4);
        assert_eq!((rest.len(), all, renewals.is_unwritten()), (2, true, false));
    }

    #[test]
    fn a_full_shard_renews_nothing_more_and_says_so() {
        let renewals = Renewals::new();
        let renewal = Touch::Later(Renewal::IfSeenBy(secs(100)));
        let renewed = |id: usize| {
            let head = head(i64::try_from(id).unwrap());
            renewals
                .visit(&head, renewal, secs(110))
                .map(|visit| visit.renewed)
        };
        assert!((0..MOST).all(|id| renewed(id) == Some(true)));
        assert_eq!(renewed(MOST), Some(false));
    }
}
