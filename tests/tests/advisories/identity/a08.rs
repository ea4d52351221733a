//! session-file-store #55: the renewal of the expiry wrote stale data and undid a log-out.

use std::time::Duration;

use portcullis_core::{Digest, Timestamp};
use portcullis_session::{
    Change, Created, Data, Handle, Lifetime, Loaded, Lookup, Persistence, Record, Renewal,
    SessionStore as _, Standing, Updated,
};

use super::support::{Below, Ground, START, dice};

const STEPS: u32 = 2_000;

/// What has become of one session, as it must be.
#[derive(Clone, Default)]
struct Model {
    record: Option<Record>,
    seen: Timestamp,
}

fn record(round: u32) -> Record {
    Record {
        key: Digest::of(&round.to_be_bytes()),
        handle: Handle::from_bytes(u128::from(round).to_be_bytes()),
        standing: Standing::Anonymous,
        created_at: START,
        lifetime: Lifetime {
            idle_secs: 30 * 86_400,
            until: START.after(Duration::from_secs(90 * 86_400)),
            persistence: Persistence::Persistent,
        },
        predecessor: None,
        version: 0,
        data: data(round),
    }
}

/// One value, `v`, in the layout of session data.
fn data(value: u32) -> Data {
    let json = value.to_string();
    let length = u32::try_from(json.len()).expect("short");
    let entry = [&[1][..], &length.to_be_bytes(), b"v", json.as_bytes()];
    Data::from_bytes(&entry.concat()).expect("the layout")
}

/// Renewals, writes, log-outs and new sessions, in any order.
async fn check(store: &Below) {
    let (mut model, mut seed, mut now) = (Model::default(), 7, START);
    let (mut renewals, mut absent) = (0, 0);
    let mut key = Digest::of(b"none");
    for step in 0..STEPS {
        now = now.after(Duration::from_secs(1));
        match dice(&mut seed) % 8 {
            0 if model.record.is_none() => {
                let record = record(step);
                let created = store.create(record.clone(), None, None, now).await;
                assert_eq!(created.expect("the store"), Created::Done { evicted: 0 });
                key = record.key;
                model = Model {
                    record: Some(record),
                    seen: now,
                };
            }
            1 => {
                let existed = store.delete(&key, now).await.expect("the store");
                assert_eq!(existed, model.record.take().is_some());
            }
            2 | 3 => write(store, &mut model, &key, step, now).await,
            _ => match touch(store, &key, now).await {
                None => {
                    assert!(model.record.is_none(), "a renewal loses nothing");
                    absent += 1;
                }
                Some(loaded) => {
                    let there = model.record.as_ref();
                    let there = there.expect("a renewal brings nothing back");
                    model.seen = now;
                    assert_eq!(loaded.record.data, there.data, "a renewal writes no data");
                    assert_eq!(*loaded.record, *there, "a renewal moves nothing else");
                    assert_eq!(loaded.seen_at, model.seen);
                    renewals += 1;
                }
            },
        }
    }
    assert!(renewals > 500 && absent > 50, "{renewals} {absent}");
}

async fn touch(store: &Below, key: &Digest, now: Timestamp) -> Option<Loaded> {
    let renewal = Renewal::IfSeenBy(Timestamp::MAX);
    match store.load(key, renewal, now).await.expect("the store") {
        Lookup::Current { loaded, renewed } => {
            assert!(renewed, "it was asked to renew");
            Some(loaded)
        }
        Lookup::Absent => None,
        other => panic!("{other:?}"),
    }
}

async fn write(store: &Below, model: &mut Model, key: &Digest, step: u32, now: Timestamp) {
    let version = model.record.as_ref().map_or(0, |record| record.version);
    let change = Change {
        data: Some(data(step)),
        lifetime: None,
    };
    let updated = store.update(key, version, change, now).await;
    match (updated.expect("the store"), &mut model.record) {
        (Updated::Done(loaded), Some(record)) => {
            record.version += 1;
            record.data = data(step);
            assert_eq!(loaded.seen_at, model.seen, "a write does not renew");
        }
        (Updated::Gone, None) => {}
        (other, _) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a08_a_renewal_changes_the_last_visit_and_nothing_else() {
    for ground in Ground::all() {
        println!("on {}", ground.name);
        check(&ground.store).await;
    }
}

mod with_a_fault {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use portcullis_core::StoreError;
    use portcullis_tests::Twin;

    use super::super::support::{Fault, Faulty};
    use super::*;

    /// What a renewal writes, from what was created or loaded last.
    struct Touch {
        seen: Mutex<HashMap<Digest, Loaded>>,
        /// Whether it writes back what is gone, or stale data over what is there.
        revives: bool,
    }

    impl Fault for Touch {
        async fn load(
            &self,
            below: &Below,
            key: &Digest,
            renewal: Renewal,
            now: Timestamp,
        ) -> Result<Lookup, StoreError> {
            let found = below.load(key, renewal, now).await?;
            let seen = self.seen.lock().expect("nobody panicked").get(key).cloned();
            let lookup = match (found, seen) {
                (Lookup::Absent, Some(seen)) if self.revives => {
                    let record = Record::clone(&seen.record);
                    let _created = below.create(record, None, None, now).await?;
                    below.load(key, renewal, now).await?
                }
                (Lookup::Current { loaded, .. }, Some(seen))
                    if !self.revives && loaded.record.data != seen.record.data =>
                {
                    let data = Some(seen.record.data.clone());
                    let lifetime = None;
                    let change = Change { data, lifetime };
                    let version = loaded.record.version;
                    let _updated = below.update(key, version, change, now).await?;
                    below.load(key, renewal, now).await?
                }
                (found, _) => found,
            };
            if let Lookup::Current { loaded, .. } = &lookup {
                let mut seen = self.seen.lock().expect("nobody panicked");
                seen.insert(*key, loaded.clone());
            }
            Ok(lookup)
        }
    }

    async fn caught(name: &'static str, revives: bool, says: &'static str) {
        let seen = Mutex::default();
        let fault = Touch { seen, revives };
        let below = Ground::memory().store;
        let store: Below = Arc::new(Faulty { below, fault });
        let test = "a08_a_renewal_changes_the_last_visit_and_nothing_else";
        let twin = Twin::new(name, test, says);
        twin.is_caught_async(check(&store)).await;
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn TouchIsAnUpsert() {
        let says = "a renewal brings nothing back";
        caught("a08 TouchIsAnUpsert", true, says).await;
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn TouchSavesTheWholeSession() {
        let says = "a renewal writes no data";
        caught("a08 TouchSavesTheWholeSession", false, says).await;
    }
}
