//! Handshakes that anybody may ask for.

use http::{HeaderMap, HeaderValue, Method};
use portcullis_session::MemoryStore;
use portcullis_tower::WebhookLayer;
use portcullis_tower::webhook::{Handshakes, Reason, Replays};
use portcullis_webhook::handshake::{
    DROPBOX, GRAPH, HandshakeError, LINKEDIN, META, Responder, Shared, X,
};
use portcullis_webhook::{Verifier, VerifyErrorKind, schemes};

use crate::support::{get, layer, plain, post, request, secret, secrets, send, signed};

fn x() -> WebhookLayer<Verifier, Handshakes> {
    layer(schemes::X, X, Shared::Secrets(secrets()))
}

fn linkedin() -> WebhookLayer<Verifier, Handshakes> {
    layer(schemes::LINKEDIN, LINKEDIN, Shared::Secrets(secrets()))
}

fn field(body: &str, name: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(body).unwrap();
    json[name].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn w38_a_get_is_answered_where_it_was_declared() {
    let answer = get(&x(), "/in?crc_token=abc").await;
    assert_eq!((answer.status.as_u16(), answer.polls), (200, 0));
    assert_eq!(answer.headers["content-type"], "application/json");
    assert!(field(&answer.body, "response_token").starts_with("sha256="));
    let head = request(Method::HEAD, "/in?crc_token=abc", HeaderMap::new(), "");
    let head = send(&x(), head).await;
    assert_eq!(head.told(), (200, ""));
    assert_eq!(head.headers, answer.headers);
}

#[tokio::test]
async fn w38_a_get_without_a_challenge_is_refused_and_so_are_other_methods() {
    let reason = Some(Reason::Handshake(HandshakeError::Challenge));
    for uri in ["/in", "/in?crc_token=a+b", "/in?crc_token=a&crc_token=b"] {
        let answer = get(&x(), uri).await;
        assert_eq!((answer.told(), answer.reason), ((400, ""), reason));
    }
    for method in [Method::PUT, Method::DELETE, Method::OPTIONS] {
        let other = request(method, "/in?crc_token=abc", HeaderMap::new(), "{}");
        let answer = send(&x(), other).await;
        assert_eq!((answer.told(), answer.polls), ((405, ""), 0));
        assert_eq!(answer.headers["allow"], "GET, HEAD, POST");
    }
}

/// The answer to a challenge is no signature, whatever is tried with it.
#[tokio::test]
async fn w40_an_answer_opens_nothing() {
    let challenge = "a".repeat(128);
    for challenge in ["abc", "true", "12", &challenge] {
        let answer = get(&x(), &format!("/in?crc_token={challenge}")).await;
        let mac = field(&answer.body, "response_token");
        let mut headers = HeaderMap::new();
        let mac = HeaderValue::try_from(mac).unwrap();
        headers.insert("x-twitter-webhooks-signature", mac);
        let answer = post(&x(), headers, challenge).await;
        let reason = Reason::Verify(VerifyErrorKind::Signature);
        assert_eq!((answer.told(), answer.reason), ((401, ""), Some(reason)));

        let answer = get(&linkedin(), &format!("/in?challengeCode={challenge}")).await;
        let mac = field(&answer.body, "challengeResponse");
        let mut headers = HeaderMap::new();
        headers.insert("x-li-signature", HeaderValue::try_from(mac).unwrap());
        let answer = post(&linkedin(), headers, challenge).await;
        assert_eq!((answer.told(), answer.handled()), ((401, ""), None));
    }
}

/// A body that anybody can have signed uses up nothing, though its signature is right.
#[tokio::test]
async fn w26_what_anybody_can_have_signed_is_not_remembered() {
    let marks = MemoryStore::new();
    let responder = Responder::new(X, Shared::Secrets(secrets())).unwrap();
    let memory = plain(schemes::X).with_memory(marks, "/in", Replays::Acknowledge);
    let layer = memory.clone().with_handshake(responder);
    for _ in 0..2 {
        let answer = post(&layer, signed(schemes::X, "abc"), "abc").await;
        assert_eq!(answer.told(), (401, ""), "and not 200 the second time");
    }
}

#[tokio::test]
async fn deliveries_are_let_in_as_ever() {
    for body in ["{\"for_user_id\":\"1\"}", "a=b", "", &"a".repeat(129)] {
        let answer = post(&x(), signed(schemes::X, body), body).await;
        assert_eq!(answer.handled(), Some(body));
        let answer = post(&linkedin(), signed(schemes::LINKEDIN, body), body).await;
        assert_eq!(answer.handled(), Some(body));
        let answer = post(&x(), signed(schemes::X, "other"), body).await;
        assert_eq!(answer.told(), (401, ""));
    }
}

#[tokio::test]
async fn w41_meta_is_answered_by_its_token_alone() {
    let meta = layer(schemes::META, META, Shared::Token(secret()));
    let asked = |token: &str| {
        let mode = "hub.mode=subscribe&hub.challenge=1158201444";
        format!("/in?{mode}&hub.verify_token={token}")
    };
    let answer = get(&meta, &asked("a+secret+of+these+tests+alone")).await;
    assert_eq!(answer.told(), (200, "1158201444"));
    assert_eq!(answer.headers["content-type"], "text/plain");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    let answer = get(&meta, &asked("another")).await;
    assert_eq!(answer.told(), (403, ""));
    let reason = Reason::Handshake(HandshakeError::Token);
    assert_eq!(answer.reason, Some(reason));
}

#[tokio::test]
async fn w41_what_is_sent_back_is_plain_text() {
    let dropbox = layer(schemes::DROPBOX, DROPBOX, Shared::Nothing);
    let answer = get(&dropbox, "/in?challenge=%3Cscript%3E").await;
    assert_eq!(answer.told(), (200, "<script>"));
    assert_eq!(answer.headers["content-type"], "text/plain");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    let answer = get(&dropbox, "/in?challenge=a%0d%0ab").await;
    assert_eq!(answer.told(), (400, ""));
}

#[tokio::test]
async fn w41_graph_is_answered_by_post_and_unread() {
    let graph = layer(schemes::GITHUB, GRAPH, Shared::Nothing);
    let uri = "/in?validationToken=Validation:+Testing+client";
    let asked = |method| request(method, uri, HeaderMap::new(), "{}");
    let answer = send(&graph, asked(Method::POST)).await;
    assert_eq!(answer.told(), (200, "Validation: Testing client"));
    assert_eq!(answer.polls, 0);
    let answer = send(&graph, asked(Method::GET)).await;
    assert_eq!(answer.told(), (405, ""));
}

/// In axum, where responses have a body of their own.
#[tokio::test]
async fn axum_takes_a_layer_with_handshakes() {
    use axum::Router;
    use axum::body::Body;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    let routes = Router::new().route("/in", axum::routing::any(async || "handled"));
    let app = routes.layer(x());
    for (uri, status, expected) in [
        ("/in?crc_token=abc", 200, r#"{"response_token":"sha256="#),
        ("/in", 400, ""),
    ] {
        let request = http::Request::get(uri).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(body.starts_with(expected.as_bytes()), "{body:?}");
    }
}

#[test]
fn w04_a_layer_prints_no_secret() {
    let text = format!("{:?}", x());
    assert!(!text.contains("these tests"), "{text}");
}
