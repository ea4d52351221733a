//! Holding a verb of a store until the test lets it go.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// Where one call of a verb waits; clones are the same gate.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_reached: bool,
    is_open: bool,
    wakers: Vec<Waker>,
}

impl Gate {
    /// Waits until the call has come to the gate.
    pub(crate) async fn reached(&self) {
        self.wait(|state| state.is_reached).await;
    }

    /// Lets the call go on.
    pub(crate) fn open(&self) {
        self.change(|state| state.is_open = true);
    }

    /// Comes to the gate and waits there.
    pub(super) async fn pass(&self) {
        self.change(|state| state.is_reached = true);
        self.wait(|state| state.is_open).await;
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.lock().unwrap();
        change(&mut state);
        state.wakers.drain(..).for_each(Waker::wake);
    }

    async fn wait(&self, until: impl Fn(&State) -> bool) {
        poll_fn(|context| {
            let mut state = self.0.lock().unwrap();
            if until(&state) {
                return Poll::Ready(());
            }
            state.wakers.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
