//! Private keys of public-key algorithms.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING,
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};

use crate::scheme::Algorithm;
use crate::{ConfigError, ConfigErrorKind};

/// A key that signs.
pub(crate) enum PrivateKey {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
}

impl PrivateKey {
    /// Reads a key of this algorithm: the 32 bytes of Ed25519, with the public key behind them or
    /// not, or a PKCS#8 `PrivateKeyInfo` in DER.
    pub(crate) fn new(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, ConfigError> {
        let rsa = |by| Some(Self::Rsa(RsaKeyPair::from_pkcs8(bytes).ok()?, by));
        let ecdsa = |by| EcdsaKeyPair::from_pkcs8(by, bytes).ok().map(Self::Ecdsa);
        let key = match algorithm {
            Algorithm::EcdsaP256Sha256 => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING),
            Algorithm::EcdsaP256Sha256Fixed => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::EcdsaP384Sha384Fixed => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::Ed25519 => ed25519(bytes).map(Self::Ed25519),
            Algorithm::RsaPkcs1Sha256 => rsa(&RSA_PKCS1_SHA256),
            Algorithm::RsaPssSha512 => rsa(&RSA_PSS_SHA512),
            Algorithm::Hmac(_) | Algorithm::Plain(_) => None,
        };
        key.ok_or(ConfigErrorKind::Key.into())
    }

    /// Signs a message; none if there is no memory or no randomness for it.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Ecdsa(key) => {
                let signature = key.sign(&SystemRandom::new(), message).ok()?;
                Some(signature.as_ref().to_vec())
            }
            Self::Ed25519(key) => Some(key.try_sign(message).ok()?.as_ref().to_vec()),
            Self::Rsa(key, by) => {
                let mut signature = vec![0; key.public_modulus_len()];
                let done = key.sign(*by, &SystemRandom::new(), message, &mut signature);
                done.ok().map(|()| signature)
            }
        }
    }
}

fn ed25519(bytes: &[u8]) -> Option<Ed25519KeyPair> {
    let key = match bytes.len() {
        32 => Ed25519KeyPair::from_seed_unchecked(bytes),
        64 => {
            let (seed, public) = bytes.split_at(32);
            Ed25519KeyPair::from_seed_and_public_key(seed, public)
        }
        _ => Ed25519KeyPair::from_pkcs8(bytes),
    };
    key.ok()
}
