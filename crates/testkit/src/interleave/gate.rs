//! Where the calls of a request wait.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use portcullis_core::StoreError;
use portcullis_session::SessionStore;

use super::Gated;
use super::history::{History, RequestId, Verb};
use super::words::{self, Names};

/// Where calls wait until it is their turn; clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate {
    desk: Arc<Mutex<Desk>>,
    /// Whose calls; if not said, those of whichever request runs.
    request: Option<RequestId>,
    mode: Mode,
}

/// Who decides how long a call waits.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// The schedule.
    Turns,
    /// Nobody: it waits for the next poll.
    Polls,
}

/// What all gates of a stage share.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) history: History,
    /// Who waits, by request and in the order in which they came.
    waiting: BTreeMap<Ticket, Waker>,
    called: Option<Ticket>,
    next: u64,
    /// How many calls are in the store.
    pub(super) inside: usize,
    /// The request that runs.
    pub(super) running: Option<RequestId>,
}

/// A call that waits.
pub(super) type Ticket = (RequestId, u64);

impl Gate {
    pub(super) fn new(desk: &Arc<Mutex<Desk>>, request: Option<RequestId>) -> Self {
        let (desk, mode) = (Arc::clone(desk), Mode::Turns);
        Self {
            desk,
            request,
            mode,
        }
    }

    pub(super) fn of_polls(desk: &Arc<Mutex<Desk>>, request: RequestId) -> Self {
        let mode = Mode::Polls;
        Self {
            mode,
            ..Self::new(desk, Some(request))
        }
    }

    /// Puts a store behind the gate.
    ///
    /// Keep some way to the store itself for what is no part of the race.
    pub fn store<S: SessionStore>(&self, store: S) -> Gated<S> {
        Gated::new(store, self.clone())
    }

    /// Lets a call through: it waits, is done, waits once more and is answered.
    ///
    /// What is no part of any request goes through at once.
    pub(super) async fn through<T>(
        &self,
        verb: Verb,
        call: impl FnOnce(&mut Names) -> String,
        done: impl Future<Output = Result<T, StoreError>>,
        answer: impl FnOnce(&mut Names, &T) -> String,
    ) -> Result<T, StoreError> {
        let Some(request) = self.request.or(lock(&self.desk).running) else {
            return done.await;
        };
        let call = call(&mut lock(&self.desk).history.names);
        self.pass(request).await;
        let outcome = {
            let _inside = Inside::new(&self.desk);
            done.await
        };
        let answer = self.words(&outcome, answer);
        lock(&self.desk)
            .history
            .add_answer(request, verb, call, answer);
        self.pass(request).await;
        lock(&self.desk).history.add_return(request, verb);
        outcome
    }

    fn words<T>(
        &self,
        outcome: &Result<T, StoreError>,
        answer: impl FnOnce(&mut Names, &T) -> String,
    ) -> String {
        match outcome {
            Ok(value) => answer(&mut lock(&self.desk).history.names, value),
            Err(error) => words::error(error),
        }
    }

    const fn pass(&self, request: RequestId) -> Pass<'_> {
        Pass {
            gate: self,
            request,
            ticket: None,
        }
    }
}

/// Counts a call as being in the store, also if it is dropped there.
struct Inside<'a>(&'a Mutex<Desk>);

impl<'a> Inside<'a> {
    fn new(desk: &'a Mutex<Desk>) -> Self {
        lock(desk).inside += 1;
        Self(desk)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        lock(self.0).inside -= 1;
    }
}

/// Waits at the gate.
struct Pass<'a> {
    gate: &'a Gate,
    request: RequestId,
    ticket: Option<Ticket>,
}

impl Future for Pass<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut desk = lock(&self.gate.desk);
        let Some(ticket) = self.ticket else {
            let ticket = (self.request, desk.next);
            desk.next += 1;
            match self.gate.mode {
                Mode::Turns => drop(desk.waiting.insert(ticket, context.waker().clone())),
                Mode::Polls => context.waker().wake_by_ref(),
            }
            drop(desk);
            self.ticket = Some(ticket);
            return Poll::Pending;
        };
        let is_called = match self.gate.mode {
            Mode::Turns => desk.called.take_if(|called| *called == ticket).is_some(),
            Mode::Polls => true,
        };
        if is_called {
            return Poll::Ready(());
        }
        desk.waiting.insert(ticket, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            lock(&self.gate.desk).waiting.remove(&ticket);
        }
    }
}

impl Desk {
    /// Who waits, in a fixed order.
    pub(super) fn waiting(&self) -> Vec<Ticket> {
        self.waiting.keys().copied().collect()
    }

    /// Lets one go on.
    pub(super) fn call(&mut self, ticket: Ticket) {
        self.called = Some(ticket);
        if let Some(waker) = self.waiting.remove(&ticket) {
            waker.wake();
        }
    }
}

pub(super) fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}
