//! tower-sessions 0.12.0 and 0.12.1: a save, and the change of an id, could write over another
//! session whose id was the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis_core::{Random, RandomError};
use portcullis_session::{Session, SessionErrorKind};

use super::support::{Below, Ground, Ours, headers, line, login, policy, reply};

/// The first token's bytes so many times more, and then others.
fn stuck(times: usize) -> Random {
    let calls = Arc::new(AtomicUsize::new(0));
    Random::test(move |bytes| {
        // Tokens have 32 bytes and handles 16; only tokens repeat.
        if bytes.len() == 32 && calls.fetch_add(1, Ordering::SeqCst) <= times {
            bytes.fill(7);
            return Ok(());
        }
        getrandom_like(bytes)
    })
}

fn getrandom_like(bytes: &mut [u8]) -> Result<(), RandomError> {
    Random::system().fill(bytes)
}

async fn token(session: &Session) -> String {
    let reply = reply(session, None).await;
    reply.token().expect("a token").to_owned()
}

async fn user_of(ours: &Ours, token: &str) -> Option<String> {
    let session = ours.lifecycle.session(&headers(&line(token)));
    let principal = session.principal().await.expect("the store");
    principal.map(|it| it.subject().as_str().to_owned())
}

async fn ours(ground: Ground, wrap: fn(Below) -> Below, times: usize) -> (Ours, String) {
    let store = wrap(Arc::clone(&ground.store));
    let mut ours = Ours::by_way_of(ground, store, policy());
    ours.lifecycle = ours.lifecycle.with_random(stuck(times));
    let session = ours.lifecycle.session(&headers(""));
    session
        .log_in(login("ada").with_stamp(stamp()))
        .await
        .expect("a login");
    let ada = token(&session).await;
    (ours, ada)
}

fn stamp() -> portcullis_session::Stamp {
    portcullis_session::Stamp::new(&[0]).expect("not empty")
}

/// The second login gets the token of the first: it is made anew, or refused.
async fn check_creation(ground: fn() -> Ground, wrap: fn(Below) -> Below) {
    for (times, is_refused) in [(1, false), (2, false), (usize::MAX - 1, true)] {
        let (ours, ada) = ours(ground(), wrap, times).await;
        let session = ours.lifecycle.session(&headers(""));
        let login = login("bob").with_stamp(stamp());
        let done = session.log_in(login).await.map_err(|error| error.kind());
        let first = user_of(&ours, &ada).await;
        assert_eq!(
            first.as_deref(),
            Some("ada"),
            "a collision overwrites nobody"
        );
        match is_refused {
            true => assert_eq!(done, Err(SessionErrorKind::Random)),
            false => {
                let bob = token(&session).await;
                assert_ne!(bob, ada);
                assert_eq!(user_of(&ours, &bob).await.as_deref(), Some("bob"));
            }
        }
    }
}

/// The rotation of another session gets the token of the first.
async fn check_rotation(ground: fn() -> Ground, wrap: fn(Below) -> Below) {
    for (times, is_refused) in [(1, false), (2, false), (usize::MAX - 1, true)] {
        let (mut ours, ada) = ours(ground(), wrap, 0).await;
        let session = ours.lifecycle.session(&headers(""));
        session
            .log_in(login("bob").with_stamp(stamp()))
            .await
            .expect("a login");
        let bob = token(&session).await;
        ours.lifecycle = ours.lifecycle.clone().with_random(stuck(times - 1));
        let session = ours.lifecycle.session(&headers(&line(&bob)));
        let done = session.rotate().await.map_err(|error| error.kind());
        let first = user_of(&ours, &ada).await;
        assert_eq!(
            first.as_deref(),
            Some("ada"),
            "a collision overwrites nobody"
        );
        let bob = match is_refused {
            true => {
                assert_eq!(done, Err(SessionErrorKind::Random));
                bob
            }
            false => token(&session).await,
        };
        assert_eq!(user_of(&ours, &bob).await.as_deref(), Some("bob"));
    }
}

fn as_it_is(below: Below) -> Below {
    below
}

#[tokio::test]
async fn a09_a_login_never_overwrites_a_session_of_the_same_token() {
    for ground in [Ground::memory, Ground::cached, Ground::sqlite] {
        check_creation(ground, as_it_is).await;
    }
}

#[tokio::test]
async fn a09_a_rotation_never_overwrites_a_session_of_the_same_token() {
    for ground in [Ground::memory, Ground::cached, Ground::sqlite] {
        check_rotation(ground, as_it_is).await;
    }
}

mod with_a_fault {
    use std::num::NonZeroU32;

    use portcullis_core::{Digest, StoreError, Timestamp};
    use portcullis_session::{Created, Record, Rotated, Rotation, SessionStore as _};
    use portcullis_tests::Twin;

    use super::super::support::{Fault, Faulty};
    use super::*;

    /// What is under the new key makes room.
    struct Overwrite;

    impl Fault for Overwrite {
        async fn create(
            &self,
            below: &Below,
            record: Record,
            replaces: Option<&Digest>,
            cap: Option<NonZeroU32>,
            now: Timestamp,
        ) -> Result<Created, StoreError> {
            below.delete(&record.key, now).await?;
            below.create(record, replaces, cap, now).await
        }

        async fn rotate(
            &self,
            below: &Below,
            key: &Digest,
            rotation: Rotation,
            now: Timestamp,
        ) -> Result<Rotated, StoreError> {
            below.delete(&rotation.new_key, now).await?;
            below.rotate(key, rotation, now).await
        }
    }

    fn faulty(below: Below) -> Below {
        let fault = Overwrite;
        Arc::new(Faulty { below, fault })
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn NewKeysOverwrite() {
        let says = "a collision overwrites nobody";
        let test = "a09_a_login_never_overwrites_a_session_of_the_same_token";
        let twin = Twin::new("a09 NewKeysOverwrite", test, says);
        let check = check_creation(Ground::memory, faulty);
        twin.is_caught_async(check).await;
        let test = "a09_a_rotation_never_overwrites_a_session_of_the_same_token";
        let twin = Twin::new("a09 NewKeysOverwrite", test, says);
        let check = check_rotation(Ground::memory, faulty);
        twin.is_caught_async(check).await;
    }
}
