//! A token is used if and only if the answer gives it as RFC 6749 §5.1 or GitHub's form says.
//!
//! The input is an answer of the token endpoint: see [`user`](crate::user) for its first byte.

use http::header::AUTHORIZATION;
use portcullis_oauth::CallbackOutcome;
use serde_json::Value;
use url::form_urlencoded;

use crate::json::{begins_object, is_visible, value};
use crate::provider::{Answer, Begun, Provider, TOKEN_PATH, USER_PATH};

/// Checks the rule.
pub fn check(input: &[u8]) {
    let Some(answer) = Answer::of(input) else {
        return;
    };
    let provider = Provider::good().with_token(answer.clone());
    let begun = Begun::new(&provider);
    let outcome = begun.finish(&format!("code=c&state={}", begun.state));
    let used = used(&provider);
    assert_eq!(
        provider.calls(TOKEN_PATH).len(),
        1,
        "a code is exchanged once"
    );
    assert_eq!(
        matches!(outcome, CallbackOutcome::Completed(_)),
        used.is_some()
    );
    match used {
        Some(token) => check_given(&answer, &token),
        None => check_not_given(&answer),
    }
}

/// The token with which the user was asked for.
fn used(provider: &Provider) -> Option<String> {
    let calls = provider.calls(USER_PATH);
    assert!(calls.len() <= 1, "who it is was asked twice");
    let header = calls.first()?.headers()[AUTHORIZATION]
        .to_str()
        .expect("ASCII");
    Some(
        header
            .strip_prefix("Bearer ")
            .expect("a bearer token")
            .to_owned(),
    )
}

fn check_given(answer: &Answer, token: &str) {
    let Answer(status, content_type, body) = answer;
    assert_eq!(*status, 200, "a token from an answer that failed");
    assert!(is_visible(token, 1024));
    if answer.is_json() {
        assert!(begins_object(body), "a token from what is no object");
        if let Some(value) = value(body) {
            assert_eq!(value["access_token"], token);
            assert!(is_bearer(&value["token_type"]));
            assert_eq!(value["error"], Value::Null, "a token beside an error");
        }
    } else {
        assert!(content_type.contains("form"), "a token from {content_type}");
        let member = |name: &str| member(body, name);
        assert_eq!(member("access_token"), [token]);
        assert!(member("token_type").len() == 1 && member("error").is_empty());
    }
}

/// A plain answer, with no more than what is needed, must have been taken.
fn check_not_given(answer: &Answer) {
    let Answer(200, _, body) = answer else {
        return;
    };
    let Some(Value::Object(members)) = value(body).filter(|_| answer.is_json()) else {
        return;
    };
    let plain = Value::Object(members);
    let token = plain["access_token"].as_str().unwrap_or_default();
    let is_whole = is_visible(token, 1024) && is_bearer(&plain["token_type"]);
    // Written anew, so that no member stands there twice.
    let is_plain = plain.as_object().is_some_and(|members| members.len() == 2)
        && plain.to_string().len() == body.len();
    assert!(!(is_whole && is_plain), "refused a plain answer");
}

fn is_bearer(token_type: &Value) -> bool {
    token_type
        .as_str()
        .is_some_and(|kind| kind.to_lowercase() == "bearer")
}

fn member(body: &[u8], name: &str) -> Vec<String> {
    let pairs = form_urlencoded::parse(body).into_owned();
    pairs
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value)
        .collect()
}
