//! What a session takes in memory, and how long it takes to find one.

use std::sync::{Arc, RwLock};

use hashbrown::HashTable;
use portcullis_core::{Authentication, Digest, Level, Method, Random, SubjectId, Timestamp};
use portcullis_session::{
    Data, Handle, Lifetime, Lookup, MemoryStore, Persistence, Record, Renewal, SessionStore,
    Standing, User,
};
use tokio::runtime::Runtime;

use crate::suite::{self, Case};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// The sizes, in sessions; the largest on demand alone.
fn sizes() -> Vec<u64> {
    if suite::short() {
        return vec![1_000, 10_000];
    }
    let mut sizes = vec![1_000, 100_000, 1_000_000];
    if std::env::var_os("PORTCULLIS_BENCH_HUGE").is_some() {
        sizes.push(10_000_000);
    }
    sizes
}

pub fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    println!("\n## Sessions in memory: a user id and a login each\n");
    println!("| sessions | portcullis, bytes | tower-sessions 0.15, bytes | ratio |");
    println!("| ---: | ---: | ---: | ---: |");
    for size in sizes() {
        let ours = bytes(size, || fill(&runtime, size));
        let theirs = bytes(size, || fill_tower_sessions(&runtime, size));
        println!(
            "| {size} | {ours:.0} | {theirs:.0} | {:.2} |",
            ours / theirs
        );
    }
    println!("\n| sessions | bare sharded map, ns | portcullis `load`, ns | ratio |");
    println!("| ---: | ---: | ---: | ---: |");
    for size in sizes() {
        let store = fill(&runtime, size);
        let bare = Bare::fill(size);
        let (mut a, mut b) = (0, 0);
        let rows = suite::run(vec![
            Case::new("bare", |n| {
                for _ in 0..n {
                    a = next(a);
                    std::hint::black_box(bare.find(&key(a % size)));
                }
            }),
            Case::new("portcullis", |n| {
                runtime.block_on(async {
                    for _ in 0..n {
                        b = next(b);
                        let found = store
                            .load(&key(b % size), Renewal::Never, NOW)
                            .await
                            .unwrap();
                        assert!(matches!(found, Lookup::Current { .. }));
                    }
                })
            }),
        ]);
        let [bare, ours] = &rows[..] else { continue };
        println!(
            "| {size} | {:.0} | {:.0} | {:.2} |",
            bare.median,
            ours.median,
            ours.median / bare.median
        );
    }
}

/// Live bytes a session in the store that `fill` makes.
fn bytes<T>(size: u64, fill: impl FnOnce() -> T) -> f64 {
    let mut filled = None;
    let info = allocation_counter::measure(|| filled = Some(fill()));
    // What is alive while the store still is: not the copies made while tables grew.
    let live = info.bytes_current as f64 / size as f64;
    drop(filled);
    live
}

/// A fixed sequence without a pattern that a cache could learn.
fn next(state: u64) -> u64 {
    state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407)
        >> 1
}

pub fn key(index: u64) -> Digest {
    Digest::of(&index.to_be_bytes())
}

pub fn record(index: u64) -> Record {
    let at = NOW;
    let data = Data::from_bytes(&login(index)).unwrap();
    Record {
        key: key(index),
        handle: Handle::generate(&Random::system()).unwrap(),
        standing: Standing::User(User {
            subject: SubjectId::new(&index.to_string()).unwrap(),
            authentication: Authentication {
                at,
                method: Method::GITHUB,
                level: Level::Single,
            },
            stamp: None,
        }),
        created_at: NOW,
        lifetime: Lifetime {
            idle_secs: 86_400,
            until: Timestamp::from_secs(1_900_000_000),
            persistence: Persistence::Persistent,
        },
        predecessor: None,
        version: 0,
        data,
    }
}

/// The login as session data: one key with a JSON text.
fn login(index: u64) -> Vec<u8> {
    let value = format!("\"user-{index}\"");
    let mut bytes = vec![5];
    bytes.extend_from_slice(&u32::try_from(value.len()).unwrap().to_be_bytes());
    bytes.extend_from_slice(b"login");
    bytes.extend_from_slice(value.as_bytes());
    bytes
}

pub fn fill(runtime: &Runtime, size: u64) -> MemoryStore {
    let store = MemoryStore::new();
    runtime.block_on(async {
        for index in 0..size {
            let _ = store.create(record(index), None, None, NOW).await.unwrap();
        }
    });
    store
}

pub fn fill_tower_sessions(runtime: &Runtime, size: u64) -> tower_sessions::MemoryStore {
    use tower_sessions::SessionStore;
    use tower_sessions::cookie::time::{Duration, OffsetDateTime};
    use tower_sessions::session::{Id, Record};

    let store = tower_sessions::MemoryStore::default();
    runtime.block_on(async {
        for index in 0..size {
            let data = std::collections::HashMap::from([
                ("user".to_owned(), serde_json::json!(index)),
                (
                    "login".to_owned(),
                    serde_json::json!(format!("user-{index}")),
                ),
            ]);
            let expiry_date = OffsetDateTime::now_utc() + Duration::days(30);
            let mut record = Record {
                id: Id(i128::from(index) << 64),
                data,
                expiry_date,
            };
            store.create(&mut record).await.unwrap();
        }
    });
    store
}

/// The least that a store could do: a map from digest to record, in shards.
struct Bare(Vec<RwLock<HashTable<Arc<Record>>>>);

impl Bare {
    fn fill(size: u64) -> Self {
        let shards: Vec<RwLock<HashTable<Arc<Record>>>> =
            (0..128).map(|_| RwLock::default()).collect();
        for index in 0..size {
            let record = Arc::new(record(index));
            let mut shard = shards[Self::shard(&record.key)].write().unwrap();
            shard.insert_unique(record.key.prefix(), record, |record| record.key.prefix());
        }
        Self(shards)
    }

    fn shard(key: &Digest) -> usize {
        ((key.prefix() >> 32) % 128) as usize
    }

    fn find(&self, key: &Digest) -> Option<Arc<Record>> {
        let shard = self.0[Self::shard(key)].read().unwrap();
        shard
            .find(key.prefix(), |record| record.key == *key)
            .cloned()
    }
}
