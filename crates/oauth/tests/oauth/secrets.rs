use std::error::Error;

use portcullis_cookie::KeyRing;
use portcullis_core::Digest;
use portcullis_oauth::{
    CallbackFacts, HttpErrorKind, Intent, LiveSession, MemoryTokenStore, ReqwestClient, StartFacts,
    TokenVault,
};

use crate::support::*;

/// What must be seen nowhere.
const CANARIES: [&str; 5] = [SECRET, TOKEN, CODE, "canary", "ghr_"];

fn check(text: &str, state: &str) {
    for canary in CANARIES.into_iter().chain([state]) {
        assert!(!text.contains(canary), "{canary} in {text}");
    }
}

/// Everything that an error and its causes say.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        text.push_str(&format!("{error} {error:?}; "));
        next = error.source();
    }
    text
}

#[tokio::test]
async fn o28_no_debug_tells_a_secret() {
    let setup = setup_with(builder().with_email());
    let mut browser = Browser::default();
    let headers = browser.headers();
    let start = StartFacts {
        headers: &headers,
        return_to: None,
        intent: Intent::LogIn,
    };
    let started = browser.start(&setup.sign_in, None, Intent::LogIn).unwrap();
    let state = parameter(&started, "state").unwrap();
    let query = code_query(&state);
    let (headers, user, name) = (browser.headers(), subject("u"), Digest::of(b"s"));
    let session = Some(LiveSession {
        subject: &user,
        session: &name,
        receipts: &[],
    });
    let facts = CallbackFacts {
        headers: &headers,
        query: Some(&query),
        session,
    };
    let outcome = setup.sign_in.callback(facts).await;
    let sealed = browser.cookies[0].1.clone();
    let mut texts = vec![
        format!(
            "{start:?} {started:?} {facts:?} {outcome:?} {:?}",
            setup.sign_in
        ),
        format!(
            "{:?} {:?}",
            setup.sign_in.config(),
            ReqwestClient::new().unwrap()
        ),
    ];
    let done = completed(outcome);
    texts.push(format!("{done:?} {:?} {:?}", done.identity, done.receipt));
    let tokens = done.token.keep();
    let keys = KeyRing::new(new_key());
    let store = MemoryTokenStore::new();
    let vault = TokenVault::new(setup.sign_in.clone(), keys, store.clone());
    texts.push(format!(
        "{tokens:?} {:?} {vault:?} {store:?}",
        tokens.access
    ));
    for text in texts {
        check(&text, &state);
        assert!(!text.contains(&sealed) && !text.contains("alice"), "{text}");
    }
}

#[tokio::test]
async fn o28_no_refusal_event_or_cause_tells_a_secret() {
    let body = r#"{"error":"canary","error_description":"canary","access_token":"canary"}"#;
    for (path, reply) in [
        (TOKEN_PATH, Reply::json(body)),
        (TOKEN_PATH, Reply::json(r#"{"access_token":"canary"}"#)),
        (TOKEN_PATH, Reply::json(r#"{"access_token":["canary"]}"#)),
        (TOKEN_PATH, Reply::with(500, &[], "canary")),
        (
            TOKEN_PATH,
            Reply::with(200, &[("content-type", "canary")], "canary"),
        ),
        (TOKEN_PATH, Reply::Fail(HttpErrorKind::TimedOut)),
        ("/user", Reply::json(r#"{"id":"canary","login":"canary"}"#)),
        ("/user", Reply::with(401, &[], "canary")),
    ] {
        let setup = setup();
        setup.github.next(path, reply);
        let (browser, state) = setup.begin();
        let outcome = browser
            .finish(&setup.sign_in, &code_query(&state), None)
            .await;
        check(&format!("{outcome:?} {:?}", setup.events.all()), &state);
        let refusal = full_refusal(outcome);
        assert!(refusal.source().is_some());
        check(&chain(&refusal), &state);
        check(refusal.message(), &state);
    }
}

#[tokio::test]
async fn o28_a_callback_that_is_refused_early_tells_no_code() {
    let setup = setup();
    for query in [
        "code=canary-code&state={}&iss=canary",
        "code=canary-code&state={}&state={}",
        "code=canary-code&state={}%",
        "error=canary&state={}",
    ] {
        let (browser, state) = setup.begin();
        let query = query.replace("{}", &state);
        let outcome = browser.finish(&setup.sign_in, &query, None).await;
        check(&format!("{outcome:?}"), &state);
        check(&chain(&full_refusal(outcome)), &state);
        check(&format!("{:?}", setup.events.all()), &state);
    }
}
