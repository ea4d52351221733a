//! Verbs as values, to be given to two stores.

use std::num::NonZeroU32;

use portcullis_core::{Digest, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Rotation, SessionStore,
    Updated,
};

use super::verbs::well;

/// One verb with all its arguments but the time.
#[derive(Clone, Debug)]
pub(super) enum Verb {
    Create {
        record: Record,
        replaces: Option<Digest>,
        cap: Option<NonZeroU32>,
    },
    Delete {
        key: Digest,
    },
    List {
        subject: SubjectId,
    },
    Load {
        key: Digest,
        renewal: Renewal,
    },
    Purge {
        limit: NonZeroU32,
    },
    Revoke {
        subject: SubjectId,
        which: Revoke,
    },
    Rotate {
        key: Digest,
        rotation: Rotation,
    },
    Update {
        key: Digest,
        expected: u64,
        change: Change,
    },
}

/// What came of a verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Created(Created),
    Deleted(bool),
    Listed(Vec<Loaded>),
    Found(Lookup),
    /// How many entries a purge removed is the store's own affair, up to the limit.
    Purged {
        within_limit: bool,
    },
    Revoked(u64),
    Rotated(Rotated),
    Updated(Updated),
}

impl Verb {
    pub(super) async fn run<S: SessionStore>(&self, store: &S, now: Timestamp) -> Answer {
        match self.clone() {
            Self::Create {
                record,
                replaces,
                cap,
            } => Answer::Created(well(
                store.create(record, replaces.as_ref(), cap, now).await,
            )),
            Self::Delete { key } => Answer::Deleted(well(store.delete(&key, now).await)),
            Self::List { subject } => Answer::Listed(well(store.list(&subject, now).await)),
            Self::Load { key, renewal } => {
                Answer::Found(well(store.load(&key, renewal, now).await))
            }
            Self::Purge { limit } => {
                let removed = well(store.purge(limit, now).await);
                Answer::Purged {
                    within_limit: removed <= limit.get(),
                }
            }
            Self::Revoke { subject, which } => {
                Answer::Revoked(well(store.revoke(&subject, which, now).await))
            }
            Self::Rotate { key, rotation } => {
                Answer::Rotated(well(store.rotate(&key, rotation, now).await))
            }
            Self::Update {
                key,
                expected,
                change,
            } => Answer::Updated(well(store.update(&key, expected, change, now).await)),
        }
    }
}

impl Answer {
    /// The answer without what a store may say in two ways: a predecessor whose grace is over may
    /// be left out, and a visit at the time of the last one may be said to renew or not.
    pub(super) fn plain(mut self, now: Timestamp, is_moot: bool) -> Self {
        if let Self::Found(Lookup::Current { renewed, .. }) = &mut self {
            *renewed &= !is_moot;
        }
        for loaded in self.sessions_mut() {
            let predecessor = loaded.record.predecessor.as_deref();
            if predecessor.is_some_and(|it| it.grace_until <= now) {
                let record = Record {
                    predecessor: None,
                    ..(*loaded.record).clone()
                };
                loaded.record = record.into();
            }
        }
        self
    }

    /// The sessions that are in the answer.
    pub(super) fn sessions_mut(&mut self) -> Vec<&mut Loaded> {
        match self {
            Self::Listed(listed) => listed.iter_mut().collect(),
            Self::Found(Lookup::Current { loaded, .. } | Lookup::Predecessor(loaded))
            | Self::Rotated(Rotated::Done(loaded) | Rotated::Superseded(loaded))
            | Self::Updated(Updated::Done(loaded) | Updated::Conflict(loaded)) => vec![loaded],
            _ => Vec::new(),
        }
    }
}
