//! What an answer's body says, as read by somebody else.

use serde_json::Value;

/// Whether the text could be an object: nothing else may be taken for one.
pub(crate) fn begins_object(body: &[u8]) -> bool {
    let first = body.iter().find(|byte| !b" \t\r\n".contains(byte));
    first == Some(&b'{')
}

/// The body as JSON, if somebody strict about everything in it can read it.
pub(crate) fn value(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

/// Whether the text is visible ASCII, and not longer than that.
pub(crate) fn is_visible(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
