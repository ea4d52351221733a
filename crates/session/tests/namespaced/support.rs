//! Sessions, and the two services of which each has its own.

use std::num::NonZeroU32;
use std::time::Duration;

use portcullis_core::{Authentication, Digest, Level, Method, SubjectId, Timestamp};
use portcullis_session::{
    Created, Data, Handle, Lifetime, Lookup, MemoryStore, Namespaced, Persistence, Record, Renewal,
    Rotation, SessionStore, Standing, User,
};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(4_102_444_800);

/// Two services in one store.
pub(crate) struct Services {
    pub(crate) one: Namespaced<MemoryStore>,
    pub(crate) two: Namespaced<MemoryStore>,
    /// The store itself.
    pub(crate) plain: MemoryStore,
}

impl Services {
    pub(crate) async fn new() -> Self {
        Self::called("one", "two")
    }

    pub(crate) fn called(one: &str, two: &str) -> Self {
        let plain = MemoryStore::new();
        Self {
            one: Namespaced::new(one, plain.clone()).unwrap(),
            two: Namespaced::new(two, plain.clone()).unwrap(),
            plain,
        }
    }
}

pub(crate) fn key(number: u64) -> Digest {
    Digest::of(&number.to_be_bytes())
}

pub(crate) fn subject(name: &str) -> SubjectId {
    SubjectId::new(name).unwrap()
}

/// A user's session, with the key and the handle of this number.
pub(crate) fn session(number: u64, name: &str) -> Record {
    Record {
        key: key(number),
        handle: Handle::from_bytes(u128::from(number).to_be_bytes()),
        standing: Standing::User(User {
            subject: subject(name),
            authentication: Authentication {
                at: NOW,
                method: Method::new("pwd").unwrap(),
                level: Level::Single,
            },
            stamp: None,
        }),
        created_at: NOW,
        lifetime: Lifetime {
            idle_secs: 3_600,
            until: NOW.after(Duration::from_secs(86_400)),
            persistence: Persistence::Persistent,
        },
        predecessor: None,
        version: 1,
        data: Data::default(),
    }
}

pub(crate) fn rotation(new: u64) -> Rotation {
    Rotation {
        new_key: key(new),
        authentication: None,
        grace_until: NOW.after(Duration::from_secs(10)),
        remember_until: NOW.after(Duration::from_secs(60)),
    }
}

pub(crate) async fn create(store: &impl SessionStore, record: Record) -> Created {
    create_capped(store, record, None).await
}

pub(crate) async fn create_capped(
    store: &impl SessionStore,
    record: Record,
    cap: Option<NonZeroU32>,
) -> Created {
    store.create(record, None, cap, NOW).await.unwrap()
}

pub(crate) async fn load(store: &impl SessionStore, number: u64) -> Lookup {
    store.load(&key(number), Renewal::Never, NOW).await.unwrap()
}

/// Whether there is a session under the key, and it is the very one.
pub(crate) async fn has(store: &impl SessionStore, number: u64, name: &str) -> bool {
    match load(store, number).await {
        Lookup::Current { loaded, .. } => *loaded.record == session(number, name),
        _ => false,
    }
}

pub(crate) async fn listed(store: &impl SessionStore, name: &str) -> Vec<Digest> {
    let listed = store.list(&subject(name), NOW).await.unwrap();
    listed.iter().map(|loaded| loaded.record.key).collect()
}

/// Signs in, for good, users whom the rules of the suite know too.
pub(crate) async fn fill(store: &impl SessionStore) {
    for number in 0..50 {
        for name in ["ada", "bob", "eve"] {
            let mut record = session(number, name);
            record.lifetime.idle_secs = u32::MAX;
            record.lifetime.until = Timestamp::MAX;
            if name != "ada" {
                record.key = Digest::of_parts(&[name.as_bytes(), record.handle.as_bytes()]);
            }
            assert_eq!(create(store, record).await, Created::Done { evicted: 0 });
        }
    }
}
