//! JSON objects (RFC 8259 §4) without a member twice.

use std::fmt;

use serde_core::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

/// A JSON object. Which of two members of a name is meant nobody can say (RFC 7515 §4, RFC 7519 §4).
pub(super) struct Object(Map<String, Value>);

impl Object {
    /// Reads an object; none if it is something else, has a member twice or is followed by more.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Whether a member is this text.
    pub(super) fn is(&self, name: &str, text: &str) -> bool {
        self.get(name).and_then(Value::as_str) == Some(text)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members).map(Self)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut read = Map::new();
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            if read.insert(name, value).is_some() {
                return Err(A::Error::custom("a member twice"));
            }
        }
        Ok(read)
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
