//! Parameters of a request's query.

use crate::VerifyErrorKind;
use crate::mac::Sink;

/// A parameter of the request's query, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: Box<str>,
    pub(crate) is_lower: bool,
}

impl Parameter {
    /// Its value in a path with a query; none if it is missing. One that is there twice is refused:
    /// nobody can say which of them the handler reads.
    pub(crate) fn find<'r>(&self, path: &'r str) -> Result<Option<Value<'r>>, VerifyErrorKind> {
        let path = path.split('#').next().unwrap_or_default();
        let (_, query) = path.split_once('?').unwrap_or_default();
        let pairs = query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let mut named = pairs.filter(|(name, _)| decoded(name).eq(self.name.bytes()));
        let first = named.next();
        if named.next().is_some() {
            return Err(VerifyErrorKind::Malformed);
        }
        Ok(first.map(|(_, text)| Value {
            text,
            is_encoded: true,
            is_lower: self.is_lower,
        }))
    }
}

/// What is signed as it is, decoded, or in lower case.
#[derive(Clone, Copy)]
pub(crate) struct Value<'r> {
    text: &'r str,
    is_encoded: bool,
    is_lower: bool,
}

impl<'r> Value<'r> {
    /// The value of a header.
    pub(crate) const fn plain(text: &'r str) -> Self {
        Self {
            text,
            is_encoded: false,
            is_lower: false,
        }
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    /// Feeds it. It has visible characters of ASCII alone, and not the one that would end it.
    pub(crate) fn feed(self, end: Option<u8>, to: &mut dyn Sink) -> Result<(), VerifyErrorKind> {
        let (encoded, plain) = match self.is_encoded {
            true => (self.text, ""),
            false => ("", self.text),
        };
        for byte in decoded(encoded).chain(plain.bytes()) {
            if !byte.is_ascii_graphic() || Some(byte) == end {
                return Err(VerifyErrorKind::Malformed);
            }
            let lower = byte.to_ascii_lowercase();
            to.absorb(&[if self.is_lower { lower } else { byte }]);
        }
        Ok(())
    }
}

/// The bytes of a name or a value (URL Standard §5.1, `application/x-www-form-urlencoded`).
fn decoded(text: &str) -> impl Iterator<Item = u8> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (first, behind) = rest.split_first()?;
        let pair = behind.split_first_chunk().filter(|_| *first == b'%');
        let byte = pair.and_then(|(pair, behind)| Some((hex(*pair)?, behind)));
        let (byte, behind) = byte.unwrap_or(match first {
            b'+' => (b' ', behind),
            _ => (*first, behind),
        });
        rest = behind;
        Some(byte)
    })
}

fn hex(pair: [u8; 2]) -> Option<u8> {
    let [byte] = const_hex::decode_to_array(pair).ok()?;
    Some(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(path: &str, is_lower: bool) -> Result<Option<String>, VerifyErrorKind> {
        let name = "data.id".into();
        let Some(value) = Parameter { name, is_lower }.find(path)? else {
            return Ok(None);
        };
        let mut message = Vec::new();
        value.feed(Some(b';'), &mut message)?;
        Ok(Some(String::from_utf8(message).unwrap()))
    }

    #[test]
    fn w37_a_parameter_is_read_as_a_handler_reads_it() {
        for (path, value) in [
            ("/in?data.id=Ab1", Some("ab1")),
            ("/in?x=1&data%2eid=%41b1&data=2", Some("ab1")),
            ("/in?data.id", Some("")),
            ("/in?data.id=1=2#?data.id=3", Some("1=2")),
            ("/in?data.id=%4g%", Some("%4g%")),
            ("/in?data.idx=1&Data.id=2", None),
            ("/data.id=1", None),
            ("/", None),
        ] {
            assert_eq!(fed(path, true), Ok(value.map(str::to_owned)), "{path}");
        }
        assert_eq!(fed("/?data.id=Ab1", false), Ok(Some("Ab1".to_owned())));
    }

    #[test]
    fn w11_a_parameter_that_is_there_twice_is_refused() {
        for path in ["/?data.id=1&data.id=1", "/?data.id=1&x=2&%64ata.id=2"] {
            assert_eq!(fed(path, true), Err(VerifyErrorKind::Malformed), "{path}");
        }
    }

    /// A semicolon in it would say that something else follows.
    #[test]
    fn w09_a_parameter_does_not_reach_beyond_its_end() {
        for value in ["1;request-id:2", "1%3B", "1+2", "%00", "%C3%A9", "\u{e9}"] {
            let outcome = fed(&format!("/?data.id={value}"), true);
            assert_eq!(outcome, Err(VerifyErrorKind::Malformed), "{value}");
        }
    }
}
