//! CVE-2025-46336, CVE-2025-32441: a request under way saved its session again after the log-out.

use std::pin::Pin;

use portcullis_session::{Key, Session};
use portcullis_testkit::interleave::{Outcome, Stage, Verb, block_on};

use super::support::{Ground, Round, Said, Scene, Shuffle, Wrap, as_it_is, race, reply, subject};

const VALUE: Key<u32> = Key::new("value");

/// Orders by chance of a log-out against two saves and a visit that renews.
const ORDERS: u64 = 10_000;

/// A request that loads, waits wherever it may, and saves.
fn save(stage: &mut Stage, scene: &Scene) -> Outcome<Said> {
    stage.request("save", |gate| {
        let session = scene.behind(gate).session(&scene.head());
        async move {
            session.principal().await.expect("the store");
            session.set_value(VALUE, &1).expect("a value");
            reply(&session, None).await.said
        }
    })
}

fn log_out(stage: &mut Stage, scene: &Scene) -> Outcome<Said> {
    stage.request("log out", |gate| {
        let session = scene.behind(gate).session(&scene.head());
        async move {
            session.log_out().await.expect("a log-out");
            reply(&session, None).await.said
        }
    })
}

/// After the log-out there is no session, whatever was under way.
fn over(stage: &mut Stage, scene: Scene, saves: Vec<Outcome<Said>>, out: Outcome<Said>) {
    stage.finally(move |history| {
        assert_eq!(out.take(), Some(Said::Removal));
        assert_eq!(scene.sessions(), [], "a save brings the session back");
        let session = scene.past().session(&scene.head());
        let who = block_on(session.principal()).expect("the store");
        assert!(who.is_none(), "a save brings the session back");
        let deleted = history.did(out.id(), Verb::Delete).expect("it was deleted");
        for save in saves {
            // A save may have renewed the cookie before; what came after is told so by the store.
            for (step, answer) in history.all(save.id(), Verb::Update) {
                let is_gone = answer.contains("Gone");
                assert_eq!(is_gone, step > deleted, "a late save is told: {answer}");
                assert!(!is_gone || scene.events.has_dropped());
                assert!(!is_gone || save.peek() == Some(Said::Nothing));
            }
        }
    });
}

pub(super) fn check(ground: &Ground, wrap: Wrap) {
    let tried = race(ground, wrap, |stage, scene| {
        let saves = vec![save(stage, &scene)];
        let out = log_out(stage, &scene);
        over(stage, scene, saves, out);
    });
    assert!(tried.orders >= 15, "{tried:?}");
}

async fn check_by_chance(wrap: Wrap) {
    let (shuffle, mut seed) = (Shuffle::new(wrap), 1);
    for _ in 0..ORDERS {
        let round = shuffle.round().await;
        let (one, two, visit, out) = (
            round.session(),
            round.session(),
            round.session(),
            round.session(),
        );
        let save = |session: Session| async move {
            session.principal().await.expect("the store");
            session.set_value(VALUE, &1).expect("a value");
            session.commit().await.expect("a commit");
        };
        let requests: Vec<Pin<Box<dyn Future<Output = ()>>>> = vec![
            Box::pin(save(one)),
            Box::pin(save(two)),
            Box::pin(async move { drop(visit.principal().await.expect("the store")) }),
            Box::pin(async move { out.log_out().await.expect("a log-out") }),
        ];
        Round::run(requests, &mut seed);
        let who = round.alone().principal().await.expect("the store");
        assert!(who.is_none(), "a save brings the session back");
        let left = round.past.list(&subject("ada")).await.expect("the store");
        assert_eq!(left, [], "a save brings the session back");
    }
}

#[test]
fn a05_no_save_outlives_a_log_out() {
    for ground in Ground::all() {
        println!("on {}", ground.name);
        check(&ground, as_it_is);
    }
}

#[tokio::test]
async fn a05_no_save_outlives_a_log_out_in_ten_thousand_orders() {
    check_by_chance(as_it_is).await;
}

pub(super) mod with_a_fault {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use portcullis_core::{Digest, StoreError, Timestamp};
    use portcullis_session::{Change, Loaded, Lookup, Record, Renewal, SessionStore as _, Updated};
    use portcullis_tests::Twin;

    use super::super::support::{Below, Fault, Faulty};
    use super::*;

    /// A save writes what was loaded, whether or not it is still there.
    #[derive(Default)]
    struct Upsert(Mutex<HashMap<Digest, Loaded>>);

    impl Fault for Upsert {
        async fn load(
            &self,
            below: &Below,
            key: &Digest,
            renewal: Renewal,
            now: Timestamp,
        ) -> Result<Lookup, StoreError> {
            let lookup = below.load(key, renewal, now).await?;
            if let Lookup::Current { loaded, .. } = &lookup {
                let mut seen = self.0.lock().expect("nobody panicked");
                seen.insert(*key, loaded.clone());
            }
            Ok(lookup)
        }

        async fn update(
            &self,
            below: &Below,
            key: &Digest,
            expected: u64,
            change: Change,
            now: Timestamp,
        ) -> Result<Updated, StoreError> {
            let updated = below.update(key, expected, change, now).await?;
            let seen = self.0.lock().expect("nobody panicked").get(key).cloned();
            match (updated, seen) {
                (Updated::Gone, Some(loaded)) => {
                    let record = Record::clone(&loaded.record);
                    let _created = below.create(record, None, None, now).await?;
                    Ok(Updated::Done(loaded))
                }
                (updated, _) => Ok(updated),
            }
        }
    }

    fn faulty(below: Below) -> Below {
        let fault = Upsert::default();
        Arc::new(Faulty { below, fault })
    }

    const SAYS: &str = "a save brings the session back";

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn SaveIsAnUpsert() {
        let test = "a05_no_save_outlives_a_log_out";
        let twin = Twin::new("a05 SaveIsAnUpsert", test, SAYS);
        twin.is_caught(|| check(&Ground::memory(), faulty));
        let test = "a05_no_save_outlives_a_log_out_in_ten_thousand_orders";
        let twin = Twin::new("a05 SaveIsAnUpsert", test, SAYS);
        twin.is_caught_async(check_by_chance(faulty)).await;
    }
}
