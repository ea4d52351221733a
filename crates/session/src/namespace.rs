//! Sessions of several services in one store, each service's hidden from the others.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use portcullis_core::{Digest, StoreError, StoreErrorKind, SubjectId, Timestamp};

use crate::{
    Change, Created, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation, SessionStore,
    Standing, Updated,
};

/// Ends the name in a subject; no name has it.
const END: char = '/';

/// Shows a service its own sessions alone, in a store that it shares with others.
///
/// For services that share a database and no users: the cookie of one is nothing to another, and
/// neither lists, caps or revokes sessions of the other. [`purge`](SessionStore::purge) alone is
/// for all that is in the store.
///
/// # How it separates
///
/// 1. **Keys.** A store is asked for the digest of a token. Here each byte of it is added to one of
///    a digest of the namespace's name, and taken off again from what the store answers: a token of
///    one namespace opens nothing in another. For it to open something, two tokens would need
///    digests that differ by exactly what the namespaces do, and finding such a token is as hard as
///    finding one by its digest. Hashing the key once more would hide it as well, but not come
///    back: records are listed, and found by an older key, with the key that they have now.
/// 2. **Subjects.** The store knows `usr_1` as `name/usr_1`. No name has a slash, so that no two
///    namespaces have a subject in common.
///
/// Handles and values stay as they are. A record of a subject that is not the namespace's is
/// [`Lookup::Unreadable`], or an error of the kind [`Corrupt`](StoreErrorKind::Corrupt).
///
/// # Security
///
/// - The name is not a secret. What keeps sessions apart is that tokens are random.
/// - Whoever uses the same store without a namespace must give no subject with a slash, or put it
///   into a namespace too.
/// - Two services with one name are one service.
/// - To rename a namespace ends its sessions.
///
/// ```
/// use portcullis_session::{MemoryStore, Namespaced};
///
/// let store = MemoryStore::new();
/// let dashboard = Namespaced::new("dashboard", store.clone())?;
/// let support = Namespaced::new("support", store)?;
/// # Ok::<_, portcullis_session::NamespaceError>(())
/// ```
#[derive(Clone)]
pub struct Namespaced<S> {
    store: S,
    name: Arc<str>,
    shift: Digest,
}

/// The name of a [`Namespaced`] is not 1 to 64 lower-case letters, digits, `-` and `_`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a namespace's name must be 1 to 64 of a to z, 0 to 9, - and _")]
#[non_exhaustive]
pub struct NamespaceError;

impl<S> Namespaced<S> {
    /// Takes a name of 1 to 64 lower-case ASCII letters, digits, `-` and `_`, and the store.
    ///
    /// A longer name leaves less for subjects: with the name and a slash they may have 255
    /// characters. A longer subject is signed in nowhere: to create its session is an error of the
    /// kind [`TooLarge`](StoreErrorKind::TooLarge).
    ///
    /// # Errors
    ///
    /// [`NamespaceError`] if the name is another.
    pub fn new(name: &str, store: S) -> Result<Self, NamespaceError> {
        let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if !(1..=64).contains(&name.len()) || !name.bytes().all(is_plain) {
            return Err(NamespaceError);
        }
        let shift = Digest::of_parts(&[b"portcullis session namespace", name.as_bytes()]);
        let name = Arc::from(name);
        Ok(Self { store, name, shift })
    }

    /// The key under which the store has it.
    fn inner(&self, key: &Digest) -> Digest {
        self.each_byte(key, u8::wrapping_add)
    }

    /// The key of what the store has under this one.
    fn outer(&self, key: &Digest) -> Digest {
        self.each_byte(key, u8::wrapping_sub)
    }

    fn each_byte(&self, key: &Digest, change: impl Fn(u8, u8) -> u8) -> Digest {
        let mut bytes = *key.as_bytes();
        for (byte, shift) in bytes.iter_mut().zip(self.shift.as_bytes()) {
            *byte = change(*byte, *shift);
        }
        Digest::from_bytes(bytes)
    }

    /// The subject as the store has it; none if there is no room for the name.
    fn inner_subject(&self, subject: &SubjectId) -> Option<SubjectId> {
        SubjectId::new(&format!("{}{END}{subject}", self.name)).ok()
    }

    /// The subject that the store has as this one; none if it is not of this namespace.
    fn outer_subject(&self, subject: &SubjectId) -> Option<SubjectId> {
        let rest = subject.as_str().strip_prefix(&*self.name)?;
        SubjectId::new(rest.strip_prefix(END)?).ok()
    }

    /// A record with all its keys and its subject changed; none if the subject cannot be.
    fn record(
        mut record: Record,
        key: impl Fn(&Digest) -> Digest,
        subject: impl Fn(&SubjectId) -> Option<SubjectId>,
    ) -> Option<Record> {
        record.key = key(&record.key);
        if let Some(predecessor) = &mut record.predecessor {
            predecessor.key = key(&predecessor.key);
        }
        match &mut record.standing {
            Standing::Anonymous => {}
            Standing::Pending(pending) => pending.subject = subject(&pending.subject)?,
            Standing::User(user) => user.subject = subject(&user.subject)?,
        }
        Some(record)
    }

    /// What the store has shown; none if it is not of this namespace.
    fn shown(&self, loaded: Loaded) -> Option<Loaded> {
        let record = Self::record(
            Arc::unwrap_or_clone(loaded.record),
            |key| self.outer(key),
            |subject| self.outer_subject(subject),
        )?;
        Some(Loaded {
            record: Arc::new(record),
            seen_at: loaded.seen_at,
        })
    }

    fn loaded(&self, loaded: Loaded) -> Result<Loaded, StoreError> {
        let corrupt = || StoreError::new(StoreErrorKind::Corrupt);
        self.shown(loaded).ok_or_else(corrupt)
    }

    fn lookup(&self, lookup: Lookup) -> Lookup {
        let shown = match lookup {
            Lookup::Current { loaded, renewed } => self
                .shown(loaded)
                .map(|loaded| Lookup::Current { loaded, renewed }),
            Lookup::Predecessor(loaded) => self.shown(loaded).map(Lookup::Predecessor),
            Lookup::Absent | Lookup::Reused(_) | Lookup::Unreadable => Some(lookup),
        };
        shown.unwrap_or(Lookup::Unreadable)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<S: SessionStore> SessionStore for Namespaced<S> {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let replaces = replaces.map(|key| self.inner(key));
        let (key, subject) = (|it: &_| self.inner(it), |it: &_| self.inner_subject(it));
        let too_large = || StoreError::new(StoreErrorKind::TooLarge);
        let record = Self::record(record, key, subject).ok_or_else(too_large)?;
        self.store.create(record, replaces.as_ref(), cap, now).await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let found = self.store.load(&self.inner(key), renewal, now).await;
        found.map(|lookup| self.lookup(lookup))
    }

    fn try_load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        let found = self.store.try_load(&self.inner(key), renewal, now)?;
        Some(found.map(|lookup| self.lookup(lookup)))
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let key = self.inner(key);
        Ok(
            match self.store.update(&key, expected, change, now).await? {
                Updated::Done(loaded) => Updated::Done(self.loaded(loaded)?),
                Updated::Conflict(loaded) => Updated::Conflict(self.loaded(loaded)?),
                Updated::Gone => Updated::Gone,
            },
        )
    }

    async fn rotate(
        &self,
        key: &Digest,
        mut rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        rotation.new_key = self.inner(&rotation.new_key);
        let key = self.inner(key);
        Ok(match self.store.rotate(&key, rotation, now).await? {
            Rotated::Done(loaded) => Rotated::Done(self.loaded(loaded)?),
            Rotated::Superseded(loaded) => Rotated::Superseded(self.loaded(loaded)?),
            Rotated::Exists => Rotated::Exists,
            Rotated::Gone => Rotated::Gone,
        })
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        self.store.delete(&self.inner(key), now).await
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        let Some(subject) = self.inner_subject(subject) else {
            return Ok(Vec::new());
        };
        let listed = self.store.list(&subject, now).await?;
        listed.into_iter().map(|it| self.loaded(it)).collect()
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        match self.inner_subject(subject) {
            Some(subject) => self.store.revoke(&subject, which, now).await,
            None => Ok(0),
        }
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.store.purge(limit, now).await
    }
}

impl<S> fmt::Debug for Namespaced<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namespaced")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
