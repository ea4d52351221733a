use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use portcullis_core::{FrozenClock, Timestamp};
use portcullis_tower::WebhookLayer;
use portcullis_tower::webhook::{Handshakes, Reason, Refused, VerifiedBody, Verifiers};
use portcullis_webhook::handshake::{Handshake, Responder, Shared};
use portcullis_webhook::{
    Delivery, Scheme, SecretFormat, SecretSet, Signer, Verifier, WebhookSecret,
};
use tower::{Layer, ServiceExt};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

pub(crate) fn secret() -> WebhookSecret {
    WebhookSecret::new(SecretFormat::Utf8, "a secret of these tests alone").unwrap()
}

pub(crate) fn secrets() -> SecretSet {
    SecretSet::new("one", secret())
}

/// 32 bytes, and the public key of the Ed25519 key that they are.
const ED25519: (&str, &str) = (
    "0101010101010101010101010101010101010101010101010101010101010101",
    "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
);

/// What deliveries are signed or verified with.
fn of(format: SecretFormat) -> SecretSet {
    let text = match format {
        SecretFormat::Private(_) => ED25519.0,
        SecretFormat::Public(_) => ED25519.1,
        _ => return secrets(),
    };
    SecretSet::new("one", WebhookSecret::new(format, text).unwrap())
}

pub(crate) fn signed(scheme: Scheme<'_>, body: &str) -> HeaderMap {
    let signer = Signer::new(&scheme, of(scheme.signing_format())).unwrap();
    signer
        .sign(Delivery::new("msg_1", NOW), body.as_bytes())
        .unwrap()
}

pub(crate) fn plain(scheme: Scheme<'_>) -> WebhookLayer<Verifier> {
    let verifier = Verifier::new(&scheme, of(scheme.secret_format())).unwrap();
    WebhookLayer::new(verifier).with_clock(FrozenClock::new(NOW))
}

pub(crate) fn layer(
    scheme: Scheme<'_>,
    handshake: Handshake,
    shared: Shared,
) -> WebhookLayer<Verifier, Handshakes> {
    plain(scheme).with_handshake(Responder::new(handshake, shared).unwrap())
}

/// A body in two pieces that counts how often it was asked.
#[derive(Clone, Debug)]
pub(crate) struct Halves(Vec<Bytes>, pub(crate) Arc<AtomicUsize>);

impl Halves {
    pub(crate) fn of(body: &str) -> Self {
        let (first, second) = body.as_bytes().split_at(body.len() / 2);
        let halves = [second, first].map(Bytes::copy_from_slice).to_vec();
        Self(halves, Arc::default())
    }
}

impl Body for Halves {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(self.0.pop().map(|piece| Ok(Frame::data(piece))))
    }
}

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) reason: Option<Reason>,
    /// The body that the handler has seen.
    handled: Option<String>,
    /// How often the body was asked for.
    pub(crate) polls: usize,
}

impl Answer {
    pub(crate) fn told(&self) -> (u16, &str) {
        (self.status.as_u16(), &self.body)
    }

    pub(crate) fn handled(&self) -> Option<&str> {
        self.handled.as_deref()
    }
}

#[derive(Clone)]
struct Handled(String);

async fn handler(request: Request<VerifiedBody>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await?.to_bytes();
    let mut response = Response::new(Full::from("handled"));
    let body = String::from_utf8(body.to_vec()).unwrap();
    response.extensions_mut().insert(Handled(body));
    Ok(response)
}

pub(crate) fn request(
    method: Method,
    uri: &str,
    headers: HeaderMap,
    body: &str,
) -> Request<Halves> {
    let request = Request::builder().method(method).uri(uri);
    let mut request = request.body(Halves::of(body)).unwrap();
    *request.headers_mut() = headers;
    request
}

pub(crate) async fn send<V: Verifiers>(
    layer: &WebhookLayer<V, Handshakes>,
    request: Request<Halves>,
) -> Answer {
    let polls = Arc::clone(&request.body().1);
    let service = layer.layer(tower::service_fn(handler));
    let response = service.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        body: String::from_utf8(body.to_vec()).unwrap(),
        reason: parts.extensions.get::<Refused>().map(|it| it.reason()),
        handled: parts.extensions.get::<Handled>().map(|it| it.0.clone()),
        headers: parts.headers,
        polls: polls.load(Ordering::SeqCst),
    }
}

pub(crate) async fn get(layer: &WebhookLayer<Verifier, Handshakes>, uri: &str) -> Answer {
    send(layer, request(Method::GET, uri, HeaderMap::new(), "")).await
}

pub(crate) async fn post(
    layer: &WebhookLayer<Verifier, Handshakes>,
    headers: HeaderMap,
    body: &str,
) -> Answer {
    send(layer, request(Method::POST, "/in", headers, body)).await
}
