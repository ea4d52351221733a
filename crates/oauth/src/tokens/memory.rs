use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portcullis_core::{Digest, StoreError, Timestamp};

use super::{Lock, Swap, TokenStore};

/// Keeps sealed tokens in this process; clones are the same store.
///
/// Its locks hold among the tasks of one process, and what it keeps goes with the process.
#[derive(Clone, Default)]
pub struct MemoryTokenStore(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    texts: HashMap<Digest, String>,
    locks: HashMap<Digest, (Digest, Timestamp)>,
}

impl MemoryTokenStore {
    /// Makes an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each verb changes one map by one step, so the state is whole whatever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryTokenStore({})", self.state().texts.len())
    }
}

impl TokenStore for MemoryTokenStore {
    async fn load(&self, key: &Digest) -> Result<Option<String>, StoreError> {
        Ok(self.state().texts.get(key).cloned())
    }

    async fn swap(
        &self,
        key: &Digest,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<Swap, StoreError> {
        let mut state = self.state();
        if state.texts.get(key).map(String::as_str) != expected {
            return Ok(Swap::Conflict);
        }
        match new {
            Some(new) => state.texts.insert(*key, new.to_owned()),
            None => state.texts.remove(key),
        };
        Ok(Swap::Done)
    }

    async fn lock(
        &self,
        key: &Digest,
        holder: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Lock, StoreError> {
        let mut state = self.state();
        state.locks.retain(|_, (_, until)| *until > now);
        let (present, end) = state.locks.entry(*key).or_insert((*holder, until));
        if present != holder {
            return Ok(Lock::Busy);
        }
        *end = until;
        Ok(Lock::Held)
    }

    async fn unlock(&self, key: &Digest, holder: &Digest) -> Result<(), StoreError> {
        let mut state = self.state();
        if state
            .locks
            .get(key)
            .is_some_and(|(present, _)| present == holder)
        {
            state.locks.remove(key);
        }
        Ok(())
    }
}
