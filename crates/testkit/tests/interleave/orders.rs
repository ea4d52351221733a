//! Orders of requests, and requests that are dropped.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use portcullis_core::{Digest, StoreError, Timestamp};
use portcullis_session::{MemoryStore, SessionStore};
use portcullis_testkit::interleave::{
    Broken, Gate, Outcome, Stage, Verb, drop_after, drop_everywhere, explore, explore_at_most,
    replay, sample,
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// So many calls, one after the other.
fn calls(gate: &Gate, count: usize) -> impl Future<Output = Result<(), StoreError>> + use<> {
    let store = gate.store(MemoryStore::new());
    async move {
        for _ in 0..count {
            store.delete(&Digest::of(b"nothing"), NOW).await?;
        }
        Ok(())
    }
}

fn requests(stage: &mut Stage, counts: &[usize]) -> Vec<Outcome<Result<(), StoreError>>> {
    let add = |count: &usize| stage.request("calls", |gate| calls(gate, *count));
    counts.iter().map(add).collect()
}

/// Two steps a call: so many ways to shuffle them.
#[test]
fn every_order_is_tried_once() {
    for (counts, orders) in [
        (&[1][..], 1),
        (&[1, 1], 6),
        (&[1, 2], 15),
        (&[2, 2], 70),
        (&[1, 1, 1], 90),
        (&[2, 1, 1], 420),
        (&[0, 1], 1),
    ] {
        let seen = Rc::new(RefCell::new(BTreeSet::new()));
        let tried = explore(|stage| {
            let _outcomes = requests(stage, counts);
            let seen = Rc::clone(&seen);
            stage.finally(move |history| {
                seen.borrow_mut().insert(history.to_string());
            });
        });
        let tried = tried.unwrap();
        assert_eq!(tried.orders, orders, "{counts:?}");
        assert!(!tried.left);
        let steps = 2 * counts.iter().sum::<usize>() + counts.len();
        assert_eq!(tried.longest, steps, "and the end of each");
        assert_eq!(seen.borrow().len() as u64, orders, "no two are the same");
    }
}

#[test]
fn a_limit_leaves_the_rest() {
    let tried = explore_at_most(10, |stage| drop(requests(stage, &[1, 2]))).unwrap();
    assert_eq!((tried.orders, tried.left), (10, true));
    let tried = explore_at_most(15, |stage| drop(requests(stage, &[1, 2]))).unwrap();
    assert_eq!((tried.orders, tried.left), (15, false));
}

/// A check that finds fault with one order alone.
fn only_one_order(stage: &mut Stage) {
    let outcomes = requests(stage, &[1, 1]);
    let [one, two] = [outcomes[0].id(), outcomes[1].id()];
    stage.finally(move |history| {
        let ends = [one, two].map(|id| history.ended(id).unwrap());
        let did = [one, two].map(|id| history.did(id, Verb::Delete).unwrap());
        assert!(
            did[0] < did[1] || ends[0] < ends[1] || did[1] > 0 || ends[1] != 2,
            "that one"
        );
    });
}

#[test]
fn a_broken_order_is_told_and_can_be_replayed() {
    let broken = explore(only_one_order).unwrap_err();
    assert_eq!(broken.complaint, "that one");
    let text = broken.to_string();
    for line in [
        "breaks a rule: that one",
        "A calls",
        "   1  B: delete k1 -> false",
        "   2  B: hears of its delete",
        "   3  B: has ended",
        "   4  A: delete k1 -> false",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    let again = replay(&broken.choices, only_one_order).unwrap_err();
    assert_eq!(
        (again.complaint, again.history),
        (broken.complaint, broken.history)
    );
    assert!(replay(&[], only_one_order).is_ok());
}

#[test]
fn a_request_that_panics_breaks_the_order() {
    let broken = explore(|stage| {
        let _outcome = stage.request("panics", |gate| {
            let calls = calls(gate, 1);
            async move {
                calls.await.unwrap();
                panic!("on purpose");
            }
        });
    });
    let Broken {
        order, complaint, ..
    } = broken.unwrap_err();
    assert_eq!((order, complaint.as_str()), (1, "on purpose"));
}

#[test]
fn a_scene_that_differs_is_told() {
    let count = Cell::new(0);
    let broken = explore(|stage| {
        count.set(count.get() + 1);
        // The second has nobody to choose from.
        let counts: &[usize] = if count.get() == 1 { &[1, 1] } else { &[1] };
        drop(requests(stage, counts));
    });
    let complaint = broken.unwrap_err().complaint;
    assert!(complaint.contains("differs from run to run"), "{complaint}");
}

/// Checks after each step see what has happened, and what has ended, by then.
#[test]
fn what_always_holds_is_looked_at_after_every_step() {
    let tried = explore(|stage| {
        let outcomes = requests(stage, &[1, 1]);
        let looks = Rc::new(Cell::new(0));
        let (seen, one) = (Rc::clone(&looks), outcomes[0].clone());
        stage.always(move |history| {
            seen.set(seen.get() + 1);
            assert_eq!(history.ended(one.id()).is_some(), one.is_there());
        });
        stage.finally(move |_| assert_eq!(looks.get(), 5, "at the beginning and after each"));
    });
    assert_eq!(tried.unwrap().orders, 6);
}

/// Parts of one request that run at once are in each other's way as well.
#[test]
fn parts_of_one_request_are_shuffled_too() {
    let tried = explore(|stage| {
        let _outcome = stage.request("does two things", |gate| {
            let (one, two) = (calls(gate, 1), calls(gate, 1));
            async move { tokio::join!(one, two) }
        });
    });
    assert_eq!(tried.unwrap().orders, 6);
}

/// Before each call, between the calls of each and after them, and not at all.
#[test]
fn a_request_may_be_dropped_wherever_it_waits() {
    let dropped = Rc::new(Cell::new(0));
    let tried = explore(|stage| {
        let outcome = stage.droppable("calls", |gate| calls(gate, 2));
        let dropped = Rc::clone(&dropped);
        stage.finally(move |history| {
            assert!(history.ended(outcome.id()).is_some());
            dropped.set(dropped.get() + u64::from(!outcome.is_there()));
        });
    });
    assert_eq!((tried.unwrap().orders, dropped.get()), (5, 4));
}

/// What requests share above the gate asks for whichever of them runs.
#[test]
fn a_shared_gate_is_that_of_the_request_that_runs() {
    let tried = explore(|stage| {
        let store = std::sync::Arc::new(stage.gate().store(MemoryStore::new()));
        let outcomes = [(); 2].map(|()| {
            let store = store.clone();
            let call = async move { store.delete(&Digest::of(b"nothing"), NOW).await };
            stage.request("calls", |_| call)
        });
        stage.finally(move |history| {
            for outcome in outcomes {
                assert!(history.did(outcome.id(), Verb::Delete).is_some());
            }
            // What is no part of a request does not wait.
            let past = drop_after(1, store.delete(&Digest::of(b"nothing"), NOW));
            assert!(past.is_some());
        });
    });
    assert_eq!(tried.unwrap().orders, 6);
}

#[test]
fn chance_is_the_same_for_the_same_seed() {
    let orders = |seed: u64| {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let tried = sample(20, seed, |stage| {
            let (_outcomes, seen) = (requests(stage, &[2, 2]), Rc::clone(&seen));
            stage.finally(move |history| seen.borrow_mut().push(history.to_string()));
        });
        assert_eq!(tried.unwrap().orders, 20);
        seen.take()
    };
    assert_eq!(orders(1), orders(1));
    assert_ne!(orders(1), orders(2));
    assert!(orders(1).iter().collect::<BTreeSet<_>>().len() > 10);
}

/// A request is dropped before its first poll, at each of its waits, and at last not at all.
#[test]
fn a_future_is_dropped_after_every_number_of_polls() {
    let ended = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&ended);
    let check = move |output: Option<_>| seen.borrow_mut().push(output.is_some());
    let tried = drop_everywhere(|gate| calls(gate, 2), check).unwrap();
    assert_eq!(tried.orders, 6);
    assert_eq!(ended.take(), [false, false, false, false, false, true]);
    assert!(drop_after(0, async {}).is_none());
    assert!(drop_after(1, async {}).is_some());
}

#[test]
fn the_poll_at_which_a_check_fails_is_told() {
    let polls = Cell::new(0);
    let broken = drop_everywhere(
        |gate| {
            polls.set(polls.get() + 1);
            calls(gate, 2)
        },
        |_| assert_ne!(polls.get(), 4, "the fourth"),
    );
    let broken = broken.unwrap_err();
    assert_eq!((broken.order, broken.choices), (4, vec![3]));
    assert!(broken.history.contains("is dropped"), "{}", broken.history);
}
