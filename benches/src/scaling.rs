//! Whether a second thread helps: lookups of one store by one thread and by two.

use std::sync::Barrier;
use std::time::Instant;

use portcullis_core::Timestamp;
use portcullis_session::{Lookup, Renewal, SessionStore};

use crate::memory::{fill, fill_tower_sessions, key};
use crate::suite::{median, short};

const SESSIONS: u64 = 100_000;
const ROUNDS: usize = 9;
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Lookups of each thread in each round.
fn lookups() -> u64 {
    if short() { 20_000 } else { 400_000 }
}

pub fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let ours = fill(&runtime, SESSIONS);
    let theirs = fill_tower_sessions(&runtime, SESSIONS);
    let ours = |from: u64| {
        let store = ours.clone();
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(async {
                for index in 0..lookups() {
                    let key = key((from + index) % SESSIONS);
                    let found = store.load(&key, Renewal::Never, NOW).await.unwrap();
                    assert!(matches!(found, Lookup::Current { .. }));
                }
            });
    };
    let theirs = |from: u64| {
        use tower_sessions::SessionStore;
        let store = theirs.clone();
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(async {
                for index in 0..lookups() {
                    let id =
                        tower_sessions::session::Id(i128::from((from + index) % SESSIONS) << 64);
                    std::hint::black_box(store.load(&id).await.unwrap());
                }
            });
    };
    println!("\n## Lookups of one store by one thread and by two\n");
    println!("| store | million a second, 1 thread | 2 threads | scaling |");
    println!("| --- | ---: | ---: | ---: |");
    table("portcullis MemoryStore", &ours);
    table("tower-sessions 0.15 MemoryStore", &theirs);
}

fn table(name: &str, work: &(impl Fn(u64) + Sync)) {
    let mut one = Vec::new();
    let mut two = Vec::new();
    for _ in 0..ROUNDS {
        one.push(rate(1, work));
        two.push(rate(2, work));
    }
    let (one, two) = (median(one), median(two));
    println!("| {name} | {one:.2} | {two:.2} | {:.2} |", two / one);
}

/// Million lookups a second by so many threads.
fn rate(threads: u64, work: &(impl Fn(u64) + Sync)) -> f64 {
    let barrier = Barrier::new(threads as usize + 1);
    let took = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    work(thread * 7_919);
                })
            })
            .collect();
        barrier.wait();
        let begin = Instant::now();
        for worker in workers {
            worker.join().expect("a worker");
        }
        begin.elapsed()
    });
    (threads * lookups()) as f64 / took.as_secs_f64() / 1e6
}
