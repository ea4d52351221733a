//! CVE-2026-33496 and CVE-2021-32701 (Oathkeeper), RUSTSEC-2026-0035 (pingora-cache),
//! CVE-2026-30246 (Fiber): the key of a cache left out something that mattered.
//!
//! Here: keys that differ in one bit, at each of the 256, open different sessions through a cache;
//! a revocation through the cache holds at once, one past it after the staleness at the latest.

use std::time::Duration;

use portcullis_core::{Digest, Timestamp};
use portcullis_session::{
    CachedStore, Created, Lookup, MemoryStore, Renewal, Revoke, SessionStore,
};

use super::support::{START, record, subject};

const STALENESS: Duration = Duration::from_secs(10);

/// A cache above a store that others reach past it, too.
trait Cache {
    type Store: SessionStore;
    fn above(store: MemoryStore) -> Self::Store;
}

struct Ours;

impl Cache for Ours {
    type Store = CachedStore<MemoryStore>;
    fn above(store: MemoryStore) -> Self::Store {
        let cached = CachedStore::new(store).with_staleness(STALENESS);
        cached.expect("at most ten seconds")
    }
}

/// A digest, and those that differ from it in one bit.
fn neighbours() -> Vec<Digest> {
    let base = *Digest::of(b"base").as_bytes();
    let flipped = (0..256).map(|bit| {
        let mut bytes = base;
        bytes[bit / 8] ^= 1 << (bit % 8);
        Digest::from_bytes(bytes)
    });
    let base = Digest::from_bytes(base);
    std::iter::once(base).chain(flipped).collect()
}

/// Whose session a key opens.
async fn opens(store: &impl SessionStore, key: &Digest, now: Timestamp) -> Option<String> {
    let found = match store.try_load(key, Renewal::Never, now) {
        Some(found) => found,
        None => store.load(key, Renewal::Never, now).await,
    };
    match found.expect("the store answers") {
        Lookup::Current { loaded, .. } => {
            assert_eq!(loaded.record.key, *key, "another key's record is given");
            loaded.record.subject().map(|it| it.as_str().to_owned())
        }
        _ => None,
    }
}

async fn create(store: &impl SessionStore, key: Digest, user: &str) {
    let created = store.create(record(key, user), None, None, START).await;
    assert_eq!(created.unwrap(), Created::Done { evicted: 0 });
}

/// Two keys never share an entry.
async fn keys_are_whole<C: Cache>() {
    let store = C::above(MemoryStore::new());
    let keys = neighbours();
    create(&store, keys[0], "user0").await;
    for round in 0..2 {
        assert!(opens(&store, &keys[0], START).await.is_some(), "{round}");
        for key in &keys[1..] {
            let found = opens(&store, key, START).await;
            assert_eq!(found, None, "a key opens the session of another");
        }
    }
    for (number, key) in keys.iter().enumerate().skip(1) {
        create(&store, *key, &format!("user{number}")).await;
    }
    for _ in 0..2 {
        for (number, key) in keys.iter().enumerate() {
            let user = opens(&store, key, START).await;
            assert_eq!(user, Some(format!("user{number}")));
        }
    }
}

/// What was revoked through the cache is gone at once.
async fn own_revocations_hold_at_once<C: Cache>() {
    let store = C::above(MemoryStore::new());
    let key = Digest::of(b"ada");
    create(&store, key, "ada").await;
    assert!(opens(&store, &key, START).await.is_some());
    let ada = subject("ada");
    let revoked = store.revoke(&ada, Revoke::All, START).await;
    assert_eq!(revoked.unwrap(), 1);
    let found = opens(&store, &key, START).await;
    assert_eq!(found, None, "a revoked session is given from memory");
}

/// What was revoked past the cache is gone when the staleness is over.
async fn other_revocations_hold_in_time<C: Cache>() {
    let behind = MemoryStore::new();
    let store = C::above(behind.clone());
    let key = Digest::of(b"ada");
    create(&store, key, "ada").await;
    assert!(opens(&store, &key, START).await.is_some());
    let ada = subject("ada");
    let revoked = behind.revoke(&ada, Revoke::All, START).await;
    assert_eq!(revoked.unwrap(), 1);
    let found = opens(&store, &key, START.after(STALENESS)).await;
    assert_eq!(found, None, "a session is given after the staleness");
}

#[tokio::test]
async fn a34_two_tokens_never_share_an_entry() {
    keys_are_whole::<Ours>().await;
}

#[tokio::test]
async fn a34_a_revocation_through_the_cache_holds_at_once() {
    own_revocations_hold_at_once::<Ours>().await;
}

#[tokio::test]
async fn a34_a_revocation_past_the_cache_holds_when_the_staleness_is_over() {
    other_revocations_hold_in_time::<Ours>().await;
}

mod with_a_fault {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use portcullis_core::{StoreError, SubjectId};
    use portcullis_session::Loaded;
    use portcullis_tests::Twin;

    use super::super::support::forward;
    use super::*;

    /// A cache that goes by part of what matters.
    #[derive(Clone)]
    struct Faulty<const FAULT: u8> {
        store: MemoryStore,
        entries: Arc<Mutex<HashMap<Vec<u8>, Loaded>>>,
    }

    /// Goes by the first bytes of the key.
    const PREFIX: u8 = 0;
    /// Does not look at what is revoked through it.
    const OWN_WRITES: u8 = 1;
    /// Does not look at the time.
    const TIME: u8 = 2;

    impl<const FAULT: u8> Faulty<FAULT> {
        fn name(key: &Digest) -> Vec<u8> {
            let length = if FAULT == PREFIX { 8 } else { 32 };
            key.as_bytes()[..length].to_vec()
        }
    }

    impl<const FAULT: u8> Cache for Faulty<FAULT> {
        type Store = Self;
        fn above(store: MemoryStore) -> Self {
            let entries = Arc::default();
            Self { store, entries }
        }
    }

    impl<const FAULT: u8> SessionStore for Faulty<FAULT> {
        async fn load(
            &self,
            key: &Digest,
            renewal: Renewal,
            now: Timestamp,
        ) -> Result<Lookup, StoreError> {
            let name = Self::name(key);
            let known = self.entries.lock().unwrap().get(&name).cloned();
            let is_fresh = now < START.after(STALENESS) || FAULT == TIME;
            if let Some(loaded) = known.filter(|_| is_fresh) {
                // The record is given under the key that was asked for, as those caches did.
                let mut record = (*loaded.record).clone();
                record.key = *key;
                let loaded = Loaded {
                    record: record.into(),
                    ..loaded
                };
                let renewed = false;
                return Ok(Lookup::Current { loaded, renewed });
            }
            let found = self.store.load(key, renewal, now).await?;
            if let Lookup::Current { loaded, .. } = &found {
                self.entries.lock().unwrap().insert(name, loaded.clone());
            }
            Ok(found)
        }

        async fn revoke(
            &self,
            subject: &SubjectId,
            which: Revoke,
            now: Timestamp,
        ) -> Result<u64, StoreError> {
            if FAULT != OWN_WRITES {
                self.entries.lock().unwrap().clear();
            }
            self.store.revoke(subject, which, now).await
        }

        forward!(create update rotate delete list purge);
    }

    macro_rules! caught {
        ($($fault:ident: $test:ident by $check:ident, $which:ident, $says:literal;)+) => {
            $(
                #[expect(non_snake_case, reason = "the test is called what the fault is called")]
                #[tokio::test]
                async fn $fault() {
                    let name = concat!("a34 ", stringify!($fault));
                    Twin::new(name, stringify!($test), $says)
                        .is_caught_async($check::<Faulty<$which>>())
                        .await;
                }
            )+
        };
    }

    caught! {
        KeyIsCut: a34_two_tokens_never_share_an_entry by keys_are_whole, PREFIX,
            "a key opens the session of another";
        RevocationsPassBy: a34_a_revocation_through_the_cache_holds_at_once
            by own_revocations_hold_at_once, OWN_WRITES, "a revoked session is given from memory";
        EntriesLiveForEver: a34_a_revocation_past_the_cache_holds_when_the_staleness_is_over
            by other_revocations_hold_in_time, TIME, "a session is given after the staleness";
    }
}
