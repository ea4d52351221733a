//! A store behind a gate.

use std::num::NonZeroU32;

use portcullis_core::{Digest, StoreError, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation, SessionStore,
    Updated,
};

use super::Gate;
use super::history::Verb;
use super::words::Names;

/// A store each of whose calls waits at a [`Gate`] before it is done and before it is answered.
///
/// It leaves `try_load` as it is by default, so that each load is a call.
#[derive(Clone, Debug)]
pub struct Gated<S> {
    store: S,
    gate: Gate,
}

impl<S> Gated<S> {
    pub(super) const fn new(store: S, gate: Gate) -> Self {
        Self { store, gate }
    }
}

impl<S: SessionStore> SessionStore for Gated<S> {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let new = record.clone();
        let call = |names: &mut Names| names.create(&new, replaces, cap);
        let done = async { self.store.create(record, replaces, cap, now).await };
        self.gate
            .through(Verb::Create, call, done, Names::created)
            .await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let call = |names: &mut Names| names.load(key, renewal);
        let done = async { self.store.load(key, renewal, now).await };
        self.gate
            .through(Verb::Load, call, done, Names::lookup)
            .await
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let asked = change.clone();
        let call = |names: &mut Names| names.update(key, expected, &asked);
        let done = async { self.store.update(key, expected, change, now).await };
        self.gate
            .through(Verb::Update, call, done, Names::updated)
            .await
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        let new_key = rotation.new_key;
        let call = |names: &mut Names| format!("{} to {}", names.key(key), names.key(&new_key));
        let done = async { self.store.rotate(key, rotation, now).await };
        self.gate
            .through(Verb::Rotate, call, done, Names::rotated)
            .await
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        let call = |names: &mut Names| names.key(key);
        let done = async { self.store.delete(key, now).await };
        let answer = |_: &mut Names, deleted: &bool| deleted.to_string();
        self.gate.through(Verb::Delete, call, done, answer).await
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        let call = |_: &mut Names| "of the subject".to_owned();
        let done = async { self.store.list(subject, now).await };
        let answer = |names: &mut Names, listed: &Vec<Loaded>| names.listed(listed);
        self.gate.through(Verb::List, call, done, answer).await
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let call = |names: &mut Names| names.revoke(which);
        let done = async { self.store.revoke(subject, which, now).await };
        let answer = |_: &mut Names, count: &u64| count.to_string();
        self.gate.through(Verb::Revoke, call, done, answer).await
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        let call = |_: &mut Names| format!("at most {limit}");
        let done = async { self.store.purge(limit, now).await };
        let answer = |_: &mut Names, count: &u32| count.to_string();
        self.gate.through(Verb::Purge, call, done, answer).await
    }
}
