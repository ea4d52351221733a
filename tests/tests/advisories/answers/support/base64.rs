//! URL-safe base64 without padding (RFC 4648 §5), by hand: it shares nothing with the code under
//! test.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The whole bytes that a text stands for, whose characters are of the alphabet.
pub(crate) fn decode(text: &str) -> Vec<u8> {
    let value = |byte: u8| ALPHABET.iter().position(|it| *it == byte).unwrap();
    let bit = |at: usize| (value(text.as_bytes()[at / 6]) >> (5 - at % 6)) & 1;
    let byte = |at: usize| (0..8).fold(0, |byte, it| (byte << 1) | bit(at * 8 + it));
    let bytes = (0..text.len() * 6 / 8).map(byte);
    bytes.map(|byte| u8::try_from(byte).unwrap()).collect()
}

/// The text of bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let bit = |at: usize| {
        bytes
            .get(at / 8)
            .map_or(0, |byte| (byte >> (7 - at % 8)) & 1)
    };
    let value = |at: usize| (0..6).fold(0, |value, it| (value << 1) | bit(at * 6 + it));
    let symbols = (0..(bytes.len() * 8).div_ceil(6)).map(value);
    symbols
        .map(|it| char::from(ALPHABET[usize::from(it)]))
        .collect()
}
