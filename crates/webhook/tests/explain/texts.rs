//! Signatures that stand in a JSON text.

use http::HeaderMap;
use portcullis_webhook::explain::Finding;
use portcullis_webhook::{
    Delivery, Encoding, Hash, Head, Json, Scheme, SecretSet, Signer, Unit, WebhookSecret, schemes,
};

use crate::support::{BODY, NOW, OTHER, SECRET, UTF8, found_with, sent};

const fn counting(unit: Unit) -> Scheme<'static> {
    let json = Json::new("/signature").with_timestamp("/time", unit);
    Scheme::json("ours", Hash::Sha256, json, Encoding::Hex)
        .with_message("{json:/time}")
        .insecure_without_body()
        .within(std::time::Duration::MAX, std::time::Duration::ZERO)
}

fn signed(scheme: Scheme<'_>, secret: &str) -> Vec<u8> {
    let secret = WebhookSecret::new(UTF8, secret).unwrap();
    let signer = Signer::new(&scheme, SecretSet::new("one", secret)).unwrap();
    let signed = signer.sign_body(Delivery::new("a", NOW), b"{}").unwrap();
    signed.1.into_owned()
}

#[test]
fn w49_headers_of_another_scheme_are_nothing_to_a_signature_in_the_body() {
    let headers = sent(schemes::SLACK, UTF8, OTHER, NOW);
    let body = signed(schemes::MAILGUN, OTHER);
    let found = found_with(schemes::MAILGUN, SECRET, Head::new(&headers), &body);
    assert_eq!(found, [Finding::NothingFits]);
}

#[test]
fn w49_a_body_without_a_signature_is_told() {
    let headers = HeaderMap::new();
    for body in [
        &b""[..],
        b"{}",
        BODY,
        br#"{"signature":{"signature":"00"}}"#,
    ] {
        let found = found_with(schemes::MAILGUN, SECRET, Head::new(&headers), body);
        assert_eq!(found, [Finding::BodyUnreadable]);
    }
}

#[test]
fn w49_a_time_in_the_body_counts_in_another_unit() {
    let headers = HeaderMap::new();
    let body = signed(counting(Unit::Millis), SECRET);
    let ours = counting(Unit::Seconds);
    let found = found_with(ours, SECRET, Head::new(&headers), &body);
    assert_eq!(found, [Finding::Unit(Unit::Millis)]);
}
