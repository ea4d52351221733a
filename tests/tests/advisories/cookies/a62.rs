//! CVE-2026-39324 (rack-session): where a cookie did not decrypt, it was read by a decoder that
//! checked nothing.
//!
//! Here: whatever is wrong with a sealed value, it is no cookie; there is one way to open it.

use portcullis_cookie::{KeyRing, SealKey, Sealer};
use portcullis_core::Random;

use crate::answers::support::base64;

const NAME: &str = "__Host-jar";

const TEXT: &[u8] = br#"{"user":"ada","admin":false,"padding":"0123456789abcdef"}"#;

/// Keeps values in cookies.
trait Jar {
    fn new() -> Self;
    fn put(&self, text: &[u8]) -> String;
    fn take(&self, value: &[u8]) -> Option<Vec<u8>>;
}

fn key() -> SealKey {
    SealKey::generate(&Random::system()).expect("random bytes")
}

struct Ours(Sealer);

impl Jar for Ours {
    fn new() -> Self {
        Self(Sealer::new(KeyRing::new(key()), "a62"))
    }

    fn put(&self, text: &[u8]) -> String {
        let sealed = self.0.seal(NAME, text, &Random::system());
        sealed.expect("a short text")
    }

    fn take(&self, value: &[u8]) -> Option<Vec<u8>> {
        let opened = self.0.open(NAME, value)?;
        Some(opened.plaintext().expose_secret().to_vec())
    }
}

/// What an attacker writes who has no key.
fn unsealed() -> Vec<Vec<u8>> {
    let mut values = vec![TEXT.to_vec(), Vec::new(), b"null".to_vec()];
    for text in [
        TEXT,
        b"",
        b"\x04\x08{\x06I\"\tuserI\"\x08ada",
        b"\x80\x04}.",
    ] {
        let bare = base64::encode(text);
        values.push(bare.clone().into_bytes());
        values.push(format!("{bare}==").into_bytes());
        values.push(format!("{bare}--{}", "0".repeat(40)).into_bytes());
        values.push(format!("{bare}.{}", base64::encode(&[0; 32])).into_bytes());
        // In the form of ours: a version, a key, a nonce, the text, a tag.
        for version in 0..=u8::MAX {
            let sealed = [&[version][..], &[0; 4], &[0; 24], text, &[0; 16]].concat();
            values.push(base64::encode(&sealed).into_bytes());
        }
    }
    values
}

/// What an attacker makes of a value that is sealed.
fn changed(sealed: &str) -> Vec<Vec<u8>> {
    let bytes = base64::decode(sealed);
    let mut values = Vec::new();
    for place in 0..bytes.len() {
        for mask in [1, 0x80, 0xff] {
            let mut bytes = bytes.clone();
            bytes[place] ^= mask;
            values.push(base64::encode(&bytes).into_bytes());
        }
    }
    for length in 0..sealed.len() {
        values.push(sealed.as_bytes()[..length].to_vec());
        values.push(sealed.as_bytes()[sealed.len() - length..].to_vec());
    }
    for version in (0..=u8::MAX).filter(|version| *version != bytes[0]) {
        let other = [&[version], &bytes[1..]].concat();
        values.push(base64::encode(&other).into_bytes());
    }
    values.extend([format!("{sealed}="), format!("{sealed}A")].map(String::into_bytes));
    values
}

fn check<J: Jar>() {
    let (jar, other) = (J::new(), J::new());
    let sealed = jar.put(TEXT);
    assert_eq!(jar.take(sealed.as_bytes()).as_deref(), Some(TEXT));
    for value in unsealed() {
        let taken = jar.take(&value);
        let shown = value.escape_ascii();
        assert_eq!(taken, None, "what nobody sealed is opened: {shown}");
    }
    for value in changed(&sealed) {
        assert_eq!(jar.take(&value), None, "what was changed is opened");
    }
    let foreign = other.put(TEXT);
    let taken = jar.take(foreign.as_bytes());
    assert_eq!(taken, None, "what another key sealed is opened");
}

#[test]
fn a62_what_does_not_open_is_no_cookie() {
    check::<Ours>();
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// Decodes what does not open.
    struct FallsBack(Ours);

    impl Jar for FallsBack {
        fn new() -> Self {
            Self(Ours::new())
        }

        fn put(&self, text: &[u8]) -> String {
            self.0.put(text)
        }

        fn take(&self, value: &[u8]) -> Option<Vec<u8>> {
            let decoded = || {
                let is_base64 = value
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
                let text = is_base64.then(|| std::str::from_utf8(value).ok())??;
                Some(base64::decode(text))
            };
            self.0.take(value).or_else(decoded)
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn FallsBackToADecoder() {
        let test = "a62_what_does_not_open_is_no_cookie";
        let says = "what nobody sealed is opened";
        Twin::new("a62 FallsBackToADecoder", test, says).is_caught(check::<FallsBack>);
    }
}
