//! No secret of a flow is told to anybody who reads along.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use portcullis_core::Random;
use portcullis_testkit::github::{Endpoint, Fault, Times};
use portcullis_tests::{Ask, Browser, Log, Program, Site, SiteSetup, StoreKind};

use super::ALICE;
use crate::masker::program::press;
use crate::support::{flow_cookies, parameter, with_parameter};

/// Random bytes that are known: each draw is the next number, hashed.
fn known_random() -> (Random, Arc<Mutex<Vec<Vec<u8>>>>) {
    let drawn = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let kept = Arc::clone(&drawn);
    let random = Random::test(move |bytes| {
        let mut drawn = kept.lock().unwrap();
        for (index, piece) in bytes.chunks_mut(32).enumerate() {
            let seed = format!("{} {index}", drawn.len());
            let digest = portcullis_core::Digest::of(seed.as_bytes());
            piece.copy_from_slice(&digest.as_bytes()[..piece.len()]);
        }
        drawn.push(bytes.to_vec());
        Ok(())
    });
    (random, drawn)
}

/// Fails if one of the secrets is in the text.
fn check(text: &str, secrets: &[(String, &str)]) {
    for (secret, what) in secrets {
        assert!(secret.len() >= 16, "too short to be looked for: {what}");
        let at = text.find(secret.as_str());
        let around = at.map(|at| &text[at.saturating_sub(120)..at]);
        assert!(at.is_none(), "{what} is told after: {around:?}");
    }
}

/// Every way that a flow can go, and what of it is secret.
async fn every_way(site: &Site, secrets: &mut Vec<(String, &'static str)>) {
    for fault in [
        None,
        Some((
            Endpoint::Token,
            Fault::OauthError("bad_verification_code".to_owned()),
        )),
        Some((Endpoint::Token, Fault::Truncate)),
        Some((Endpoint::Token, Fault::CutOff)),
        Some((Endpoint::User, Fault::Html)),
        Some((Endpoint::User, Fault::Status(StatusCode::UNAUTHORIZED))),
        Some((
            Endpoint::DeleteToken,
            Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
        )),
    ] {
        if let Some((endpoint, fault)) = fault {
            site.fault(endpoint, fault, Times::Next(1));
        }
        let browser = site.browser();
        let callback = browser.callback(Site::START, &site.github, ALICE).await;
        secrets.push((parameter(&callback, "code").unwrap(), "a code"));
        secrets.push((parameter(&callback, "state").unwrap(), "a state"));
        let flow = flow_cookies(&browser).remove(0);
        secrets.push((browser.cookie(&flow).unwrap(), "a flow cookie"));
        browser
            .copy()
            .get(&with_parameter(&callback, "iss", Some("x")))
            .await;
        let before = browser.copy();
        browser.get(&callback).await;
        before.get(&callback).await;
        let session = browser.cookie(Site::COOKIE);
        secrets.extend(session.map(|session| (session, "a session cookie")));
        site.sign_in.revoke_pending().await;
        browser.get("/me").await;
        browser.post("/rotate").await;
        let session = browser.cookie(Site::COOKIE);
        secrets.extend(session.map(|session| (session, "a session cookie")));
        browser.post("/logout").await;
    }
}

#[tokio::test]
async fn o28_no_trace_line_and_no_debug_text_has_a_secret_of_a_flow() {
    let log = Log::start();
    let (random, drawn) = known_random();
    let setup = SiteSetup::new(StoreKind::Memory)
        .with_random(random)
        .behind_others(true);
    let site = setup.start().await;
    let mut secrets = vec![(SiteSetup::SECRET.to_owned(), "the client secret")];
    every_way(&site, &mut secrets).await;
    let mut told = log.end();
    assert!(
        told.contains("TRACE") && told.contains("bad_upstream"),
        "{} bytes",
        told.len()
    );
    told.push_str(&format!(
        "{:?} {:?} {:?}",
        site.sign_in,
        site.lifecycle,
        site.told()
    ));
    told.push_str(&format!("{:?}", site.events()));
    // The verifiers, and the tokens by how GitHub writes them.
    let drawn = drawn.lock().unwrap();
    let tokens = drawn.iter().filter(|bytes| bytes.len() == 32);
    for bytes in tokens {
        let random = known(bytes);
        let token = portcullis_core::Token::generate(&random).unwrap().encode();
        secrets.push((token.expose_secret().to_owned(), "a state or a verifier"));
    }
    assert!(secrets.len() >= 40, "{}", secrets.len());
    check(&told, &secrets);
    assert!(!told.contains("gho_"), "a token is told");
}

/// A source that gives these bytes.
fn known(bytes: &[u8]) -> Random {
    let bytes = bytes.to_vec();
    Random::test(move |wanted| {
        wanted.copy_from_slice(&bytes);
        Ok(())
    })
}

#[tokio::test]
async fn o28_s4_the_program_prints_no_secret_whatever_its_level() {
    let path = env!("CARGO_BIN_EXE_server-under-test");
    let mut program = Program::start(path, &[("RUST_LOG", "trace")]);
    let base = format!(
        "http://{}",
        program.address().replace("127.0.0.1", "localhost")
    );
    let mut secrets = Vec::new();
    for user in [1001, 1002] {
        let browser = Browser::new(&base);
        let started = browser.get(portcullis_tests::Masker::START).await;
        secrets.push((parameter(started.location(), "state").unwrap(), "a state"));
        secrets.push((
            parameter(started.location(), "code_challenge").unwrap(),
            "a challenge",
        ));
        let flow = flow_cookies(&browser).remove(0);
        secrets.push((browser.cookie(&flow).unwrap(), "a flow cookie"));
        let callback = press(started.location(), user).await;
        secrets.push((parameter(&callback, "code").unwrap(), "a code"));
        let before = browser.copy();
        browser.get(&callback).await;
        before.get(&callback).await;
        let cookie = portcullis_tests::Masker::COOKIE;
        secrets.push((browser.cookie(cookie).unwrap(), "a session cookie"));
        browser.get("/api/v1/me").await;
        browser
            .ask(Ask::post("/api/v1/agents").body("not json"))
            .await;
        browser.post("/api/v1/auth/logout").await;
        browser
            .ask(Ask::get("/api/v1/me").with("cookie", "masker_session=garbage"))
            .await;
    }
    program.terminate();
    let (status, output, errors) = program.end();
    assert!(status.success());
    assert!(errors.contains("TRACE"), "{} bytes", errors.len());
    check(&(output + &errors), &secrets);
    assert!(!errors.contains("gho_"), "a token is told");
}
