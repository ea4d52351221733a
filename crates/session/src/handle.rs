use std::fmt;

use portcullis_core::{Random, RandomError};

/// The public name of a session: 128 random bits, 32 lower-case hexadecimal characters.
///
/// It is shown in lists of devices and taken to revoke one of them. It opens nothing: it is not
/// derived from the token, and every verb that takes a handle also takes the subject it must
/// belong to. It stays the same when the token is rotated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle([u8; 16]);

/// The text is not a session handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session handle of 32 lower-case hexadecimal characters")]
#[non_exhaustive]
pub struct HandleError;

impl Handle {
    /// Makes a new handle.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if there are no random bytes.
    pub fn generate(random: &Random) -> Result<Self, RandomError> {
        random.bytes().map(Self)
    }

    /// Reads a handle.
    ///
    /// # Errors
    ///
    /// [`HandleError`] for whatever `Display` could not have written.
    pub fn parse(text: &str) -> Result<Self, HandleError> {
        let mut handle = [0; 16];
        if text.len() != 32 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(HandleError);
        }
        for (byte, pair) in handle.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| HandleError)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| HandleError)?;
        }
        Ok(Self(handle))
    }

    /// Takes a handle that was stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_go_both_ways() {
        let handle = Handle::generate(&Random::system()).unwrap();
        assert_eq!(Handle::parse(&handle.to_string()), Ok(handle));
        for bad in [
            "",
            "00",
            &"g".repeat(32),
            &"A".repeat(32),
            &"é".repeat(16),
            &"0".repeat(33),
        ] {
            assert_eq!(Handle::parse(bad), Err(HandleError), "{bad:?}");
        }
    }
}
