//! What is sealed opens where it was meant to, and nowhere else.

use base64ct::{Base64UrlUnpadded, Encoding};
use portcullis_cookie::{
    CookiePolicy, KeyRing, Lifetime, SealErrorKind, SealKey, SealKeyErrorKind, Sealer,
};
use portcullis_core::Random;
use proptest::prelude::*;

const NAME: &str = "__Host-flow";

/// A key that differs for each `seed`.
fn key(seed: u8) -> SealKey {
    let bytes: [u8; 32] = std::array::from_fn(|at| seed ^ (at * 7).to_le_bytes()[0]);
    SealKey::try_from(&bytes[..]).expect("32 different bytes")
}

fn sealer(seed: u8) -> Sealer {
    Sealer::new(KeyRing::new(key(seed)), "oauth flow")
}

fn seal(sealer: &Sealer, text: &str) -> String {
    sealer
        .seal(NAME, text.as_bytes(), &Random::system())
        .expect("a short text")
}

fn open(sealer: &Sealer, sealed: impl AsRef<[u8]>) -> Option<String> {
    let opened = sealer.open(NAME, sealed.as_ref())?;
    Some(opened.plaintext().expose_str().expect("text").to_owned())
}

#[test]
fn s38_what_was_sealed_opens() {
    for text in ["", "a", "state=1&verifier=2", &"x".repeat(3027)] {
        let sealed = seal(&sealer(1), text);
        assert_eq!(open(&sealer(1), &sealed).as_deref(), Some(text));
        assert!(!text.is_empty() || sealed.len() == 60);
    }
}

#[test]
fn s38_the_format_is_the_one_written_down() {
    let random = Random::test(|bytes| {
        bytes.copy_from_slice(b"ABCDEFGHIJKLMNOPQRSTUVWX");
        Ok(())
    });
    let sealed = sealer(1).seal(NAME, b"plain", &random).unwrap();
    let raw = Base64UrlUnpadded::decode_vec(&sealed).unwrap();
    assert_eq!(raw.len(), 1 + 4 + 24 + 5 + 16);
    assert_eq!(raw[0], 1);
    let key_text = key(1).encode();
    let key_bytes = Base64UrlUnpadded::decode_vec(key_text.expose_str().unwrap()).unwrap();
    let id = portcullis_core::Digest::of_parts(&[b"portcullis seal key id", &key_bytes]);
    assert_eq!(raw[1..5], id.as_bytes()[..4]);
    assert_eq!(&raw[5..29], b"ABCDEFGHIJKLMNOPQRSTUVWX");
    // Made from the description alone, by another AES (node's); a change would lose all cookies.
    assert_eq!(sealed, PINNED);
}

const PINNED: &str = "AYitJRNBQkNERUZHSElKS0xNTk9QUVJTVFVWV1ipIt6amtC8_yGYkn0DVPI_-OCl4kE";

#[test]
fn s38_a_sealed_value_is_one_that_a_cookie_can_carry() {
    let policy = CookiePolicy::host("flow").build().unwrap();
    let sealed = seal(&sealer(1), &"x".repeat(2900));
    assert!(policy.set(&sealed, Lifetime::Browser).is_ok());
}

#[test]
fn s38_the_same_text_is_never_sealed_alike() {
    let sealer = sealer(1);
    assert_ne!(seal(&sealer, "text"), seal(&sealer, "text"));
}

#[test]
fn s38_another_purpose_opens_nothing() {
    let ring = KeyRing::new(key(1));
    let purposes = [
        "session",
        "oauth flow",
        "oauth flo",
        "oauth flow2",
        "flash",
        "",
    ];
    for (at, sealing) in purposes.into_iter().enumerate() {
        let sealed = seal(&Sealer::new(ring.clone(), sealing), "text");
        for (other, opening) in purposes.into_iter().enumerate() {
            let opened = open(&Sealer::new(ring.clone(), opening), &sealed);
            assert_eq!(opened.is_some(), at == other, "{sealing:?} {opening:?}");
        }
    }
}

#[test]
fn s38_another_name_opens_nothing() {
    let sealed = seal(&sealer(1), "text");
    for name in [
        "",
        "flow",
        "__host-flow",
        "__Host-flow2",
        "__Host-flo",
        "__Host-flow ",
    ] {
        assert!(sealer(1).open(name, sealed.as_bytes()).is_none(), "{name}");
    }
}

#[test]
fn s38_purpose_and_name_do_not_run_into_each_other() {
    let ring = KeyRing::new(key(1));
    let random = Random::system();
    let sealed = Sealer::new(ring.clone(), "ab")
        .seal("cd", b"text", &random)
        .unwrap();
    for (purpose, name) in [
        ("abc", "d"),
        ("a", "bcd"),
        ("abcd", ""),
        ("", "abcd"),
        ("cd", "ab"),
    ] {
        let sealer = Sealer::new(ring.clone(), purpose);
        assert!(
            sealer.open(name, sealed.as_bytes()).is_none(),
            "{purpose} {name}"
        );
    }
}

#[test]
fn s38_another_key_opens_nothing() {
    let sealed = seal(&sealer(1), "text");
    assert!(open(&sealer(2), &sealed).is_none());
    // Nor if the value says that it was sealed by that key.
    let mut forged = Base64UrlUnpadded::decode_vec(&sealed).unwrap();
    let other = Base64UrlUnpadded::decode_vec(&seal(&sealer(2), "text")).unwrap();
    forged[1..5].copy_from_slice(&other[1..5]);
    assert!(open(&sealer(2), Base64UrlUnpadded::encode_string(&forged)).is_none());
}

#[test]
fn s38_every_flipped_bit_is_noticed() {
    let sealer = sealer(1);
    let sealed = seal(&sealer, "state and verifier");
    let raw = Base64UrlUnpadded::decode_vec(&sealed).unwrap();
    for bit in 0..raw.len() * 8 {
        let mut raw = raw.clone();
        raw[bit / 8] ^= 1 << (bit % 8);
        assert!(
            open(&sealer, Base64UrlUnpadded::encode_string(&raw)).is_none(),
            "{bit}"
        );
    }
    for bit in 0..sealed.len() * 8 {
        let mut text = sealed.clone().into_bytes();
        text[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&sealer, &text).is_none(), "{bit}");
    }
    assert!(open(&sealer, &sealed).is_some());
}

#[test]
fn s38_every_shorter_or_longer_value_is_refused() {
    let sealer = sealer(1);
    let sealed = seal(&sealer, "state and verifier");
    for len in 0..sealed.len() {
        assert!(open(&sealer, &sealed[..len]).is_none(), "{len}");
        assert!(open(&sealer, &sealed[len + 1..]).is_none(), "{len}");
    }
    let raw = Base64UrlUnpadded::decode_vec(&sealed).unwrap();
    for len in 0..raw.len() {
        let shorter = Base64UrlUnpadded::encode_string(&raw[..len]);
        assert!(open(&sealer, shorter).is_none(), "{len}");
    }
    for more in ["A", "AA", "AAAA", "=", "==", " ", ".", "\n", "\0"] {
        assert!(
            open(&sealer, format!("{sealed}{more}")).is_none(),
            "{more:?}"
        );
        assert!(
            open(&sealer, format!("{more}{sealed}")).is_none(),
            "{more:?}"
        );
    }
    assert!(open(&sealer, "A".repeat(Sealer::MAX_CHARS + 4)).is_none());
}

#[test]
fn s38_nothing_is_read_that_was_not_sealed() {
    let sealer = sealer(1);
    for value in ["", "text", "dGV4dA", "AQ", "{\"user\":1}", "a.b.c"] {
        assert!(open(&sealer, value).is_none(), "{value}");
    }
    assert!(open(&sealer, [0xff, 0xfe, 0]).is_none());
}

#[test]
fn s38_too_much_is_not_sealed() {
    let error = |text: &str| {
        let result = sealer(1).seal(NAME, text.as_bytes(), &Random::system());
        result
            .map(|sealed| sealed.len())
            .map_err(|error| error.kind())
    };
    assert_eq!(error(&"x".repeat(3027)), Ok(Sealer::MAX_CHARS));
    assert_eq!(error(&"x".repeat(3028)), Err(SealErrorKind::TooLong));
}

#[test]
fn s38_without_random_bytes_nothing_is_sealed() {
    let error = sealer(1)
        .seal(NAME, b"text", &Random::failing())
        .unwrap_err();
    assert_eq!(error.kind(), SealErrorKind::Random);
    assert!(std::error::Error::source(&error).is_some());
    let error = SealKey::generate(&Random::failing()).unwrap_err();
    assert_eq!(error.kind(), SealKeyErrorKind::Random);
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn s39_the_newest_key_seals_and_all_open() {
    let before = seal(&sealer(1), "text");
    let ring = KeyRing::new(key(3)).with_older(key(2)).with_older(key(1));
    let rotated = Sealer::new(ring, "oauth flow");
    let opened = rotated.open(NAME, before.as_bytes()).unwrap();
    assert!(opened.by_older_key());

    // Issued anew once: the second time there is no need.
    let again = rotated
        .seal(
            NAME,
            opened.into_plaintext().expose_secret(),
            &Random::system(),
        )
        .unwrap();
    let opened = rotated.open(NAME, again.as_bytes()).unwrap();
    assert!(!opened.by_older_key());
    assert_eq!(opened.plaintext().expose_secret(), b"text");
    assert_eq!(open(&sealer(3), &again).as_deref(), Some("text"));
    assert!(open(&sealer(1), &again).is_none());
}

#[test]
fn s39_dropping_a_key_makes_its_cookies_unreadable_and_no_others() {
    let values: Vec<_> = (1..=3).map(|seed| seal(&sealer(seed), "text")).collect();
    let without_2 = Sealer::new(KeyRing::new(key(3)).with_older(key(1)), "oauth flow");
    let opened: Vec<_> = values
        .iter()
        .map(|v| open(&without_2, v).is_some())
        .collect();
    assert_eq!(opened, [true, false, true]);
}

#[test]
fn s39_a_key_that_is_both_newest_and_older_counts_as_newest() {
    let ring = KeyRing::new(key(1)).with_older(key(1));
    let sealer = Sealer::new(ring, "oauth flow");
    let opened = sealer.open(NAME, seal(&sealer, "text").as_bytes()).unwrap();
    assert!(!opened.by_older_key());
}

#[test]
fn s39_keys_that_can_not_be_secret_are_refused() {
    let fault = |bytes: &[u8]| SealKey::try_from(bytes).err().map(|error| error.kind());
    for byte in 0..=u8::MAX {
        assert_eq!(fault(&[byte; 32]), Some(SealKeyErrorKind::Weak));
    }
    assert_eq!(fault(&[1, 2, 3, 4].repeat(8)), Some(SealKeyErrorKind::Weak));
    for len in (0..32).chain(33..70) {
        let bytes: Vec<u8> = (0..len).collect();
        assert_eq!(fault(&bytes), Some(SealKeyErrorKind::Length), "{len}");
    }
    let counted: Vec<u8> = (0..33).collect();
    assert_eq!(fault(&counted[..32]), Some(SealKeyErrorKind::Published));
    assert_eq!(fault(&counted[1..]), Some(SealKeyErrorKind::Published));
    let ours = b"portcullis example key: not used";
    assert_eq!(fault(ours), Some(SealKeyErrorKind::Published));
    let error = SealKey::generate(&Random::repeating(7)).unwrap_err();
    assert_eq!(error.kind(), SealKeyErrorKind::Weak);
}

#[test]
fn s39_a_key_is_read_as_it_was_written_and_in_no_other_form() {
    let text = key(1).encode();
    let text = text.expose_str().unwrap();
    assert_eq!(text.len(), 43);
    let again = Sealer::new(KeyRing::new(text.parse().unwrap()), "oauth flow");
    assert_eq!(
        open(&again, seal(&sealer(1), "text")).as_deref(),
        Some("text")
    );
    let padded = format!("{text}=");
    let spaced = format!("{text}\n");
    let hex = "0f".repeat(32);
    for other in ["", &text[..42], &padded, &spaced, &hex, &"+".repeat(43)] {
        let error = other.parse::<SealKey>().unwrap_err();
        assert_eq!(error.kind(), SealKeyErrorKind::Text, "{other:?}");
    }
}

#[test]
fn s4_keys_and_what_they_open_do_not_print() {
    let sealer = sealer(1);
    let opened = sealer
        .open(NAME, seal(&sealer, "canary").as_bytes())
        .unwrap();
    let ring = KeyRing::new(key(1));
    let printed = format!("{:?} {ring:?} {sealer:?} {opened:?}", key(1));
    assert_eq!(printed, "SealKey KeyRing Sealer Opened");
}

proptest! {
    #[test]
    fn s38_any_bytes_are_refused_and_any_text_comes_back(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let sealer = sealer(1);
        prop_assert!(sealer.open(NAME, &bytes).is_none());
        prop_assert!(open(&sealer, Base64UrlUnpadded::encode_string(&bytes)).is_none());
        let sealed = sealer.seal(NAME, &bytes, &Random::system()).unwrap();
        let opened = sealer.open(NAME, sealed.as_bytes()).unwrap();
        prop_assert_eq!(opened.plaintext().expose_secret(), &bytes);
    }
}
