//! Bodies that were changed on the way.

use portcullis_webhook::explain::{
    BodyChange, Finding, JsonEscapes, JsonForm, JsonLayout, ShownSecret, explain,
};
use portcullis_webhook::{
    Encoding, Hash, Head, Headers, Scheme, SecretSet, Verifier, VerifyErrorKind, WebhookSecret,
};

use crate::support::{
    BODY, GITHUB, NOW, OTHER, SECRET, STRIPE, URL, UTF8, found, renamed, sent, signed,
};

#[test]
fn w49_what_is_accepted_needs_no_explanation() {
    let headers = sent(STRIPE, UTF8, SECRET, NOW);
    let head = Head::new(&headers);
    let secrets = [ShownSecret::new(OTHER), ShownSecret::new(SECRET)];
    assert_eq!(explain(&STRIPE, &secrets, head, BODY, NOW), []);
}

#[test]
fn w49_another_body_cannot_be_told_from_another_secret() {
    let headers = sent(GITHUB, UTF8, SECRET, NOW);
    assert_eq!(found(GITHUB, &headers, b"{}"), [Finding::NothingFits]);
    let headers = sent(GITHUB, UTF8, OTHER, NOW);
    assert_eq!(found(GITHUB, &headers, BODY), [Finding::NothingFits]);
}

/// What was signed, what arrived, and what was done to it.
const BODIES: [(&[u8], &[u8], BodyChange); 10] = [
    (b"a b", b"a b\n", BodyChange::WithoutFinalNewline),
    (b"a b", b"a b\r\n", BodyChange::WithoutFinalNewline),
    (b"a b\n", b"a b", BodyChange::WithFinalNewline),
    (b"a b\r\n", b"a b", BodyChange::WithFinalCrlf),
    (b"a b", b"  a b \n\n", BodyChange::Trimmed),
    (b"a\nb\n\n", b"a\r\nb\r\n\r\n", BodyChange::Lf),
    (b"a\r\nb\r\n", b"a\nb\n", BodyChange::Crlf),
    (b"a\r\nb\r\n", b"a\r\nb\n", BodyChange::Crlf),
    (b"{}", b"\xef\xbb\xbf{}", BodyChange::WithoutBom),
    (b"\xef\xbb\xbf{}", b"{}", BodyChange::WithBom),
];

#[test]
fn w49_the_signature_fits_another_body() {
    for scheme in [GITHUB, STRIPE] {
        for (sent, arrived, change) in BODIES {
            let headers = signed(scheme, UTF8, SECRET, NOW, sent, URL);
            let found = found(scheme, &headers, arrived);
            assert_eq!(found, [Finding::Body(change)], "{arrived:?}");
        }
    }
}

#[test]
fn w49_the_body_was_read_as_json_and_written_again() {
    use JsonEscapes::{AsReceived, NonAscii, NonAsciiAndSlash, Required};
    use JsonLayout::{Compact, FourSpaces, Spaced, TwoSpaces};
    let received = "{\"b\" :1.0, \"a\":[ \"é/\\u00fc\"] }";
    for (sent, layout, escapes, is_sorted) in [
        (
            "{\"b\":1.0,\"a\":[\"é/\\u00fc\"]}",
            Compact,
            AsReceived,
            false,
        ),
        (
            "{\"b\": 1.0, \"a\": [\"é/\\u00fc\"]}",
            Spaced,
            AsReceived,
            false,
        ),
        (
            "{\n  \"b\": 1.0,\n  \"a\": [\n    \"é/\\u00fc\"\n  ]\n}",
            TwoSpaces,
            AsReceived,
            false,
        ),
        (
            "{\n    \"b\": 1.0,\n    \"a\": [\n        \"é/ü\"\n    ]\n}",
            FourSpaces,
            Required,
            false,
        ),
        (
            "{\"b\": 1.0, \"a\": [\"\\u00e9/\\u00fc\"]}",
            Spaced,
            NonAscii,
            false,
        ),
        (
            "{\"b\":1.0,\"a\":[\"\\u00e9\\/\\u00fc\"]}",
            Compact,
            NonAsciiAndSlash,
            false,
        ),
        ("{\"a\":[\"é/ü\"],\"b\":1.0}", Compact, AsReceived, true),
        (
            "{\"a\": [\"\\u00e9/\\u00fc\"], \"b\": 1.0}",
            Spaced,
            NonAscii,
            true,
        ),
    ] {
        let headers = signed(GITHUB, UTF8, SECRET, NOW, sent.as_bytes(), URL);
        let found = found(GITHUB, &headers, received.as_bytes());
        let [Finding::Body(BodyChange::Json(form))] = found.as_slice() else {
            panic!("{sent}: {found:?}");
        };
        let JsonForm {
            layout: of,
            escapes: with,
            is_sorted: sorted,
            ..
        } = *form;
        assert_eq!((of, with, sorted), (layout, escapes, is_sorted), "{sent}");
    }
}

#[test]
fn w49_two_headers_of_signatures_are_looked_at() {
    let two = Headers::Two("x-one", "x-two");
    let scheme = Scheme::hmac("ours", Hash::Sha256, "x-one", Encoding::Hex).with_headers(two);
    let headers = renamed(&sent(scheme, UTF8, SECRET, NOW), "x-one", "x-two");
    let found = found(scheme, &headers, b"{\"event\":\"paid\",\"sum\":12}\n");
    assert_eq!(found, [Finding::Body(BodyChange::WithoutFinalNewline)]);
}

/// A delivery that fits after a change is refused all the same.
#[test]
fn w49_a_finding_accepts_nothing() {
    let headers = sent(GITHUB, UTF8, SECRET, NOW);
    let secret = WebhookSecret::new(UTF8, SECRET).unwrap();
    let verifier = Verifier::new(&GITHUB, SecretSet::new("one", secret)).unwrap();
    let body = [BODY, b"\n"].concat();
    assert!(!found(GITHUB, &headers, &body).is_empty());
    let refused = verifier
        .verify(Head::new(&headers), &body, NOW)
        .unwrap_err();
    assert_eq!(refused.kind(), VerifyErrorKind::Signature);
}
