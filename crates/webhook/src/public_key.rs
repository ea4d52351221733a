//! Keys of public-key algorithms, and what is signed with them.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA512, VerificationAlgorithm,
};

use crate::mac::{Sink, Tag};
use crate::scheme::Algorithm;
use crate::{ConfigError, ConfigErrorKind, edwards};

pub(crate) use crate::private_key::PrivateKey;

/// The DER of an Ed25519 `SubjectPublicKeyInfo` up to the key (RFC 8410 §4).
const ED25519_SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A key that verifies.
pub(crate) struct PublicKey {
    key: ParsedPublicKey,
    algorithm: Algorithm,
}

impl PublicKey {
    /// Reads a key of this algorithm: 32 bytes of Ed25519, or a `SubjectPublicKeyInfo` in DER.
    pub(crate) fn new(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, ConfigError> {
        let key = match algorithm {
            Algorithm::Ed25519 => ed25519(bytes),
            _ => verification(algorithm).and_then(|by| spki(algorithm, by, bytes)),
        };
        let key = key.ok_or(ConfigErrorKind::Key)?;
        Ok(Self { key, algorithm })
    }

    /// An empty message for it.
    pub(crate) fn message(&self) -> Message {
        match self.algorithm {
            Algorithm::Ed25519 => Message::Whole(Vec::new()),
            Algorithm::EcdsaP384Sha384Fixed => Message::Hash(digest::Context::new(&digest::SHA384)),
            Algorithm::RsaPssSha512 => Message::Hash(digest::Context::new(&digest::SHA512)),
            _ => Message::Hash(digest::Context::new(&digest::SHA256)),
        }
    }

    /// Whether the signature fits the message.
    pub(crate) fn accepts(&self, message: &Signed, signature: &[u8]) -> bool {
        match message {
            Signed::Hash(hash) => self.key.verify_digest_sig(hash, signature).is_ok(),
            Signed::Whole(message) => {
                let is_odd = signature.first_chunk().is_none_or(edwards::is_refused);
                !is_odd && self.key.verify_sig(message, signature).is_ok()
            }
        }
    }
}

fn verification(algorithm: Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
    match algorithm {
        Algorithm::EcdsaP256Sha256 => Some(&ECDSA_P256_SHA256_ASN1),
        Algorithm::EcdsaP256Sha256Fixed => Some(&ECDSA_P256_SHA256_FIXED),
        Algorithm::EcdsaP384Sha384Fixed => Some(&ECDSA_P384_SHA384_FIXED),
        Algorithm::Ed25519 => Some(&ED25519),
        Algorithm::RsaPkcs1Sha256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RsaPssSha512 => Some(&RSA_PSS_2048_8192_SHA512),
        Algorithm::Hmac(_) | Algorithm::Plain(_) => None,
    }
}

fn ed25519(bytes: &[u8]) -> Option<ParsedPublicKey> {
    let bytes = bytes.strip_prefix(&ED25519_SPKI).unwrap_or(bytes);
    let point = <&[u8; 32]>::try_from(bytes).ok()?;
    if edwards::is_refused(point) {
        return None;
    }
    ParsedPublicKey::new(&ED25519, point).ok()
}

fn spki(
    algorithm: Algorithm,
    by: &'static dyn VerificationAlgorithm,
    bytes: &[u8],
) -> Option<ParsedPublicKey> {
    let is_rsa = matches!(
        algorithm,
        Algorithm::RsaPkcs1Sha256 | Algorithm::RsaPssSha512
    );
    // The other type refuses a modulus that has not 2048 to 8192 bits; this one refuses signatures.
    if is_rsa && PublicEncryptingKey::from_der(bytes).is_err() {
        return None;
    }
    let key = ParsedPublicKey::new(by, bytes).ok()?;
    // The parser overlooks what follows the key; what it writes is the one form of the key.
    let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
    (der.as_ref() == bytes).then_some(key)
}

/// What arrives of a message.
pub(crate) enum Message {
    /// The hash that is signed.
    Hash(digest::Context),
    /// Ed25519 goes over the message twice (RFC 8032 §5.1.7).
    Whole(Vec<u8>),
}

impl Sink for Message {
    fn absorb(&mut self, bytes: &[u8]) {
        match self {
            Self::Hash(hash) => hash.update(bytes),
            Self::Whole(message) => message.extend_from_slice(bytes),
        }
    }
}

impl Message {
    pub(crate) fn finish(self) -> Signed {
        match self {
            Self::Hash(hash) => Signed::Hash(hash.finish()),
            Self::Whole(message) => Signed::Whole(message),
        }
    }
}

/// A message that has arrived.
pub(crate) enum Signed {
    Hash(Digest),
    Whole(Vec<u8>),
}

impl Signed {
    /// What is the same for the same message alone. The signature is not: of a signature by ECDSA
    /// anybody can make another one.
    pub(crate) fn tag(&self) -> Tag {
        match self {
            Self::Hash(hash) => Tag::new(hash.as_ref()),
            Self::Whole(message) => Tag::new(digest::digest(&digest::SHA256, message).as_ref()),
        }
    }
}
