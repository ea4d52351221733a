//! What is nearly right.

use base64_simd::{Base64, STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_webhook::{Receipt, Scheme, VerifyErrorKind};

use crate::support::{BODY, NOW, Pair, all, extra};

/// A delivery that is right, and where its signature is.
struct Delivered {
    scheme: Scheme<'static>,
    pair: Pair,
    body: Vec<u8>,
    headers: HeaderMap,
    /// The header that the signature is in.
    name: HeaderName,
    /// What is before it in there.
    before: String,
    written: String,
    behind: String,
    alphabet: Alphabet,
}

/// How the scheme writes signatures.
#[derive(Clone, Copy, Debug)]
enum Alphabet {
    Hex,
    Base64(&'static Base64),
}

impl Alphabet {
    const ALL: [Self; 5] = [
        Self::Hex,
        Self::Base64(&STANDARD),
        Self::Base64(&STANDARD_NO_PAD),
        Self::Base64(&URL_SAFE),
        Self::Base64(&URL_SAFE_NO_PAD),
    ];

    /// That of a text; none if it could be another one.
    fn of(text: &str) -> Option<Self> {
        let has = |chars: [char; 2]| text.contains(chars);
        let is_padded = text.len().is_multiple_of(4);
        if text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(Self::Hex);
        }
        match (has(['+', '/']), has(['-', '_'])) {
            (true, false) if is_padded => Some(Self::Base64(&STANDARD)),
            (false, true) if is_padded => Some(Self::Base64(&URL_SAFE)),
            (false, true) => Some(Self::Base64(&URL_SAFE_NO_PAD)),
            _ => None,
        }
    }

    fn read(self, text: &str) -> Vec<u8> {
        match self {
            Self::Hex => const_hex::decode(text).unwrap(),
            Self::Base64(base64) => base64.decode_to_vec(text).unwrap(),
        }
    }

    fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => const_hex::encode(bytes),
            Self::Base64(base64) => base64.encode_to_string(bytes),
        }
    }
}

impl Delivered {
    /// The first of many bodies whose signature shows in which alphabet it is.
    fn new(scheme: Scheme<'static>) -> Self {
        let pair = Pair::new(scheme);
        (0..200_u8)
            .find_map(|number| Self::try_new(scheme, &pair, number))
            .unwrap_or_else(|| panic!("{}: in which alphabet?", scheme.name()))
    }

    fn try_new(scheme: Scheme<'static>, pair: &Pair, number: u8) -> Option<Self> {
        let body = [BODY, &[number]].concat();
        let headers = pair.sign(&body);
        let (name, value) = pair.signature(&headers);
        // RFC 9421 §4: beside a longer one that says what is signed.
        let (name, value) = match headers.iter().find(|(name, _)| *name == "signature") {
            Some((name, value)) => (name, value.to_str().unwrap()),
            None => (name, value),
        };
        // It is the last thing in there, but for what ends bytes and strings (RFC 9651 §3.3).
        let end = value.trim_end_matches([':', '"']).len();
        let parted = value[..end].rfind([' ', ',', ';', ':', '.', '"']);
        let mut start = parted.map_or(0, |place| place + 1);
        let key = value[start..end].find('=').map(|place| start + place + 1);
        start = key
            .filter(|place| value[*place..end].contains(|char| char != '='))
            .unwrap_or(start);
        let written = &value[start..end];
        // RFC 7515 §2; that of a token which says nothing of the body is the same each time.
        let is_token = value[..start].ends_with('.');
        let of_token = is_token.then_some(Alphabet::Base64(&URL_SAFE_NO_PAD));
        Some(Self {
            scheme,
            pair: Pair::new(scheme),
            alphabet: Alphabet::of(written).or(of_token)?,
            name: name.clone(),
            before: value[..start].to_owned(),
            written: written.to_owned(),
            behind: value[end..].to_owned(),
            body,
            headers: headers.clone(),
        })
    }

    fn signature(&self) -> Vec<u8> {
        self.alphabet.read(&self.written)
    }

    /// The verdict if this is in the signature's place.
    fn with(&self, written: &str) -> Result<Receipt, VerifyErrorKind> {
        let value = [&self.before, written, &self.behind].concat();
        self.with_header(&self.name, value.as_bytes())
            .unwrap_or_else(|| panic!("{value:?} is no header"))
    }

    /// The verdict if this is in a header; none if no header can hold it.
    fn with_header(
        &self,
        name: &HeaderName,
        value: &[u8],
    ) -> Option<Result<Receipt, VerifyErrorKind>> {
        let value = HeaderValue::from_bytes(value).ok()?;
        let mut changed = self.headers.clone();
        changed.insert(name, value);
        Some(self.pair.verify(&changed, &self.body))
    }

    /// Says that the verdict on this signature is the one that it should be.
    fn judge(&self, written: &str, passes: bool) {
        let outcome = self.with(written).map(drop);
        let name = self.scheme.name();
        assert_eq!(outcome.is_ok(), passes, "{name}: {written:?} {outcome:?}");
    }
}

/// The schemes whose signature is in a header.
fn with_headers() -> impl Iterator<Item = Scheme<'static>> {
    all().filter(|scheme| !scheme.signs_into_body())
}

fn delivered() -> impl Iterator<Item = Delivered> {
    with_headers().map(Delivered::new)
}

/// The schemes whose signature says nothing of the body, as their names for it say.
const BODILESS: [&str; 3] = ["jira-connect", "mercado-pago", "monday"];

/// Every single bit of some bytes the other way round.
fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        (bit, flipped)
    })
}

#[test]
fn w18_any_bit_of_the_body_counts() {
    for delivered in delivered() {
        let (name, pair) = (delivered.scheme.name(), &delivered.pair);
        let right = pair.verify(&delivered.headers, &delivered.body);
        assert!(right.is_ok(), "{name}");
        for (bit, body) in flips(&delivered.body) {
            let outcome = pair.verify(&delivered.headers, &body).map(drop);
            let expected = match BODILESS.contains(&name) {
                true => Ok(()),
                false => Err(VerifyErrorKind::Signature),
            };
            assert_eq!(outcome, expected, "{name}: bit {bit}");
        }
    }
}

#[test]
fn w18_any_bit_of_the_signature_counts() {
    for delivered in delivered() {
        let (name, alphabet) = (delivered.scheme.name(), delivered.alphabet);
        delivered.judge(&delivered.written, true);
        for (bit, signature) in flips(&delivered.signature()) {
            let outcome = delivered.with(&alphabet.write(&signature)).map(drop);
            assert_eq!(
                outcome,
                Err(VerifyErrorKind::Signature),
                "{name}: bit {bit}"
            );
        }
    }
}

/// Timestamps, ids, signatures, the names and prefixes beside them: whatever the signer put into a
/// header. The one bit that says nothing is that of a hex digit's case (w15).
#[test]
fn w18_any_bit_of_any_header_counts() {
    for delivered in delivered() {
        let (scheme, mut same) = (delivered.scheme.name(), 0);
        let signed = |name: &HeaderName| !extra().contains_key(name);
        for (name, value) in delivered.headers.iter().filter(|(name, _)| signed(name)) {
            let is_here = *name == delivered.name;
            for (bit, flipped) in flips(value.as_bytes()) {
                let Some(outcome) = delivered.with_header(name, &flipped) else {
                    // No header can hold it.
                    continue;
                };
                let start = delivered.before.len();
                let written = start..start + delivered.written.len();
                let is_written = is_here && written.contains(&(bit / 8));
                let is_case = is_written && flipped.eq_ignore_ascii_case(value.as_bytes());
                let is_right = match outcome {
                    Ok(_) => is_case && matches!(delivered.alphabet, Alphabet::Hex),
                    Err(VerifyErrorKind::Malformed | VerifyErrorKind::Signature) => true,
                    // A key or a label, and what goes by it is not there.
                    Err(VerifyErrorKind::Missing) => true,
                    // Of its age nobody is told who did not sign it (w25).
                    Err(_) => false,
                };
                assert!(is_right, "{scheme}: {name}, bit {bit}: {outcome:?}");
                same += usize::from(outcome.is_ok());
            }
        }
        let letters = match delivered.alphabet {
            Alphabet::Hex => delivered.written.matches(char::is_alphabetic).count(),
            Alphabet::Base64(_) => 0,
        };
        assert_eq!(
            same, letters,
            "{scheme}: only the case of its digits is free"
        );
    }
}

/// No header, one after the other, and none at all.
#[test]
fn w29_a_missing_header_is_told_before_the_body() {
    for scheme in with_headers() {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        for name in headers.keys().filter(|name| !extra().contains_key(*name)) {
            let mut fewer = headers.clone();
            fewer.remove(name);
            assert_eq!(
                begun(&pair, &fewer),
                Some(VerifyErrorKind::Missing),
                "{name}"
            );
        }
        assert_eq!(
            begun(&pair, &HeaderMap::new()),
            Some(VerifyErrorKind::Missing)
        );
    }
}

/// What the head alone gives: nothing to object, or an error.
fn begun(pair: &Pair, headers: &HeaderMap) -> Option<VerifyErrorKind> {
    let head = portcullis_webhook::Head::new(headers).with_url(crate::support::URL);
    pair.verifier
        .begin(head, NOW)
        .err()
        .map(|error| error.kind())
}

#[test]
fn w11_a_header_that_is_there_twice_is_refused() {
    for scheme in with_headers() {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        for (name, value) in headers
            .iter()
            .filter(|(name, _)| !extra().contains_key(*name))
        {
            for other in [value.clone(), HeaderValue::from_static("x")] {
                let is_same = other == value;
                let mut twice = headers.clone();
                twice.append(name.clone(), other);
                let refused = begun(&pair, &twice);
                let is_right = match refused {
                    Some(VerifyErrorKind::Malformed) => true,
                    // RFC 9421 §2.1 joins what is there twice: a digest is then not what was
                    // signed, and `x` is the label of a signature that nobody asked for.
                    _ if !scheme.name().starts_with("rfc9421") => false,
                    Some(VerifyErrorKind::Signature) => *name == "content-digest",
                    other => other.is_none() && !is_same && *name != "content-digest",
                };
                assert!(is_right, "{}, {name}: {refused:?}", scheme.name());
            }
        }
    }
}

/// Every length, in every alphabet: bytes of the right signature, and more of them behind it.
#[test]
fn w18_a_signature_has_one_length() {
    for delivered in delivered() {
        let signature = delivered.signature();
        let longest = signature.len().max(200);
        let repeated: Vec<_> = signature.iter().copied().cycle().take(longest).collect();
        let mut padded = signature.clone();
        padded.resize(longest, 0);
        let mut passed = 0;
        for bytes in [repeated, padded, vec![0; longest]] {
            for (length, alphabet) in (0..=longest).flat_map(|length| {
                let alphabets = Alphabet::ALL.into_iter();
                alphabets.map(move |alphabet| (length, alphabet))
            }) {
                let written = alphabet.write(&bytes[..length]);
                let is_right = written == delivered.written;
                delivered.judge(&written, is_right);
                passed += usize::from(is_right);
            }
        }
        // Once of the bytes that go on and once of those that end: by the right alphabet alone, but
        // for those that write it the same.
        let same = Alphabet::ALL.map(|alphabet| alphabet.write(&signature));
        let same = same.iter().filter(|text| **text == delivered.written);
        assert_eq!(passed, 2 * same.count(), "{}", delivered.scheme.name());
    }
}

/// The same in characters: the text cut short, and gone on with.
#[test]
fn w18_a_signature_has_one_length_in_characters() {
    for delivered in delivered() {
        let written = &delivered.written;
        let longest = written.len().max(200);
        for length in (0..=longest).filter(|length| *length != written.len()) {
            for more in [written.as_str(), "A", "0", "=", "a="] {
                let text: String = written
                    .chars()
                    .chain(more.chars().cycle())
                    .take(length)
                    .collect();
                delivered.judge(&text, false);
            }
        }
        delivered.judge(written, true);
    }
}

/// Hex in either case is the same; base64 has one form alone (RFC 4648 §3.5).
#[test]
fn w15_a_signature_has_one_form() {
    for delivered in delivered() {
        let written = &delivered.written;
        let middle = written.len() / 2;
        let spaced = |space: &str| [&written[..middle], space, &written[middle..]].concat();
        for odd in [" ", "\t", "=", "%", "\u{7e}"].map(spaced) {
            delivered.judge(&odd, false);
        }
        let is_tagged = delivered.before.ends_with(',');
        // Behind a tagged entry a space is what parts it from the next one, of which there is none.
        let spaces = [("", " "), (" ", "")]
            .into_iter()
            .skip(usize::from(is_tagged));
        for (before, behind) in [("0x", ""), ("\\x", ""), ("\"", "\"")]
            .into_iter()
            .chain(spaces)
        {
            delivered.judge(&format!("{before}{written}{behind}"), false);
        }
        match delivered.alphabet {
            Alphabet::Hex => hex_has_two_cases(&delivered),
            Alphabet::Base64(_) => base64_has_one_form(&delivered),
        }
    }
}

fn hex_has_two_cases(delivered: &Delivered) {
    let written = &delivered.written;
    let mixed = written.char_indices().map(|(place, char)| match place % 2 {
        0 => char.to_ascii_uppercase(),
        _ => char,
    });
    delivered.judge(&written.to_uppercase(), true);
    delivered.judge(&mixed.collect::<String>(), true);
    delivered.judge(&written[1..], false);
}

fn base64_has_one_form(delivered: &Delivered) {
    let written = &delivered.written;
    let bare = written.trim_end_matches('=');
    for odd in [
        format!("{written}="),
        format!("{bare}=="),
        format!("{bare}="),
        bare.to_owned(),
    ] {
        delivered.judge(&odd, odd == *written);
    }
    // Bits behind the last byte, which count for nothing.
    let last = bare.chars().next_back().unwrap();
    let spare = match bare.len() % 4 {
        2 => 15,
        3 => 3,
        _ => 0,
    };
    for more in 1..=spare {
        let text = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let text = match delivered.alphabet {
            Alphabet::Base64(base64) if !std::ptr::eq(base64, &STANDARD) => {
                text.replace('+', "-").replace('/', "_")
            }
            _ => text.to_owned(),
        };
        let place = text.find(last).unwrap();
        let other = &text[place + more..=place + more];
        let odd = format!(
            "{}{other}{}",
            &bare[..bare.len() - 1],
            &written[bare.len()..]
        );
        delivered.judge(&odd, false);
    }
}
