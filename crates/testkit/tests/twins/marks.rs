//! A store of marks that is right but for one fault.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use portcullis_core::{Digest, Mark, MarkStore, StoreError, Timestamp};
use tokio::task::yield_now;

/// What a store of marks does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkFault {
    None,
    ComparesByPrefix,
    EndsEarly,
    ForgetsAmongMany,
    LaterCallsShorten,
    LooksThenSets,
}

#[derive(Debug)]
pub(super) struct MarkTwin {
    marks: Mutex<BTreeMap<Digest, Timestamp>>,
    fault: MarkFault,
}

impl MarkTwin {
    pub(super) fn new(fault: MarkFault) -> Self {
        Self {
            marks: Mutex::default(),
            fault,
        }
    }

    fn is_set(&self, digest: &Digest, now: Timestamp) -> bool {
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        marks.get(digest).is_some_and(|until| now < *until)
    }

    fn set(&self, digest: Digest, until: Timestamp, now: Timestamp) -> Mark {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        if self.fault == MarkFault::ForgetsAmongMany && marks.len() > 100 {
            marks.pop_first();
        }
        let is_set = marks.get(&digest).is_some_and(|until| now < *until);
        if !is_set || self.fault == MarkFault::LaterCallsShorten {
            marks.insert(digest, until);
        }
        if is_set { Mark::Seen } else { Mark::First }
    }
}

impl MarkStore for MarkTwin {
    async fn mark(
        &self,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Mark, StoreError> {
        let mut bytes = *digest.as_bytes();
        match self.fault {
            MarkFault::ComparesByPrefix => bytes[16..].fill(0),
            MarkFault::LooksThenSets if !self.is_set(digest, now) => {
                yield_now().await;
                let _second = self.set(*digest, until, now);
                return Ok(Mark::First);
            }
            _ => {}
        }
        let earlier = if self.fault == MarkFault::EndsEarly {
            1
        } else {
            0
        };
        let until = until.before(Duration::from_millis(earlier));
        Ok(self.set(Digest::from_bytes(bytes), until, now))
    }
}
