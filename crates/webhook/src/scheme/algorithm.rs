/// By what a message is authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC (RFC 2104), full length.
    Hmac(Hash),
    /// A plain hash over a message that has the secret in it.
    Plain(Hash),
}

/// A hash function (FIPS 180-4).
///
/// HMAC does not ask for collision resistance, so SHA-1 is no break there; it is here for the
/// providers that have nothing better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hash {
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl Hash {
    /// How many bytes a hash has.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl Algorithm {
    /// How many bytes a signature has.
    pub(crate) const fn tag_len(self) -> usize {
        match self {
            Self::Hmac(hash) | Self::Plain(hash) => hash.size(),
        }
    }
}

/// How the bytes of a signature are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Base64 with padding (RFC 4648 §4).
    Base64,
    /// URL-safe base64 without padding (RFC 4648 §5).
    Base64Url,
    /// URL-safe base64 with padding (RFC 4648 §5).
    Base64UrlPadded,
    /// Base16 (RFC 4648 §8); lower case is signed, both cases are read.
    Hex,
}
