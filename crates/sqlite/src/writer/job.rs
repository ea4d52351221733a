//! One write, from the queue to its answer.

use std::time::Instant;

use portcullis_core::{StoreError, StoreErrorKind};
use tokio::sync::oneshot::{self, Receiver, Sender};

use crate::error::Fault;
use crate::verbs::Db;

/// A write that waits, and until when it may.
pub(super) struct Job {
    work: Box<dyn Work>,
    until: Instant,
    /// Why it failed where the others of its group did not.
    ill: Option<StoreError>,
}

/// What a write does. It may run more than once; only the last run counts.
trait Work: Send {
    fn run(&mut self, db: Db<'_>) -> Result<(), Fault>;

    /// Tells the caller what came of it.
    fn answer(self: Box<Self>, ill: Option<StoreError>);
}

struct Task<T, F> {
    verb: F,
    outcome: Option<T>,
    reply: Sender<Result<T, StoreError>>,
}

impl<T, F> Work for Task<T, F>
where
    T: Send,
    F: FnMut(Db<'_>) -> Result<T, Fault> + Send,
{
    fn run(&mut self, db: Db<'_>) -> Result<(), Fault> {
        self.outcome = Some((self.verb)(db)?);
        Ok(())
    }

    fn answer(self: Box<Self>, ill: Option<StoreError>) {
        let answer = match (ill, self.outcome) {
            (None, Some(outcome)) => Ok(outcome),
            (ill, _) => Err(ill.unwrap_or_else(|| StoreError::new(StoreErrorKind::Unavailable))),
        };
        // Nobody may be waiting any more: the write stands nevertheless.
        let _ = self.reply.send(answer);
    }
}

impl Job {
    /// Makes a job of a verb, and gives where its answer will come.
    pub(super) fn new<T, F>(verb: F, until: Instant) -> (Self, Receiver<Result<T, StoreError>>)
    where
        T: Send + 'static,
        F: FnMut(Db<'_>) -> Result<T, Fault> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let work = Box::new(Task {
            verb,
            outcome: None,
            reply,
        });
        (
            Self {
                work,
                until,
                ill: None,
            },
            answer,
        )
    }

    pub(super) const fn until(&self) -> Instant {
        self.until
    }

    pub(super) fn is_late(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Whether it has failed for good, and is only to be answered.
    pub(super) const fn has_failed(&self) -> bool {
        self.ill.is_some()
    }

    pub(super) fn fail(&mut self, ill: StoreError) {
        self.ill = Some(ill);
    }

    pub(super) fn run(&mut self, db: Db<'_>) -> Result<(), Fault> {
        self.work.run(db)
    }

    pub(super) fn answer(self) {
        self.work.answer(self.ill);
    }
}
