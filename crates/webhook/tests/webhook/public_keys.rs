//! Schemes in which one key signs and another one verifies.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY};
use base64_simd::STANDARD;
use http::{HeaderMap, HeaderValue};
use portcullis_webhook::{
    Algorithm, ConfigErrorKind, Delivery, Encoding, Head, KeyFormat, Scheme, SecretFormat,
    SecretSet, Signer, Verifier, VerifyErrorKind, WebhookSecret, schemes,
};

use crate::keys::{halves, write};
use crate::support::{BODY, NOW, Pair, all, signing, verifying};

use ConfigErrorKind::{Key, SecretFormat as Format, SecretKind};

const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP256Sha256Fixed,
    Algorithm::EcdsaP384Sha384Fixed,
    Algorithm::Ed25519,
    Algorithm::RsaPkcs1Sha256,
    Algorithm::RsaPssSha512,
];

const fn scheme(algorithm: Algorithm) -> Scheme<'static> {
    let format = match algorithm {
        Algorithm::Ed25519 => KeyFormat::Base64,
        _ => KeyFormat::Der,
    };
    Scheme::new("own", algorithm, "x-signature", Encoding::Hex)
        .with_secret(SecretFormat::Public(format))
}

fn set(format: SecretFormat, text: &str) -> SecretSet {
    SecretSet::new("key", WebhookSecret::new(format, text).unwrap())
}

fn pair(algorithm: Algorithm, number: u8) -> Pair {
    let (scheme, keys) = (scheme(algorithm), halves(algorithm, number));
    let format = match algorithm {
        Algorithm::Ed25519 => KeyFormat::Base64,
        _ => KeyFormat::Der,
    };
    let private = write(format, "PRIVATE", &keys.private);
    let public = write(format, "PUBLIC", &keys.public);
    Pair {
        signer: Signer::new(&scheme, set(SecretFormat::Private(format), &private)).unwrap(),
        verifier: Verifier::new(&scheme, set(SecretFormat::Public(format), &public)).unwrap(),
    }
}

fn verifier(algorithm: Algorithm, key: &[u8]) -> Result<Verifier, ConfigErrorKind> {
    let text = write(KeyFormat::Der, "PUBLIC", key);
    let key = set(SecretFormat::Public(KeyFormat::Der), &text);
    Verifier::new(&scheme(algorithm), key).map_err(|error| error.kind())
}

#[test]
fn w44_any_bit_of_a_signature_counts() {
    for algorithm in ALGORITHMS {
        let pair = pair(algorithm, 1);
        let headers = pair.sign(BODY);
        assert!(pair.verify(&headers, BODY).is_ok(), "{algorithm:?}");
        let signature = const_hex::decode(headers["x-signature"].as_bytes()).unwrap();
        for bit in 0..signature.len() * 8 {
            let mut forged = signature.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let outcome = pair.verify(&with(&forged), BODY);
            assert_eq!(
                outcome.unwrap_err(),
                VerifyErrorKind::Signature,
                "{algorithm:?} {bit}"
            );
        }
    }
}

fn with(signature: &[u8]) -> HeaderMap {
    let value = HeaderValue::from_str(&const_hex::encode(signature)).unwrap();
    HeaderMap::from_iter([("x-signature".parse().unwrap(), value)])
}

/// A signature by ECDSA with the other s is one as well: copies are told by the message.
#[test]
fn w26_copies_under_another_signature_have_one_digest() {
    for algorithm in [Algorithm::EcdsaP256Sha256, Algorithm::RsaPssSha512] {
        let pair = pair(algorithm, 1);
        let (one, two) = (pair.sign(BODY), pair.sign(BODY));
        assert_ne!(one, two, "{algorithm:?} signs at random");
        let digest = |headers| pair.verify(headers, BODY).unwrap().digest("/in");
        assert_eq!(digest(&one), digest(&two));
        let other = pair.verify(&pair.sign(b"other"), b"other").unwrap();
        assert_ne!(digest(&one), other.digest("/in"));
    }
    let pair = pair(Algorithm::Ed25519, 1);
    let digest = |body: &[u8]| pair.verify(&pair.sign(body), body).unwrap().digest("/in");
    assert_ne!(digest(b"1"), digest(b"2"));
}

#[test]
fn w06_a_label_says_which_key_it_was() {
    for scheme in all().filter(|it| matches!(it.secret_format(), SecretFormat::Public(_))) {
        let keys = SecretSet::new("new", verifying(&scheme, 2)).with("old", verifying(&scheme, 1));
        let pair = Pair::new(scheme);
        pair.verifier.replace_secrets(keys).unwrap();
        let receipt = pair.verify(&pair.sign(BODY), BODY).unwrap();
        assert_eq!(receipt.label(), "old", "{}", scheme.name());
        let keys = SecretSet::new("new", verifying(&scheme, 2));
        let keys = keys.with_old("old", verifying(&scheme, 1), NOW);
        pair.verifier.replace_secrets(keys).unwrap();
        let outcome = pair.verify(&pair.sign(BODY), BODY).unwrap_err();
        assert_eq!(outcome, VerifyErrorKind::Signature, "ended just now");
    }
}

/// One signature of several fits, at most 16 are looked at.
#[test]
fn w13_entries_of_v1a_are_as_many_as_those_of_v1() {
    let pair = Pair::new(schemes::STANDARD_WEBHOOKS_V1A);
    let headers = pair.sign(BODY);
    let good = headers["webhook-signature"].to_str().unwrap();
    assert!(good.starts_with("v1a,"), "{good}");
    let other = format!("v1a,{}==", "A".repeat(86));
    for (others, outcome) in [
        (0, Ok(())),
        (15, Ok(())),
        (16, Err(VerifyErrorKind::Malformed)),
    ] {
        let value = format!("v1,AAAA {}{good}", format!("{other} ").repeat(others));
        let mut headers = headers.clone();
        headers.insert("webhook-signature", value.parse().unwrap());
        assert_eq!(pair.verify(&headers, BODY).map(drop), outcome, "{others}");
    }
}

#[test]
fn w43_a_key_of_another_algorithm_is_refused() {
    for algorithm in ALGORITHMS {
        for other in ALGORITHMS {
            let kind = |algorithm: Algorithm| match algorithm {
                Algorithm::RsaPkcs1Sha256 | Algorithm::RsaPssSha512 => "RSA".to_owned(),
                // With the curve in it.
                other => format!("{other:?}").chars().take(7).collect(),
            };
            let is_same = kind(algorithm) == kind(other);
            let outcome = verifier(algorithm, &halves(other, 1).public);
            let expected = if is_same { None } else { Some(Key) };
            assert_eq!(outcome.err(), expected, "{other:?} for {algorithm:?}");
        }
    }
}

/// What everybody knows must not become a shared secret, nor the other way round.
#[test]
fn w43_a_key_never_stands_for_a_secret() {
    let kind = |error: portcullis_webhook::ConfigError| error.kind();
    let (discord, github) = (schemes::DISCORD, schemes::GITHUB);
    let one = |secret| SecretSet::new("one", secret);
    let (public, private) = (verifying(&discord, 1), signing(&discord, 1));
    let shared = verifying(&github, 1);
    for (scheme, secret) in [
        (github, &public),
        (github, &private),
        (discord, &private),
        (discord, &shared),
    ] {
        let outcome = Verifier::new(&scheme, one(secret.clone())).map_err(kind);
        assert_eq!(outcome.err(), Some(SecretKind));
    }
    for (scheme, secret) in [
        (github, &public),
        (github, &private),
        (discord, &public),
        (discord, &shared),
    ] {
        let outcome = Signer::new(&scheme, one(secret.clone())).map_err(kind);
        assert_eq!(outcome.err(), Some(SecretKind));
    }
    let verifier = Verifier::new(&github, one(shared)).unwrap();
    let outcome = verifier.replace_secrets(one(public)).map_err(kind);
    assert_eq!(outcome, Err(SecretKind));
    let confused = github.with_secret(SecretFormat::Public(KeyFormat::Hex));
    assert_eq!(confused.check().map_err(kind), Err(SecretKind));
    let confused = discord.with_secret(SecretFormat::Private(KeyFormat::Hex));
    assert_eq!(confused.check().map_err(kind), Err(SecretKind));
}

#[test]
fn w44_ed25519_keys_under_which_anybody_signs_are_refused() {
    let small = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
    let one = format!("01{}", "00".repeat(31));
    for text in [&"00".repeat(32), &one, small] {
        let key = set(SecretFormat::Public(KeyFormat::Hex), text);
        let outcome = Verifier::new(&schemes::DISCORD, key).map_err(|error| error.kind());
        assert_eq!(outcome.err(), Some(Key), "{text}");
    }
    let good = halves(Algorithm::Ed25519, 1).public;
    let spki = [const_hex::decode("302a300506032b6570032100").unwrap(), good].concat();
    assert!(verifier(Algorithm::Ed25519, &spki).is_ok());
}

#[test]
fn w02_a_key_has_one_form() {
    for algorithm in ALGORITHMS {
        let key = halves(algorithm, 1).public;
        assert!(verifier(algorithm, &key).is_ok());
        for odd in [[&key[..], &[0]].concat(), key[1..].to_vec(), vec![0; 40]] {
            assert_eq!(verifier(algorithm, &odd).err(), Some(Key), "{algorithm:?}");
        }
    }
}

/// 1024 bits, RFC 9500 §2.1.
#[test]
fn w44_short_rsa_keys_are_refused() {
    let key = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCw0YNSqI9T1VFvRsIOejZ9feiKz1SgGfbe9Xq5tEzt2yJCsbyg+xtcuCswNhdqY5A1ZN7G60HbL4/Hh/TlLhFJ4zNHVylz9mDDx3yp4IIcK2lb566dfTD0B5EQ9Iqub4twLUdLKQCBfyhmJJvsEqKxm4J4QWgI+Brh/Pm3d4piPwIDAQAB";
    let der = STANDARD.decode_to_vec(key).unwrap();
    let legacy = &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
    assert!(ParsedPublicKey::new(legacy, &der).is_ok(), "it is a key");
    let key = set(SecretFormat::Public(KeyFormat::Der), key);
    for algorithm in [Algorithm::RsaPkcs1Sha256, Algorithm::RsaPssSha512] {
        let outcome = Verifier::new(&scheme(algorithm), key.clone());
        assert_eq!(outcome.err().map(|error| error.kind()), Some(Key));
    }
}

/// Ed25519 alone keeps what arrives; the others are as far with a body of any length.
#[test]
fn w32_a_scheme_says_whether_it_keeps_the_body() {
    let keeps = |name: &str| schemes::named(name).unwrap().needs_whole_body();
    assert!(keeps("discord") && keeps("telnyx") && keeps("standard-webhooks-v1a"));
    assert!(!keeps("sendgrid") && !keeps("wise") && !keeps("github"));
    for algorithm in ALGORITHMS {
        let pair = pair(algorithm, 1);
        let body = vec![b'x'; 1 << 19];
        let headers = pair.sign(&body);
        let head = Head::new(&headers);
        let mut check = pair.verifier.begin(head, NOW).unwrap();
        let info = allocation_counter::measure(|| {
            for piece in body.chunks(4_096) {
                check.update(piece).unwrap();
            }
        });
        let keeps = scheme(algorithm).needs_whole_body();
        assert_eq!(info.bytes_max > 1 << 18, keeps, "{algorithm:?}: {info:?}");
        assert!(check.finish(head).is_ok());
    }
}

#[test]
fn w30_what_is_kept_is_bounded() {
    let limit = 1 << 12;
    let (scheme, one) = (schemes::TELNYX.with_body_limit(limit), |secret| {
        SecretSet::new("one", secret)
    });
    let verifier = Verifier::new(&scheme, one(verifying(&scheme, 1))).unwrap();
    let signer = Signer::new(&scheme, one(signing(&scheme, 1))).unwrap();
    let headers = signer.sign(Delivery::new("1", NOW), BODY).unwrap();
    let mut check = verifier.begin(Head::new(&headers), NOW).unwrap();
    let info = allocation_counter::measure(|| {
        for _ in 0..4 {
            check.update(&[b'x'; 1 << 10]).unwrap();
        }
        for _ in 0..1_000 {
            let outcome = check.update(&[b'x'; 1 << 10]).unwrap_err();
            assert_eq!(outcome.kind(), VerifyErrorKind::TooLarge);
        }
    });
    assert!(info.bytes_max <= 1 << 14, "{info:?}");
}

/// A private key of Standard Webhooks may have its public key behind it, which must be its own.
#[test]
fn w02_whsk_is_a_seed_or_a_pair() {
    let scheme = schemes::STANDARD_WEBHOOKS_V1A;
    let sign = |bytes: &[u8]| {
        let text = write(KeyFormat::StandardWebhooks, "PRIVATE", bytes);
        let key = set(scheme.signing_format(), &text);
        let signer = Signer::new(&scheme, key).map_err(|error| error.kind())?;
        Ok(signer.sign(Delivery::new("1", NOW), BODY).unwrap())
    };
    let (one, two) = (halves(Algorithm::Ed25519, 1), halves(Algorithm::Ed25519, 2));
    let seed = sign(&one.private).unwrap();
    assert_eq!(sign(&[&one.private[..], &one.public].concat()), Ok(seed));
    let foreign = sign(&[&one.private[..], &two.public].concat());
    assert_eq!(foreign, Err(Key));
    let odd = WebhookSecret::new(scheme.signing_format(), "whsk_AAAA");
    assert_eq!(odd.err().map(|error| error.kind()), Some(Format));
    for empty in ["whpk_", "", " "] {
        let empty = WebhookSecret::new(scheme.secret_format(), empty).unwrap_err();
        assert_eq!(empty.kind(), ConfigErrorKind::SecretEmpty);
    }
}

/// Nobody has to fetch a certificate: the key is configured, and so is the id of the webhook.
#[test]
fn w43_paypal_signs_id_time_webhook_and_checksum() {
    let pair = Pair::new(schemes::paypal("8PT597110X687430LKGECATA"));
    let headers = pair.sign(BODY);
    let receipt = pair.verify(&headers, BODY).unwrap();
    assert_eq!((receipt.id(), receipt.at()), (Some("msg_1"), Some(NOW)));
    let refused = Err(VerifyErrorKind::Signature);
    let verdict = |pair: &Pair, headers: &HeaderMap, body: &[u8]| {
        let verified = pair.verify(headers, body);
        verified.map(drop)
    };
    assert_eq!(verdict(&pair, &headers, b"another body"), refused);
    let other = Pair::new(schemes::paypal("1JE4291016473214C"));
    assert_eq!(verdict(&other, &headers, BODY), refused);
    for (name, value, refused) in [
        ("paypal-transmission-id", "msg_2", refused),
        ("paypal-transmission-time", "2023-11-14T22:13:21Z", refused),
        (
            "paypal-auth-algo",
            "SHA1withRSA",
            Err(VerifyErrorKind::Malformed),
        ),
    ] {
        let mut changed = headers.clone();
        changed.insert(name, value.parse().unwrap());
        assert_eq!(verdict(&pair, &changed, BODY), refused, "{name}");
    }
}

/// ISO/IEC 3309: the checksum of these nine digits is cbf43926.
#[test]
fn w32_a_checksum_is_a_decimal_number() {
    let scheme = schemes::paypal("W").with_message("{id}|{timestamp}|{endpoint}|3421780262");
    let by_hand = Pair::new(scheme).sign(b"");
    let pair = Pair::new(schemes::paypal("W"));
    assert!(pair.verify(&by_hand, b"123456789").is_ok());
    assert!(pair.verify(&by_hand, b"12345678").is_err());
}
