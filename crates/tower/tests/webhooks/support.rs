use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use portcullis_core::{FrozenClock, Timestamp};
use portcullis_tower::WebhookLayer;
use portcullis_tower::webhook::{Receipt, Refused, VerifiedBody, Verifiers};
use portcullis_webhook::{
    Delivery, Scheme, SecretFormat, SecretSet, Signer, Verifier, WebhookSecret,
};
use tower::{Layer, Service, ServiceExt};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
pub(crate) const BODY: &[u8] = b"{\"type\":\"paid\"}";

pub(crate) fn secrets() -> SecretSet {
    let secret = WebhookSecret::new(SecretFormat::Utf8, "a secret of these tests alone");
    SecretSet::new("one", secret.unwrap())
}

pub(crate) fn verifier(scheme: Scheme<'_>) -> Verifier {
    Verifier::new(&scheme.with_secret(SecretFormat::Utf8), secrets()).unwrap()
}

/// The headers that the provider would send.
pub(crate) fn signed(scheme: Scheme<'_>, id: &str, body: &[u8]) -> HeaderMap {
    let signer = Signer::new(&scheme.with_secret(SecretFormat::Utf8), secrets()).unwrap();
    let url = "https://hooks.example.com/in?x=1";
    signer
        .sign(Delivery::new(id, NOW).with_url(url), body)
        .unwrap()
}

pub(crate) fn layer(scheme: Scheme<'_>) -> WebhookLayer<Verifier> {
    WebhookLayer::new(verifier(scheme)).with_clock(FrozenClock::new(NOW))
}

/// A request with these headers and this body.
pub(crate) fn request<B>(headers: &HeaderMap, body: B) -> Request<B> {
    let mut request = Request::post("/in?x=1").body(body).unwrap();
    *request.headers_mut() = headers.clone();
    request
}

/// What a handler has seen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) body: Bytes,
    pub(crate) trailers: Option<HeaderMap>,
    pub(crate) label: String,
    pub(crate) id: Option<String>,
}

/// An answer: the status, why it was refused, what the handler has seen.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response<Full<Bytes>>,
    pub(crate) seen: Option<Arc<Seen>>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn refused(&self) -> Option<Refused> {
        self.response.extensions().get::<Refused>().copied()
    }
}

/// Sends one request through the layer.
pub(crate) async fn send<V, B>(layer: &WebhookLayer<V>, request: Request<B>) -> Answer
where
    V: Verifiers,
    B: Body<Data = Bytes> + Send + 'static,
{
    let service = layer.layer(tower::service_fn(handler));
    let response = service.oneshot(request).await.unwrap();
    let seen = response.extensions().get::<Arc<Seen>>().cloned();
    Answer { response, seen }
}

async fn handler(request: Request<VerifiedBody>) -> Result<Response<Full<Bytes>>, Infallible> {
    let receipt = request.extensions().get::<Receipt>().unwrap().clone();
    let collected = request.into_body().collect().await.unwrap();
    let seen = Seen {
        trailers: collected.trailers().cloned(),
        body: collected.to_bytes(),
        label: receipt.label().to_owned(),
        id: receipt.id().map(str::to_owned),
    };
    let mut response = Response::new(Full::new(seen.body.clone()));
    response.extensions_mut().insert(Arc::new(seen));
    Ok(response)
}

/// A body of these frames that counts how often it was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frames {
    pub(crate) frames: VecDeque<Result<Bytes, HeaderMap>>,
    pub(crate) polls: Arc<AtomicUsize>,
    /// How it ends: by its end, by an error, or not at all.
    pub(crate) ending: Ending,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Ending {
    #[default]
    Ends,
    Breaks,
    Hangs,
    Repeats,
}

impl Frames {
    pub(crate) fn of(pieces: impl IntoIterator<Item = impl Into<Bytes>>) -> Self {
        let frames = pieces.into_iter().map(|piece| Ok(piece.into())).collect();
        Self {
            frames,
            ..Self::default()
        }
    }

    pub(crate) fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    pub(crate) fn polls(&self) -> usize {
        self.polls.load(Ordering::SeqCst)
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        self.polls.fetch_add(1, Ordering::SeqCst);
        let next = self.frames.pop_front();
        if let (Ending::Repeats, Some(Ok(piece))) = (self.ending, &next) {
            let again = Ok(piece.clone());
            self.frames.push_back(again);
        }
        match (next, self.ending) {
            (Some(Ok(piece)), _) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            (Some(Err(trailers)), _) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
            (None, Ending::Ends | Ending::Repeats) => Poll::Ready(None),
            (None, Ending::Breaks) => Poll::Ready(Some(Err("it broke off"))),
            (None, Ending::Hangs) => Poll::Pending,
        }
    }
}

/// Calls a service that is ready.
pub(crate) async fn call<S: Service<R>, R>(service: &mut S, request: R) -> S::Response
where
    S::Error: std::fmt::Debug,
{
    service.ready().await.unwrap().call(request).await.unwrap()
}
