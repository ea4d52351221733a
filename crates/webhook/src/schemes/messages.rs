//! HTTP Message Signatures (RFC 9421), one scheme for each algorithm; and who signs much like that.
//!
//! Each asks for a signature of the method, the URL, the digest of the body and the time. A
//! provider that signs something else, or says by which key, needs a policy of its own:
//!
//! ```
//! use portcullis_webhook::{Component, KeyIds, MessagePolicy, Scheme, schemes};
//!
//! const OURS: Scheme<'_> = schemes::RFC9421_HMAC.with_message_policy(
//!     MessagePolicy::new(&[
//!         Component::Method,
//!         Component::Authority,
//!         Component::Path,
//!         Component::Field("content-type"),
//!         Component::Field("content-digest"),
//!     ])
//!     .with_key_ids(KeyIds::Label)
//!     .with_tag("ours"),
//! );
//! # let _ = OURS;
//! ```

use super::Base64;
use crate::{Algorithm, Component, Hash, KeyFormat, MessagePolicy, Scheme, SecretFormat, Source};

/// What is bound: what to do, where, with what.
const POLICY: MessagePolicy<'_> = MessagePolicy::new(&[
    Component::Method,
    Component::TargetUri,
    Component::Field("content-digest"),
]);

const fn by<'a>(name: &'a str, title: &'a str, algorithm: Algorithm) -> Scheme<'a> {
    Scheme::new(name, algorithm, "signature", Base64)
        .with_title(title)
        .with_secret(SecretFormat::Public(KeyFormat::Pem))
        .with_message_policy(POLICY)
}

/// Keygen, which signs by an early draft of RFC 9421. Its other algorithms are not here.
pub const KEYGEN: Scheme<'_> =
    Scheme::new("keygen", Algorithm::Ed25519, "keygen-signature", Base64)
        .with_title("Keygen")
        .with_secret(SecretFormat::Public(KeyFormat::Hex))
        .with_draft()
        .with_source(Source::SecondHand(
            "webhook-co/webhook, adapters/bespoke/keygen.ts",
        ));

/// RFC 9421 by `ecdsa-p256-sha256`.
pub const RFC9421_ECDSA_P256: Scheme<'_> = by(
    "rfc9421-ecdsa-p256",
    "HTTP Message Signatures, ECDSA P-256",
    Algorithm::EcdsaP256Sha256Fixed,
)
.with_source(Source::Official("RFC 9421 §3.3.4"));

/// RFC 9421 by `ecdsa-p384-sha384`.
pub const RFC9421_ECDSA_P384: Scheme<'_> = by(
    "rfc9421-ecdsa-p384",
    "HTTP Message Signatures, ECDSA P-384",
    Algorithm::EcdsaP384Sha384Fixed,
)
.with_source(Source::Official("RFC 9421 §3.3.5"));

/// RFC 9421 by `ed25519`.
pub const RFC9421_ED25519: Scheme<'_> = by(
    "rfc9421-ed25519",
    "HTTP Message Signatures, Ed25519",
    Algorithm::Ed25519,
)
.with_source(Source::Official("RFC 9421 §3.3.6"));

/// RFC 9421 by `hmac-sha256`. The secret is base64.
pub const RFC9421_HMAC: Scheme<'_> = by(
    "rfc9421-hmac",
    "HTTP Message Signatures, HMAC",
    Algorithm::Hmac(Hash::Sha256),
)
.with_secret(SecretFormat::Base64)
.with_source(Source::Official("RFC 9421 §3.3.3"));

/// RFC 9421 by `rsa-v1_5-sha256`.
pub const RFC9421_RSA: Scheme<'_> = by(
    "rfc9421-rsa",
    "HTTP Message Signatures, RSA PKCS#1 v1.5",
    Algorithm::RsaPkcs1Sha256,
)
.with_source(Source::Official("RFC 9421 §3.3.2"));

/// RFC 9421 by `rsa-pss-sha512`.
pub const RFC9421_RSA_PSS: Scheme<'_> = by(
    "rfc9421-rsa-pss",
    "HTTP Message Signatures, RSA-PSS",
    Algorithm::RsaPssSha512,
)
.with_source(Source::Official("RFC 9421 §3.3.1"));

pub(super) const ALL: &[Scheme<'_>] = &[
    KEYGEN,
    RFC9421_ECDSA_P256,
    RFC9421_ECDSA_P384,
    RFC9421_ED25519,
    RFC9421_HMAC,
    RFC9421_RSA,
    RFC9421_RSA_PSS,
];
