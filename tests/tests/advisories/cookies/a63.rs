//! CVE-2025-47278 (Flask): after a rotation the oldest key signed. CVE-2012-6497 (authlogic),
//! CVE-2016-4437 (Shiro): the key was one that everybody knew.
//!
//! Here: the newest key seals, all open; a key that is known, short, or all alike is refused, and
//! there is none by default.

use std::fs;
use std::marker::PhantomData;

use portcullis_cookie::{KeyRing, SealKey, Sealer};
use portcullis_core::Random;
use portcullis_tests::workspace;

const NAME: &str = "__Host-ring";

/// A service with keys, the newest first.
trait Service {
    fn with(keys: &[SealKey]) -> Self;
    fn seal(&self) -> String;
    fn opens(&self, sealed: &str) -> bool;
}

struct Ours(Sealer);

impl Service for Ours {
    fn with(keys: &[SealKey]) -> Self {
        let (newest, older) = keys.split_first().expect("a key");
        let ring = KeyRing::new(newest.clone());
        let ring = older.iter().cloned().fold(ring, KeyRing::with_older);
        Self(Sealer::new(ring, "a63"))
    }

    fn seal(&self) -> String {
        let sealed = self.0.seal(NAME, b"text", &Random::system());
        sealed.expect("a short text")
    }

    fn opens(&self, sealed: &str) -> bool {
        self.0.open(NAME, sealed.as_bytes()).is_some()
    }
}

fn key() -> SealKey {
    SealKey::generate(&Random::system()).expect("random bytes")
}

/// Keys come and go, as in a rotation.
fn check_rotation<S: Service>() {
    let keys: Vec<SealKey> = (0..4).map(|_| key()).collect();
    for count in 1..=keys.len() {
        let ring: Vec<SealKey> = keys[..count].iter().rev().cloned().collect();
        let service = S::with(&ring);
        let sealed = service.seal();
        for (age, key) in ring.iter().enumerate() {
            let alone = S::with(std::slice::from_ref(key));
            let is_newest = age == 0;
            assert_eq!(
                alone.opens(&sealed),
                is_newest,
                "another key than the newest seals"
            );
            assert!(
                service.opens(&alone.seal()),
                "a key of the ring does not open"
            );
        }
        // Whoever has not got the newest key yet has it as an older one, and opens it.
        let mut behind: Vec<SealKey> = ring.clone();
        behind.rotate_left(1);
        assert!(
            S::with(&behind).opens(&sealed),
            "the order decides what opens"
        );
        // Without the older keys, what they sealed is gone.
        let newest = S::with(&ring[..1]);
        for old in &ring[1..] {
            let old = S::with(std::slice::from_ref(old)).seal();
            assert!(!newest.opens(&old), "a key that was dropped opens");
        }
    }
}

/// Keys that nobody should have.
fn weak() -> Vec<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> = (0..=u8::MAX).map(|byte| vec![byte; 32]).collect();
    keys.extend((0..32).map(|length| (0..length).map(|at| at * 7 + 3).collect()));
    keys.extend((33..=64).map(|length| (0..length).map(|at| at * 3 + 5).collect()));
    keys.push((0..32).collect());
    keys.push((1..=32).collect());
    keys.push(b"abab".repeat(8));
    keys.push(b"secret".repeat(6)[..32].to_vec());
    keys.push(b"0123".repeat(8));
    keys
}

fn check_weak(accepts: impl Fn(&[u8]) -> bool) {
    for key in weak() {
        assert!(!accepts(&key), "a weak key of {} bytes is taken", key.len());
    }
    for _ in 0..1_000 {
        let bytes: [u8; 32] = Random::system().bytes().unwrap();
        assert!(accepts(&bytes), "a random key is refused");
    }
}

/// All texts of 43 characters of base64 in what we publish on sealing.
fn published() -> Vec<String> {
    let mut files = vec![workspace().join("README.md")];
    for folder in [
        "crates/cookie",
        "crates/cookie/src",
        "crates/cookie/src/seal",
        "docs",
    ] {
        for entry in fs::read_dir(workspace().join(folder)).expect("a folder") {
            files.push(entry.expect("an entry").path());
        }
    }
    let is_symbol = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    let texts = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok());
    let words = texts.flat_map(|text| {
        let words = text.split(|it| !is_symbol(it)).map(str::to_owned);
        words.collect::<Vec<_>>()
    });
    // A word in capitals and small letters with digits among them is no name in the code.
    let mixed = |word: &String| {
        [char::is_uppercase, char::is_lowercase, char::is_numeric]
            .iter()
            .all(|kind| word.chars().any(kind))
    };
    words
        .filter(|word| word.len() == 43 && mixed(word))
        .collect()
}

#[test]
fn a63_the_newest_key_seals_and_all_open() {
    check_rotation::<Ours>();
}

#[test]
fn a63_a_weak_key_is_refused() {
    check_weak(|bytes| SealKey::try_from(bytes).is_ok());
}

#[test]
fn a63_no_key_from_our_pages_is_taken() {
    let published = published();
    assert!(!published.is_empty(), "the pages have an example");
    for text in published {
        assert!(
            text.parse::<SealKey>().is_err(),
            "{text} is taken for a key"
        );
    }
}

/// Of a type, to ask whether it has a default.
struct Probe<T>(PhantomData<T>);

impl<T: Default> Probe<T> {
    const fn has_default(&self) -> bool {
        true
    }
}

/// What is asked where the type has no `Default`: a method of the type itself comes first.
trait Otherwise {
    fn has_default(&self) -> bool {
        false
    }
}

impl<T> Otherwise for &Probe<T> {}

macro_rules! defaults {
    ($($type:ty),+) => {
        [$((&Probe::<$type>(PhantomData)).has_default()),+]
    };
}

fn check_defaults(defaults: &[bool]) {
    assert!(!defaults.contains(&true), "there is a key by default");
}

#[test]
fn a63_there_is_no_key_by_default() {
    check_defaults(&defaults![SealKey, KeyRing, Sealer]);
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// Seals with the last key of its list.
    struct LastSeals(Ours);

    impl Service for LastSeals {
        fn with(keys: &[SealKey]) -> Self {
            let mut keys = keys.to_vec();
            keys.reverse();
            Self(Ours::with(&keys))
        }

        fn seal(&self) -> String {
            self.0.seal()
        }

        fn opens(&self, sealed: &str) -> bool {
            self.0.opens(sealed)
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn OldestSeals() {
        let test = "a63_the_newest_key_seals_and_all_open";
        let says = "another key than the newest seals";
        Twin::new("a63 OldestSeals", test, says).is_caught(check_rotation::<LastSeals>);
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn LengthIsEnough() {
        let says = "a weak key of 32 bytes is taken";
        Twin::new("a63 LengthIsEnough", "a63_a_weak_key_is_refused", says)
            .is_caught(|| check_weak(|bytes| bytes.len() == 32));
    }

    /// Takes whatever is long enough once it was hashed.
    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn AnyLengthIsHashed() {
        let accepts = |bytes: &[u8]| {
            let distinct = bytes.iter().collect::<std::collections::BTreeSet<_>>();
            distinct.len() >= 8
        };
        let says = "a weak key of 8 bytes is taken";
        Twin::new("a63 AnyLengthIsHashed", "a63_a_weak_key_is_refused", says)
            .is_caught(|| check_weak(accepts));
    }

    /// A key that is there before anybody configures one.
    #[derive(Default)]
    struct Known([u8; 32]);

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn KeyByDefault() {
        assert_eq!(Known::default().0, [0; 32]);
        let says = "there is a key by default";
        Twin::new("a63 KeyByDefault", "a63_there_is_no_key_by_default", says)
            .is_caught(|| check_defaults(&defaults![SealKey, Known]));
    }
}
