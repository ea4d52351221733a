//! A store in memory that counts, fails, hesitates and lets others in between.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use portcullis_core::{Digest, StoreError, StoreErrorKind, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, Loaded, Lookup, MemoryStore, Record, Renewal, Revoke, Rotated, Rotation,
    SessionStore, Updated,
};

/// The verbs of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Delete,
    List,
    Load,
    Purge,
    Revoke,
    Rotate,
    Update,
}

impl Verb {
    pub(crate) const ALL: [Self; 8] = [
        Self::Create,
        Self::Delete,
        Self::List,
        Self::Load,
        Self::Purge,
        Self::Revoke,
        Self::Rotate,
        Self::Update,
    ];
}

type Interruption = Box<dyn FnOnce() + Send>;

#[derive(Clone, Default)]
pub(crate) struct TestStore(Arc<Inner>);

#[derive(Default)]
struct Inner {
    memory: MemoryStore,
    calls: Mutex<Vec<Verb>>,
    ill: Mutex<Vec<Verb>>,
    hesitant: AtomicBool,
    before: Mutex<Option<(Verb, Interruption)>>,
    after: Mutex<Option<(Verb, Interruption)>>,
}

impl TestStore {
    /// The calls since they were last forgotten.
    pub(crate) fn calls(&self) -> Vec<Verb> {
        self.0.calls.lock().unwrap().clone()
    }

    pub(crate) fn forget_calls(&self) {
        self.0.calls.lock().unwrap().clear();
    }

    /// How many sessions there are.
    pub(crate) fn len(&self) -> usize {
        self.0.memory.len()
    }

    /// Makes these verbs fail, and no others.
    pub(crate) fn fail(&self, verbs: &[Verb]) {
        *self.0.ill.lock().unwrap() = verbs.to_vec();
    }

    /// Makes every verb wait once before it happens and once after.
    pub(crate) fn hesitate(&self) {
        self.0.hesitant.store(true, Ordering::SeqCst);
    }

    /// Ends what `hesitate` began.
    pub(crate) fn swift(&self) {
        self.0.hesitant.store(false, Ordering::SeqCst);
    }

    /// Does something else right before the next call of a verb happens.
    pub(crate) fn before(&self, verb: Verb, interruption: impl FnOnce() + Send + 'static) {
        *self.0.before.lock().unwrap() = Some((verb, Box::new(interruption)));
    }

    /// Does something else right after the next call of a verb has happened.
    pub(crate) fn after(&self, verb: Verb, interruption: impl FnOnce() + Send + 'static) {
        *self.0.after.lock().unwrap() = Some((verb, Box::new(interruption)));
    }

    async fn around<T>(
        &self,
        verb: Verb,
        happen: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.0.calls.lock().unwrap().push(verb);
        self.hesitation().await;
        interrupt(&self.0.before, verb);
        if self.0.ill.lock().unwrap().contains(&verb) {
            return Err(StoreError::new(StoreErrorKind::Unavailable));
        }
        let answer = happen.await;
        interrupt(&self.0.after, verb);
        self.hesitation().await;
        answer
    }

    async fn hesitation(&self) {
        let mut waited = !self.0.hesitant.load(Ordering::SeqCst);
        std::future::poll_fn(|cx| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

fn interrupt(due: &Mutex<Option<(Verb, Interruption)>>, verb: Verb) {
    let taken = due.lock().unwrap().take_if(|(at, _)| *at == verb);
    if let Some((_, interruption)) = taken {
        interruption();
    }
}

impl SessionStore for TestStore {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let created = self.0.memory.create(record, replaces, cap, now);
        self.around(Verb::Create, created).await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let found = self.0.memory.load(key, renewal, now);
        self.around(Verb::Load, found).await
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let updated = self.0.memory.update(key, expected, change, now);
        self.around(Verb::Update, updated).await
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        let rotated = self.0.memory.rotate(key, rotation, now);
        self.around(Verb::Rotate, rotated).await
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        let deleted = self.0.memory.delete(key, now);
        self.around(Verb::Delete, deleted).await
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        let listed = self.0.memory.list(subject, now);
        self.around(Verb::List, listed).await
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let revoked = self.0.memory.revoke(subject, which, now);
        self.around(Verb::Revoke, revoked).await
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        let purged = self.0.memory.purge(limit, now);
        self.around(Verb::Purge, purged).await
    }
}
