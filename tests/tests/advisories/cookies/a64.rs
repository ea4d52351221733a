//! CVE-2012-3458 (Beaker): cookies were sealed block by block (ECB), so that equal blocks looked
//! equal and could be moved.
//!
//! Here: sealed values show nothing but their length, and no change of one opens. Sealing is an AEAD
//! of a library; no crate has a block cipher in its hand.

use std::collections::HashSet;

use portcullis_cookie::{KeyRing, SealKey, Sealer};
use portcullis_core::Random;
use portcullis_tests::workspace;

use crate::answers::support::base64;

const NAME: &str = "__Host-sealed";

const BLOCK: usize = 16;

/// Seals bytes, and opens them.
trait Cipher {
    fn new() -> Self;
    fn seal(&self, text: &[u8]) -> Vec<u8>;
    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>>;
}

struct Ours(Sealer);

impl Cipher for Ours {
    fn new() -> Self {
        let key = SealKey::generate(&Random::system()).expect("random bytes");
        Self(Sealer::new(KeyRing::new(key), "a64"))
    }

    fn seal(&self, text: &[u8]) -> Vec<u8> {
        let sealed = self.0.seal(NAME, text, &Random::system());
        base64::decode(&sealed.expect("a short text"))
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let opened = self.0.open(NAME, base64::encode(sealed).as_bytes())?;
        Some(opened.plaintext().expose_secret().to_vec())
    }
}

fn check<C: Cipher>() {
    let cipher = C::new();
    let text = [b'a'; 16 * BLOCK];
    let (sealed, again) = (cipher.seal(&text), cipher.seal(&text));
    let mut windows = HashSet::new();
    for window in sealed.windows(BLOCK) {
        assert!(windows.insert(window), "equal blocks look equal");
    }
    let shared = again.windows(BLOCK).any(|window| windows.contains(window));
    assert!(!shared, "the same text looks the same");
    // Two blocks change places; one is taken out; one comes from another value.
    let middle = sealed.len() / 2;
    for at in [middle - 2 * BLOCK, middle, middle + BLOCK] {
        let mut swapped = sealed.clone();
        swapped[at..at + 2 * BLOCK].rotate_left(BLOCK);
        let cut = [&sealed[..at], &sealed[at + BLOCK..]].concat();
        let mut mixed = sealed.clone();
        mixed[at..at + BLOCK].copy_from_slice(&again[at..at + BLOCK]);
        for changed in [swapped, cut, mixed] {
            assert_eq!(cipher.open(&changed), None, "blocks can be moved");
        }
    }
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(cipher.open(&changed), None, "bit {bit} can be turned");
    }
    assert_eq!(cipher.open(&sealed).as_deref(), Some(&text[..]));
}

#[test]
fn a64_a_sealed_value_shows_nothing_and_bears_no_change() {
    check::<Ours>();
}

/// Parts of ciphers that are none by themselves.
const HOME_MADE: [&str; 10] = [
    "ecb", "cbc", "ctr", "aes", "des", "blowfish", "cipher", "rc4", "salsa20", "chacha20",
];

#[test]
fn a64_no_manifest_has_a_bare_cipher() {
    for entry in std::fs::read_dir(workspace().join("crates")).unwrap() {
        let manifest = entry.unwrap().path().join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest).unwrap();
        for line in text.lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            assert!(!HOME_MADE.contains(&name), "{}: {line}", manifest.display());
        }
    }
    let seal = workspace().join("crates/cookie/src/seal/xaes.rs");
    let text = std::fs::read_to_string(seal).unwrap();
    assert!(text.contains("use aws_lc_rs::aead::"));
    assert!(!text.contains("aws_lc_rs::cipher"));
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a64_a_sealed_value_shows_nothing_and_bears_no_change";

    /// Does the same to each block.
    struct Ecb([u8; BLOCK]);

    impl Cipher for Ecb {
        fn new() -> Self {
            Self(Random::system().bytes().unwrap())
        }

        fn seal(&self, text: &[u8]) -> Vec<u8> {
            let key = self.0.iter().cycle();
            text.iter().zip(key).map(|(byte, key)| byte ^ key).collect()
        }

        fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
            Some(self.seal(sealed))
        }
    }

    /// Hides what is equal, with a stream that the sender chooses, and has no tag.
    struct Stream(Ecb);

    impl Stream {
        fn apply(&self, nonce: &[u8], text: &[u8]) -> Vec<u8> {
            let stream = (0_u32..).flat_map(|at| {
                let parts = [&self.0.0[..], nonce, &at.to_be_bytes()];
                *portcullis_core::Digest::of_parts(&parts).as_bytes()
            });
            text.iter()
                .zip(stream)
                .map(|(byte, key)| byte ^ key)
                .collect()
        }
    }

    impl Cipher for Stream {
        fn new() -> Self {
            Self(Ecb::new())
        }

        fn seal(&self, text: &[u8]) -> Vec<u8> {
            let nonce: [u8; BLOCK] = Random::system().bytes().unwrap();
            [nonce.to_vec(), self.apply(&nonce, text)].concat()
        }

        fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
            let (nonce, body) = sealed.split_at_checked(BLOCK)?;
            Some(self.apply(nonce, body))
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn BlockByBlock() {
        let says = "equal blocks look equal";
        Twin::new("a64 BlockByBlock", TEST, says).is_caught(check::<Ecb>);
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn NoTag() {
        Twin::new("a64 NoTag", TEST, "blocks can be moved").is_caught(check::<Stream>);
    }
}
