//! The way to the thread that writes.

use std::convert::Infallible;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portcullis_core::{StoreError, StoreErrorKind};
use rusqlite::Connection;

use super::Writer;
use super::job::Job;
use super::transaction::Writing;
use crate::SqliteConfig;
use crate::error::{Fault, OpenError};
use crate::readers::Readers;
use crate::renewals::Renewals;
use crate::verbs::Db;

/// How long the end of the store waits for the last writes at most.
const CLOSING: Duration = Duration::from_secs(5);

/// What comes to the thread that writes.
pub(super) enum Message {
    Job(Job),
    /// There are last visits to write.
    Wake,
}

/// Hands writes to the thread. When it is dropped, the thread commits what waits, and ends.
#[derive(Debug)]
pub(crate) struct Queue {
    sender: Option<SyncSender<Message>>,
    deadline: Duration,
    /// Closed when the thread has ended.
    ended: Mutex<Receiver<Infallible>>,
}

impl Queue {
    /// Starts the thread.
    pub(crate) fn start(
        config: &SqliteConfig,
        connection: Connection,
        readers: Arc<Readers>,
        renewals: Arc<Renewals>,
    ) -> Result<Self, OpenError> {
        let (sender, queue) = mpsc::sync_channel(config.queue);
        let (end, ended) = mpsc::channel();
        let writer = Writer {
            queue,
            waiting: Vec::new(),
            closed: false,
            renewals,
            delay: config.renewal_delay,
            due: None,
            deadline: config.deadline,
            readers,
            writing: Writing::new(connection)?,
        };
        let run = move || {
            writer.run();
            drop(end);
        };
        let thread = thread::Builder::new().name("portcullis-sqlite".to_owned());
        thread.spawn(run).map_err(OpenError::unavailable)?;
        Ok(Self {
            sender: Some(sender),
            deadline: config.deadline,
            ended: Mutex::new(ended),
        })
    }

    /// Has a verb run and committed.
    ///
    /// Once this was polled, the verb may run although nobody waits any more; wholly or not at all.
    pub(crate) async fn write<T, F>(&self, verb: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(Db<'_>) -> Result<T, Fault> + Send + 'static,
    {
        let (job, answer) = Job::new(verb, Instant::now() + self.deadline);
        self.send(Message::Job(job)).map_err(StoreError::new)?;
        // The thread drops a job without an answer only if it panics.
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError::new(StoreErrorKind::Unavailable)))
    }

    /// Tells the thread that there are last visits to write.
    pub(crate) fn wake(&self) {
        // If the queue is full, the thread is awake, and looks for itself.
        let _ = self.send(Message::Wake);
    }

    fn send(&self, message: Message) -> Result<(), StoreErrorKind> {
        let sender = self.sender.as_ref().ok_or(StoreErrorKind::Unavailable)?;
        sender.try_send(message).map_err(|error| match error {
            TrySendError::Full(_) => StoreErrorKind::Busy,
            TrySendError::Disconnected(_) => StoreErrorKind::Unavailable,
        })
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        drop(self.sender.take());
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Either the thread has ended, or the disk takes too long.
        let _ = ended.recv_timeout(CLOSING);
    }
}
