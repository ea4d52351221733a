use std::ops::RangeInclusive;

/// By what a message is authenticated.
///
/// Those with a public key need the feature `public-key`. Without it they are words and no more: a
/// verifier or signer of such a scheme is refused as
/// [`Unsupported`](crate::ConfigErrorKind::Unsupported).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256 (FIPS 186-5 §6), the signature in ASN.1 DER (RFC 3279
    /// §2.2.3).
    EcdsaP256Sha256,
    /// ECDSA over P-256 with SHA-256 (FIPS 186-5 §6), the signature as 32 bytes of r and 32 of s
    /// (RFC 9421 §3.3.4).
    EcdsaP256Sha256Fixed,
    /// ECDSA over P-384 with SHA-384 (FIPS 186-5 §6), the signature as 48 bytes of r and 48 of s
    /// (RFC 9421 §3.3.5).
    EcdsaP384Sha384Fixed,
    /// Ed25519 (RFC 8032 §5.1), without pre-hash and context. Points of small order are refused.
    ///
    /// It goes over the message twice: the body is kept in memory up to its limit.
    Ed25519,
    /// HMAC (RFC 2104), full length.
    Hmac(Hash),
    /// A plain hash over a message that has the secret in it.
    Plain(Hash),
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2), keys of 2048 to 8192 bits.
    RsaPkcs1Sha256,
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512 and 64 bytes of salt (RFC 8017 §8.1), keys of
    /// 2048 to 8192 bits.
    RsaPssSha512,
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
    /// The hash of a MAC, whose size its signatures have; none with public keys.
    pub(crate) const fn hash(self) -> Option<Hash> {
        match self {
            Self::Hmac(hash) | Self::Plain(hash) => Some(hash),
            Self::EcdsaP256Sha256
            | Self::EcdsaP256Sha256Fixed
            | Self::EcdsaP384Sha384Fixed
            | Self::Ed25519
            | Self::RsaPkcs1Sha256
            | Self::RsaPssSha512 => None,
        }
    }

    /// Whether one key signs and another one verifies.
    pub(crate) const fn is_public_key(self) -> bool {
        self.hash().is_none()
    }

    /// Whether this build has it.
    pub(crate) const fn is_supported(self) -> bool {
        cfg!(feature = "public-key") || !self.is_public_key()
    }

    /// How many bytes a signature can have.
    pub(crate) const fn signature_len(self) -> RangeInclusive<usize> {
        match self {
            Self::Hmac(hash) | Self::Plain(hash) => hash.size()..=hash.size(),
            // Two integers of 1 to 33 bytes, their heads and the head of both.
            Self::EcdsaP256Sha256 => 8..=72,
            Self::EcdsaP256Sha256Fixed | Self::Ed25519 => 64..=64,
            Self::EcdsaP384Sha384Fixed => 96..=96,
            Self::RsaPkcs1Sha256 | Self::RsaPssSha512 => 256..=1_024,
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
