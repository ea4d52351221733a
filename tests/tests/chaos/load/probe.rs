use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portcullis_cookie::{KeyRing, SealKey};
use portcullis_core::{Digest, Random, StoreError, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, DynSessionStore, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation,
    SessionStore, Updated,
};
use portcullis_tests::{Site, SiteSetup, StoreKind};

type Twist = Arc<dyn Fn(&Digest, Lookup) -> Lookup + Send + Sync>;
type Hook = Arc<dyn Fn(&'static str) + Send + Sync>;

/// A store above another that counts its calls, takes its time, and changes what is found.
#[derive(Clone)]
pub(crate) struct Probe {
    store: Arc<dyn DynSessionStore>,
    calls: Arc<Mutex<BTreeMap<&'static str, u64>>>,
    delay: Duration,
    hook: Hook,
    twist: Twist,
}

impl Probe {
    pub(crate) fn new(store: impl SessionStore) -> Self {
        Self {
            store: Arc::new(store),
            calls: Arc::default(),
            delay: Duration::ZERO,
            hook: Arc::new(|_| ()),
            twist: Arc::new(|_, found| found),
        }
    }

    /// Answers each load so much later.
    pub(crate) fn slow(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Is told of each verb before it is done; may panic.
    pub(crate) fn with_hook(mut self, hook: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        self.hook = Arc::new(hook);
        self
    }

    /// Changes what loads find.
    pub(crate) fn with_twist(
        mut self,
        twist: impl Fn(&Digest, Lookup) -> Lookup + Send + Sync + 'static,
    ) -> Self {
        self.twist = Arc::new(twist);
        self
    }

    /// How often each verb was called; it is forgotten.
    pub(crate) fn calls(&self) -> BTreeMap<&'static str, u64> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, verb: &'static str) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(verb).or_default() += 1;
        drop(calls);
        (self.hook)(verb);
    }
}

impl SessionStore for Probe {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        self.note("create");
        self.store.create(record, replaces, cap, now).await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        self.note("load");
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let found = self.store.load(key, renewal, now).await?;
        Ok((self.twist)(key, found))
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        self.note("update");
        self.store.update(key, expected, change, now).await
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        self.note("rotate");
        self.store.rotate(key, rotation, now).await
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        self.note("delete");
        self.store.delete(key, now).await
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        self.note("list");
        self.store.list(subject, now).await
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.note("revoke");
        self.store.revoke(subject, which, now).await
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.note("purge");
        self.store.purge(limit, now).await
    }
}

/// What a site on this store is started with.
pub(crate) async fn setup_on(store: impl SessionStore) -> SiteSetup {
    let mut first = SiteSetup::new(StoreKind::Memory).start().await;
    first.store.sessions = Arc::new(store);
    let key = SealKey::generate(&Random::system()).expect("random bytes");
    SiteSetup::beside(&first, KeyRing::new(key))
}

/// A site on this store.
pub(crate) async fn site_on(store: impl SessionStore) -> Site {
    setup_on(store).await.start().await
}
