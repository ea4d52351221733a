//! The secret that comes ahead of deliveries.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};
use portcullis_core::{FrozenClock, StoreError, StoreErrorKind};
use portcullis_tower::WebhookLayer;
use portcullis_tower::webhook::{Handshakes, HookSecrets, Kept, Reason, Verifiers};
use portcullis_webhook::{
    Delivery, SecretFormat, SecretSet, Signer, Verifier, VerifyErrorKind, WebhookSecret, schemes,
};

use crate::support::{Answer, NOW, request, send};

const ASANA: &str = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5";
const STRANGER: &str = "00000000000000000000000000000000";

/// Endpoints by their path: one that awaits a secret has none yet.
#[derive(Clone, Default)]
struct Endpoints(Arc<Mutex<HashMap<&'static str, Option<Verifier>>>>);

impl HookSecrets for Endpoints {
    async fn keep(&self, head: &Parts, secret: WebhookSecret) -> Result<Kept, StoreError> {
        if head.uri.path() == "/ill" {
            return Err(StoreError::new(StoreErrorKind::Timeout));
        }
        let set = SecretSet::new("asana", secret);
        let verifier = Verifier::new(&schemes::ASANA, set).expect("a secret of the scheme");
        match self.0.lock().unwrap().get_mut(head.uri.path()) {
            Some(awaits @ None) => {
                *awaits = Some(verifier);
                Ok(Kept::Yes)
            }
            Some(Some(_)) | None => Ok(Kept::Unawaited),
        }
    }
}

impl Verifiers for Endpoints {
    async fn verifier(&self, head: &Parts) -> Result<Option<Verifier>, StoreError> {
        let endpoints = self.0.lock().unwrap();
        Ok(endpoints.get(head.uri.path()).cloned().flatten())
    }
}

fn layer(paths: &[&'static str]) -> WebhookLayer<Endpoints, Handshakes> {
    let endpoints = Endpoints::default();
    let awaiting = paths.iter().map(|path| (*path, None));
    endpoints.0.lock().unwrap().extend(awaiting);
    WebhookLayer::new(endpoints.clone())
        .with_clock(FrozenClock::new(NOW))
        .with_hook_secrets(endpoints)
}

async fn offer(layer: &WebhookLayer<Endpoints, Handshakes>, path: &str, secret: &str) -> Answer {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::try_from(secret).unwrap();
    headers.insert("x-hook-secret", value);
    send(layer, request(Method::POST, path, headers, "")).await
}

async fn deliver(layer: &WebhookLayer<Endpoints, Handshakes>, path: &str, secret: &str) -> Answer {
    let secret = WebhookSecret::new(SecretFormat::Utf8, secret).unwrap();
    let set = SecretSet::new("asana", secret);
    let signer = Signer::new(&schemes::ASANA, set).unwrap();
    let headers = signer.sign(Delivery::new("", NOW), b"{}").unwrap();
    send(layer, request(Method::POST, path, headers, "{}")).await
}

#[tokio::test]
async fn w41_an_endpoint_that_awaits_a_secret_keeps_it_and_says_so() {
    let layer = layer(&["/a", "/b"]);
    let answer = offer(&layer, "/a", ASANA).await;
    assert_eq!((answer.told(), answer.polls), ((200, ""), 0));
    assert_eq!(answer.headers["x-hook-secret"], ASANA);
    assert!(!format!("{:?}", answer.headers).contains(ASANA));
    let answer = deliver(&layer, "/a", ASANA).await;
    assert_eq!(answer.handled(), Some("{}"));
    let answer = deliver(&layer, "/b", ASANA).await;
    assert_eq!((answer.told(), answer.handled()), ((401, ""), None));
}

#[tokio::test]
async fn w41_a_secret_is_never_overwritten() {
    let layer = layer(&["/a"]);
    assert_eq!(offer(&layer, "/a", ASANA).await.told(), (200, ""));
    for secret in [STRANGER, ASANA] {
        let answer = offer(&layer, "/a", secret).await;
        assert_eq!(answer.told(), (401, ""));
        assert!(!answer.headers.contains_key("x-hook-secret"));
        assert_eq!(answer.reason, Some(Reason::Unknown));
    }
    assert_eq!(deliver(&layer, "/a", ASANA).await.told(), (200, "handled"));
    let answer = deliver(&layer, "/a", STRANGER).await;
    let reason = Reason::Verify(VerifyErrorKind::Signature);
    assert_eq!(answer.reason, Some(reason));
}

#[tokio::test]
async fn w41_an_endpoint_that_awaits_no_secret_keeps_none() {
    let layer = layer(&["/a"]);
    let answer = offer(&layer, "/elsewhere", STRANGER).await;
    assert_eq!(answer.told(), (401, ""));
    assert!(!answer.headers.contains_key("x-hook-secret"));
    assert_eq!(
        deliver(&layer, "/elsewhere", STRANGER).await.told(),
        (401, "")
    );
}

#[tokio::test]
async fn w41_what_could_not_be_kept_is_not_acknowledged() {
    let answer = offer(&layer(&["/ill"]), "/ill", ASANA).await;
    assert_eq!(answer.told(), (503, ""));
    let reason = Reason::Lookup(StoreErrorKind::Timeout);
    assert_eq!(answer.reason, Some(reason));
    assert!(!answer.headers.contains_key("x-hook-secret"));
}

#[tokio::test]
async fn w41_a_delivery_brings_no_secret_with_it() {
    let layer = layer(&["/a"]);
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_static(STRANGER);
    headers.insert("x-hook-secret", value.clone());
    headers.insert("x-hook-signature", value);
    let both = request(Method::POST, "/a", headers, "{}");
    assert_eq!(send(&layer, both).await.told(), (401, ""));
    assert_eq!(offer(&layer, "/a", ASANA).await.told(), (200, ""));
}

#[tokio::test]
async fn w38_a_secret_comes_by_post() {
    let layer = layer(&["/a"]);
    let mut headers = HeaderMap::new();
    headers.insert("x-hook-secret", HeaderValue::from_static(ASANA));
    let answer = send(&layer, request(Method::GET, "/a", headers, "")).await;
    assert_eq!(answer.told(), (405, ""));
    assert_eq!(answer.headers["allow"], "POST");
}
