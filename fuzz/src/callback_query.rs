//! The provider is asked if and only if the query is well-formed and names this browser's flow.
//!
//! The input is the query; `{state}` in it stands for the state of the browser's flow.

use std::collections::HashMap;

use portcullis_oauth::{CallbackOutcome, ReturnPath};
use url::form_urlencoded;

use crate::provider::{Begun, Provider, TOKEN_PATH};

const ISSUER: &str = "https://github.com/login/oauth";
const KNOWN: [&str; 5] = ["code", "state", "iss", "error", "error_description"];

/// Checks the rule.
pub fn check(input: &[u8]) {
    let Ok(query) = std::str::from_utf8(input) else {
        return;
    };
    let provider = Provider::good();
    let begun = Begun::new(&provider);
    let query = query.replace("{state}", &begun.state);
    check_stranger(&begun, &query, &provider);
    let outcome = begun.finish(&query);
    match code_for(&query, &begun.state) {
        Some(code) => check_asked(&provider, &code, &outcome),
        None => check_refused(&provider, &outcome),
    }
}

/// Without the flow's cookie the provider is never asked, whatever the query says.
fn check_stranger(begun: &Begun, query: &str, provider: &Provider) {
    match begun.finish_without_cookie(query) {
        CallbackOutcome::Refused { refusal, .. } => assert_eq!(refusal.status().as_u16(), 400),
        other => panic!("a browser without a flow got {other:?}"),
    }
    assert_eq!(provider.count(), 0, "asked for a browser without a flow");
}

fn check_asked(provider: &Provider, code: &str, outcome: &CallbackOutcome) {
    assert!(
        matches!(outcome, CallbackOutcome::Completed(_)),
        "{outcome:?}"
    );
    let [exchange] = &provider.calls(TOKEN_PATH)[..] else {
        panic!("a code is exchanged once");
    };
    let form: HashMap<_, _> = form_urlencoded::parse(exchange.body()).collect();
    assert_eq!(form["code"], code);
    assert_eq!(form["code_verifier"].len(), 43);
}

fn check_refused(provider: &Provider, outcome: &CallbackOutcome) {
    assert_eq!(provider.count(), 0, "asked for a query that is none");
    match outcome {
        CallbackOutcome::Refused { refusal, .. } => assert!(refusal.status().as_u16() >= 400),
        CallbackOutcome::Redirect { location, .. } => {
            let location = location.to_str().expect("visible ASCII");
            assert!(ReturnPath::parse(location).is_ok(), "leads away");
        }
        other => panic!("{other:?}"),
    }
}

/// The code to exchange, if there is any.
fn code_for(query: &str, state: &str) -> Option<String> {
    if query.len() > 8 * 1024 || !is_form(query) {
        return None;
    }
    let mut found = HashMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
        let is_known = KNOWN.contains(&name.as_str());
        if is_known && found.insert(name, value).is_some() {
            return None;
        }
    }
    let code = found.remove("code")?;
    let is_code =
        (1..=1024).contains(&code.len()) && code.bytes().all(|b| (b' '..=b'~').contains(&b));
    let is_ours = found.get("state").is_some_and(|given| given == state);
    let is_issuer = found.get("iss").is_none_or(|iss| iss == ISSUER);
    (is_code && is_ours && is_issuer && !found.contains_key("error")).then_some(code)
}

/// Whether each `%` has two hexadecimal digits, and each name and value is UTF-8 when decoded.
fn is_form(query: &str) -> bool {
    let parts = query.split(['&', '=']);
    parts
        .map(bytes_of)
        .all(|bytes| bytes.is_some_and(|bytes| String::from_utf8(bytes).is_ok()))
}

fn bytes_of(part: &str) -> Option<Vec<u8>> {
    let mut pieces = part.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        // Unlike the digits of a number, these have no sign.
        let digits = Some(digits).filter(|digits| !digits.starts_with('+'))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    Some(bytes)
}
