//! What is known of a delivery that was verified, and what is printed of anything.

use portcullis_core::Timestamp;
use portcullis_webhook::{Head, SecretFormat, WebhookSecret, schemes};

use crate::support::{BODY, NOW, Pair, all};

#[test]
fn w36_a_receipt_tells_scheme_label_id_and_time() {
    let pair = Pair::new(schemes::STANDARD_WEBHOOKS);
    for id in ["msg_1", &"x".repeat(62), &"x".repeat(63), &"x".repeat(500)] {
        let receipt = pair.verify(&pair.sign_at(id, NOW, BODY), BODY).unwrap();
        assert_eq!(receipt.scheme(), "standard-webhooks");
        assert_eq!(receipt.label(), "one");
        assert_eq!(receipt.id(), Some(id));
        assert_eq!(receipt.at(), Some(NOW));
    }
    let receipt = Pair::new(schemes::GITHUB);
    let receipt = receipt.verify(&receipt.sign(BODY), BODY).unwrap();
    assert_eq!((receipt.id(), receipt.at()), (None, None));
}

/// Copies are told from other deliveries by what is signed: the id, or else the signature.
#[test]
fn w26_copies_have_one_digest() {
    let pair = Pair::new(schemes::STANDARD_WEBHOOKS);
    let digest = |id: &str, at: u64, body: &[u8], endpoint: &str| {
        let at = Timestamp::from_secs(at);
        let headers = pair.sign_at(id, at, body);
        pair.verify_at(&headers, body, at).unwrap().digest(endpoint)
    };
    let one = digest("a", 100, b"1", "/in");
    assert_eq!(
        one,
        digest("a", 160, b"2", "/in"),
        "the provider tries again"
    );
    assert_ne!(one, digest("b", 100, b"1", "/in"));
    assert_ne!(one, digest("a", 100, b"1", "/other"));
    let pair = Pair::new(schemes::GITHUB);
    let digest = |body: &[u8], delivery: &'static str| {
        let mut headers = pair.sign(body);
        headers.insert("x-github-delivery", delivery.parse().unwrap());
        pair.verify(&headers, body).unwrap().digest("/in")
    };
    assert_eq!(
        digest(b"1", "a"),
        digest(b"1", "b"),
        "the header of the id is not signed"
    );
    assert_ne!(digest(b"1", "a"), digest(b"2", "a"));
}

#[test]
fn w04_nothing_prints_a_secret_or_a_signature() {
    const SECRET: &str = "a secret that nobody may ever see";
    let secret = WebhookSecret::new(SecretFormat::Utf8, SECRET).unwrap();
    for scheme in all() {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        let head = Head::new(&headers).with_url(crate::support::URL);
        let check = pair.verifier.begin(head, NOW).unwrap();
        let printed = format!("{:?} {:?} {check:?} {secret:?}", pair.verifier, pair.signer);
        let verified = pair.verifier.verify(head, "", NOW);
        let refused = verified.map(drop).unwrap_err();
        let receipt = pair.verify(&headers, BODY).unwrap();
        let printed = format!("{printed} {refused} {refused:?} {receipt:?}").to_lowercase();
        let tag = pair.signature(&headers).1;
        let tag = tag
            .rsplit([',', '=', ' '])
            .find(|part| part.len() > 20)
            .unwrap();
        for bytes in [
            SECRET.as_bytes(),
            tag.as_bytes(),
            b"a secret that is shared",
        ] {
            let text = String::from_utf8_lossy(bytes).to_lowercase();
            assert!(!printed.contains(&text), "{printed}");
            assert!(!printed.contains(&const_hex::encode(bytes)), "{printed}");
        }
    }
}
