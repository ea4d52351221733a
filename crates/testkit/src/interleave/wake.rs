//! Polling futures by hand.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long nothing may happen before what is waited for is taken to be stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// Remembers whether it was woken, and wakes the thread that made it.
#[derive(Debug)]
pub(super) struct Flag {
    thread: Thread,
    is_up: AtomicBool,
}

impl Flag {
    /// Makes a flag that is up: what has never been polled is to be polled.
    pub(super) fn up() -> Arc<Self> {
        Arc::new(Self {
            thread: thread::current(),
            is_up: AtomicBool::new(true),
        })
    }

    /// Takes the flag down, and says whether it was up.
    pub(super) fn take(&self) -> bool {
        self.is_up.swap(false, Ordering::SeqCst)
    }

    fn is_up(&self) -> bool {
        self.is_up.load(Ordering::SeqCst)
    }

    pub(super) fn waker(self: &Arc<Self>) -> Waker {
        Arc::clone(self).into()
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.is_up.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

/// Waits until one of the flags is up; `false` if that takes too long.
pub(super) fn wait_for_any<'a>(flags: impl Iterator<Item = &'a Flag> + Clone) -> bool {
    let since = Instant::now();
    while !flags.clone().any(Flag::is_up) {
        let waited = since.elapsed();
        if waited >= PATIENCE {
            return false;
        }
        thread::park_timeout(PATIENCE - waited);
    }
    true
}

/// Runs a future to its end on this thread, without a runtime.
///
/// # Panics
///
/// If nobody wakes the future for a minute.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let (mut future, flag) = (pin!(future), Flag::up());
    let waker = flag.waker();
    let mut context = Context::from_waker(&waker);
    loop {
        flag.take();
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        assert!(
            wait_for_any([&*flag].into_iter()),
            "nobody wakes this future"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[test]
    fn a_future_that_another_thread_wakes_comes_to_its_end() {
        let woken = Arc::new(AtomicBool::new(false));
        let output = block_on(poll_fn(|context| {
            if woken.load(Ordering::SeqCst) {
                return Poll::Ready(7);
            }
            let (waker, woken) = (context.waker().clone(), Arc::clone(&woken));
            thread::spawn(move || {
                woken.store(true, Ordering::SeqCst);
                waker.wake();
            });
            Poll::Pending
        }));
        assert_eq!(output, 7);
    }
}
