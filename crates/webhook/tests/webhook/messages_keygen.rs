//! Keygen, which signs by an early draft of RFC 9421.

use http::{HeaderMap, HeaderValue};
use portcullis_core::Timestamp;
use portcullis_webhook::VerifyErrorKind::{Early, Malformed, Missing, Signature, Stale, Url};
use portcullis_webhook::{
    Algorithm, Delivery, Encoding, Head, KeyFormat, Scheme, SecretFormat, SecretSet, Signer,
    Verifier, VerifyErrorKind, schemes,
};

use crate::support::{signing, verifying};

const NOW: Timestamp = Timestamp::from_secs(1_623_254_895);
const DATE: &str = "Wed, 09 Jun 2021 16:08:15 GMT";
const URL: &str = "https://example.com/hooks?tenant=1";
const BODY: &[u8] = b"{\"hello\": \"world\"}";
const DIGEST: &str = "sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=";
const LIST: &str = "(request-target) host date digest";

/// What is signed, written down by hand.
const MESSAGE: &str = "(request-target): post /hooks?tenant=1\n\
                       host: example.com\n\
                       date: Wed, 09 Jun 2021 16:08:15 GMT\n\
                       digest: sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=";

/// Signs what it is given.
fn signature(message: &str) -> String {
    let raw = Scheme::new("raw", Algorithm::Ed25519, "x-raw", Encoding::Base64);
    let raw = raw.with_secret(SecretFormat::Public(KeyFormat::Hex));
    let signer = Signer::new(&raw, SecretSet::new("one", signing(&raw, 1))).unwrap();
    let signed = signer.sign(Delivery::new("", NOW), message.as_bytes());
    signed.unwrap()["x-raw"].to_str().unwrap().to_owned()
}

fn headers(date: &str, digest: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("date", date),
        ("digest", digest),
        ("keygen-signature", signature),
    ] {
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// The header of a signature of this message.
fn header(message: &str) -> String {
    let signature = signature(message);
    format!("keyid=\"acct-abc\",algorithm=\"ed25519\",signature=\"{signature}\",headers=\"{LIST}\"")
}

fn verifier() -> Verifier {
    let secrets = SecretSet::new("one", verifying(&schemes::KEYGEN, 1));
    Verifier::new(&schemes::KEYGEN, secrets).unwrap()
}

fn verdict_at(
    headers: &HeaderMap,
    url: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), VerifyErrorKind> {
    let verified = verifier().verify(Head::new(headers).with_url(url), body, now);
    verified.map(drop).map_err(|error| error.kind())
}

fn verdict(headers: &HeaderMap) -> Result<(), VerifyErrorKind> {
    verdict_at(headers, URL, BODY, NOW)
}

#[test]
fn w48_the_message_is_as_keygen_has_it() {
    let good = headers(DATE, DIGEST, &header(MESSAGE));
    assert_eq!(verdict(&good), Ok(()));
    for url in [
        "https://example.net/hooks?tenant=1",
        "https://example.com/hooks?tenant=2",
        "https://example.com/hook?tenant=1",
    ] {
        assert_eq!(verdict_at(&good, url, BODY, NOW), Err(Signature), "{url}");
    }
    assert_eq!(verdict_at(&good, "/hooks", BODY, NOW), Err(Url));
    let refused = verifier().begin(Head::new(&good), NOW).unwrap_err();
    assert_eq!(refused.kind(), Url, "host is not believed");
}

#[test]
fn w46_the_digest_is_compared_with_the_body() {
    let good = headers(DATE, DIGEST, &header(MESSAGE));
    assert_eq!(verdict_at(&good, URL, b"another", NOW), Err(Signature));
    let other = DIGEST.replace("X48", "X49");
    let moved = headers(DATE, &other, &header(&MESSAGE.replace("X48", "X49")));
    assert_eq!(
        verdict(&moved),
        Err(Signature),
        "signed, and not the body's"
    );
    for odd in ["", "md5=AAAA", "sha-256=AAAA", "X48E9", "sha-512=AAAA"] {
        let message = MESSAGE.replace(DIGEST, odd);
        let odd = headers(DATE, odd, &header(&message));
        assert_eq!(verdict(&odd), Err(Malformed));
    }
}

#[test]
fn w43_w46_the_signature_says_what_it_must() {
    let good = header(MESSAGE);
    let spaced = good.replace(",a", ", a");
    let bare = good.replace("keyid=\"acct-abc\",algorithm=\"ed25519\",", "");
    for right in [&good, &spaced, &bare] {
        assert_eq!(verdict(&headers(DATE, DIGEST, right)), Ok(()), "{right}");
    }
    for odd in [
        good.replace("ed25519", "hmac-sha256"),
        good.replace("ed25519", "none"),
        good.replace(" digest\"", "\""),
        good.replace("host date", "date host"),
        good.replace(LIST, "(request-target) host date digest digest"),
        good.replace("headers=", "header="),
        good.replace("signature=", "sign="),
        good.replace("==\"", "\""),
        format!("{good},{good}"),
        format!("{good},keyid=\"x\""),
        format!("{good},"),
        format!("{good},created=\"1\""),
        good.replace("algorithm", "ALGORITHM"),
        good.replace('"', ""),
        String::new(),
    ] {
        assert_eq!(
            verdict(&headers(DATE, DIGEST, &odd)),
            Err(Malformed),
            "{odd}"
        );
    }
    let other = header(&MESSAGE.replace("post", "put"));
    assert_eq!(verdict(&headers(DATE, DIGEST, &other)), Err(Signature));
}

#[test]
fn w22_w25_a_date_may_be_300_seconds_away() {
    let good = headers(DATE, DIGEST, &header(MESSAGE));
    let forged = headers(DATE, DIGEST, &header("another"));
    for (seconds, expected) in [
        (300, Ok(())),
        (-300, Ok(())),
        (301, Err(Stale)),
        (-301, Err(Early)),
    ] {
        let now = Timestamp::from_secs(NOW.as_secs().saturating_add_signed(seconds));
        assert_eq!(verdict_at(&good, URL, BODY, now), expected, "{seconds}");
        assert_eq!(verdict_at(&forged, URL, BODY, now), Err(Signature));
        assert_eq!(verdict_at(&good, URL, b"", now), Err(Signature));
    }
    let odd = headers("1623254895", DIGEST, &header(MESSAGE));
    assert_eq!(verdict(&odd), Err(Malformed));
}

#[test]
fn w11_w29_each_header_is_there_once() {
    let good = headers(DATE, DIGEST, &header(MESSAGE));
    for name in ["date", "digest", "keygen-signature"] {
        let mut fewer = good.clone();
        fewer.remove(name);
        assert_eq!(verdict(&fewer), Err(Missing), "{name}");
        let mut twice = good.clone();
        twice.append(name, good[name].clone());
        assert_eq!(verdict(&twice), Err(Malformed), "{name}");
    }
}

#[test]
fn w47_a_signer_writes_what_keygen_does() {
    let secrets = SecretSet::new("one", signing(&schemes::KEYGEN, 1));
    let signer = Signer::new(&schemes::KEYGEN, secrets).unwrap();
    let delivery = Delivery::new("msg_1", NOW);
    let signed = signer.sign(delivery.with_url(URL), BODY).unwrap();
    assert_eq!(signed["date"], DATE);
    assert_eq!(signed["digest"], DIGEST);
    let written = signed["keygen-signature"].to_str().unwrap();
    assert!(written.contains(&signature(MESSAGE)), "{written}");
    assert!(written.contains(LIST));
    assert_eq!(verdict(&signed), Ok(()));
    assert!(signer.sign(delivery, BODY).is_err(), "no url");
    let late = Delivery::new("", Timestamp::from_secs(300_000_000_000));
    assert!(signer.sign(late.with_url(URL), BODY).is_err());
}
