//! CVE-2025-66630 (Fiber): where the system gave no random bytes, tokens were made of zeros.
//!
//! Here: a source that fails, at once or half way, makes nothing; no cookie leaves, and no row is
//! written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::HeaderMap;
use portcullis_cookie::{KeyRing, SealKey, Sealer};
use portcullis_core::{Random, RandomError, Token};
use portcullis_session::{Handle, Key, Session, SessionErrorKind};
use portcullis_tests::{SiteSetup, StoreKind};

use super::support::begun;
use crate::answers::support::{COOKIE, Spy, grounds, headers, lifecycle, login, sign_in, who};

const THEME: Key<String> = Key::new("theme");

/// Gives bytes so often, and then half of them with an error.
fn failing_after(calls: u32) -> Random {
    let left = Arc::new(AtomicU32::new(calls));
    Random::test(move |bytes| {
        let taken = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |it| it.checked_sub(1));
        let half = bytes.len() / 2;
        match taken {
            Ok(_) => Random::system().fill(bytes),
            Err(_) => Random::system()
                .fill(&mut bytes[..half])
                .and(Err(RandomError::Failed)),
        }
    })
}

/// Makes something of a source that fails at its first, or at a later, call.
async fn check(calls: u32, make: impl AsyncFn(&Random) -> Option<String>) {
    assert!(make(&Random::system()).await.is_some(), "it can be made");
    for call in 0..calls {
        let made = make(&failing_after(call)).await;
        assert_eq!(made, None, "it is made without random bytes");
    }
    let made = make(&Random::failing()).await;
    assert_eq!(made, None, "it is made without random bytes");
}

/// What the answer's cookie says.
async fn cookie(session: &Session) -> Option<String> {
    let mut answer = HeaderMap::new();
    // An error of the commit is told as a refusal; the head is written all the same.
    let _ = session.commit().await;
    session.finish(&mut answer);
    let line = answer.get("set-cookie")?.to_str().expect("visible ASCII");
    Some(line.to_owned())
}

#[tokio::test]
async fn a49_without_random_bytes_there_is_no_token() {
    check(1, async |random| {
        let token = Token::generate(random).ok()?;
        Some(token.encode().expose_secret().to_owned())
    })
    .await;
    check(1, async |random| {
        Some(Handle::generate(random).ok()?.to_string())
    })
    .await;
    check(1, async |random| {
        let key = SealKey::generate(random).ok()?.encode();
        Some(key.expose_str().ok()?.to_owned())
    })
    .await;
    let ring = KeyRing::new(SealKey::generate(&Random::system()).unwrap());
    let sealer = Sealer::new(ring, "a49");
    check(1, async |random| sealer.seal("name", b"text", random).ok()).await;
}

#[tokio::test]
async fn a49_without_random_bytes_nobody_is_logged_in() {
    for ground in grounds() {
        let spy = Spy::new(Arc::clone(&ground.store));
        check(2, async |random| {
            spy.take();
            let lifecycle = lifecycle(spy.clone()).with_random(random.clone());
            let session = lifecycle.session(&HeaderMap::new());
            let logged_in = session.log_in(login("ada")).await;
            let set = cookie(&session).await;
            if let Err(error) = logged_in {
                assert_eq!(error.kind(), SessionErrorKind::Random);
                assert_eq!(spy.take().calls, 0, "{}", ground.name);
            }
            set
        })
        .await;
    }
}

#[tokio::test]
async fn a49_without_random_bytes_a_visitor_has_no_session() {
    for ground in grounds() {
        check(2, async |random| {
            let lifecycle = lifecycle(Arc::clone(&ground.store)).with_random(random.clone());
            let session = lifecycle.session(&HeaderMap::new());
            session.set_value(THEME, &"dark".to_owned()).unwrap();
            cookie(&session).await
        })
        .await;
    }
}

#[tokio::test]
async fn a49_without_random_bytes_a_session_keeps_its_token() {
    for ground in grounds() {
        let lifecycle = lifecycle(Arc::clone(&ground.store));
        check(1, async |random| {
            let token = sign_in(&lifecycle, "ada").await;
            let request = headers(&[format!("{COOKIE}={token}")]);
            let faulty = lifecycle.clone().with_random(random.clone());
            let session = faulty.session(&request);
            let turned = session.rotate().await;
            let set = cookie(&session).await;
            if turned.is_err() {
                let user = who(&lifecycle, &request).await;
                assert_eq!(user.as_deref(), Some("ada"), "{}", ground.name);
            }
            set
        })
        .await;
    }
}

#[tokio::test]
async fn a49_without_random_bytes_no_sign_in_begins() {
    let site = SiteSetup::new(StoreKind::Memory).start().await;
    // State, verifier, and the nonce that seals them.
    check(3, async |random| begun(&site.sign_in, random, "state")).await;
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn ZerosAreGood() {
        let zeros = async |random: &Random| {
            let mut bytes = [0_u8; 32];
            // As the fault was: the error is looked away from.
            let _ = random.fill(&mut bytes);
            Some(bytes.map(|byte| format!("{byte:02x}")).concat())
        };
        let test = "a49_without_random_bytes_there_is_no_token";
        let says = "it is made without random bytes";
        Twin::new("a49 ZerosAreGood", test, says)
            .is_caught_async(check(1, zeros))
            .await;
    }
}
