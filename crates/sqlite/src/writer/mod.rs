//! The thread that writes.
//!
//! 1. Writes wait in one bounded queue. Whatever waits when the thread is free is committed
//!    together, so under load one wait for the disk serves many writes.
//! 2. A write stands or falls alone: what fails is undone without the others of its group.
//! 3. Nothing is acknowledged before it is committed.
//! 4. A write that has waited until its deadline is not begun.
//! 5. Last visits are written with the first group after the renewal delay, or by themselves.

mod job;
mod queue;
mod transaction;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use portcullis_core::{StoreError, StoreErrorKind, Timestamp};

use self::job::Job;
use self::queue::Message;
use self::transaction::{BETWEEN_TRIES, Writing};
use crate::columns::Name;
use crate::error::Fault;
use crate::readers::Readers;
use crate::renewals::Renewals;

pub(crate) use queue::Queue;

/// How many writes, and how many last visits, one transaction has at most: milliseconds of work.
const MOST_JOBS: usize = 256;
const MOST_VISITS: usize = 4096;

/// When last visits that could not be written are tried again.
const RETRY: Duration = Duration::from_millis(500);

/// What the thread owns.
struct Writer {
    queue: Receiver<Message>,
    waiting: Vec<Job>,
    /// Whether nobody can send any more.
    closed: bool,
    renewals: Arc<Renewals>,
    delay: Duration,
    /// When last visits are to be written, if there are any.
    due: Option<Instant>,
    deadline: Duration,
    // In this order: the connection that writes is closed last, and checkpoints.
    readers: Arc<Readers>,
    writing: Writing,
}

impl Writer {
    fn run(mut self) {
        while self.wait() {
            // A panic costs the group that it happens in: its callers' channels are dropped.
            if catch_unwind(AssertUnwindSafe(|| self.round())).is_err() {
                self.writing.roll_back();
                self.postpone();
            }
        }
    }

    /// Waits until there is something to do; `false` if there never will be.
    fn wait(&mut self) -> bool {
        loop {
            self.collect();
            if self.due.is_none() && self.renewals.is_unwritten() {
                self.due = Some(Instant::now() + self.delay);
            }
            if !self.waiting.is_empty() || self.is_due() {
                return true;
            }
            if self.closed {
                return false;
            }
            match self.receive() {
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.closed = true,
            }
        }
    }

    fn receive(&self) -> Result<Message, RecvTimeoutError> {
        match self.due {
            Some(due) => self
                .queue
                .recv_timeout(due.saturating_duration_since(Instant::now())),
            None => self.queue.recv().map_err(RecvTimeoutError::from),
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Job(job) => self.waiting.push(job),
            // It has done its work by being received.
            Message::Wake => {}
        }
    }

    /// Takes what is in the queue, up to a full group.
    fn collect(&mut self) {
        while self.waiting.len() < MOST_JOBS
            && let Ok(message) = self.queue.try_recv()
        {
            self.take(message);
        }
    }

    /// Whether last visits are to be written with the next group; all of them at the end.
    fn is_due(&self) -> bool {
        self.due
            .is_some_and(|due| self.closed || due <= Instant::now())
    }

    /// One group: begun, run, committed and answered.
    fn round(&mut self) {
        let until = self.waiting.iter().map(Job::until).min();
        match self
            .writing
            .begin(until.unwrap_or_else(|| Instant::now() + self.deadline))
        {
            Ok(()) => self.group(),
            Err(fault) => self.refuse(fault),
        }
    }

    fn group(&mut self) {
        self.collect();
        let mut jobs = std::mem::take(&mut self.waiting);
        let visits = self.is_due().then(|| self.renewals.take(MOST_VISITS));
        let taken = visits.as_ref().map_or(&[][..], |(visits, _)| visits);
        let renewed = match self.writing.run(&mut jobs, taken, &self.renewals) {
            Ok(renewed) => renewed,
            Err(fault) => {
                self.writing.roll_back();
                if fault.kind() == StoreErrorKind::Full {
                    self.writing.checkpoint();
                }
                self.one_by_one(&mut jobs);
                false
            }
        };
        jobs.into_iter().for_each(Job::answer);
        match visits {
            Some((visits, all)) if renewed => self.settle(&visits, all),
            _ if renewed => {}
            _ => self.postpone(),
        }
    }

    /// Runs each job of a group that was lost in a transaction of its own.
    fn one_by_one(&self, jobs: &mut [Job]) {
        for job in jobs.iter_mut().filter(|job| !job.has_failed()) {
            if let Err(fault) = self.single(job) {
                self.writing.roll_back();
                job.fail(fault.into());
            }
        }
    }

    fn single(&self, job: &mut Job) -> Result<bool, Fault> {
        self.writing.begin(job.until())?;
        self.writing
            .run(std::slice::from_mut(job), &[], &self.renewals)
    }

    /// Answers those who can wait no longer, all of them if waiting is of no use.
    fn refuse(&mut self, fault: Fault) {
        let (kind, fault) = (fault.kind(), Arc::new(fault));
        let jobs = std::mem::take(&mut self.waiting);
        for mut job in jobs {
            if kind == StoreErrorKind::Busy && !job.is_late() {
                self.waiting.push(job);
            } else {
                job.fail(StoreError::with_source(kind, Arc::clone(&fault)));
                job.answer();
            }
        }
        self.postpone();
        if !self.waiting.is_empty() {
            thread::sleep(BETWEEN_TRIES);
        }
    }

    /// Lets go of last visits that are in the file now, once no reader relies on them.
    fn settle(&mut self, visits: &[(Name, Timestamp)], all: bool) {
        self.due = if all { None } else { Some(Instant::now()) };
        self.readers.wait_for_each();
        self.renewals.settle(visits);
    }

    /// Has last visits that were not written tried again; at the very end they are given up.
    fn postpone(&mut self) {
        if !self.is_due() {
            return;
        }
        if self.closed && self.waiting.is_empty() {
            self.due = None;
            self.renewals.give_up();
        } else {
            self.due = Some(Instant::now() + RETRY);
            self.renewals.put_back();
        }
    }
}

#[cfg(test)]
mod tests;
