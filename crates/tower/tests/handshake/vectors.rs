//! Handshakes that others have published.
//!
//! They lie beside the repository, in `../shared/vectors` or the folder that `PORTCULLIS_VECTORS`
//! names. With `CI=true` they must be there.

use std::path::{Path, PathBuf};

use http::{HeaderMap, Method};
use portcullis_webhook::handshake::{Ask, HandshakeError, Responder, Shared, X, ZOOM};
use portcullis_webhook::{Head, SecretFormat, SecretSet, Verifier, WebhookSecret, schemes};
use serde_json::Value;

use crate::support::{NOW, request, secrets, signed};

/// All records, or none if they are not here and need not be.
fn records() -> Vec<Value> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let folder = std::env::var_os("PORTCULLIS_VECTORS").map_or(beside, PathBuf::from);
    let file = folder.join("webhooks.json");
    if let Ok(text) = std::fs::read_to_string(&file) {
        return serde_json::from_str(&text).unwrap();
    }
    let is_ci = std::env::var_os("CI").is_some();
    assert!(!is_ci, "no vectors at {}", file.display());
    println!("NOT CHECKED: no vectors at {}", file.display());
    Vec::new()
}

fn shared(record: &Value) -> Shared {
    let secret = record["secret"].as_str().unwrap();
    let secret = WebhookSecret::new(SecretFormat::Utf8, secret).unwrap();
    Shared::Secrets(SecretSet::new("one", secret))
}

/// What is answered to a record's query, by `GET`.
fn open(record: &Value) -> Result<Value, HandshakeError> {
    let token = record["query"]["crc_token"].as_str().unwrap();
    let uri = url::Url::parse_with_params("https://example.com/in", [("crc_token", token)]);
    let (head, _) = request(Method::GET, uri.unwrap().as_str(), HeaderMap::new(), "").into_parts();
    let responder = Responder::new(X, shared(record)).unwrap();
    let answer = responder.answer(Ask::of(&head)).unwrap()?;
    Ok(serde_json::from_slice(answer.body()).unwrap())
}

/// What is answered to a record's body, once a signature of it was verified.
fn verified(record: &Value) -> Result<Value, HandshakeError> {
    let body = record["body"].as_str().unwrap();
    let headers = signed(schemes::ZOOM, body);
    let verifier = Verifier::new(&schemes::ZOOM, secrets()).unwrap();
    let verified = verifier.verify(Head::new(&headers), body, NOW).unwrap();
    let (head, _) = request(Method::POST, "/in", headers.clone(), "").into_parts();
    let responder = Responder::new(ZOOM, shared(record)).unwrap();
    let ask = Ask::of(&head).with_verified(verified.receipt(), body.as_bytes());
    let answer = responder.answer(ask).unwrap()?;
    Ok(serde_json::from_slice(answer.body()).unwrap())
}

#[test]
fn w40_published_challenges_are_answered_as_they_should_be() {
    let (records, mut good, mut bad) = (records(), 0, 0);
    for record in &records {
        let answer = match record["scheme"].as_str() {
            Some("x-crc") => open(record),
            Some("zoom-crc") => verified(record),
            _ => continue,
        };
        if record["expect"] == "ok" {
            assert_eq!(answer.unwrap(), record["expected_response"]);
            good += 1;
        } else {
            assert_eq!(answer, Err(HandshakeError::Challenge));
            bad += 1;
        }
    }
    assert!(records.is_empty() || (good, bad) == (2, 2), "{good} {bad}");
}
