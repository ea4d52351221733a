//! Who signs in is whom the answer names, and nobody if it names nobody.
//!
//! The input is an answer to `GET /user`. Its first byte chooses status and content type: `f` a
//! form, `h` HTML, `4` and `5` JSON with status 400 and 500, anything else JSON with 200.

use portcullis_oauth::{CallbackOutcome, GithubIdentity};
use serde_json::Value;

use crate::json::{begins_object, is_visible, value};
use crate::provider::{Answer, Begun, Provider, TOKEN, USER_PATH};

/// Checks the rule.
pub fn check(input: &[u8]) {
    let Some(answer) = Answer::of(input) else {
        return;
    };
    if let Some(identity) = signs_in(&answer) {
        check_identity(&answer, &identity);
    }
    // Written anew, so that no member stands there twice.
    if let Some(value) = value(&answer.2).filter(names_a_user) {
        let identity = signs_in(&Answer::json(value.to_string().as_bytes()));
        assert!(identity.is_some(), "refused a plain answer");
    }
}

/// Who signs in if the provider answers so.
fn signs_in(answer: &Answer) -> Option<GithubIdentity> {
    let provider = Provider::good().with_user(answer.clone());
    let begun = Begun::new(&provider);
    let outcome = begun.finish(&format!("code=c&state={}", begun.state));
    let calls = provider.calls(USER_PATH);
    assert_eq!(calls.len(), 1, "who it is is asked once");
    assert_eq!(
        calls[0].headers()["authorization"],
        format!("Bearer {TOKEN}")
    );
    match outcome {
        CallbackOutcome::Completed(completed) => Some(completed.identity.clone()),
        _ => None,
    }
}

fn check_identity(answer: &Answer, identity: &GithubIdentity) {
    let Answer(status, _, body) = answer;
    assert!(
        *status == 200 && answer.is_json(),
        "a user from an answer that failed"
    );
    assert!(begins_object(body), "a user from what is no object");
    assert!((1..=i64::MAX.unsigned_abs()).contains(&identity.id()));
    assert!(is_visible(identity.login(), 255));
    let is_shown = |name: &str| name.chars().count() <= 255 && !name.chars().any(char::is_control);
    assert!(
        identity
            .name()
            .is_none_or(|name| !name.is_empty() && is_shown(name))
    );
    if let Some(value) = value(body) {
        assert_eq!(value["id"].as_u64(), Some(identity.id()));
        assert_eq!(value["login"], identity.login());
    }
}

fn names_a_user(value: &Value) -> bool {
    let is_id = value["id"].as_i64().is_some_and(|id| id > 0);
    let is_login = value["login"]
        .as_str()
        .is_some_and(|login| is_visible(login, 255));
    value.is_object() && is_id && is_login && (value["name"].is_null() || value["name"].is_string())
}
