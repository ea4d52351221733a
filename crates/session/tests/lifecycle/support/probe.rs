//! A store that counts, remembers what it was given, waits and fails when told to.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use portcullis_core::{Digest, StoreError, StoreErrorKind, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, DynSessionStore, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation,
    SessionStore, Updated, codec,
};

use super::gate::Gate;
use super::run::yield_now;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    Create,
    Load,
    Update,
    Rotate,
    Delete,
    List,
    Revoke,
    Purge,
}

/// Where in a call something happens: before or after the store below did its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
}

pub(crate) const SIDES: [When; 2] = [When::Before, When::After];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Error,
    Panic,
}

/// The store of a test; clones are the same.
#[derive(Clone)]
pub(crate) struct Probe {
    below: Arc<dyn DynSessionStore>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    calls: Vec<Verb>,
    /// All that ever went into the store, as `Debug` shows it.
    text: String,
    /// All that ever went into the store, as bytes.
    bytes: Vec<u8>,
    digests: Vec<Digest>,
    gates: Vec<(Verb, When, Gate)>,
    faults: Vec<(Verb, When, Fault)>,
    is_down: bool,
    is_slow: bool,
    is_far: bool,
}

impl Probe {
    pub(crate) fn new(below: Arc<dyn DynSessionStore>) -> Self {
        Self {
            below,
            state: Arc::default(),
        }
    }

    /// The verbs called since the last time that this was asked.
    pub(crate) fn take_calls(&self) -> Vec<Verb> {
        std::mem::take(&mut self.state.lock().unwrap().calls)
    }

    /// Whether these bytes, or this text, ever went into the store.
    pub(crate) fn was_given(&self, secret: &[u8]) -> bool {
        let state = self.state.lock().unwrap();
        let holds = |heap: &[u8]| heap.windows(secret.len()).any(|part| part == secret);
        holds(state.text.as_bytes()) || holds(&state.bytes)
    }

    /// Every digest that went into the store.
    pub(crate) fn digests(&self) -> Vec<Digest> {
        self.state.lock().unwrap().digests.clone()
    }

    /// Holds the next call of `verb`, before or after the store below does its part.
    pub(crate) fn hold(&self, verb: Verb, when: When) -> Gate {
        let gate = Gate::default();
        self.state
            .lock()
            .unwrap()
            .gates
            .push((verb, when, gate.clone()));
        gate
    }

    /// Makes the next call of `verb` fail, before or after the store below did its part.
    pub(crate) fn fail(&self, verb: Verb, when: When) {
        let fault = (verb, when, Fault::Error);
        self.state.lock().unwrap().faults.push(fault);
    }

    /// Makes the next call of `verb` panic, before or after the store below did its part.
    pub(crate) fn panic(&self, verb: Verb, when: When) {
        let fault = (verb, when, Fault::Panic);
        self.state.lock().unwrap().faults.push(fault);
    }

    /// Makes every call fail, until told otherwise.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.state.lock().unwrap().is_down = is_down;
    }

    /// Makes every call wait a turn before and after the store below does its part.
    pub(crate) fn set_slow(&self, is_slow: bool) {
        self.state.lock().unwrap().is_slow = is_slow;
    }

    /// Makes the store one that never answers at once.
    #[cfg(feature = "cache")]
    pub(crate) fn set_far(&self) {
        self.state.lock().unwrap().is_far = true;
    }

    fn note(&self, verb: Verb, given: &impl std::fmt::Debug, digests: &[&Digest], bytes: &[&[u8]]) {
        let mut state = self.state.lock().unwrap();
        state.calls.push(verb);
        state.text.push_str(&format!("{given:?} {given:#?}\n"));
        for digest in digests {
            state.digests.push(**digest);
            state.bytes.extend_from_slice(digest.as_bytes());
        }
        for part in bytes {
            state.bytes.extend_from_slice(part);
        }
    }

    /// Whether a call of this verb is to be held, slowed down or failed.
    fn meddles_with(&self, verb: Verb) -> bool {
        let state = self.state.lock().unwrap();
        let is_held = state.gates.iter().any(|(held, _, _)| *held == verb);
        let is_failed = state.faults.iter().any(|(failed, _, _)| *failed == verb);
        is_held || is_failed || state.is_down || state.is_slow || state.is_far
    }

    async fn around<T>(
        &self,
        verb: Verb,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.side(verb, When::Before).await?;
        let answer = call.await?;
        self.side(verb, When::After).await?;
        Ok(answer)
    }

    async fn side(&self, verb: Verb, when: When) -> Result<(), StoreError> {
        let (gate, fault, is_slow) = {
            let mut state = self.state.lock().unwrap();
            let here = |(v, w): (Verb, When)| v == verb && w == when;
            let gate = state.gates.iter().position(|(v, w, _)| here((*v, *w)));
            let gate = gate.map(|index| state.gates.remove(index).2);
            let fault = state.faults.iter().position(|(v, w, _)| here((*v, *w)));
            let fault = fault.map(|index| state.faults.remove(index).2);
            let fault = fault.or(state.is_down.then_some(Fault::Error));
            (gate, fault, state.is_slow)
        };
        if is_slow {
            yield_now().await;
        }
        if let Some(gate) = gate {
            gate.pass().await;
        }
        match fault {
            None => Ok(()),
            Some(Fault::Error) => Err(StoreError::new(StoreErrorKind::Unavailable)),
            Some(Fault::Panic) => panic!("the store panics"),
        }
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
        let digests: Vec<&Digest> = replaces.into_iter().chain([&record.key]).collect();
        let body = codec::encode(&record);
        let given = (&record, replaces, cap, now);
        self.note(
            Verb::Create,
            &given,
            &digests,
            &[&body, record.handle.as_bytes()],
        );
        let below = self.below.create(record, replaces, cap, now);
        self.around(Verb::Create, below).await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        self.note(Verb::Load, &(key, renewal, now), &[key], &[]);
        self.around(Verb::Load, self.below.load(key, renewal, now))
            .await
    }

    fn try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        if self.meddles_with(Verb::Load) {
            return None;
        }
        let answer = self.below.try_load(key, renewal, now)?;
        self.note(Verb::Load, &(key, renewal, now), &[key], &[]);
        Some(answer)
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let data = change.data.clone().unwrap_or_default();
        self.note(
            Verb::Update,
            &(key, expected, &change, now),
            &[key],
            &[data.as_bytes()],
        );
        self.around(Verb::Update, self.below.update(key, expected, change, now))
            .await
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        let digests = [key, &rotation.new_key];
        self.note(Verb::Rotate, &(key, &rotation, now), &digests, &[]);
        self.around(Verb::Rotate, self.below.rotate(key, rotation, now))
            .await
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        self.note(Verb::Delete, &(key, now), &[key], &[]);
        self.around(Verb::Delete, self.below.delete(key, now)).await
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        self.note(Verb::List, &(subject, now), &[], &[]);
        self.around(Verb::List, self.below.list(subject, now)).await
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.note(Verb::Revoke, &(subject, which, now), &[], &[]);
        self.around(Verb::Revoke, self.below.revoke(subject, which, now))
            .await
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.note(Verb::Purge, &(limit, now), &[], &[]);
        self.around(Verb::Purge, self.below.purge(limit, now)).await
    }
}
