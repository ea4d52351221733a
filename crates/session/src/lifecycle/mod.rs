//! The life of sessions, without a framework: who may have one, how long, and when it ends.

mod authenticate;
mod issue;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use http::HeaderMap;
use portcullis_core::{Clock, Random, StoreError, SubjectId, SystemClock, Timestamp};

use crate::event::{Event, Observer, TracingObserver};
use crate::policy::SessionPolicy;
use crate::presented::Presented;
use crate::{Accounts, DynSessionStore, Loaded, Revoke, Session, SessionStore};

pub(crate) use authenticate::{Found, Live};
pub(crate) use issue::{Beginning, Issued, Turn};

/// What all requests share: the store, the policy, the clock and the source of randomness.
///
/// Cloning it is cheap, and its clones are the same.
#[derive(Clone)]
pub struct Lifecycle(Arc<Shared>);

#[derive(Clone)]
struct Shared {
    store: Arc<dyn DynSessionStore>,
    policy: SessionPolicy,
    clock: Arc<dyn Clock>,
    random: Random,
    observer: Arc<dyn Observer>,
    accounts: Option<Arc<dyn Accounts>>,
}

impl Lifecycle {
    /// Puts a store and a policy together, with the system's clock and generator.
    #[must_use]
    pub fn new(store: impl SessionStore, policy: SessionPolicy) -> Self {
        Self(Arc::new(Shared {
            store: Arc::new(store),
            policy,
            clock: Arc::new(SystemClock),
            random: Random::system(),
            observer: Arc::new(TracingObserver),
            accounts: None,
        }))
    }

    /// Takes another clock.
    #[must_use]
    pub fn with_clock(self, clock: impl Clock) -> Self {
        self.map(|shared| shared.clock = Arc::new(clock))
    }

    /// Takes another source of randomness: of use in tests alone.
    #[must_use]
    pub fn with_random(self, random: Random) -> Self {
        self.map(|shared| shared.random = random)
    }

    /// Tells events to `observer` in place of [`TracingObserver`].
    #[must_use]
    pub fn with_observer(self, observer: impl Observer) -> Self {
        self.map(|shared| shared.observer = Arc::new(observer))
    }

    /// Asks `accounts` each time a session of a user is used.
    #[must_use]
    pub fn with_accounts(self, accounts: impl Accounts) -> Self {
        self.map(|shared| shared.accounts = Some(Arc::new(accounts)))
    }

    fn map(mut self, change: impl FnOnce(&mut Shared)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &SessionPolicy {
        &self.0.policy
    }

    /// Begins the session of one request: reads its cookies, and asks no store yet.
    #[must_use]
    pub fn session(&self, headers: &HeaderMap) -> Session {
        Session::new(
            self.clone(),
            Presented::read(headers, self.0.policy.cookie.name()),
        )
    }

    /// Lists the sessions of a user that are alive, oldest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is ill.
    pub async fn list(&self, subject: &SubjectId) -> Result<Vec<Loaded>, StoreError> {
        let now = self.0.clock.now();
        let mut listed = self.0.store.list(subject, now).await?;
        // What the store says is not believed where it can be checked.
        listed.retain(|loaded| loaded.record.subject() == Some(subject) && loaded.is_alive(now));
        Ok(listed)
    }

    /// Ends sessions of a user, and says how many that were.
    ///
    /// When it has returned, no request is answered with one of them any more.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is ill; some or all of them may then be alive.
    pub async fn revoke(&self, subject: &SubjectId, which: Revoke) -> Result<u64, StoreError> {
        let count = self
            .0
            .store
            .revoke(subject, which, self.0.clock.now())
            .await?;
        if count > 0 {
            self.observe(&Event::Revoked {
                subject: subject.clone(),
                count,
            });
        }
        Ok(count)
    }

    /// Removes what has expired from the store, at most `limit` entries, and says how many.
    ///
    /// Call it from time to time, and again at once while it answers `limit`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is ill; go on calling it.
    pub async fn purge(&self, limit: NonZeroU32) -> Result<u32, StoreError> {
        self.0.store.purge(limit, self.0.clock.now()).await
    }

    /// The present time by the lifecycle's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn observe(&self, event: &Event) {
        self.0.observer.observe(event);
    }

    pub(crate) fn store(&self) -> &Arc<dyn DynSessionStore> {
        &self.0.store
    }
}

impl fmt::Debug for Lifecycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lifecycle")
            .field("policy", &self.0.policy)
            .finish_non_exhaustive()
    }
}
