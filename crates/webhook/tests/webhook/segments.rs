//! Parts of a message that may be missing, parameters of the query, and checksums of the body.

use http::{HeaderMap, HeaderValue};
use portcullis_webhook::{
    ConfigErrorKind, Delivery, Encoding, Hash, Head, Scheme, SecretSet, Signer, Verifier,
    VerifyErrorKind, schemes,
};

use crate::support::{NOW, secret};

/// The headers of a delivery by Mercado Pago, or of one whose message is this.
fn signed(scheme: &Scheme<'_>, path: &str, request_id: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(id) = request_id {
        headers.insert("x-request-id", HeaderValue::from_str(id).unwrap());
    }
    let secrets = SecretSet::new("one", secret(scheme.secret_format(), 1));
    let signer = Signer::new(scheme, secrets).unwrap();
    let delivery = Delivery::new("", NOW)
        .with_path(path)
        .with_headers(&headers);
    let signed = signer.sign(delivery, b"").unwrap();
    headers.extend(signed);
    headers
}

fn verify(headers: &HeaderMap, path: &str) -> Result<(), VerifyErrorKind> {
    let scheme = &schemes::MERCADO_PAGO;
    let secrets = SecretSet::new("one", secret(scheme.secret_format(), 1));
    let verifier = Verifier::new(scheme, secrets).unwrap();
    let verified = verifier.verify(Head::new(headers).with_path(path), b"", NOW);
    verified.map(drop).map_err(|error| error.kind())
}

#[test]
fn w50_a_segment_is_there_or_not_at_all() {
    for (path, id, message) in [
        (
            "/?data.id=ORD1",
            Some("r"),
            "id:ord1;request-id:r;ts:{timestamp};",
        ),
        ("/?data.id=ORD1", None, "id:ord1;ts:{timestamp};"),
        ("/?data.id=ORD1", Some(""), "id:ord1;ts:{timestamp};"),
        ("/?data.id=", Some("r"), "request-id:r;ts:{timestamp};"),
        ("/", None, "ts:{timestamp};"),
    ] {
        let by_hand = schemes::MERCADO_PAGO.with_message(message);
        let headers = signed(&by_hand, path, id);
        assert_eq!(verify(&headers, path), Ok(()), "{message}");
        let refused = Err(VerifyErrorKind::Signature);
        assert_eq!(verify(&headers, "/?data.id=2"), refused, "{message}");
    }
}

/// Without this, the id could end earlier than it did when it was signed, or later.
#[test]
fn w09_a_value_does_not_move_from_one_segment_to_another() {
    let path = "/?data.id=1";
    let headers = signed(&schemes::MERCADO_PAGO, path, Some("r"));
    assert_eq!(verify(&headers, path), Ok(()));
    let mut without = headers.clone();
    without.remove("x-request-id");
    for moved in ["/?data.id=1;request-id:r", "/?data.id=1%3brequest-id%3Ar"] {
        assert_eq!(verify(&without, moved), Err(VerifyErrorKind::Malformed));
    }
    for odd in ["r;ts:1", "r;", "r s"] {
        let mut headers = headers.clone();
        headers.insert("x-request-id", HeaderValue::from_str(odd).unwrap());
        assert_eq!(verify(&headers, path), Err(VerifyErrorKind::Malformed));
    }
}

#[test]
fn w50_a_parameter_outside_of_a_segment_must_be_there() {
    let scheme = Scheme::hmac("x", Hash::Sha256, "x-signature", Encoding::Hex)
        .with_message("{query:a}.{lower-query:a}.{body}");
    let secrets = || SecretSet::new("one", secret(scheme.secret_format(), 1));
    let by_hand = scheme.with_message("B.b.{body}");
    let headers = Signer::new(&by_hand, secrets()).unwrap();
    let headers = headers.sign(Delivery::new("", NOW), b"x").unwrap();
    let verifier = Verifier::new(&scheme, secrets()).unwrap();
    for (path, outcome) in [
        ("/?a=B", Ok(())),
        ("/?a=b", Err(VerifyErrorKind::Signature)),
        ("/?A=B", Err(VerifyErrorKind::Missing)),
        ("/?a=B&a=B", Err(VerifyErrorKind::Malformed)),
    ] {
        let head = Head::new(&headers).with_path(path);
        let verified = verifier.verify(head, b"x", NOW).map(drop);
        assert_eq!(verified.map_err(|error| error.kind()), outcome, "{path}");
    }
}

#[test]
fn w50_a_segment_has_one_part_that_may_be_missing_and_an_end() {
    for message in [
        "[{query:a}]{body}",
        "[a{id};]{body}",
        "[a{body};]{body}",
        "[a{timestamp};]{body}",
        "[a{query:a}{query:b};]{body}",
        "[a;]{body}",
        "[a{query:a};{body}",
        "{endpoint}{body}",
        "{crc32}",
        "{crc32}{body}",
    ] {
        let scheme = Scheme::hmac("x", Hash::Sha256, "x-signature", Encoding::Hex);
        let refused = scheme.with_message(message).check().unwrap_err();
        assert_eq!(refused.kind(), ConfigErrorKind::Message, "{message}");
    }
}

#[test]
fn w32_a_checksum_of_the_body_streams() {
    let scheme = Scheme::hmac("x", Hash::Sha256, "x-signature", Encoding::Hex)
        .with_message("{endpoint}|{crc32}.")
        .with_endpoint("e")
        .insecure_without_body();
    assert!(!scheme.needs_whole_body());
    let secrets = || SecretSet::new("one", secret(scheme.secret_format(), 1));
    // ISO/IEC 3309: the checksum of these nine digits is cbf43926.
    let by_hand = scheme.with_message("e|3421780262.");
    let headers = Signer::new(&by_hand, secrets()).unwrap();
    let headers = headers.sign(Delivery::new("", NOW), b"").unwrap();
    let verifier = Verifier::new(&scheme, secrets()).unwrap();
    let head = Head::new(&headers);
    assert!(verifier.verify(head, b"123456789", NOW).is_ok());
    assert!(verifier.verify(head, b"123456788", NOW).is_err());
    for pieces in [&[&b"123456789"[..]][..], &[b"1", b"", b"2345678", b"9"]] {
        let mut check = verifier.begin(head, NOW).unwrap();
        pieces.iter().for_each(|piece| check.update(piece).unwrap());
        assert!(check.finish(head).is_ok());
    }
    let check = verifier.begin(head, NOW).unwrap();
    assert!(check.finish(head).is_err());
}
