//! What the modules share.

use portcullis_tests::Answer;

pub(crate) use portcullis_tests::{flow_cookies, on_every_store, parameter, with_parameter};

/// The value of a cookie in the answer's `Set-Cookie` lines, and the rest of its line.
pub(crate) fn set_cookie<'a>(answer: &'a Answer, name: &str) -> Option<(&'a str, &'a str)> {
    let prefix = format!("{name}=");
    let lines = answer.set_cookies_of(&prefix);
    assert!(lines.len() <= 1, "one cookie twice: {} lines", lines.len());
    let line = lines.first()?.strip_prefix(prefix.as_str())?;
    let (value, rest) = line.split_once("; ").unwrap_or((line, ""));
    Some((value, rest))
}

/// Whether a value has the form of our tokens: 43 characters of base64url.
pub(crate) fn is_token(value: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    value.len() == 43 && value.bytes().all(allowed)
}
