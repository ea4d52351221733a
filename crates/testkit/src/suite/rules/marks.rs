//! Marks that are set once.

use std::time::Duration;

use portcullis_core::{Digest, Mark, MarkStore, Timestamp};

use crate::suite::fixtures::{MILLI, START, key, secs};
use crate::suite::run::{overtaken, polled, together};
use crate::suite::verbs::well;

const ROUNDS: u64 = 64;

async fn mark<S: MarkStore>(store: &S, digest: &Digest, until: Timestamp, now: Timestamp) -> Mark {
    well(store.mark(digest, until, now).await)
}

/// The first call sets the mark, and every later one learns that it is set, up to its last
/// millisecond.
pub async fn o22_a_mark_is_set_once<S: MarkStore>(store: &S) {
    let until = secs(600);
    assert_eq!(mark(store, &key(1), until, START).await, Mark::First);
    for now in [START, START.after(MILLI), secs(300), until.before(MILLI)] {
        assert_eq!(
            mark(store, &key(1), until, now).await,
            Mark::Seen,
            "{now:?}"
        );
    }
}

/// Of any number of calls at one time exactly one is the first.
pub async fn o22_of_parallel_marks_one_is_first<S: MarkStore>(store: &S) {
    for round in 0..ROUNDS {
        let marks = together(
            (0..8).map(|_| async move { mark(store, &key(round), secs(600), START).await }),
        );
        let first = marks.iter().filter(|mark| **mark == Mark::First).count();
        assert_eq!(first, 1, "in round {round}: {marks:?}");
        assert_eq!(mark(store, &key(round), secs(600), START).await, Mark::Seen);
    }
}

/// Of two calls of which one passes the other, at any point at which that one waits, one is first.
pub async fn o22_of_two_marks_under_way_one_is_first<S: MarkStore>(store: &S) {
    for times in 0.. {
        let key = key(u64::try_from(times).unwrap_or(0));
        let mark = || store.mark(&key, secs(600), START);
        let (first, second, was_pending) = overtaken(mark(), times, mark()).await;
        let both = [well(first), well(second)];
        assert_ne!(
            both[0], both[1],
            "the second came after {times} steps of the first"
        );
        if !was_pending {
            break;
        }
    }
}

/// A later call neither shortens nor spends the mark that is set.
pub async fn o22_a_second_call_does_not_shorten_a_mark<S: MarkStore>(store: &S) {
    assert_eq!(mark(store, &key(1), secs(600), START).await, Mark::First);
    for until in [Timestamp::UNIX_EPOCH, START, secs(1)] {
        assert_eq!(mark(store, &key(1), until, START).await, Mark::Seen);
    }
    assert_eq!(mark(store, &key(1), secs(600), secs(599)).await, Mark::Seen);
}

/// A mark that has run out may be set anew, and then holds until its new end.
pub async fn o22_a_mark_set_anew_holds_again<S: MarkStore>(store: &S) {
    assert_eq!(mark(store, &key(1), secs(10), START).await, Mark::First);
    let mut end = secs(10);
    for _ in 0..4 {
        let next = end.after(Duration::from_secs(10));
        // A store may take its time to forget, but not for ever to answer.
        let anew = mark(store, &key(1), next, end).await;
        if anew == Mark::First {
            end = next;
        }
        assert_eq!(
            mark(store, &key(1), next, end.before(MILLI)).await,
            Mark::Seen
        );
    }
}

/// A clock that steps back does not make a mark that is set settable.
pub async fn o22_a_clock_that_steps_back_unsets_nothing<S: MarkStore>(store: &S) {
    assert_eq!(
        mark(store, &key(1), secs(600), secs(300)).await,
        Mark::First
    );
    for now in [secs(299), START, Timestamp::UNIX_EPOCH] {
        assert_eq!(
            mark(store, &key(1), secs(600), now).await,
            Mark::Seen,
            "{now:?}"
        );
    }
}

/// Other marks, also many and later ones that make the store tidy up, leave a mark alone.
pub async fn o22_a_mark_holds_among_many<S: MarkStore>(store: &S) {
    const MARKS: u64 = 500;
    for number in 0..MARKS {
        // Every second one runs out while the others are being set.
        let until = if number % 2 == 0 {
            secs(MARKS * 2)
        } else {
            secs(number + 1)
        };
        assert_eq!(
            mark(store, &key(number), until, secs(number)).await,
            Mark::First
        );
    }
    for number in (0..MARKS).step_by(2) {
        let again = mark(store, &key(number), secs(MARKS * 2), secs(MARKS)).await;
        assert_eq!(again, Mark::Seen, "{number}");
    }
}

/// Digests that differ in one bit are different marks.
pub async fn o22_similar_digests_are_different_marks<S: MarkStore>(store: &S) {
    let plain = *key(1).as_bytes();
    let flipped = (0..256).map(|bit| {
        let mut bytes = plain;
        if let Some(byte) = bytes.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        bytes
    });
    let digests = flipped
        .chain([plain, [0; 32], [255; 32]])
        .map(Digest::from_bytes);
    for (number, digest) in digests.enumerate() {
        assert_eq!(
            mark(store, &digest, secs(600), START).await,
            Mark::First,
            "{number}"
        );
    }
}

/// The longest mark holds to the end of time.
pub async fn o22_a_mark_may_hold_for_ever<S: MarkStore>(store: &S) {
    assert_eq!(
        mark(store, &key(1), Timestamp::MAX, START).await,
        Mark::First
    );
    let late = Timestamp::MAX.before(MILLI);
    assert_eq!(mark(store, &key(1), Timestamp::MAX, late).await, Mark::Seen);
}

/// A call that is dropped at any point has set the mark or not; after the next one it is set.
pub async fn o22_a_dropped_call_leaves_a_mark_set_or_not<S: MarkStore>(store: &S) {
    for times in 0.. {
        let key = key(u64::try_from(times).unwrap_or(0));
        let done = polled(store.mark(&key, secs(600), START), times).await;
        let next = mark(store, &key, secs(600), START).await;
        if let Some(done) = done {
            assert_eq!((well(done), next), (Mark::First, Mark::Seen));
            break;
        }
        assert_eq!(
            mark(store, &key, secs(600), START).await,
            Mark::Seen,
            "{next:?} was said"
        );
    }
}
