//! A GitHub that misbehaves.

use std::time::Duration;

use http::{HeaderValue, StatusCode};
use portcullis_testkit::github::{Endpoint, Fault, Hold, Times};
use portcullis_tests::{Ask, Masker, StoreKind};
use serde_json::json;
use tokio::net::TcpListener;

use super::flood::Flood;
use crate::measured::{Measured, times};

/// How the sign-in goes wrong: where, how, and with which status it ends.
fn faults(attacker: &str) -> Vec<(Endpoint, Fault, u16)> {
    use Endpoint::{Emails, Token, User};
    let redirect = || Fault::Redirect(HeaderValue::try_from(attacker).unwrap());
    let plain = || Fault::content_type(HeaderValue::from_static("text/plain"));
    let twice = |name: &str, value| Fault::DuplicateMember {
        name: name.to_owned(),
        value,
    };
    let broken = || Fault::Status(StatusCode::INTERNAL_SERVER_ERROR);
    let mut all = vec![
        (
            Token,
            Fault::OauthError("bad_verification_code".to_owned()),
            400,
        ),
        (
            Token,
            Fault::OauthError("incorrect_client_credentials".to_owned()),
            500,
        ),
        (Token, Fault::OauthError("something_new".to_owned()), 502),
        (Token, twice("access_token", json!("other")), 502),
        (Token, Fault::without_access_token(), 502),
        (Token, Fault::token_type("mac"), 502),
        (User, Fault::id_as_text(Masker::BOB), 502),
        (User, Fault::negative_id(), 502),
        (User, Fault::id_too_large(), 502),
        (User, Fault::member("id", 0), 502),
        (User, Fault::member("id", 1001.5), 502),
        (User, Fault::RemoveMember("id".to_owned()), 502),
        (User, twice("id", json!(Masker::BOB)), 502),
    ];
    for endpoint in [Token, User, Emails] {
        all.extend([
            (endpoint, broken(), 502),
            (endpoint, Fault::Html, 502),
            (endpoint, redirect(), 502),
            (endpoint, plain(), 502),
            (endpoint, Fault::EmptyBody, 502),
            (endpoint, Fault::Truncate, 502),
            (endpoint, Fault::CutOff, 502),
            (endpoint, Fault::InvalidUtf8, 502),
        ]);
        for declared in [true, false] {
            let bytes = 100 << 20;
            all.push((endpoint, Fault::HugeBody { bytes, declared }, 502));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e39_a_github_that_misbehaves_signs_nobody_in() {
    let attacker = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let lure = format!("http://{}/", attacker.local_addr().unwrap());
    let (mut count, rounds) = (0, times(1, 50));
    for _ in 0..rounds {
        let masker = Masker::start(StoreKind::Sqlite).await;
        for (endpoint, fault, status) in faults(&lure) {
            let what = format!("{endpoint:?} {fault:?}");
            // A read is tried three times: the fault stays for all of them.
            masker.github.faults().set(endpoint, fault, Times::Always);
            let browser = masker.browser();
            let answer = browser
                .sign_in(Masker::START, &masker.github, Masker::ALICE)
                .await;
            assert_eq!(answer.status, status, "{what}: {}", answer.text());
            assert!(!answer.code().is_empty(), "{what}");
            assert_eq!(browser.cookies(), [""; 0], "{what}");
            masker.github.faults().clear_all();
            // Five failures in a row would keep users here for a while.
            masker.signed_in(Masker::ALICE).await;
            count += 1;
        }
        let file = rusqlite::Connection::open(masker.database().unwrap()).unwrap();
        let users = "SELECT count(*) FROM masker_user";
        let users: i64 = file.query_row(users, [], |row| row.get(0)).unwrap();
        assert_eq!(users, 1, "nobody but alice");
    }
    let visited = tokio::time::timeout(Duration::from_millis(10), attacker.accept()).await;
    assert!(visited.is_err(), "no redirect is followed");
    Measured {
        number: 39,
        what: "a GitHub that misbehaves",
        target: "typed error; no redirect followed",
        found: format!(
            "{count} sign-ins, each a typed error; 0 sessions, 0 users, 0 redirects followed"
        ),
    }
    .note();
}

#[tokio::test]
async fn e39_a_github_that_does_not_answer_is_waited_for_no_longer_than_it_may_take() {
    let mut longest = Duration::ZERO;
    for endpoint in [Endpoint::Token, Endpoint::User, Endpoint::Emails] {
        let masker = Masker::start(StoreKind::Memory).await;
        let browser = masker.browser();
        let callback = browser
            .callback(Masker::START, &masker.github, Masker::ALICE)
            .await;
        let gate = masker.github.faults().gate(endpoint, Hold::Arrival);
        // Once the call hangs, time passes whenever everybody waits.
        let hanging = async {
            gate.arrived(1).await;
            tokio::time::pause();
        };
        let begun = tokio::time::Instant::now();
        let (page, ()) = tokio::join!(browser.ask(Ask::get(&callback).for_page()), hanging);
        let waited = begun.elapsed();
        tokio::time::resume();
        assert_eq!(page.status, 504, "{endpoint:?}");
        assert!(
            waited <= Duration::from_secs(12),
            "{endpoint:?}: {waited:?}"
        );
        assert_eq!(browser.cookies(), [""; 0], "{endpoint:?}");
        longest = longest.max(waited);
    }
    Measured {
        number: 39,
        what: "a GitHub that does not answer",
        target: "10 s total deadline* (ours: 5 s a call, 12 s in all)",
        found: format!("504 after at most {longest:.1?}, by the runtime's clock"),
    }
    .note();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e39_of_a_body_without_end_a_mebibyte_is_read_at_most() {
    let mut most = 0;
    for endpoint in ["access_token", "/user"] {
        for declared in [true, false] {
            let flood = Flood::start(endpoint, declared).await;
            let taken = flood.sign_in().await;
            assert!(taken <= 1 << 20, "{endpoint} {declared}: {taken} bytes");
            most = most.max(taken);
        }
    }
    Measured {
        number: 39,
        what: "100 MiB from GitHub",
        target: "≤ 1 MiB read",
        found: format!(
            "at most {} KiB left the sender, buffers of the sockets included",
            most >> 10
        ),
    }
    .note();
}
