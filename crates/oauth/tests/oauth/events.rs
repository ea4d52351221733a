use portcullis_core::Digest;
use portcullis_oauth::{Intent, LiveSession, OauthEvent, OauthEventKind, SignInErrorKind};

use crate::support::*;

#[tokio::test]
async fn o91_a_login_is_told_when_it_was_carried_out() {
    let setup = setup();
    let done = completed(setup.sign_in().await);
    assert!(setup.events.all().is_empty());
    setup.sign_in.confirm(&done);
    let [event] = &setup.events.all()[..] else {
        panic!("one event")
    };
    let subject = format!("{:?}", done.identity.digest());
    for part in [
        "kind: LoggedIn",
        "provider: \"github\"",
        "reason: \"ok\"",
        &subject,
    ] {
        assert!(event.contains(part), "{part}");
    }
    assert!(!event.contains("alice") && !event.contains("1001"));
}

#[tokio::test]
async fn o91_a_link_is_told_as_one() {
    let setup = setup();
    let (user, name) = (subject("u1"), Digest::of(b"s"));
    let mut browser = Browser::default();
    let intent = Intent::Link {
        subject: user.clone(),
        session: name,
    };
    let started = browser.start(&setup.sign_in, None, intent).unwrap();
    let state = parameter(&started, "state").unwrap();
    let live = LiveSession {
        subject: &user,
        session: &name,
        receipts: &[],
    };
    let done = completed(
        browser
            .finish(&setup.sign_in, &code_query(&state), Some(live))
            .await,
    );
    setup.sign_in.confirm(&done);
    let _ = setup.sign_in.refuse_link(&done);
    let events = setup.events.all();
    assert!(events[0].contains("kind: Linked"));
    assert!(events[1].contains("kind: Failed") && events[1].contains("already_linked"));
}

#[tokio::test]
async fn o91_every_refusal_is_told_once_with_its_code() {
    let setup = setup();
    setup.github.next(TOKEN_PATH, Reply::status(500));
    setup.sign_in().await;
    Browser::default()
        .finish(&setup.sign_in, "code=c", None)
        .await;
    let mut map = http::HeaderMap::new();
    map.insert("sec-fetch-dest", http::HeaderValue::from_static("empty"));
    let facts = portcullis_oauth::StartFacts {
        headers: &map,
        return_to: None,
        intent: Intent::LogIn,
    };
    assert!(setup.sign_in.start(&facts).is_err());
    let events = setup.events.all();
    assert_eq!(events.len(), 3);
    for (event, code) in events
        .iter()
        .zip(["bad_upstream", "flow_not_found", "unauthenticated"])
    {
        assert!(
            event.contains("kind: Failed") && event.contains(code),
            "{event}"
        );
    }
}

#[tokio::test]
async fn o91_who_should_look() {
    let setup = setup();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = std::sync::Arc::clone(&seen);
    let sign_in = setup
        .sign_in
        .clone()
        .with_observer(move |event: &OauthEvent<'_>| {
            sink.lock().unwrap().push((event.reason, event.is_error()));
        });
    let mut browser = Browser::default();
    for (reply, query) in [
        (Reply::status(500), "code=c&state={}"),
        (
            Reply::json(r#"{"error":"incorrect_client_credentials"}"#),
            "code=c&state={}",
        ),
        (
            Reply::json(r#"{"error":"bad_verification_code"}"#),
            "code=c&state={}",
        ),
        (Reply::token(""), "error=access_denied&state={}"),
        (Reply::token(""), "error=server_error&state={}"),
    ] {
        setup.github.next(TOKEN_PATH, reply);
        let state = browser.begin(&sign_in, None);
        browser
            .finish(&sign_in, &query.replace("{}", &state), None)
            .await;
    }
    let expected = [
        ("bad_upstream", true),
        ("incorrect_client_credentials", true),
        ("bad_verification_code", false),
        ("access_denied", false),
        ("server_error", true),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn o91_codes_are_stable_snake_case() {
    let kinds = [
        SignInErrorKind::FlowNotFound,
        SignInErrorKind::FlowUsed,
        SignInErrorKind::FlowExpired,
        SignInErrorKind::IssuerMismatch,
        SignInErrorKind::ProviderMismatch,
        SignInErrorKind::BadUpstream,
        SignInErrorKind::InsufficientScope,
    ];
    let codes = kinds.map(SignInErrorKind::code);
    let expected = [
        "flow_not_found",
        "flow_used",
        "flow_expired",
        "issuer_mismatch",
        "provider_mismatch",
        "bad_upstream",
        "insufficient_scope",
    ];
    assert_eq!(codes, expected);
    assert_ne!(OauthEventKind::Denied, OauthEventKind::Failed);
}
