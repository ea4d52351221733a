//! What one layer signs the other one accepts.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use portcullis_core::FrozenClock;
use portcullis_tower::WebhookLayer;
use portcullis_tower::webhook::sign::{DeliveryId, SignedBody};
use portcullis_tower::webhook::{Receipt, VerifiedBody};
use portcullis_webhook::{Scheme, Verifier, schemes};
use tower::{ServiceBuilder, ServiceExt};

use crate::keys::verifying;
use crate::support::{Frames, NOW, URL, layer, piece};

const PIECES: [&[u8]; 3] = [b"{\"event\":", b"\xff\x00", b"\"paid\"}\r\n"];

/// Schemes that say nothing of the body, or of most of it.
const BODILESS: [&str; 6] = [
    "adyen",
    "braintree",
    "jira-connect",
    "mailgun",
    "mercado-pago",
    "monday",
];

/// A body in pieces that the scheme takes: any, if the signature does not stand in it.
fn pieces(scheme: &Scheme<'_>) -> [&'static [u8]; 3] {
    const ITEM: &[u8] = br#"{"NotificationRequestItem":{"pspReference":"p",
        "merchantAccountCode":"m","merchantReference":"r","amount":{"value":1,"currency":"EUR"},
        "eventCode":"AUTHORISATION","success":"true"}}"#;
    match scheme.name() {
        "adyen" => [br#"{"live":"true","notificationItems":["#, ITEM, b"]}"],
        "braintree" => [b"bt_payload=", b"PD94bWw%2B", b"%0A"],
        "mailgun" => [br#"{"event-"#, br#"data":{"#, br#""id":1}}"#],
        _ => PIECES,
    }
}

/// Answers with the scheme and the id that were verified, and the body.
async fn handler(request: Request<VerifiedBody>) -> Result<Response<Full<Bytes>>, Infallible> {
    let receipt = request.extensions().get::<Receipt>().unwrap().clone();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let mut response = Response::new(Full::new(body));
    response.extensions_mut().insert(receipt);
    Ok(response)
}

fn receiver(scheme: Scheme<'_>) -> WebhookLayer<Verifier> {
    WebhookLayer::new(Verifier::new(&scheme, verifying(&scheme)).unwrap())
        .with_clock(FrozenClock::new(NOW))
        .with_public_origin("https://hooks.example.com")
}

fn request(scheme: &Scheme<'_>) -> Request<Frames> {
    let request = Request::post(URL)
        .header("x-sinch-webhook-signature-nonce", "nonce-1")
        .extension(DeliveryId::new("msg_1").unwrap());
    let pieces = pieces(scheme).map(piece);
    request.body(Frames::of(pieces)).unwrap()
}

/// Sends a delivery over a wire that does this to it.
async fn send(
    scheme: Scheme<'static>,
    wire: fn(Request<SignedBody>) -> Request<Full<Bytes>>,
) -> Response<Full<Bytes>> {
    let service = ServiceBuilder::new()
        .layer(layer(scheme))
        .map_request(wire)
        .layer(receiver(scheme))
        .service_fn(handler);
    service.oneshot(request(&scheme)).await.unwrap()
}

fn honest(request: Request<SignedBody>) -> Request<Full<Bytes>> {
    request.map(|body| Full::new(body.as_bytes().clone()))
}

#[tokio::test]
async fn w47_what_is_signed_is_accepted_in_every_scheme() {
    let (mut signed, mut with_url) = (0, 0);
    for scheme in schemes::all().filter(Scheme::can_sign) {
        let name = scheme.name();
        let response = send(scheme, honest).await;
        assert_eq!(response.status(), 200, "{name}");
        let receipt = response.extensions().get::<Receipt>().unwrap();
        assert_eq!((receipt.scheme(), receipt.label()), (name, "one"));
        assert!(receipt.id().is_none_or(|id| id == "msg_1"), "{name}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let is_same = body == pieces(&scheme).concat();
        assert_eq!(is_same, !scheme.signs_into_body(), "{name}");
        signed += 1;
        with_url += u32::from(scheme.signs_url());
    }
    assert!(signed >= 100 && with_url >= 4, "{signed} {with_url}");
}

#[tokio::test]
async fn w47_what_is_changed_on_the_way_is_refused_in_every_scheme() {
    let able = schemes::all().filter(Scheme::can_sign);
    for scheme in able.filter(|scheme| !BODILESS.contains(&scheme.name())) {
        let response = send(scheme, |request| {
            honest(request).map(|_| Full::from(&b"another body"[..]))
        });
        assert_eq!(response.await.status(), 401, "{}", scheme.name());
    }
}

#[tokio::test]
async fn w37_a_url_that_was_changed_on_the_way_is_refused() {
    let able = schemes::all().filter(Scheme::can_sign);
    for scheme in able.filter(Scheme::signs_url) {
        let response = send(scheme, |request| {
            let mut request = honest(request);
            *request.uri_mut() = "https://hooks.example.com/in?x=2".parse().unwrap();
            request
        });
        assert_eq!(response.await.status(), 401, "{}", scheme.name());
    }
}

/// A request that was on its way already is signed again, and no header of before is left.
#[tokio::test]
async fn headers_of_another_signature_are_replaced() {
    for scheme in schemes::all().filter(Scheme::can_sign) {
        let service = ServiceBuilder::new()
            .layer(layer(scheme))
            .map_request(|request: Request<SignedBody>| {
                let mut request = honest(request);
                // A list of signed headers is the sender's own.
                let names = request.headers().keys().cloned();
                let names = names.filter(|name| !name.as_str().ends_with("-signed-headers"));
                let names: Vec<_> = names.collect();
                for name in names {
                    request
                        .headers_mut()
                        .append(name, HeaderValue::from_static("00"));
                }
                let nonce = HeaderValue::from_static("nonce-2");
                let headers = request.headers_mut();
                headers.insert("x-sinch-webhook-signature-nonce", nonce);
                request
            })
            .layer(layer(scheme))
            .map_request(honest)
            .layer(receiver(scheme))
            .service_fn(handler);
        let response = service.oneshot(request(&scheme)).await.unwrap();
        assert_eq!(response.status(), 200, "{}", scheme.name());
    }
}
