//! Secrets and keys as providers show them.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use base64_simd::STANDARD;
use portcullis_webhook::{KeyFormat, Scheme, SecretFormat};

/// What a sender signs with and a receiver verifies with.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) signing: String,
    pub(crate) verifying: String,
}

impl Pair {
    fn shared(text: &str) -> Self {
        Self {
            signing: text.to_owned(),
            verifying: text.to_owned(),
        }
    }
}

/// Key pairs in DER: private, then public.
static P256: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING));

static P384: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING));

fn ecdsa(by: &'static EcdsaSigningAlgorithm) -> [Vec<u8>; 2] {
    let pair = EcdsaKeyPair::generate(by).unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let private = pair.to_pkcs8v1().unwrap();
    [private.as_ref().to_vec(), public.as_ref().to_vec()]
}

static RSA: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    [private.as_ref().to_vec(), public.as_ref().to_vec()]
});

fn ed25519() -> [Vec<u8>; 2] {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    [vec![7; 32], pair.public_key().as_ref().to_vec()]
}

/// What may be a secret of this scheme; of keys in DER nobody says of which algorithm they are.
pub(crate) fn pairs(scheme: &Scheme<'_>) -> Vec<Pair> {
    match scheme.secret_format() {
        SecretFormat::Base64 => vec![Pair::shared("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=")],
        SecretFormat::Hex => vec![Pair::shared("4142434445464748494a4b4c4d4e4f50515253")],
        SecretFormat::Utf8 => vec![Pair::shared("a secret that nobody may ever see")],
        SecretFormat::Whsec => vec![Pair::shared("whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=")],
        SecretFormat::Public(format) => match format {
            KeyFormat::Der | KeyFormat::Pem => [&*P256, &*P384, &*RSA, &ed25519()]
                .map(|key| write(format, key))
                .to_vec(),
            _ => vec![write(format, &ed25519())],
        },
        other => panic!("{other:?} verifies nothing"),
    }
}

fn write(format: KeyFormat, [private, public]: &[Vec<u8>; 2]) -> Pair {
    let texts = |texts: fn(&str, &[u8]) -> String, private_label, public_label| Pair {
        signing: texts(private_label, private),
        verifying: texts(public_label, public),
    };
    match format {
        KeyFormat::Base64 | KeyFormat::Der => {
            texts(|_, key| STANDARD.encode_to_string(key), "", "")
        }
        KeyFormat::Hex => texts(|_, key| const_hex::encode(key), "", ""),
        KeyFormat::Pem => texts(pem, "PRIVATE KEY", "PUBLIC KEY"),
        KeyFormat::StandardWebhooks => texts(
            |prefix, key| format!("{prefix}{}", STANDARD.encode_to_string(key)),
            "whsk_",
            "whpk_",
        ),
        other => panic!("{other:?} is not known here"),
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode_to_string(der);
    let lines = text
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap());
    let lines: Vec<_> = lines.collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----",
        lines.join("\n")
    )
}
