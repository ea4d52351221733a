//! Signatures as they are written.

use std::ops::RangeInclusive;

use base64_simd::{Out, STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use constant_time_eq::constant_time_eq;

use crate::mac::Tag;
use crate::scheme::Encoding;

/// Reads a signature of exactly this many bytes, in the one form that it has (RFC 4648 §3.5: no
/// white space, no odd padding, no bits that count for nothing; hex in either case).
pub(crate) fn tag(encoding: Encoding, text: &[u8], len: usize) -> Option<Tag> {
    if text.len() != text_len(encoding, len) {
        return None;
    }
    let base64 = match encoding {
        Encoding::Hex => {
            let mut tag = Tag::zeros(len);
            const_hex::decode_to_slice(text, tag.as_mut()).ok()?;
            return Some(tag);
        }
        Encoding::Base64 => STANDARD,
        Encoding::Base64Url => URL_SAFE_NO_PAD,
        Encoding::Base64UrlPadded => URL_SAFE,
    };
    // Text without padding decodes to up to two bytes more than padded text of its length.
    let mut room = [0; Tag::MOST + 2];
    let decoded = base64.decode(text, Out::from_slice(&mut room)).ok()?;
    (decoded.len() == len).then(|| Tag::new(decoded))
}

/// Reads a signature of any of these lengths, in the one form that it has.
pub(crate) fn long(
    encoding: Encoding,
    text: &[u8],
    lengths: &RangeInclusive<usize>,
) -> Option<Vec<u8>> {
    if text.len() > text_len(encoding, *lengths.end()) {
        return None;
    }
    let decoded = match encoding {
        Encoding::Hex => const_hex::decode(text).ok()?,
        Encoding::Base64 => STANDARD.decode_to_vec(text).ok()?,
        Encoding::Base64Url => URL_SAFE_NO_PAD.decode_to_vec(text).ok()?,
        Encoding::Base64UrlPadded => URL_SAFE.decode_to_vec(text).ok()?,
    };
    // Hex may begin with `0x` for all that the decoder cares.
    let is_canonical = text.len() == text_len(encoding, decoded.len());
    (is_canonical && lengths.contains(&decoded.len())).then_some(decoded)
}

/// How many characters so many bytes have.
pub(crate) const fn text_len(encoding: Encoding, len: usize) -> usize {
    match encoding {
        Encoding::Base64 | Encoding::Base64UrlPadded => len.div_ceil(3) * 4,
        Encoding::Base64Url => (len * 4).div_ceil(3),
        Encoding::Hex => len * 2,
    }
}

/// How many characters of base64 a signature can have.
const MOST_TEXT: usize = text_len(Encoding::Base64, Tag::MOST);

/// A signature that entries are compared with, in the form in which that is least work.
pub(crate) enum Expected<'t> {
    /// Its bytes: hex has two cases.
    Bytes(&'t Tag),
    /// Its text, of so many bytes: base64 has one form, so that the same text is the same bytes.
    Text([u8; MOST_TEXT], usize),
}

impl<'t> Expected<'t> {
    pub(crate) fn new(encoding: Encoding, tag: &'t Tag) -> Self {
        let base64 = match encoding {
            Encoding::Hex => return Self::Bytes(tag),
            Encoding::Base64 => STANDARD,
            Encoding::Base64Url => URL_SAFE_NO_PAD,
            Encoding::Base64UrlPadded => URL_SAFE,
        };
        let mut text = [0; MOST_TEXT];
        let len = base64
            .encode(tag.as_bytes(), Out::from_slice(&mut text))
            .len();
        Self::Text(text, len)
    }

    /// Whether an entry is it, in a time that does not depend on either's bytes.
    pub(crate) fn ct_eq(&self, entry: &[u8]) -> bool {
        match self {
            Self::Bytes(expected) => tag(Encoding::Hex, entry, expected.as_bytes().len())
                .is_some_and(|entry| expected.ct_eq(&entry)),
            Self::Text(text, len) => constant_time_eq(text.get(..*len).unwrap_or_default(), entry),
        }
    }
}

/// Writes a signature.
pub(crate) fn text(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Base64 => STANDARD.encode_to_string(bytes),
        Encoding::Base64Url => URL_SAFE_NO_PAD.encode_to_string(bytes),
        Encoding::Base64UrlPadded => URL_SAFE.encode_to_string(bytes),
        Encoding::Hex => const_hex::encode(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Encoding; 4] = [
        Encoding::Base64,
        Encoding::Base64Url,
        Encoding::Base64UrlPadded,
        Encoding::Hex,
    ];

    #[test]
    fn what_is_written_is_read() {
        for encoding in ALL {
            for len in [20, 32, 48, 64] {
                let bytes: Vec<u8> = (0..len).map(|byte| byte * 3).collect();
                let text = text(encoding, &bytes);
                let read = tag(encoding, text.as_bytes(), bytes.len()).unwrap();
                assert_eq!(read.as_bytes(), bytes);
            }
        }
    }

    #[test]
    fn w15_hex_is_read_in_both_cases() {
        let upper = tag(Encoding::Hex, b"AB".repeat(20).as_slice(), 20).unwrap();
        let lower = tag(Encoding::Hex, b"ab".repeat(20).as_slice(), 20).unwrap();
        assert!(upper.ct_eq(&lower));
    }

    #[test]
    fn w15_base64_has_one_form() {
        let canonical = text(Encoding::Base64, &[0; 32]);
        assert!(tag(Encoding::Base64, canonical.as_bytes(), 32).is_some());
        for odd in [
            canonical.replace('=', ""),
            canonical.replace("A=", "B="),
            canonical.replace("AAAA=", "AA A="),
            canonical.replace('=', "A"),
            format!("{canonical}\n"),
        ] {
            assert!(tag(Encoding::Base64, odd.as_bytes(), 32).is_none(), "{odd}");
        }
    }

    #[test]
    fn w15_long_signatures_have_one_form_and_a_length_of_theirs() {
        for encoding in ALL {
            for len in 0..=200 {
                let bytes: Vec<u8> = (0..len).collect();
                let text = text(encoding, &bytes);
                let is_read = (8..=72).contains(&len);
                let read = long(encoding, text.as_bytes(), &(8..=72));
                assert_eq!(read, is_read.then_some(bytes), "{encoding:?} {len}");
            }
        }
        let canonical = text(Encoding::Base64, &[0; 32]);
        for odd in [
            canonical.replace('=', ""),
            canonical.replace("A=", "B="),
            canonical.replace("AAAA=", "AA A="),
            format!("{canonical}\n"),
        ] {
            let read = long(Encoding::Base64, odd.as_bytes(), &(8..=72));
            assert!(read.is_none(), "{odd}");
        }
        for odd in ["0x", "0", "z", "zz"] {
            let odd = format!("{odd}{}", "ab".repeat(20));
            assert!(long(Encoding::Hex, odd.as_bytes(), &(8..=72)).is_none());
        }
    }

    #[test]
    fn w18_no_other_length_is_a_signature() {
        for encoding in ALL {
            for len in (0..=200).filter(|len| *len != 32) {
                let text = text(encoding, &vec![0; len]);
                assert!(tag(encoding, text.as_bytes(), 32).is_none(), "{len}");
            }
        }
    }
}
