//! CVE-2024-8796 (devise-two-factor): a secret was shorter than the standard asks.
//!
//! Here: a session token has 256 bits of the source, a state and a verifier no fewer, a handle
//! 128; and each of these bits counts.

use std::collections::HashSet;

use portcullis_cookie::SealKey;
use portcullis_core::{Random, Token};
use portcullis_session::{Handle, MemoryStore};
use portcullis_tests::{SiteSetup, StoreKind};

use super::support::begun;
use crate::answers::support::{lifecycle, sign_in};

// OWASP ASVS 5.0 7.2.3 asks for 128 bits of a session token, RFC 6749 §10.10 for the same of a
// state, RFC 7636 §7.1 for 256 of a verifier.
const _: () = assert!(Token::BYTES * 8 >= 256 && SealKey::BYTES * 8 >= 256);

/// Where in what is drawn one bit is turned, in call and bit of it.
type Turned = Option<(usize, usize)>;

/// A source of fixed bytes, one bit of which is turned.
fn fixed(turned: Turned) -> Random {
    let calls = std::sync::atomic::AtomicUsize::new(0);
    Random::test(move |bytes| {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        for (byte, at) in bytes.iter_mut().zip(0_u8..) {
            *byte = at.wrapping_mul(37) ^ call.to_le_bytes()[0];
        }
        if let Some((_, bit)) = turned.filter(|(of, _)| *of == call)
            && let Some(byte) = bytes.get_mut(bit / 8)
        {
            *byte ^= 1 << (bit % 8);
        }
        Ok(())
    })
}

/// So many bits of the source's given call make a difference, all of them another one.
async fn check(call: usize, bits: usize, make: impl AsyncFn(&Random) -> String) {
    let mut made = HashSet::from([make(&fixed(None)).await]);
    for bit in 0..bits {
        let other = make(&fixed(Some((call, bit)))).await;
        assert!(made.insert(other), "bit {bit} of {bits} does not count");
    }
}

#[tokio::test]
async fn a51_every_bit_of_a_token_counts() {
    check(0, 256, async |random| {
        let token = Token::generate(random).unwrap();
        token.encode().expose_secret().to_owned()
    })
    .await;
    check(0, 256, async |random| {
        let key = SealKey::generate(random).unwrap().encode();
        key.expose_str().unwrap().to_owned()
    })
    .await;
    check(0, 128, async |random| {
        Handle::generate(random).unwrap().to_string()
    })
    .await;
}

#[tokio::test]
async fn a51_a_session_cookie_has_256_bits() {
    check(0, 256, async |random| {
        let lifecycle = lifecycle(MemoryStore::new()).with_random(random.clone());
        sign_in(&lifecycle, "ada").await
    })
    .await;
}

#[tokio::test]
async fn a51_state_and_verifier_have_256_bits() {
    let site = SiteSetup::new(StoreKind::Memory).start().await;
    for (call, parameter) in [(0, "state"), (1, "code_challenge")] {
        check(call, 256, async |random| {
            begun(&site.sign_in, random, parameter).unwrap()
        })
        .await;
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn SecretIsShort() {
        // It asks for enough, and uses 120 bits of it.
        let short = async |random: &Random| {
            let bytes: [u8; 32] = random.bytes().unwrap();
            let used = bytes.iter().take(15);
            used.map(|byte| format!("{byte:02x}")).collect()
        };
        let test = "a51_every_bit_of_a_token_counts";
        Twin::new("a51 SecretIsShort", test, "bit 120 of 256 does not count")
            .is_caught_async(check(0, 256, short))
            .await;
    }
}
