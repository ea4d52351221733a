//! Tokens as they are written (RFC 7515 §7.1).

use crate::decode;
use crate::scheme::Encoding;

/// How many characters a token may have.
pub(super) const MOST: usize = 8 * 1_024;

/// The three segments of a token.
pub(super) struct Compact<'t> {
    pub(super) header: &'t str,
    pub(super) payload: &'t str,
    pub(super) signature: &'t str,
}

impl<'t> Compact<'t> {
    /// Splits a token; none if it has not three segments, or is too long.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        if text.len() > MOST {
            return None;
        }
        let mut segments = text.split('.');
        let token = Self {
            header: segments.next()?,
            payload: segments.next()?,
            signature: segments.next()?,
        };
        segments.next().is_none().then_some(token)
    }
}

/// What is in a segment; none if it is not in its one form, or empty.
pub(super) fn read(segment: &str) -> Option<Vec<u8>> {
    decode::long(Encoding::Base64Url, segment.as_bytes(), &(1..=MOST))
}

/// Writes a segment.
pub(super) fn write(bytes: &[u8]) -> String {
    decode::text(Encoding::Base64Url, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w43_a_token_has_three_segments() {
        for (text, is_token) in [
            ("a.b.c", true),
            ("..", true),
            ("a..c", true),
            ("", false),
            ("a.b", false),
            ("a.b.c.", false),
            ("a.b.c.d.e", false),
        ] {
            assert_eq!(Compact::read(text).is_some(), is_token, "{text}");
        }
        let token = Compact::read("a.b.c").unwrap();
        assert_eq!(
            (token.header, token.payload, token.signature),
            ("a", "b", "c")
        );
    }

    #[test]
    fn w13_a_token_has_at_most_8_kib() {
        let long = |length| format!("{}..", "a".repeat(length - 2));
        assert!(Compact::read(&long(MOST)).is_some());
        assert!(Compact::read(&long(MOST + 1)).is_none());
    }

    #[test]
    fn w15_a_segment_has_one_form() {
        assert_eq!(read("e30").as_deref(), Some(b"{}".as_slice()));
        for odd in ["", "e", "e31", "e30=", "e3 0", "e30\n", "e/+_", "e\u{e9}0"] {
            assert_eq!(read(odd), None, "{odd:?}");
        }
        assert_eq!(write(b"{}"), "e30");
    }
}
