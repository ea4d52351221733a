use std::fmt;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::ALLOW;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response};
use http_body::Body;
use portcullis_webhook::{Check, Receipt, VerifyErrorKind};
use tower_service::Service;

use super::handshakes::{Greet, Greeting};
use super::intake::{Fate, Taken};
use super::layer::Settings;
use super::{Reason, Refused, ResponseFuture, VerifiedBody, Verifiers};

/// Service of [`WebhookLayer`](crate::WebhookLayer).
#[derive(Clone)]
#[must_use]
pub struct Webhook<S, V, H = ()> {
    pub(super) inner: S,
    pub(super) verifiers: V,
    pub(super) handshakes: H,
    pub(super) settings: Settings,
}

impl<S, V, H, B, ResBody> Service<Request<B>> for Webhook<S, V, H>
where
    S: Service<Request<VerifiedBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    V: Verifiers,
    H: Greet<ResBody>,
    B: Body<Data = Bytes> + Send + 'static,
    ResBody: Default + Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<ResBody, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, body) = request.into_parts();
        match self.handshakes.by_head(&parts) {
            Greeting::Answer(response) => return ResponseFuture::answered(response),
            Greeting::Later(answer) => {
                return ResponseFuture::running(async move { Ok(answer.await) });
            }
            Greeting::None => {}
        }
        if parts.method != Method::POST {
            return ResponseFuture::answered(not_allowed(self.handshakes.takes_get()));
        }
        let only = self.verifiers.only();
        let begun = only
            .map(|verifier| self.settings.begin(verifier, &parts))
            .transpose();
        let begun = match begun {
            Ok(begun) => begun,
            Err(refused) => return ResponseFuture::refused(refused),
        };
        // The ready one is called, its clone waits to become ready.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let (verifiers, settings) = (self.verifiers.clone(), self.settings.clone());
        let handshakes = self.handshakes.clone();
        ResponseFuture::running(async move {
            let taken = take_in(&verifiers, &settings, begun, &parts, body).await;
            let (receipt, body) = match taken {
                Ok(taken) => taken,
                Err(refused) => return Ok(refused.to_response()),
            };
            // Before memory: neither what anybody can have signed nor a handshake is a delivery.
            if let Some(response) = greeted(&handshakes, &parts, &receipt, &body) {
                return Ok(response);
            }
            match settings.remember(&receipt).await {
                Ok(Fate::Acknowledge) => Ok(Response::new(ResBody::default())),
                Ok(Fate::Handle) => hand_on(inner, parts, receipt, body).await,
                Err(refused) => Ok(refused.to_response()),
            }
        })
    }
}

/// There is another method than those there are.
fn not_allowed<B: Default>(takes_get: bool) -> Response<B> {
    let mut response = Refused::new(Reason::Method).to_response();
    if takes_get {
        let allowed = HeaderValue::from_static("GET, HEAD, POST");
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

async fn take_in<V: Verifiers, B: Body<Data = Bytes>>(
    verifiers: &V,
    settings: &Settings,
    begun: Option<Check>,
    parts: &Parts,
    body: B,
) -> Result<Taken, Refused> {
    let check = match begun {
        Some(check) => check,
        None => {
            let found = verifiers.verifier(parts).await;
            let found = found.map_err(|error| Refused::new(Reason::Lookup(error.kind())))?;
            let verifier = found.ok_or(Refused::new(Reason::Unknown))?;
            settings.begin(&verifier, parts)?
        }
    };
    settings.finish(check, parts, body).await
}

/// The answer to what was verified and is no delivery.
fn greeted<H: Greet<B>, B: Default>(
    handshakes: &H,
    parts: &Parts,
    receipt: &Receipt,
    body: &VerifiedBody,
) -> Option<Response<B>> {
    if handshakes.would_sign(body) {
        return Some(Refused::from(VerifyErrorKind::Signature).to_response());
    }
    handshakes.by_delivery(parts, receipt, body)
}

async fn hand_on<S>(
    mut inner: S,
    mut parts: Parts,
    receipt: Receipt,
    body: VerifiedBody,
) -> Result<S::Response, S::Error>
where
    S: Service<Request<VerifiedBody>>,
{
    parts.extensions.insert(receipt);
    inner.call(Request::from_parts(parts, body)).await
}

impl<S, V, H> fmt::Debug for Webhook<S, V, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
