//! Every scheme of the table.

use std::collections::BTreeSet;

#[cfg(not(feature = "public-key"))]
use portcullis_webhook::SecretFormat;
use portcullis_webhook::{ConfigErrorKind, SecretSet, Signer, Source, Verifier, schemes};
use proptest::prelude::*;

use crate::support::{BODY, NOW, Pair, URL, all, extra, signing, verifying};

#[test]
fn each_can_be_carried_out_and_says_where_it_is_from() {
    let mut names = BTreeSet::new();
    for scheme in schemes::all() {
        let name = scheme.name();
        let check = scheme.check().map_err(|error| error.kind());
        let expected = match scheme.can_sign() {
            true => Ok(()),
            false => Err(ConfigErrorKind::Unsupported),
        };
        assert_eq!(check, expected, "{name}");
        assert!(names.insert(name.to_owned()), "{name} is there twice");
        assert_eq!(schemes::named(name), Some(scheme));
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(name.bytes().all(is_name), "{name}");
        match scheme.source() {
            Source::Official(from) | Source::SecondHand(from) => {
                assert!(!from.is_empty(), "{name}")
            }
            _ => assert_eq!(name, "contox", "an own scheme"),
        }
    }
    assert!(names.len() >= 110, "{}", names.len());
}

#[cfg(not(feature = "public-key"))]
const HAS_OTHERS: bool = cfg!(all(
    feature = "form",
    feature = "json",
    feature = "message-signatures",
    feature = "token",
));

#[cfg(not(feature = "public-key"))]
#[test]
fn w44_without_the_feature_public_keys_are_refused_and_nothing_else_is() {
    let (able, unable): (Vec<_>, Vec<_>) = schemes::all().partition(|it| it.can_sign());
    let names: BTreeSet<_> = unable.iter().map(|scheme| scheme.name()).collect();
    let named = [
        "discord",
        "sendgrid",
        "standard-webhooks-v1a",
        "telnyx",
        "wise",
    ];
    assert!(names.is_superset(&BTreeSet::from(named)), "{names:?}");
    assert!(able.len() >= 100);
    for scheme in unable {
        let is_public = matches!(scheme.secret_format(), SecretFormat::Public(_));
        // Those of another feature that is off are refused as well.
        assert!(is_public || !HAS_OTHERS, "{}", scheme.name());
        let shared = || SecretSet::new("one", verifying(&schemes::GITHUB, 1));
        let verifier = Verifier::new(&scheme, shared()).map(drop);
        let signer = Signer::new(&scheme, shared()).map(drop);
        for outcome in [verifier, signer] {
            assert_eq!(outcome.unwrap_err().kind(), ConfigErrorKind::Unsupported);
        }
    }
}

#[test]
fn w47_what_each_signs_it_verifies() {
    for scheme in all() {
        let pair = Pair::new(scheme);
        for body in [BODY, b"", b"\xef\xbb\xbf{}", b"\xff\x00\x80", b"a\r\nb\n"] {
            let headers = pair.sign(body);
            let receipt = pair.verify(&headers, body);
            let receipt = receipt.unwrap_or_else(|why| panic!("{}: {why:?}", scheme.name()));
            assert_eq!((receipt.scheme(), receipt.label()), (scheme.name(), "one"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn w47_what_each_signs_it_verifies_whatever_it_is(
        body in proptest::collection::vec(any::<u8>(), 0..300),
        id in "[a-zA-Z0-9_-]{1,80}",
    ) {
        for scheme in all() {
            let pair = Pair::new(scheme);
            let headers = pair.sign_at(&id, NOW, &body);
            prop_assert!(pair.verify(&headers, &body).is_ok(), "{}", scheme.name());
        }
    }
}

/// During rotation a delivery is signed under both secrets where there is room for two signatures,
/// and whoever knows either accepts it.
#[test]
fn w47_two_secrets_give_two_signatures() {
    let mut both = 0;
    for scheme in all() {
        let secrets = |numbers: &[u8]| {
            let first = SecretSet::new("first", verifying(&scheme, numbers[0]));
            let more = numbers[1..].iter();
            more.fold(first, |set, number| {
                set.with("next", verifying(&scheme, *number))
            })
        };
        let two = SecretSet::new("first", signing(&scheme, 1)).with("next", signing(&scheme, 2));
        let pair = Pair {
            signer: Signer::new(&scheme, two).unwrap(),
            verifier: Verifier::new(&scheme, secrets(&[1])).unwrap(),
        };
        let headers = pair.sign(BODY);
        assert!(pair.verify(&headers, BODY).is_ok(), "{}", scheme.name());
        pair.verifier.replace_secrets(secrets(&[2])).unwrap();
        both += usize::from(pair.verify(&headers, BODY).is_ok());
        pair.verifier.replace_secrets(secrets(&[3])).unwrap();
        assert!(pair.verify(&headers, BODY).is_err(), "{}", scheme.name());
        pair.verifier.replace_secrets(secrets(&[4, 3, 1])).unwrap();
        assert_eq!(pair.verify(&headers, BODY).unwrap().label(), "next");
    }
    assert!(both >= 30, "{both}");
}

#[test]
fn w37_a_signed_url_must_be_given() {
    for scheme in all().filter(|scheme| scheme.signs_url()) {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        let other = URL.replace("hooks", "hook");
        let head = portcullis_webhook::Head::new(&headers);
        let without = pair.verifier.verify(head, BODY, NOW).unwrap_err();
        assert_eq!(without.kind(), portcullis_webhook::VerifyErrorKind::Url);
        assert!(
            pair.verifier
                .verify(head.with_url(&other), BODY, NOW)
                .is_err()
        );
        assert!(pair.verifier.verify(head.with_url(URL), BODY, NOW).is_ok());
    }
    assert!(extra().len() == 1);
}
