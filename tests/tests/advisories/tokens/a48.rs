//! RUSTSEC-2024-0343 (nano-id): of the alphabets of 62 and 58 symbols only 32 and 16 were used.
//!
//! Here: each of the 64 symbols comes at each of the first 42 places of a token, all as often; and
//! at the last place those 16 that it can have.
//!
//! | variable | default | meaning |
//! | --- | --- | --- |
//! | `PORTCULLIS_ROUNDS` | 100,000 | how many tokens are made; the long form is 1,000,000 |
//!
//! Chance alone fails the test once in some 10^8 runs: at p = 0.001, one build in a thousand would
//! fail for nothing.

use portcullis_core::{Random, Token};

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn rounds() -> u32 {
    let chosen = std::env::var("PORTCULLIS_ROUNDS").ok();
    chosen.map_or(100_000, |text| {
        text.parse().expect("PORTCULLIS_ROUNDS is a number")
    })
}

/// How far counts are from all being equal, in standard deviations of what chance does
/// (chi-square, after Wilson and Hilferty).
fn deviation(counts: &[u32]) -> f64 {
    let symbols = f64::from(u32::try_from(counts.len()).unwrap());
    let total: f64 = counts.iter().copied().map(f64::from).sum();
    let expected = total / symbols;
    let square = |count: &u32| (f64::from(*count) - expected).powi(2) / expected;
    let chi_square: f64 = counts.iter().map(square).sum();
    let freedom = symbols - 1.0;
    let spread = 2.0 / (9.0 * freedom);
    ((chi_square / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

fn check(tokens: u32, make: impl Fn() -> String) {
    let mut index = [usize::MAX; 256];
    for (at, symbol) in ALPHABET.iter().enumerate() {
        index[usize::from(*symbol)] = at;
    }
    let mut counts = [[0_u32; 64]; Token::CHARS];
    for _ in 0..tokens {
        for (place, byte) in make().bytes().enumerate() {
            counts[place][index[usize::from(byte)]] += 1;
        }
    }
    for (place, counts) in counts.iter().enumerate() {
        // The last character has four bits of the token, and two that are zero.
        let step = if place == Token::CHARS - 1 { 4 } else { 1 };
        let possible: Vec<u32> = counts.iter().copied().step_by(step).collect();
        let unused = possible.iter().filter(|count| **count == 0).count();
        assert_eq!(unused, 0, "symbols are never used at place {place}");
        assert_eq!(possible.iter().sum::<u32>(), tokens, "place {place}");
        let deviation = deviation(&possible);
        assert!(
            deviation < 6.5,
            "some symbols come too often at place {place}: {deviation}"
        );
    }
}

#[test]
fn a48_every_symbol_comes_at_every_place() {
    let random = Random::system();
    check(rounds(), || {
        let token = Token::generate(&random).expect("random bytes");
        token.encode().expose_secret().to_owned()
    });
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a48_every_symbol_comes_at_every_place";

    /// Makes 43 symbols, each of one byte by this rule.
    fn by(rule: impl Fn(u8) -> u8) -> String {
        let bytes: [u8; Token::CHARS] = Random::system().bytes().unwrap();
        let symbols = bytes.map(|byte| char::from(ALPHABET[usize::from(rule(byte))]));
        let mut text: String = symbols.iter().collect();
        text.replace_range(42.., "A");
        text
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn MaskIsTooNarrow() {
        let says = "symbols are never used at place 0";
        Twin::new("a48 MaskIsTooNarrow", TEST, says)
            .is_caught(|| check(10_000, || by(|byte| byte & 31)));
    }

    /// Of a number below 200, which is none of 64's multiples, the remainder is taken.
    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn RemainderIsTaken() {
        let says = "some symbols come too often at place 0";
        Twin::new("a48 RemainderIsTaken", TEST, says)
            .is_caught(|| check(10_000, || by(|byte| byte % 200 % 64)));
    }
}
