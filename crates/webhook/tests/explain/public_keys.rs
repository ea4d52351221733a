//! Public keys.

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use base64_simd::STANDARD;
use portcullis_webhook::explain::{Finding, SecretChange};
use portcullis_webhook::{Algorithm, Encoding, Head, KeyFormat, Scheme, SecretFormat, schemes};

use crate::support::{BODY, NOW, found_with, sent};

#[test]
fn w49_the_public_key_is_meant_in_another_format() {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let public = STANDARD.encode_to_string(pair.public_key().as_ref());
    let (ours, private) = (schemes::DISCORD, "07".repeat(32));
    let headers = sent(ours, ours.signing_format(), &private, NOW);
    let found = found_with(ours, &public, Head::new(&headers), BODY);
    let (index, change) = (0, SecretChange::None);
    let format = SecretFormat::Public(KeyFormat::Base64);
    assert_eq!(
        found,
        [Finding::Secret {
            index,
            format,
            change
        }]
    );
}

#[test]
fn w49_two_forms_of_a_signature_are_told_apart() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let public = STANDARD.encode_to_string(der.as_ref());
    let private = STANDARD.encode_to_string(pair.to_pkcs8v1().unwrap().as_ref());
    let of = |algorithm| {
        Scheme::new("ours", algorithm, "x-signature", Encoding::Base64)
            .with_secret(SecretFormat::Public(KeyFormat::Der))
    };
    let (der, fixed) = (Algorithm::EcdsaP256Sha256, Algorithm::EcdsaP256Sha256Fixed);
    for (ours, theirs) in [(der, fixed), (fixed, der)] {
        let headers = sent(of(theirs), of(theirs).signing_format(), &private, NOW);
        let found = found_with(of(ours), &public, Head::new(&headers), BODY);
        assert_eq!(found, [Finding::Algorithm(theirs)]);
    }
}
