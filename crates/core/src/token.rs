use std::error::Error;
use std::fmt;

use base64_simd::{Out, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::Digest;
#[cfg(feature = "random")]
use crate::{Random, RandomError};

/// A bearer token: 256 bits of the operating system's generator.
///
/// On the wire it is exactly 43 characters of URL-safe base64 without padding (RFC 4648 §5),
/// in its canonical form: the two unused bits of the last character are zero. Stores see its
/// [`Token::digest`]. It cannot be printed, compared or hashed, and is wiped when dropped.
///
/// ```
/// # #[cfg(feature = "random")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use portcullis_core::{Random, Token};
///
/// let token = Token::generate(&Random::system())?;
/// let text = token.encode();
/// let parsed = Token::parse(text.expose_secret().as_bytes())?;
/// assert_eq!(parsed.digest(), token.digest());
/// assert_eq!(format!("{token:?} {text:?}"), "Token EncodedToken");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "random"))]
/// # fn main() {}
/// ```
///
/// ```compile_fail
/// # use portcullis_core::{Random, Token};
/// let token = Token::generate(&Random::system()).unwrap();
/// println!("{token}"); // not printable
/// ```
///
/// ```compile_fail,E0369
/// # use portcullis_core::Token;
/// # fn are_same(one: Token, other: Token) -> bool {
/// one == other // not comparable
/// # }
/// ```
pub struct Token(Zeroizing<[u8; Self::BYTES]>);

// OWASP ASVS 7.2.3 asks for 128 bits; ours have 256.
const _: () = assert!(Token::BYTES * 8 >= 256);

/// The value is not a token: wrong length, alphabet or final bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenError;

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a token of 43 URL-safe base64 characters")
    }
}

impl Error for TokenError {}

impl Token {
    /// How many random bytes a token has.
    pub const BYTES: usize = 32;

    /// How many characters a token has on the wire.
    pub const CHARS: usize = 43;

    /// Makes a new token.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if there are no random bytes.
    #[cfg(feature = "random")]
    #[cfg_attr(docsrs, doc(cfg(feature = "random")))]
    pub fn generate(random: &Random) -> Result<Self, RandomError> {
        random.bytes().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// Reads a token as it came over the wire.
    ///
    /// # Errors
    ///
    /// [`TokenError`] for whatever [`Token::encode`] could not have written.
    pub fn parse(text: &[u8]) -> Result<Self, TokenError> {
        if text.len() != Self::CHARS {
            return Err(TokenError);
        }
        let mut token = Self(Zeroizing::new([0; Self::BYTES]));
        let out = Out::from_slice(&mut token.0[..]);
        let decoded = URL_SAFE_NO_PAD.decode(text, out).map_err(|_| TokenError)?;
        if decoded.len() == Self::BYTES {
            Ok(token)
        } else {
            Err(TokenError)
        }
    }

    /// The token as it goes over the wire.
    #[must_use]
    pub fn encode(&self) -> EncodedToken {
        let mut text = EncodedToken(Zeroizing::new([0; Self::CHARS]));
        let _ = URL_SAFE_NO_PAD.encode(&self.0[..], Out::from_slice(&mut text.0[..]));
        text
    }

    /// What stores may see.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&*self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// A token in the form in which it travels, wiped when dropped.
///
/// ```compile_fail,E0369
/// # use portcullis_core::EncodedToken;
/// # fn are_same(one: EncodedToken, other: EncodedToken) -> bool {
/// one == other // not comparable
/// # }
/// ```
pub struct EncodedToken(Zeroizing<[u8; Token::CHARS]>);

impl EncodedToken {
    /// Shows the 43 characters.
    ///
    /// # Panics
    ///
    /// Never: the alphabet is ASCII.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        std::str::from_utf8(&*self.0).expect("base64 is ASCII")
    }
}

impl fmt::Debug for EncodedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodedToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> String {
        let token = Token(Zeroizing::new(*b"32 bytes, as a generator's might"));
        token.encode().expose_secret().to_owned()
    }

    #[test]
    fn every_other_length_is_refused() {
        let text = text();
        for len in (0..Token::CHARS).chain([44, 64, 4096]) {
            let value = text.repeat(100);
            assert!(Token::parse(&value.as_bytes()[..len]).is_err(), "{len}");
        }
        assert!(Token::parse(text.as_bytes()).is_ok());
    }

    #[test]
    fn every_byte_outside_the_alphabet_is_refused_at_every_place() {
        let text = text();
        for place in 0..Token::CHARS {
            for byte in (0..=u8::MAX).filter(|b| !b.is_ascii_alphanumeric() && !b"-_".contains(b)) {
                let mut value = text.clone().into_bytes();
                value[place] = byte;
                assert!(Token::parse(&value).is_err(), "{byte} at {place}");
            }
        }
    }

    #[test]
    fn only_the_canonical_last_character_is_taken() {
        let token = Token(Zeroizing::new([0xff; 32]));
        let text = token.encode().expose_secret().to_owned();
        let (body, last) = text.split_at(42);
        assert_eq!(last, "8");
        for other in ["9", "-", "_"] {
            assert!(Token::parse(format!("{body}{other}").as_bytes()).is_err());
        }
    }

    #[cfg(feature = "test-util")]
    #[test]
    fn a_failing_source_makes_no_token() {
        assert!(Token::generate(&Random::failing()).is_err());
    }
}
