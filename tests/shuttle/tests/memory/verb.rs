//! A call, and what came of it.

use std::fmt;
use std::num::NonZeroU32;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use portcullis_core::{Digest, StoreError, SubjectId};
use portcullis_session::{
    Change, Created, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation, SessionStore,
    Updated,
};

use crate::fixtures::{self, NOW};

#[derive(Clone)]
pub(crate) enum Verb {
    Create {
        record: Box<Record>,
        replaces: Option<Digest>,
        cap: Option<NonZeroU32>,
    },
    Load(Digest, Renewal),
    Update(Digest, u64, Change),
    Rotate(Digest, Rotation),
    Delete(Digest),
    List(SubjectId),
    Revoke(SubjectId, Revoke),
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Created(Created),
    Found(Lookup),
    Updated(Updated),
    Rotated(Rotated),
    Deleted(bool),
    Listed(Vec<Loaded>),
    Revoked(u64),
}

impl Verb {
    /// Does it on a store that does not wait.
    pub(crate) fn call(&self, store: &impl SessionStore) -> Answer {
        match self.clone() {
            Self::Create {
                record,
                replaces,
                cap,
            } => Answer::Created(now(store.create(*record, replaces.as_ref(), cap, NOW))),
            Self::Load(key, renewal) => Answer::Found(now(store.load(&key, renewal, NOW))),
            Self::Update(key, expected, change) => {
                Answer::Updated(now(store.update(&key, expected, change, NOW)))
            }
            Self::Rotate(key, rotation) => Answer::Rotated(now(store.rotate(&key, rotation, NOW))),
            Self::Delete(key) => Answer::Deleted(now(store.delete(&key, NOW))),
            Self::List(subject) => Answer::Listed(now(store.list(&subject, NOW))),
            Self::Revoke(subject, which) => {
                Answer::Revoked(now(store.revoke(&subject, which, NOW)))
            }
        }
    }
}

fn now<T>(future: impl Future<Output = Result<T, StoreError>>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer.unwrap(),
        Poll::Pending => panic!("a store in memory does not wait"),
    }
}

/// Keys and sessions by their numbers.
impl fmt::Debug for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create {
                record,
                replaces,
                cap,
            } => {
                let subject = record.subject().map_or("nobody", SubjectId::as_str);
                let replaces = replaces.as_ref().map(name);
                write!(
                    f,
                    "create {subject}'s {} for {replaces:?}, cap {cap:?}",
                    name(&record.key)
                )
            }
            Self::Load(key, Renewal::Never) => write!(f, "load {}", name(key)),
            Self::Load(key, _) => write!(f, "visit {}", name(key)),
            Self::Update(key, expected, _) => write!(f, "update {} at {expected}", name(key)),
            Self::Rotate(key, rotation) => {
                write!(f, "rotate {} to {}", name(key), name(&rotation.new_key))
            }
            Self::Delete(key) => write!(f, "delete {}", name(key)),
            Self::List(subject) => write!(f, "list {}", subject.as_str()),
            Self::Revoke(subject, which) => write!(f, "revoke {} {which:?}", subject.as_str()),
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created(created) => write!(f, "{created:?}"),
            Self::Found(Lookup::Current { loaded, renewed }) => {
                write!(f, "current {}, renewed {renewed}", session(loaded))
            }
            Self::Found(Lookup::Predecessor(loaded)) => {
                write!(f, "predecessor of {}", session(loaded))
            }
            Self::Found(other) => write!(f, "{other:?}"),
            Self::Updated(Updated::Done(loaded)) => write!(f, "done {}", session(loaded)),
            Self::Updated(Updated::Conflict(loaded)) => write!(f, "conflict {}", session(loaded)),
            Self::Updated(Updated::Gone) => f.write_str("gone"),
            Self::Rotated(Rotated::Done(loaded)) => write!(f, "done {}", session(loaded)),
            Self::Rotated(Rotated::Superseded(loaded)) => {
                write!(f, "superseded by {}", session(loaded))
            }
            Self::Rotated(other) => write!(f, "{other:?}"),
            Self::Deleted(deleted) => write!(f, "{deleted}"),
            Self::Listed(listed) => {
                let listed: Vec<_> = listed.iter().map(session).collect();
                write!(f, "{listed:?}")
            }
            Self::Revoked(count) => write!(f, "{count}"),
        }
    }
}

fn name(key: &Digest) -> String {
    let number = (1..100).find(|number| fixtures::key(*number) == *key);
    number.map_or_else(|| "unknown".to_owned(), |number| format!("k{number}"))
}

fn session(loaded: &Loaded) -> String {
    let (record, seen_at) = (&loaded.record, loaded.seen_at.as_secs());
    let number = u128::from_be_bytes(*record.handle.as_bytes());
    let (key, version) = (name(&record.key), record.version);
    format!("s{number} under {key}, version {version}, seen at {seen_at}")
}
