//! redistore #2, gorilla #10, connect-redis #75, flask-session #71, tower-sessions #35 and #36: the
//! last writer won, and what the other had written was lost.

use portcullis_session::{Key, SessionErrorKind};
use portcullis_testkit::interleave::{Outcome, Stage, Verb, block_on};

use super::support::{Ground, Round, Scene, Shuffle, Wrap, as_it_is, race};

const TIMES: u32 = 10_000;

const LEFT: Key<u32> = Key::new("left");
const RIGHT: Key<u32> = Key::new("right");

type Written = Outcome<Result<(), SessionErrorKind>>;

fn write(stage: &mut Stage, scene: &Scene, key: Key<u32>, value: u32, strict: bool) -> Written {
    stage.request("write", |gate| {
        let session = scene.behind(gate).session(&scene.head());
        async move {
            session.value(key).await.expect("the store");
            if strict {
                session.refuse_conflicts();
            }
            session.set_value(key, &value).expect("a value");
            session.commit().await.map_err(|error| error.kind())
        }
    })
}

fn read(scene: &Scene, key: Key<u32>) -> Option<u32> {
    let session = scene.past().session(&scene.head());
    block_on(session.value(key)).expect("the store")
}

/// Two handlers write different values at once.
fn check(ground: &Ground, wrap: Wrap) {
    let _tried = race(ground, wrap, |stage, scene| {
        let left = write(stage, &scene, LEFT, 1, false);
        let right = write(stage, &scene, RIGHT, 2, false);
        stage.finally(move |_| {
            assert_eq!(left.take(), Some(Ok(())));
            assert_eq!(right.take(), Some(Ok(())));
            let kept = (read(&scene, LEFT), read(&scene, RIGHT));
            assert_eq!(kept, (Some(1), Some(2)), "both writes are kept");
        });
    });
}

/// The same ten thousand times.
async fn check_by_chance(wrap: Wrap) {
    let (shuffle, mut seed) = (Shuffle::new(wrap), 1);
    for count in 0..TIMES {
        let round = shuffle.round().await;
        let write = |key: Key<u32>, value: u32| {
            let session = round.session();
            Box::pin(async move {
                session.value(key).await.expect("the store");
                session.set_value(key, &value).expect("a value");
                session.commit().await.expect("a commit");
            })
        };
        Round::run(vec![write(LEFT, count), write(RIGHT, count)], &mut seed);
        let session = round.alone();
        for key in [LEFT, RIGHT] {
            let kept = session.value(key).await.expect("the store");
            assert_eq!(kept, Some(count), "both writes are kept");
        }
        session.log_out().await.expect("a log-out");
    }
}

/// Two handlers write the same value at once, and want to know of each other.
fn check_same(ground: &Ground, wrap: Wrap) {
    let _tried = race(ground, wrap, |stage, scene| {
        let first = write(stage, &scene, LEFT, 1, true);
        let second = write(stage, &scene, LEFT, 2, true);
        stage.finally(move |history| {
            let (one, two) = (first.take(), second.take());
            let (one, two) = (one.expect("an end"), two.expect("an end"));
            let began_new = |write: &Written| {
                let mut loads = history.all(write.id(), Verb::Load);
                loads.any(|(_, answer)| answer.contains("version 0"))
            };
            let (one_new, two_new) = (began_new(&first), began_new(&second));
            let lost = Err(SessionErrorKind::Conflict);
            let kept = read(&scene, LEFT);
            match (one, two) {
                (Ok(()), Ok(())) => {
                    let is_serial = !(one_new && two_new);
                    assert!(is_serial, "no write is lost without a word:\n{history}");
                }
                (Ok(()), other) => assert_eq!((other, kept), (lost, Some(1))),
                (other, Ok(())) => assert_eq!((other, kept), (lost, Some(2))),
                both => panic!("one of them is written: {both:?}"),
            }
        });
    });
}

#[test]
fn a07_writes_to_different_values_are_all_kept() {
    for ground in Ground::all() {
        println!("on {}", ground.name);
        check(&ground, as_it_is);
    }
}

#[tokio::test]
async fn a07_writes_to_different_values_are_all_kept_ten_thousand_times() {
    check_by_chance(as_it_is).await;
}

#[test]
fn a07_who_loses_a_race_for_one_value_is_told() {
    for ground in Ground::all() {
        println!("on {}", ground.name);
        check_same(&ground, as_it_is);
    }
}

mod with_a_fault {
    use std::sync::Arc;

    use portcullis_core::{Digest, StoreError, Timestamp};
    use portcullis_session::{Change, SessionStore as _, Updated};
    use portcullis_tests::Twin;

    use super::super::support::{Below, Fault, Faulty};
    use super::*;

    /// A write does not look at the version.
    struct NoVersions;

    impl Fault for NoVersions {
        async fn update(
            &self,
            below: &Below,
            key: &Digest,
            expected: u64,
            change: Change,
            now: Timestamp,
        ) -> Result<Updated, StoreError> {
            match below.update(key, expected, change.clone(), now).await? {
                Updated::Conflict(there) => {
                    let version = there.record.version;
                    below.update(key, version, change, now).await
                }
                updated => Ok(updated),
            }
        }
    }

    fn faulty(below: Below) -> Below {
        let fault = NoVersions;
        Arc::new(Faulty { below, fault })
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn LastWriterWins() {
        let test = "a07_writes_to_different_values_are_all_kept";
        let twin = Twin::new("a07 LastWriterWins", test, "both writes are kept");
        twin.is_caught(|| check(&Ground::memory(), faulty));
        let test = "a07_writes_to_different_values_are_all_kept_ten_thousand_times";
        let twin = Twin::new("a07 LastWriterWins", test, "both writes are kept");
        twin.is_caught_async(check_by_chance(faulty)).await;
        let test = "a07_who_loses_a_race_for_one_value_is_told";
        let says = "no write is lost without a word";
        let twin = Twin::new("a07 LastWriterWins", test, says);
        twin.is_caught(|| check_same(&Ground::memory(), faulty));
    }
}
