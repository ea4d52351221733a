//! The query of a callback (RFC 6749 §4.1.2, RFC 9207 §2).

use portcullis_core::Secret;

use crate::{SignInError, SignInErrorKind};

/// How long a query may be, in bytes.
const MAX_QUERY: usize = 8 * 1024;
/// How long a code may be, in bytes.
const MAX_CODE: usize = 1024;

/// What the provider said through the browser.
pub(crate) struct CallbackQuery {
    /// As it came, if it did.
    pub(crate) state: Option<Secret>,
    pub(crate) iss: Option<String>,
    pub(crate) answer: Answer,
}

pub(crate) enum Answer {
    Code(Secret),
    Error {
        code: String,
        description: Option<String>,
    },
}

/// The parameters that are known; others are ignored (RFC 6749 §3.1), but must be well-formed.
#[derive(Default)]
struct Known {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl CallbackQuery {
    pub(crate) fn parse(query: &str) -> Result<Self, SignInError> {
        Known::read(query)
            .and_then(Known::checked)
            .ok_or(SignInErrorKind::Malformed.into())
    }
}

impl Known {
    fn read(query: &str) -> Option<Self> {
        if query.len() > MAX_QUERY {
            return None;
        }
        let mut known = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value)?;
            if let Some(place) = known.place(&decode(name)?) {
                // RFC 6749 §3.1: no parameter twice.
                if place.replace(value).is_some() {
                    return None;
                }
            }
        }
        Some(known)
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "code" => Some(&mut self.code),
            "state" => Some(&mut self.state),
            "iss" => Some(&mut self.iss),
            "error" => Some(&mut self.error),
            "error_description" => Some(&mut self.error_description),
            _ => None,
        }
    }

    fn checked(self) -> Option<CallbackQuery> {
        let answer = match (self.code, self.error) {
            (Some(code), None) if is_code(&code) => Answer::Code(code.into()),
            (None, Some(code)) if !code.is_empty() => Answer::Error {
                code,
                description: self.error_description.as_deref().map(for_people),
            },
            _ => return None,
        };
        Some(CallbackQuery {
            state: self.state.map(Secret::from),
            iss: self.iss,
            answer,
        })
    }
}

/// RFC 6749 appendix A.11: visible ASCII and spaces.
fn is_code(code: &str) -> bool {
    (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(|b| matches!(b, 0x20..=0x7e))
}

/// Visible ASCII and spaces, at most 200 of them: it was chosen by a stranger and goes to logs.
fn for_people(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, ' '..='~'))
        .take(200)
        .collect()
}

/// Decodes `application/x-www-form-urlencoded` text; `None` for a broken `%` or bytes that are not
/// UTF-8, which a lenient reader would pass on as something else.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? * 16 + hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o17_every_percent_stands_for_its_byte() {
        for byte in 0..128_u8 {
            let expected = char::from(byte).to_string();
            for text in [format!("%{byte:02x}"), format!("%{byte:02X}")] {
                assert_eq!(decode(&text), Some(expected.clone()), "{text}");
            }
        }
        assert_eq!(decode("%c3%A4+"), Some("\u{e4} ".to_owned()));
    }

    fn is_malformed(query: &str) -> bool {
        CallbackQuery::parse(query).is_err_and(|error| error.kind() == SignInErrorKind::Malformed)
    }

    #[test]
    fn o17_malformed_queries() {
        let long_code = format!("code={}&state=s", "c".repeat(MAX_CODE + 1));
        let long_query = format!("code=c&state=s&x={}", "x".repeat(MAX_QUERY));
        for query in [
            "",
            "state=s",
            "code=&state=s",
            "code",
            "code=a&code=a",
            "code=a&c%6Fde=b",
            "state=a&code=c&state=a",
            "code=c&iss=a&iss=b",
            "error=a&error=b",
            "code=c&error=access_denied",
            "error=",
            "code=%",
            "code=%4",
            "code=%zz",
            "code=%ff",
            "code=c&x=%",
            "code=c&%=x",
            "code=c&x=%c3%28",
            "code=c&%ff=",
            "code=%0a",
            "code=%00",
            "code=c%C3%A9",
            "error=e&error_description=a&error_description=b",
            &long_code,
            &long_query,
        ] {
            assert!(is_malformed(query), "{query:.80}");
        }
    }

    #[test]
    fn o17_well_formed_queries() {
        let long_code = format!("code={}&state=s", "c".repeat(MAX_CODE));
        let head = "code=c&state=s&x=";
        let long_query = format!("{head}{}", "x".repeat(MAX_QUERY - head.len()));
        for query in [
            "code=c",
            "code=c&state=s",
            "&&code=c&&",
            "code=a+b%20c",
            "error=access_denied",
            "code=c&x=1&x=2",
            "code=c&state",
            "code=c&%C3%A9=%C3%A9",
            &long_code,
            &long_query,
        ] {
            assert!(CallbackQuery::parse(query).is_ok(), "{query:.80}");
        }
    }

    #[test]
    fn o19_a_description_is_cut_and_cleaned() {
        let query = format!(
            "error=e&error_description=%1b%0a%3Cb%3E%C3%A9{}",
            "x".repeat(300)
        );
        let Ok(parsed) = CallbackQuery::parse(&query) else {
            panic!("well-formed");
        };
        let Answer::Error { description, .. } = parsed.answer else {
            panic!("an error");
        };
        assert_eq!(description, Some(format!("<b>{}", "x".repeat(197))));
    }
}
