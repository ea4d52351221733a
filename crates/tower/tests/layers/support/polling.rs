//! Futures by hand, without a runtime.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The output of a future that waits for nothing.
pub(crate) fn now_or_never<F: Future>(future: F) -> F::Output {
    polls(future, 1).expect("the future waits for nothing")
}

/// Polls a future at most so many times, then drops it.
pub(crate) fn polls<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..times {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
    }
    None
}
