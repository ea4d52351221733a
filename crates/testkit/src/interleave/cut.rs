//! Futures that are dropped on their way.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use super::explore::message;
use super::gate::{Desk, lock};
use super::wake::{Flag, wait_for_any};
use super::{Broken, Gate, Tried};

/// More polls than this are taken to be a future that never ends.
const MOST: usize = 100_000;

/// Polls a future so many times and drops it; gives its output if it came to its end before.
///
/// Between two polls it waits until the future is woken.
///
/// # Panics
///
/// If nobody wakes the future for a minute.
pub fn drop_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let (mut future, flag) = (pin!(future), Flag::up());
    let waker = flag.waker();
    for poll in 0..polls {
        if poll > 0 {
            let woken = wait_for_any([&*flag].into_iter());
            assert!(woken, "nobody wakes this future");
        }
        flag.take();
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
    }
    None
}

/// Drops a future after every number of polls from 0 on, until it comes to its end; checks each
/// time what is left.
///
/// `make` is called once a number, and makes everything anew. A store that it puts behind the gate
/// makes the future wait once before each call is done and once before it is answered, so every
/// await on the store is a place to be dropped at. `check` is given the output where there is one.
///
/// A store that works on another thread may go on after the drop: where that matters, let `check`
/// begin with a write, which such a store does after what was asked before.
///
/// # Errors
///
/// [`Broken`] with the first number of polls, as its one choice, at which the future or the check
/// panicked.
pub fn drop_everywhere<T, F: Future<Output = T>>(
    mut make: impl FnMut(&Gate) -> F,
    mut check: impl FnMut(Option<T>),
) -> Result<Tried, Broken> {
    let mut tried = Tried::default();
    for polls in 0..MOST {
        let desk = Arc::new(Mutex::new(Desk::default()));
        let id = lock(&desk).history.add_request("may be dropped");
        let played = catch_unwind(AssertUnwindSafe(|| {
            let output = drop_after(polls, make(&Gate::of_polls(&desk, id)));
            let ended = output.is_some();
            lock(&desk).history.add_end(id, !ended);
            check(output);
            ended
        }));
        tried.orders += 1;
        tried.longest = tried.longest.max(lock(&desk).history.len());
        match played {
            Ok(false) => {}
            Ok(true) => return Ok(tried),
            Err(panic) => return Err(broken(polls, &desk, message(&*panic))),
        }
    }
    Err(broken(MOST, &Mutex::default(), "it never ends".to_owned()))
}

fn broken(polls: usize, desk: &Mutex<Desk>, complaint: String) -> Broken {
    Broken {
        order: u64::try_from(polls).unwrap_or(u64::MAX).saturating_add(1),
        choices: vec![polls],
        history: lock(desk).history.to_string(),
        complaint,
    }
}
