//! Handshakes that come as deliveries do.

use http::{HeaderMap, HeaderValue, Method};
use portcullis_session::MemoryStore;
use portcullis_tower::WebhookLayer;
use portcullis_tower::webhook::{Handshakes, Reason, Replays};
use portcullis_webhook::handshake::{
    DISCORD_EVENTS, DISCORD_INTERACTIONS, Handshake, HandshakeError, Responder, SLACK, Shared,
    TWITCH, XERO, ZOOM,
};
use portcullis_webhook::{Scheme, Verifier, VerifyErrorKind, schemes};

use crate::support::{layer, plain, post, request, secrets, send, signed};

/// A handshake, the scheme that it comes in, its body and the answer.
struct Case(Handshake, Scheme<'static>, &'static str, u16, String);

fn cases() -> Vec<Case> {
    let slack = r#"{"type":"url_verification","challenge":"3eZbrw1aBm"}"#;
    let twitch = r#"{"challenge":"pogchamp-kappa","subscription":{}}"#;
    let zoom = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"abc"}}"#;
    let mac = "9c120732cd56ad4c53f9585b73a07a52c677d5b4f5111f5394e5104d319cb8bc";
    let zoom_answer = format!(r#"{{"plainToken":"abc","encryptedToken":"{mac}"}}"#);
    let ping = r#"{"type":1}"#;
    // What is done with a verdict is the same whose it is, where there are no public keys.
    let discord = match schemes::DISCORD.can_sign() {
        true => schemes::DISCORD,
        false => schemes::GITHUB,
    };
    vec![
        Case(SLACK, schemes::SLACK, slack, 200, "3eZbrw1aBm".to_owned()),
        Case(
            TWITCH,
            schemes::TWITCH,
            twitch,
            200,
            "pogchamp-kappa".to_owned(),
        ),
        Case(DISCORD_INTERACTIONS, discord, ping, 200, ping.to_owned()),
        Case(DISCORD_EVENTS, discord, r#"{"type":0}"#, 204, String::new()),
        Case(XERO, schemes::XERO, r#"{"events":[]}"#, 200, String::new()),
        Case(ZOOM, schemes::ZOOM, zoom, 200, zoom_answer),
    ]
}

fn shared(handshake: Handshake) -> Shared {
    match handshake == ZOOM {
        true => Shared::Secrets(secrets()),
        false => Shared::Nothing,
    }
}

fn headers(scheme: Scheme<'_>, body: &str) -> HeaderMap {
    let mut headers = signed(scheme, body);
    let kind = HeaderValue::from_static("webhook_callback_verification");
    headers.insert("twitch-eventsub-message-type", kind);
    headers
}

fn of(case: &Case) -> WebhookLayer<Verifier, Handshakes> {
    layer(case.1, case.0, shared(case.0))
}

#[tokio::test]
async fn w39_a_handshake_that_was_verified_is_answered_and_no_handler_sees_it() {
    for case in cases() {
        let Case(handshake, scheme, body, status, expected) = &case;
        let answer = post(&of(&case), headers(*scheme, body), body).await;
        let name = handshake.name();
        assert_eq!(answer.told(), (*status, expected.as_str()), "{name}");
        assert_eq!((answer.handled(), answer.reason), (None, None), "{name}");
        assert_eq!(answer.headers["cache-control"], "no-store");
        if !expected.is_empty() {
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        }
    }
}

/// Who cannot sign is told nothing: Discord and Xero ask for just that.
#[tokio::test]
async fn w39_a_handshake_that_was_not_verified_is_refused() {
    for case in cases() {
        let forged = headers(case.1, "another body");
        let answer = post(&of(&case), forged, case.2).await;
        assert_eq!(answer.told(), (401, ""), "{}", case.0.name());
        let reason = Reason::Verify(VerifyErrorKind::Signature);
        assert_eq!(answer.reason, Some(reason));
        let bare = post(&of(&case), HeaderMap::new(), case.2).await;
        assert_eq!((bare.told(), bare.polls), ((401, ""), 0));
    }
}

#[tokio::test]
async fn w39_other_deliveries_reach_the_handler_as_they_came() {
    let long = format!(r#"{{"type":1,"text":"{}"}}"#, "x".repeat(20_000));
    for body in [
        r#"{"type":"event_callback"}"#,
        "{\"type\" : 2}\r\n",
        "",
        &long,
    ] {
        for case in cases() {
            let answer = post(&of(&case), signed(case.1, body), body).await;
            assert_eq!(answer.handled(), Some(body), "{}", case.0.name());
        }
    }
}

/// A layer that was not told of handshakes answers none.
#[tokio::test]
async fn w38_without_being_told_to_a_layer_answers_nothing() {
    use portcullis_tower::webhook::VerifiedBody;
    use tower::{Layer, ServiceExt};

    let body = r#"{"type":"url_verification","challenge":"a"}"#;
    let handler = tower::service_fn(async |_: http::Request<VerifiedBody>| {
        Ok::<_, std::convert::Infallible>(http::Response::new("handled"))
    });
    let service = plain(schemes::SLACK).layer(handler);
    let delivery = request(Method::POST, "/in", headers(schemes::SLACK, body), body);
    let answer = service.clone().oneshot(delivery).await.unwrap();
    assert_eq!(answer.into_body(), "handled");
    let get = request(Method::GET, "/in?challenge=a", HeaderMap::new(), "");
    let answer = service.oneshot(get).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.into_body()), (405, ""));
}

#[tokio::test]
async fn w38_what_comes_by_post_is_answered_to_nothing_else() {
    for case in cases() {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::OPTIONS] {
            let asked = request(method, "/in", headers(case.1, case.2), case.2);
            let answer = send(&of(&case), asked).await;
            assert_eq!((answer.told(), answer.polls), ((405, ""), 0));
            assert_eq!(answer.headers["allow"], "POST");
        }
    }
}

#[tokio::test]
async fn w40_zoom_has_nothing_signed_that_could_be_a_delivery() {
    let zoom = layer(schemes::ZOOM, ZOOM, Shared::Secrets(secrets()));
    for token in [r#"v0:1700000000:{\"event\":\"meeting.ended\"}"#, "a b", ""] {
        let body = format!(
            r#"{{"event":"endpoint.url_validation","payload":{{"plainToken":"{token}"}}}}"#
        );
        let answer = post(&zoom, signed(schemes::ZOOM, &body), &body).await;
        assert_eq!((answer.told(), answer.handled()), ((400, ""), None));
        let reason = Reason::Handshake(HandshakeError::Challenge);
        assert_eq!(answer.reason, Some(reason));
    }
}

/// A provider that did not hear the answer asks again, and a copy tells nothing that it does not say.
#[tokio::test]
async fn w28_a_handshake_that_comes_again_is_answered_again() {
    let body = r#"{"type":"url_verification","challenge":"a"}"#;
    for replays in [Replays::Acknowledge, Replays::Refuse] {
        let responder = Responder::new(SLACK, Shared::Nothing).unwrap();
        let layer = plain(schemes::SLACK)
            .with_memory(MemoryStore::new(), "/in", replays)
            .with_handshake(responder);
        for _ in 0..2 {
            let answer = post(&layer, signed(schemes::SLACK, body), body).await;
            assert_eq!(answer.told(), (200, "a"), "{replays:?}");
        }
        let event = r#"{"type":"event_callback"}"#;
        let event = || post(&layer, signed(schemes::SLACK, event), event);
        assert!(event().await.handled().is_some());
        assert_eq!(event().await.handled(), None, "a delivery is remembered");
    }
}
