//! A token is read if and only if it is what a token would be written as, and says the same bits.
//!
//! The input is taken as a token's text, and its first 32 bytes as a token's bits.

use portcullis_core::{Digest, Random, Token};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Checks the rule.
pub fn check(input: &[u8]) {
    match (Token::parse(input), naive_decode(input)) {
        (Ok(token), Some(bits)) => {
            assert_eq!(token.encode().expose_secret().as_bytes(), input);
            assert_eq!(token.digest(), Digest::of(&bits));
        }
        (Err(_), None) => {}
        (Ok(_), None) => panic!("took what is no token"),
        (Err(_), Some(_)) => panic!("refused a token"),
    }
    if let Some(bits) = input.first_chunk::<32>() {
        check_bits(*bits);
    }
}

/// Whatever a token's bits are, it is written canonically and read back.
fn check_bits(bits: [u8; 32]) {
    let random = Random::test(move |bytes| {
        bytes.copy_from_slice(&bits);
        Ok(())
    });
    let token = Token::generate(&random).expect("the source gives bits");
    let text = token.encode().expose_secret().to_owned();
    assert_eq!(naive_decode(text.as_bytes()), Some(bits));
    let again = Token::parse(text.as_bytes()).expect("it was written by us");
    assert_eq!(again.digest(), token.digest());
}

/// Reads bit by bit: 43 characters of six bits are 256 bits and two that must be zero.
fn naive_decode(text: &[u8]) -> Option<[u8; 32]> {
    if text.len() != Token::CHARS {
        return None;
    }
    let mut bits = Vec::with_capacity(258);
    for character in text {
        let sextet = ALPHABET.iter().position(|known| known == character)?;
        bits.extend((0..6).rev().map(|place| (sextet >> place) & 1 == 1));
    }
    let (bits, unused) = bits.split_at(256);
    let byte = |bits: &[bool]| {
        bits.iter()
            .fold(0_u8, |byte, bit| byte << 1 | u8::from(*bit))
    };
    let bytes: Vec<u8> = bits.chunks_exact(8).map(byte).collect();
    (unused == [false, false])
        .then(|| bytes.try_into().ok())
        .flatten()
}
