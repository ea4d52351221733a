//! What Vapi sends: signed, and taken by nobody's cookie.

use http::Method;
use portcullis_tests::{Answer, Ask, Browser, Masker, StoreKind};
use portcullis_webhook::{Delivery, SecretFormat, SecretSet, Signer, WebhookSecret, schemes};
use serde_json::json;

const EVENT: &str = "/vapi/webhook/agt_1";
const PROXY: &str = "/proxy/agt_1/v1/chat/completions";
const BODY: &str = r#"{"type":"assistant-request","call":{"id":"1"}}"#;

/// The lower-case hex HMAC-SHA256 of the raw body.
fn signature(secret: &str, body: &str) -> String {
    let secret = WebhookSecret::new(SecretFormat::Utf8, secret).unwrap();
    let signer = Signer::new(&schemes::VAPI_BODY, SecretSet::new("", secret)).unwrap();
    let now = portcullis_core::Timestamp::UNIX_EPOCH;
    let headers = signer
        .sign(Delivery::new("", now), body.as_bytes())
        .unwrap();
    let signature = headers["x-vapi-signature"].to_str().unwrap();
    assert!(signature.len() == 64 && signature.to_lowercase() == signature);
    signature.to_owned()
}

async fn send(browser: &Browser, path: &str, secret: &str, body: &str) -> Answer {
    send_signed(browser, path, &signature(secret, body), body).await
}

async fn send_signed(browser: &Browser, path: &str, signature: &str, body: &str) -> Answer {
    let ask = Ask::new(Method::POST, path).with("x-vapi-signature", signature);
    browser.ask(ask.body(body.to_owned())).await
}

#[tokio::test]
async fn a_signed_delivery_is_taken_under_either_secret() {
    let masker = Masker::start(StoreKind::Memory).await;
    let vapi = masker.browser();
    for secret in Masker::VAPI_SECRETS {
        let answer = send(&vapi, EVENT, secret, BODY).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["assistant"]["name"], "agt_1");
        assert_eq!(answer.set_cookies(), [""; 0]);
        let asked = json!({ "messages": [{ "role": "user", "content": "hello" }] }).to_string();
        let answer = send(&vapi, PROXY, secret, &asked).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["choices"][0]["message"]["role"], "assistant");
    }
}

/// Also where it was signed.
#[tokio::test]
async fn an_agent_whose_id_is_no_text_is_404() {
    let masker = Masker::start(StoreKind::Memory).await;
    let vapi = masker.browser();
    for path in [EVENT, PROXY].map(|path| path.replace("agt_1", "%ff")) {
        let answer = send(&vapi, &path, Masker::VAPI_SECRETS[0], BODY).await;
        assert_eq!(answer.refusal(), (404, "not_found".to_owned()), "{path}");
    }
}

/// One byte of the body, one digit of the signature, another secret: the same answer.
#[tokio::test]
async fn a_mismatch_is_401() {
    let masker = Masker::start(StoreKind::Memory).await;
    let vapi = masker.browser();
    let good = signature(Masker::VAPI_SECRETS[0], BODY);
    let last = if good.ends_with('0') { "1" } else { "0" };
    let (wrong, altered) = (
        format!("{}{last}", &good[..63]),
        BODY.replace("\"1\"", "\"2\""),
    );
    let other = signature("a secret of somebody else", BODY);
    for (signature, body) in [(&good, &*altered), (&wrong, BODY), (&other, BODY)] {
        for path in [EVENT, PROXY] {
            let answer = send_signed(&vapi, path, signature, body).await;
            assert_eq!(answer.refusal(), (401, "unauthenticated".to_owned()));
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
}

#[tokio::test]
async fn a_cookie_is_no_signature() {
    let masker = Masker::start(StoreKind::Memory).await;
    let carol = masker.signed_in(Masker::CAROL).await;
    for path in [EVENT, PROXY] {
        let answer = carol.ask(Ask::post(path).body(BODY)).await;
        assert_eq!(answer.refusal(), (401, "unauthenticated".to_owned()));
    }
    let me = carol.get("/api/v1/me").await;
    assert_eq!(me.status, 200, "the session is as it was");
}

#[tokio::test]
async fn an_event_of_another_type_is_422() {
    let masker = Masker::start(StoreKind::Memory).await;
    let vapi = masker.browser();
    let [secret, _] = Masker::VAPI_SECRETS;
    for (body, status, code) in [
        (r#"{"type":"status-update"}"#, 422, "unsupported_event"),
        (r#"{"type":7}"#, 422, "unsupported_event"),
        ("{}", 422, "unsupported_event"),
        ("[]", 422, "unsupported_event"),
        ("{", 400, "invalid_request"),
        ("", 400, "invalid_request"),
    ] {
        let answer = send(&vapi, EVENT, secret, body).await;
        assert_eq!(answer.refusal(), (status, code.to_owned()), "{body}");
        // Who did not sign it learns nothing of that.
        let forged = send_signed(&vapi, EVENT, &signature(secret, "x"), body).await;
        assert_eq!(forged.status, 401, "{body}");
    }
}

#[tokio::test]
async fn other_methods_and_too_much_are_refused() {
    let masker = Masker::start(StoreKind::Memory).await;
    let vapi = masker.browser();
    let answer = vapi.get(EVENT).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("allow")),
        (405, "POST")
    );
    let long = " ".repeat(1024 * 1024 + 1);
    let answer = send(&vapi, EVENT, Masker::VAPI_SECRETS[0], &long).await;
    assert_eq!(answer.status, 413);
}

/// The portal shows what came and why it was refused; it shows no signature.
#[tokio::test]
async fn deliveries_are_listed_for_who_is_signed_in() {
    let masker = Masker::start(StoreKind::Memory).await;
    let vapi = masker.browser();
    assert_eq!(vapi.get("/api/v1/deliveries").await.status, 401);
    let [secret, _] = Masker::VAPI_SECRETS;
    let good = signature(secret, BODY);
    send_signed(&vapi, EVENT, &good, BODY).await;
    send_signed(&vapi, EVENT, &good, "other").await;
    send(&vapi, EVENT, secret, r#"{"type":"hang"}"#).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    let answer = alice.get("/api/v1/deliveries").await;
    let shown: Vec<_> = answer.json()["data"].as_array().unwrap().clone();
    let of = |index: usize| {
        (
            shown[index]["status"].clone(),
            shown[index]["reason"].clone(),
        )
    };
    assert_eq!(of(0), (json!(422), json!("unsupported_event")));
    assert_eq!(of(1), (json!(401), json!("Verify(Signature)")));
    assert_eq!(of(2), (json!(200), json!(null)));
    assert_eq!(shown.len(), 3);
    assert!(!answer.text().contains(&good));
}
