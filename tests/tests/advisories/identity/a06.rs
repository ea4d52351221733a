//! dalli #1040, nextjs-auth0 #2530 and #2590, vertx-web #2771 and #2936, Keycloak #53045: the fix of
//! row 5 looked whether the session was there, and then wrote.

use portcullis_session::{Key, Session, SessionError};
use portcullis_testkit::interleave::Verb;

use super::support::{Ground, Wrap, as_it_is, race, reply};

const VALUE: Key<u32> = Key::new("value");

const VERBS: [Verb; 6] = [
    Verb::Create,
    Verb::Load,
    Verb::Update,
    Verb::Rotate,
    Verb::Delete,
    Verb::List,
];

/// What a request does, and the calls that it may make.
#[derive(Clone, Copy)]
enum Act {
    Visit,
    Save,
    Rotate,
    LogIn,
    LogOut,
}

impl Act {
    const ALL: [Self; 5] = [
        Self::Visit,
        Self::Save,
        Self::Rotate,
        Self::LogIn,
        Self::LogOut,
    ];

    async fn act(self, session: &Session) -> Result<(), SessionError> {
        match self {
            Self::Visit => session.principal().await.map(drop),
            Self::Save => {
                session.principal().await?;
                session.set_value(VALUE, &1)
            }
            Self::Rotate => session.rotate().await,
            Self::LogIn => session.log_in(super::support::login("ada")).await,
            Self::LogOut => session.log_out().await,
        }
    }

    const fn calls(self, is_cached: bool) -> &'static [Verb] {
        match self {
            // A cache that does not know yet what ends here looks for what it must forget; the call
            // itself does not depend on the answer.
            Self::LogIn if is_cached => &[Verb::Load, Verb::Create],
            Self::LogOut if is_cached => &[Verb::Load, Verb::Delete],
            Self::Visit => &[Verb::Load],
            Self::Save => &[Verb::Load, Verb::Update],
            Self::Rotate => &[Verb::Load, Verb::Rotate],
            Self::LogIn => &[Verb::Create],
            Self::LogOut => &[Verb::Delete],
        }
    }
}

/// Beside the load with which a request begins, each act is one call: nothing is looked for first.
fn check(ground: &Ground, wrap: Wrap) {
    let is_cached = ground.name == "cached";
    for act in Act::ALL {
        let _tried = race(ground, wrap, |stage, scene| {
            let request = stage.request("request", |gate| {
                let session = scene.behind(gate).session(&scene.head());
                async move {
                    act.act(&session).await.expect("the store");
                    reply(&session, None).await
                }
            });
            stage.finally(move |history| {
                let calls = VERBS.iter().flat_map(|&verb| {
                    let steps = history.all(request.id(), verb);
                    steps.map(move |(step, _)| (step, verb)).collect::<Vec<_>>()
                });
                let mut calls: Vec<_> = calls.collect();
                calls.sort_by_key(|(step, _)| *step);
                let verbs: Vec<Verb> = calls.into_iter().map(|(_, verb)| verb).collect();
                assert_eq!(
                    verbs,
                    act.calls(is_cached),
                    "no call looks first:\n{history}"
                );
            });
        });
    }
}

#[test]
fn a06_a_write_is_one_call_that_looks_for_nothing_first() {
    for ground in Ground::all() {
        println!("on {}", ground.name);
        check(&ground, as_it_is);
    }
}

mod with_a_fault {
    use std::sync::Arc;

    use portcullis_core::{Digest, StoreError, Timestamp};
    use portcullis_session::{Change, Lookup, Record, Renewal, SessionStore as _, Updated};
    use portcullis_tests::Twin;

    use super::super::a05;
    use super::super::support::{Below, Fault, Faulty};
    use super::*;

    /// A save looks whether the session is there; if it is, it writes it, as a fix did.
    struct LookFirst;

    impl Fault for LookFirst {
        async fn update(
            &self,
            below: &Below,
            key: &Digest,
            expected: u64,
            change: Change,
            now: Timestamp,
        ) -> Result<Updated, StoreError> {
            let found = below.load(key, Renewal::Never, now).await?;
            let Lookup::Current { loaded, .. } = found else {
                return Ok(Updated::Gone);
            };
            match below.update(key, expected, change, now).await? {
                Updated::Gone => {
                    let record = Record::clone(&loaded.record);
                    let _created = below.create(record, None, None, now).await?;
                    Ok(Updated::Done(loaded))
                }
                updated => Ok(updated),
            }
        }
    }

    fn faulty(below: Below) -> Below {
        let fault = LookFirst;
        Arc::new(Faulty { below, fault })
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn LooksThenWrites() {
        let test = "a06_a_write_is_one_call_that_looks_for_nothing_first";
        let twin = Twin::new("a06 LooksThenWrites", test, "no call looks first");
        twin.is_caught(|| check(&Ground::memory(), faulty));
        let test = "a05_no_save_outlives_a_log_out";
        let says = "a save brings the session back";
        let twin = Twin::new("a06 LooksThenWrites", test, says);
        twin.is_caught(|| a05::check(&Ground::memory(), faulty));
    }
}
