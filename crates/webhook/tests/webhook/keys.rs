//! Pairs of keys, by number.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use base64_simd::STANDARD;
use portcullis_webhook::{
    Algorithm, KeyFormat, Scheme, SecretFormat, SecretSet, Verifier, WebhookSecret,
};

/// Two halves of a pair: PKCS#8 and SPKI in DER, or the bytes of Ed25519.
#[derive(Clone)]
pub(crate) struct Halves {
    pub(crate) private: Vec<u8>,
    pub(crate) public: Vec<u8>,
}

static P256: LazyLock<[Halves; 4]> = LazyLock::new(|| ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING));

static P384: LazyLock<[Halves; 4]> = LazyLock::new(|| ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING));

fn ecdsa(by: &'static EcdsaSigningAlgorithm) -> [Halves; 4] {
    std::array::from_fn(|_| {
        let pair = EcdsaKeyPair::generate(by).unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        Halves {
            private: pair.to_pkcs8v1().unwrap().as_ref().to_vec(),
            public: public.as_ref().to_vec(),
        }
    })
}

static RSA: LazyLock<[Halves; 4]> = LazyLock::new(|| {
    std::array::from_fn(|_| {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        Halves {
            private: private.as_ref().to_vec(),
            public: public.as_ref().to_vec(),
        }
    })
});

fn ed25519(number: u8) -> Halves {
    let seed = [number; 32];
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    Halves {
        private: seed.to_vec(),
        public: pair.public_key().as_ref().to_vec(),
    }
}

/// The pair of this number, from 1 to 4.
pub(crate) fn halves(algorithm: Algorithm, number: u8) -> Halves {
    let index = usize::from(number - 1);
    match algorithm {
        Algorithm::Ed25519 => ed25519(number),
        Algorithm::EcdsaP256Sha256 | Algorithm::EcdsaP256Sha256Fixed => P256[index].clone(),
        Algorithm::EcdsaP384Sha384Fixed => P384[index].clone(),
        Algorithm::RsaPkcs1Sha256 | Algorithm::RsaPssSha512 => RSA[index].clone(),
        other => panic!("{other:?} has no pairs"),
    }
}

/// By which algorithm a scheme signs, as far as that makes a difference for its keys: the first one
/// whose keys it takes.
fn algorithm(scheme: &Scheme<'_>, format: KeyFormat) -> Algorithm {
    let takes = |algorithm: &Algorithm| {
        let text = write(format, "PUBLIC", &halves(*algorithm, 1).public);
        let key = WebhookSecret::new(SecretFormat::Public(format), &text);
        key.is_ok_and(|key| Verifier::new(scheme, SecretSet::new("one", key)).is_ok())
    };
    let algorithms = [
        Algorithm::Ed25519,
        Algorithm::EcdsaP256Sha256,
        Algorithm::EcdsaP384Sha384Fixed,
        Algorithm::RsaPkcs1Sha256,
    ];
    let mut algorithms = algorithms.into_iter();
    algorithms.find(takes).unwrap()
}

/// The private key of this number; none if the scheme has no pairs.
pub(crate) fn private(scheme: &Scheme<'_>, number: u8) -> Option<WebhookSecret> {
    let SecretFormat::Private(format) = scheme.signing_format() else {
        return None;
    };
    let key = halves(algorithm(scheme, format), number).private;
    Some(read(
        SecretFormat::Private(format),
        &write(format, "PRIVATE", &key),
    ))
}

/// The public key of this number; none if the scheme has no pairs.
pub(crate) fn public(scheme: &Scheme<'_>, number: u8) -> Option<WebhookSecret> {
    Some(read(scheme.secret_format(), &shown(scheme, number)?))
}

/// The same, as the provider shows it.
pub(crate) fn shown(scheme: &Scheme<'_>, number: u8) -> Option<String> {
    let SecretFormat::Public(format) = scheme.secret_format() else {
        return None;
    };
    let key = halves(algorithm(scheme, format), number).public;
    Some(write(format, "PUBLIC", &key))
}

fn read(format: SecretFormat, text: &str) -> WebhookSecret {
    WebhookSecret::new(format, text).unwrap()
}

/// Writes a key as the format has it.
pub(crate) fn write(format: KeyFormat, which: &str, key: &[u8]) -> String {
    let base64 = STANDARD.encode_to_string(key);
    match format {
        KeyFormat::Hex => const_hex::encode(key),
        KeyFormat::Pem => {
            format!("-----BEGIN {which} KEY-----\n{base64}\n-----END {which} KEY-----\n")
        }
        KeyFormat::StandardWebhooks if which == "PUBLIC" => format!("whpk_{base64}"),
        KeyFormat::StandardWebhooks => format!("whsk_{base64}"),
        _ => base64,
    }
}
