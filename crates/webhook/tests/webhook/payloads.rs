//! Forms that have a signature in one field.

use http::HeaderMap;
use portcullis_core::Timestamp;
use portcullis_webhook::{
    Algorithm, ConfigErrorKind, Delivery, Encoding, Form, Hash, Head, Receipt, Scheme,
    SecretFormat, SecretSet, Signer, Unit, Verifier, VerifyErrorKind, WebhookSecret, schemes,
};

use crate::support::{NOW, secret};

const PAYLOAD: &str = "bt_payload=PD94bWw%2B%0AL3htbD4%3D%0A";

/// The public keys, each with the number of its private one.
fn secrets(keys: &[(&str, u8)]) -> SecretSet {
    let secret = |number| secret(SecretFormat::Sha1, number);
    let (label, number) = keys[0];
    let first = SecretSet::new(label, secret(number));
    let more = keys[1..].iter();
    more.fold(first, |set, (label, number)| {
        set.with(label, secret(*number))
    })
}

fn sign(keys: &[(&str, u8)], body: &str) -> Option<String> {
    let signer = Signer::new(&schemes::BRAINTREE, secrets(keys)).unwrap();
    let signed = signer.sign_body(Delivery::new("", NOW), body.as_bytes());
    let (headers, body) = signed.ok()?;
    assert!(headers.is_empty());
    Some(String::from_utf8(body.into_owned()).unwrap())
}

fn verify(keys: &[(&str, u8)], body: &str) -> Result<Receipt, VerifyErrorKind> {
    let verifier = Verifier::new(&schemes::BRAINTREE, secrets(keys)).unwrap();
    let headers = HeaderMap::new();
    let verified = verifier.verify(Head::new(&headers), body, NOW);
    verified
        .map(|verified| verified.receipt().clone())
        .map_err(|error| error.kind())
}

#[test]
fn w47_each_key_signs_beside_its_public_half() {
    let signed = sign(&[("one", 1), ("two", 2)], PAYLOAD).unwrap();
    let signatures = signed.split_once('&').unwrap().0;
    for label in ["one%7C", "%26two%7C"] {
        assert!(signatures.contains(label), "{signatures}");
    }
    for (label, number) in [("one", 1), ("two", 2)] {
        let receipt = verify(&[(label, number)], &signed).unwrap();
        assert_eq!((receipt.label(), receipt.id()), (label, None));
    }
    let receipt = verify(&[("three", 3), ("two", 2)], &signed).unwrap();
    assert_eq!(receipt.label(), "two");
    assert_eq!(
        verify(&[("three", 3)], &signed).unwrap_err(),
        VerifyErrorKind::Signature
    );
    assert_eq!(sign(&[("a|b", 1)], PAYLOAD), None);
    assert_eq!(sign(&[("one", 1)], "other=1"), None);
}

#[test]
fn w47_what_was_signed_before_is_signed_anew() {
    let first = sign(&[("one", 1)], PAYLOAD).unwrap();
    assert_eq!(sign(&[("one", 1)], &first).unwrap(), first);
    let other = sign(&[("two", 2)], &first).unwrap();
    assert!(verify(&[("one", 1)], &other).is_err());
}

/// Computed by Python's `hmac`: HMAC-SHA1 under the SHA-1 of the private key.
#[test]
fn w02_the_private_key_is_hashed() {
    let private = WebhookSecret::new(SecretFormat::Sha1, "integration_private_key").unwrap();
    let secrets = SecretSet::new("integration_public_key", private);
    let signer = Signer::new(&schemes::BRAINTREE, secrets).unwrap();
    let signed = signer.sign_body(Delivery::new("", NOW), PAYLOAD.as_bytes());
    let (_, body) = signed.unwrap();
    let expected = format!(
        "bt_signature=integration_public_key%7C3c33907692c52543b135b48506e76aafada194c5&{PAYLOAD}"
    );
    assert_eq!(str::from_utf8(&body).unwrap(), expected);
}

/// A challenge has no white space, and what is signed of a payload always ends its line.
#[test]
fn w40_an_answer_to_a_challenge_is_no_signature() {
    let challenge = "0123456789abcdef0123456789abcdef";
    let signed = sign(&[("one", 1)], &format!("bt_payload={challenge}")).unwrap();
    let ended = sign(&[("one", 1)], &format!("bt_payload={challenge}%0A")).unwrap();
    let signature = |body: &str| body.split_once('&').unwrap().0.to_owned();
    assert_eq!(signature(&signed), signature(&ended));
    let answer = "b0d474147802e9e2b23d172eb84ca72a22a4e2c2";
    assert!(!signed.contains(answer));
    let forged = format!("bt_signature=one%7C{answer}&bt_payload={challenge}");
    let refused = verify(&[("one", 1)], &forged).unwrap_err();
    assert_eq!(refused, VerifyErrorKind::Signature);
}

#[test]
fn w13_of_more_than_16_pairs_none_is_looked_at() {
    let signed = sign(&[("one", 1)], PAYLOAD).unwrap();
    let with = |pairs: usize| {
        let more = "x%7C00%26".repeat(pairs);
        signed.replace("bt_signature=", &format!("bt_signature={more}"))
    };
    assert!(verify(&[("one", 1)], &with(15)).is_ok());
    let refused = verify(&[("one", 1)], &with(16)).unwrap_err();
    assert_eq!(refused, VerifyErrorKind::Malformed);
    let long = signed.replace("one", &"x".repeat(4_096));
    assert_eq!(
        verify(&[("one", 1)], &long).unwrap_err(),
        VerifyErrorKind::Malformed
    );
}

#[test]
fn w18_any_bit_of_the_payload_counts() {
    let signed = sign(&[("one", 1)], PAYLOAD).unwrap();
    let start = signed.find("bt_payload=").unwrap() + "bt_payload=".len();
    for bit in start * 8..signed.len() * 8 {
        let mut flipped = signed.clone().into_bytes();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let verifier = Verifier::new(&schemes::BRAINTREE, secrets(&[("one", 1)])).unwrap();
        let headers = HeaderMap::new();
        let head = Head::new(&headers);
        let read = |body: &[u8]| {
            form_urlencoded::parse(body)
                .into_owned()
                .collect::<Vec<_>>()
        };
        let is_same = read(&flipped)[..2] == read(signed.as_bytes());
        let outcome = verifier.verify(head, &flipped, Timestamp::from_secs(0));
        assert_eq!(
            outcome.is_ok(),
            is_same,
            "{}",
            String::from_utf8_lossy(&flipped)
        );
    }
}

#[test]
fn w27_such_a_form_has_neither_time_nor_key_of_another_kind() {
    let form = Form::signed("s", "p");
    let plain = |algorithm| {
        Scheme::new("x", algorithm, "", Encoding::Hex)
            .with_message("{form}")
            .with_form(form)
    };
    let good = plain(Algorithm::Hmac(Hash::Sha256));
    assert!(good.check().is_ok() && good.signs_into_body() && good.needs_whole_body());
    for (scheme, kind) in [
        (
            plain(Algorithm::Plain(Hash::Sha256)),
            ConfigErrorKind::Message,
        ),
        (good.with_message("{url}{form}"), ConfigErrorKind::Message),
        (
            good.with_form(Form::signed("s", "s")),
            ConfigErrorKind::Message,
        ),
        (
            good.with_timestamp(portcullis_webhook::Timestamps::Header("t", Unit::Seconds)),
            ConfigErrorKind::Timestamp,
        ),
    ] {
        assert_eq!(scheme.check().unwrap_err().kind(), kind, "{scheme:?}");
    }
}
