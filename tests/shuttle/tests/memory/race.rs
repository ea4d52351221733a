//! Threads that race.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use portcullis_core::Digest;
use portcullis_session::{Lookup, Renewal, Updated};
use portcullis_shuttle::MemoryStore;
use shuttle::scheduler::DfsScheduler;
use shuttle::{Config, Runner, thread};

use crate::fixtures::{create, list, load, write};
use crate::order::{Done, explains};
use crate::verb::{Answer, Verb};

/// How many keys the races use.
const KEYS: u64 = 12;

/// How a verb is called: as one call of the store, or by a twin in a faulty way.
type Call = fn(&Verb, &MemoryStore) -> Answer;

/// What is there, and what each thread does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Race {
    pub(crate) before: Vec<Verb>,
    pub(crate) threads: Vec<Vec<Verb>>,
}

/// When a call begins or returns; no place for shuttle to let another thread go on.
#[derive(Default)]
struct Book {
    time: AtomicUsize,
    done: Mutex<Vec<Done>>,
}

impl Book {
    fn tick(&self) -> usize {
        self.time.fetch_add(1, Ordering::SeqCst)
    }

    fn call(&self, store: &MemoryStore, verb: &Verb, call: Call) {
        let began = self.tick();
        let answer = call(verb, store);
        let returned = self.tick();
        self.done.lock().unwrap().push(Done {
            verb: verb.clone(),
            began,
            returned,
            answer,
        });
    }
}

impl Race {
    /// Runs it once, under shuttle, and judges what came of it.
    pub(crate) fn run(&self) {
        self.run_by(|verb, store| verb.call(store));
    }

    fn run_by(&self, call: Call) {
        let (store, book) = (MemoryStore::new(), Arc::new(Book::default()));
        for verb in &self.before {
            verb.call(&store);
        }
        let spawn = |verbs: &Vec<Verb>| {
            let (store, book, verbs) = (store.clone(), Arc::clone(&book), verbs.clone());
            thread::spawn(move || verbs.iter().for_each(|verb| book.call(&store, verb, call)))
        };
        let threads: Vec<_> = self.threads.iter().map(spawn).collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        let looks = looks().into_iter().map(|verb| {
            let answer = verb.call(&store);
            (verb, answer)
        });
        let looks: Vec<(Verb, Answer)> = looks.collect();
        let done = book.done.lock().unwrap();
        assert!(
            explains(&self.before, &done, &looks),
            "no order explains this\n{done:#?}\nand that this is left: {looks:#?}"
        );
    }

    /// Runs it by chance, and with few preemptions.
    pub(crate) fn check(&self) {
        let (one, two) = (self.clone(), self.clone());
        shuttle::check_random(move || one.run(), schedules());
        shuttle::check_pct(move || two.run(), schedules(), 3);
    }

    /// Runs it in all orders in which the threads may get on, at most so many; says how many.
    pub(crate) fn check_all(&self, most: usize) -> usize {
        let race = self.clone();
        let all = DfsScheduler::new(Some(most), false);
        Runner::new(all, Config::default()).run(move || race.run())
    }
}

/// How often a race is run by each way of choosing.
pub(crate) fn schedules() -> usize {
    let chosen = std::env::var("PORTCULLIS_SCHEDULES").ok();
    chosen.map_or(300, |text| text.parse().expect("a number"))
}

/// What shows all that is left.
fn looks() -> Vec<Verb> {
    let lists = ["ada", "bob"].map(list);
    lists.into_iter().chain((1..=KEYS).map(load)).collect()
}

/// That keys of small numbers are in shards of their own, but for two that share one.
#[test]
fn the_keys_are_spread() {
    let shard =
        |key: &Digest| (u64::from_be_bytes(key.as_bytes()[..8].try_into().unwrap()) >> 32) % 128;
    let mut shards: Vec<_> = (1..=KEYS)
        .map(|it| shard(&crate::fixtures::key(it)))
        .collect();
    shards.sort_unstable();
    shards.dedup();
    assert!(shards.len() >= 10, "{shards:?}");
}

/// A twin: a write that looks at the version first, and then writes whatever has come between.
fn writes_in_two_steps(verb: &Verb, store: &MemoryStore) -> Answer {
    let Verb::Update(key, expected, change) = verb else {
        return verb.call(store);
    };
    let found = Verb::Load(*key, Renewal::Never).call(store);
    let fits = matches!(
        &found,
        Answer::Found(Lookup::Current { loaded, .. }) if loaded.record.version == *expected
    );
    match verb.call(store) {
        Answer::Updated(Updated::Conflict(now)) if fits => {
            Verb::Update(*key, now.record.version, change.clone()).call(store)
        }
        answer => answer,
    }
}

#[test]
#[should_panic(expected = "no order explains this")]
fn a_write_in_two_steps_is_found() {
    let race = Race {
        before: vec![create(1, "ada")],
        threads: vec![vec![write(1, 0, b'a')], vec![write(1, 0, b'b')]],
    };
    shuttle::check_random(move || race.run_by(writes_in_two_steps), schedules());
}
