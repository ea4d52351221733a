//! What is known of a delivery that was verified, and what is printed of anything.

use portcullis_core::Timestamp;
use portcullis_webhook::{Head, SecretFormat, SecretSet, WebhookSecret, schemes};

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
    let svix = Pair::new(schemes::SVIX);
    let at = Timestamp::from_secs(100);
    let headers = svix.sign_at("a", at, b"1");
    let other = svix.verify_at(&headers, b"1", at).unwrap();
    assert_ne!(
        one,
        other.digest("/in"),
        "another scheme has ids of its own"
    );
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

/// How bytes can be printed.
fn spellings(bytes: &[u8]) -> [String; 5] {
    [
        const_hex::encode(bytes),
        base64_simd::STANDARD.encode_to_string(bytes),
        base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes),
        format!("{bytes:?}"),
        bytes.escape_ascii().to_string(),
    ]
    .map(|text| text.trim_end_matches('=').to_lowercase())
}

/// The parts of a header that can be a signature, as they are written and as bytes.
fn signatures(header: &str) -> Vec<(&str, Vec<u8>)> {
    let parts = header.split([',', ' ', ';', '|', ':', '.', '"']);
    let bare = parts.map(|part| {
        let key = part.find('=').filter(|end| *end < 12);
        key.map_or(part, |end| part.get(end + 1..).unwrap_or_default())
    });
    let read = |text| {
        let bytes = const_hex::decode(text).ok();
        let bytes = bytes.or_else(|| base64_simd::STANDARD.decode_to_vec(text).ok());
        let bytes = bytes.or_else(|| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).ok());
        bytes.or_else(|| base64_simd::URL_SAFE.decode_to_vec(text).ok())
    };
    let read = bare.filter_map(|text| Some((text, read(text)?)));
    read.filter(|(_, bytes)| bytes.len() >= 20).collect()
}

#[test]
fn w04_nothing_prints_a_secret_or_a_signature() {
    const SECRET: &str = "a secret that nobody may ever see";
    let secret = WebhookSecret::new(SecretFormat::Utf8, SECRET).unwrap();
    let set = SecretSet::new("one", secret.clone());
    for scheme in all() {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        let head = Head::new(&headers).with_url(crate::support::URL);
        let check = pair.verifier.begin(head, NOW).unwrap();
        let verified = pair.verifier.verify(head, BODY, NOW).unwrap();
        let refused = pair.verifier.verify(head, "", NOW).map(drop);
        let receipt = verified.receipt();
        let printed = format!(
            "{:?} {:?} {check:?} {secret:?} {set:?} {receipt:?} {refused:?}",
            pair.verifier, pair.signer,
        );
        let printed = match refused {
            Err(refused) => format!("{printed} {refused}"),
            Ok(()) => printed,
        };
        let printed = printed.to_lowercase();
        let values = headers.values().map(|value| value.to_str().unwrap());
        let found: Vec<_> = values.flat_map(signatures).collect();
        assert!(!found.is_empty(), "{}", scheme.name());
        let mut hidden = vec![SECRET.as_bytes(), b"a secret that is shared"];
        for (text, bytes) in &found {
            hidden.extend([text.as_bytes(), bytes]);
        }
        for spelling in hidden.into_iter().flat_map(spellings) {
            assert!(!printed.contains(&spelling), "{}: {printed}", scheme.name());
        }
    }
}

/// 24 to 64 bytes are advised by Standard Webhooks; others are taken, and told apart.
#[test]
fn w03_the_advised_length_has_two_edges() {
    for (length, is_advised) in [
        (16, false),
        (23, false),
        (24, true),
        (64, true),
        (65, false),
    ] {
        let text = base64_simd::STANDARD.encode_to_string(vec![7; length]);
        for text in [text.clone(), format!("whsec_{text}")] {
            let secret = WebhookSecret::new(SecretFormat::Whsec, &text).unwrap();
            assert_eq!(secret.is_of_advised_length(), is_advised, "{length}");
        }
    }
}
