//! Tokens that nobody needs any more, until they are revoked.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{AccessToken, ProviderTokens};

/// How many tokens wait at most; of more, the oldest are left to expire.
const CAPACITY: usize = 1024;

/// How often a token is tried to be revoked.
pub(crate) const ATTEMPTS: u8 = 3;

/// A bounded queue: filled by whoever drops a token, without waiting; drained by whoever may wait.
#[derive(Default)]
pub(crate) struct Revocations(Mutex<VecDeque<Pending>>);

/// A token to be revoked.
#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) token: AccessToken,
    pub(crate) attempts: u8,
}

impl Revocations {
    /// Queues a token; true if an older one had to go for it.
    pub(crate) fn push(&self, pending: Pending) -> bool {
        let mut queue = self.queue();
        let is_full = queue.len() >= CAPACITY;
        if is_full {
            queue.pop_front();
        }
        queue.push_back(pending);
        is_full
    }

    pub(crate) fn pop(&self) -> Option<Pending> {
        self.queue().pop_front()
    }

    pub(crate) fn len(&self) -> usize {
        self.queue().len()
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Pending>> {
        // The queue is whole after each statement, whatever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Revocations({})", self.len())
    }
}

/// A token that the provider gave for a sign-in. Dropped, it is queued to be revoked, whichever
/// way the sign-in ends; [`GithubSignIn::revoke_pending`](crate::GithubSignIn::revoke_pending)
/// revokes what is queued.
pub struct LeftoverToken {
    tokens: Option<ProviderTokens>,
    queue: Arc<Revocations>,
}

impl LeftoverToken {
    pub(crate) fn new(tokens: ProviderTokens, queue: Arc<Revocations>) -> Self {
        Self {
            tokens: Some(tokens),
            queue,
        }
    }

    /// Keeps the token: it will not be revoked, and must be stored sealed, as a
    /// [`TokenVault`](crate::TokenVault) does.
    ///
    /// # Panics
    ///
    /// Never: only this method takes the token out.
    #[must_use]
    pub fn keep(mut self) -> ProviderTokens {
        self.tokens.take().expect("taken once")
    }

    pub(crate) fn access(&self) -> Option<&AccessToken> {
        self.tokens.as_ref().map(|tokens| &tokens.access)
    }
}

impl Drop for LeftoverToken {
    fn drop(&mut self) {
        if let Some(tokens) = self.tokens.take() {
            self.queue.push(Pending {
                token: tokens.access,
                attempts: 0,
            });
        }
    }
}

impl fmt::Debug for LeftoverToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LeftoverToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(token: &str) -> Pending {
        Pending {
            token: AccessToken::new(token).unwrap(),
            attempts: 0,
        }
    }

    #[test]
    fn o43_the_queue_is_bounded_and_the_oldest_goes() {
        let queue = Revocations::default();
        for n in 0..CAPACITY {
            assert!(!queue.push(pending(&format!("t{n}"))));
        }
        assert!(queue.push(pending("last")));
        assert_eq!(queue.len(), CAPACITY);
        assert_eq!(queue.pop().unwrap().token.expose_secret(), "t1");
    }
}
