//! Parameters of queries and bodies, read strictly.

use serde_json::Value;
use url::form_urlencoded;

/// Holds the parameters of one request: names are unique, empty values count as absent.
///
/// RFC 6749 §3.1 and §3.2: a parameter without a value is treated as omitted, and none may be
/// included more than once.
#[derive(Clone, Default)]
pub(super) struct Params(Vec<(String, String)>);

/// Tells why parameters were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadParams {
    Malformed,
    Repeated,
}

impl Params {
    /// Reads `name=value&…`; broken percent-encoding and bytes outside UTF-8 are refused.
    pub(super) fn form(text: &[u8]) -> Result<Self, BadParams> {
        let text = std::str::from_utf8(text).map_err(|_| BadParams::Malformed)?;
        if !is_well_encoded(text) {
            return Err(BadParams::Malformed);
        }
        Self::unique(form_urlencoded::parse(text.as_bytes()).into_owned())
    }

    /// Reads a JSON object whose members are text, numbers or null.
    pub(super) fn json(text: &[u8]) -> Result<Self, BadParams> {
        let Ok(Value::Object(members)) = serde_json::from_slice(text) else {
            return Err(BadParams::Malformed);
        };
        let mut pairs = Vec::new();
        for (name, value) in members {
            match value {
                Value::Null => {}
                Value::Number(number) => pairs.push((name, number.to_string())),
                Value::String(text) => pairs.push((name, text)),
                _ => return Err(BadParams::Malformed),
            }
        }
        Self::unique(pairs.into_iter())
    }

    /// The value of `name`, unless it is absent or empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let pair = self
            .0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty());
        pair.map(|(_, value)| value.as_str())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    fn unique(pairs: impl Iterator<Item = (String, String)>) -> Result<Self, BadParams> {
        let mut seen = Self::default();
        for (name, value) in pairs {
            if seen.names().any(|known| known == name) {
                return Err(BadParams::Repeated);
            }
            seen.0.push((name, value));
        }
        Ok(seen)
    }
}

/// Whether every `%` starts an escape and the escapes make UTF-8: the parser would mend both.
fn is_well_encoded(text: &str) -> bool {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (Some(high), Some(low)) = (rest.next().and_then(hex), rest.next().and_then(hex)) else {
            return false;
        };
        decoded.push(high * 16 + low);
    }
    std::str::from_utf8(&decoded).is_ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &[u8]) -> Option<BadParams> {
        Params::form(text).err()
    }

    #[test]
    fn form_is_decoded() {
        let params = Params::form(b"a=1+2&b=%C3%A4&c=").unwrap_or_default();
        assert_eq!(params.value("a"), Some("1 2"));
        assert_eq!(params.value("b"), Some("\u{e4}"));
        assert_eq!(params.value("c"), None);
    }

    #[test]
    fn broken_encoding_is_refused() {
        for text in [
            &b"a=%"[..],
            b"a=%4",
            b"a=%zz",
            b"a=%FF",
            b"a=\xff",
            b"a=%C3",
        ] {
            assert_eq!(refused(text), Some(BadParams::Malformed), "{text:?}");
        }
    }

    #[test]
    fn repeated_parameter_is_refused_even_if_empty() {
        assert_eq!(refused(b"a=1&b=2&a=3"), Some(BadParams::Repeated));
        assert_eq!(refused(b"a=&a=3"), Some(BadParams::Repeated));
        assert_eq!(refused(b"a=1&b=3"), None);
    }

    #[test]
    fn json_takes_flat_objects_alone() {
        let params = Params::json(br#"{"a":"x","n":7,"z":null}"#).unwrap_or_default();
        assert_eq!(
            (params.value("a"), params.value("n")),
            (Some("x"), Some("7"))
        );
        assert_eq!(params.value("z"), None);
        assert!(Params::json(b"[]").is_err());
        assert!(Params::json(br#"{"a":{}}"#).is_err());
    }
}
