//! JSON objects (RFC 8259 §4) without a member twice.

use serde_json::{Map, Value};

use crate::strict;

/// A JSON object. Which of two members of a name is meant nobody can say (RFC 7515 §4, RFC 7519 §4).
pub(super) struct Object(Map<String, Value>);

impl Object {
    /// Reads an object; none if it is something else, has a member twice or is followed by more.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        match strict::parse(bytes)? {
            Value::Object(members) => Some(Self(members)),
            _ => None,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Whether a member is this text.
    pub(super) fn is(&self, name: &str, text: &str) -> bool {
        self.get(name).and_then(Value::as_str) == Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w43_an_object_is_an_object_and_has_no_member_twice() {
        let object = Object::read(br#" {"a":"b","c":[1,{}]} "#).unwrap();
        assert!(object.is("a", "b") && !object.is("a", "B") && !object.is("c", ""));
        for odd in [
            "",
            "[]",
            "null",
            "\"{}\"",
            "{}x",
            "{}{}",
            "{",
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[{"b":1,"b":1}]}"#,
            r#"{"a":1,}"#,
            r#"{"a":1e400}"#,
            r#"{'a':1}"#,
            "{\"a\":\"\n\"}",
            "\u{feff}{}",
            &format!("{{\"a\":{}}}", "[".repeat(4_000)),
        ] {
            assert!(Object::read(odd.as_bytes()).is_none(), "{odd}");
        }
        assert!(Object::read(b"{\"a\":\"\xff\"}").is_none());
    }
}
