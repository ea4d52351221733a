//! What an endpoint answers besides deliveries.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response};
use portcullis_core::StoreError;
use portcullis_webhook::handshake::{Answer, Ask, HandshakeError, HookSecret, Responder};
use portcullis_webhook::{Receipt, WebhookSecret};

use super::{HookSecrets, Kept, Reason, Refused, VerifiedBody};

/// How long a body may be that is looked at for a handshake, in bytes.
const LONGEST: usize = 16 * 1024;

/// Handshakes of a [`WebhookLayer`](crate::WebhookLayer).
#[derive(Clone)]
#[must_use]
pub struct Handshakes(Kind);

#[derive(Clone)]
enum Kind {
    HookSecrets(Arc<dyn DynHookSecrets>),
    Responder(Arc<Responder>),
}

/// The face of [`HookSecrets`] for `dyn`.
trait DynHookSecrets: Send + Sync {
    fn dyn_keep<'s>(&'s self, head: &'s Parts, secret: WebhookSecret) -> Keeping<'s>;
}

type Keeping<'s> = Pin<Box<dyn Future<Output = Result<Kept, StoreError>> + Send + 's>>;

impl<T: HookSecrets> DynHookSecrets for T {
    fn dyn_keep<'s>(&'s self, head: &'s Parts, secret: WebhookSecret) -> Keeping<'s> {
        Box::pin(self.keep(head, secret))
    }
}

/// What is to be done about a head.
pub(super) enum Greeting<B> {
    /// It is no handshake.
    None,
    Answer(Response<B>),
    Later(Later<B>),
}

pub(super) type Later<B> = Pin<Box<dyn Future<Output = Response<B>> + Send>>;

/// What goes before deliveries: nothing, or handshakes.
pub(super) trait Greet<B>: Clone + Send + Sync + 'static {
    /// What other methods than `POST` there are.
    fn takes_get(&self) -> bool;

    fn by_head(&self, head: &Parts) -> Greeting<B>;

    /// The answer to a delivery that was verified, if it is a handshake.
    fn by_delivery(
        &self,
        head: &Parts,
        receipt: &Receipt,
        body: &VerifiedBody,
    ) -> Option<Response<B>>;

    /// Whether anybody can have this body signed.
    fn would_sign(&self, body: &VerifiedBody) -> bool;
}

impl<B> Greet<B> for () {
    fn takes_get(&self) -> bool {
        false
    }

    fn by_head(&self, _: &Parts) -> Greeting<B> {
        Greeting::None
    }

    fn by_delivery(&self, _: &Parts, _: &Receipt, _: &VerifiedBody) -> Option<Response<B>> {
        None
    }

    fn would_sign(&self, _: &VerifiedBody) -> bool {
        false
    }
}

impl Handshakes {
    pub(super) fn responder(responder: Responder) -> Self {
        Self(Kind::Responder(Arc::new(responder)))
    }

    pub(super) fn hook_secrets(secrets: impl HookSecrets) -> Self {
        Self(Kind::HookSecrets(Arc::new(secrets)))
    }
}

impl<B: From<Bytes> + Default + 'static> Greet<B> for Handshakes {
    fn takes_get(&self) -> bool {
        match &self.0 {
            Kind::HookSecrets(_) => false,
            Kind::Responder(responder) => responder.handshake().comes_by_get(),
        }
    }

    fn by_head(&self, head: &Parts) -> Greeting<B> {
        match &self.0 {
            Kind::HookSecrets(secrets) => match HookSecret::read(head) {
                Some(secret) => Greeting::Later(keep(Arc::clone(secrets), head.clone(), secret)),
                None => Greeting::None,
            },
            Kind::Responder(responder) => match responder.answer(Ask::of(head)) {
                Some(answer) => Greeting::Answer(response(head, answer)),
                None if is_get(head) && responder.handshake().comes_by_get() => {
                    let missing = Refused::new(Reason::Handshake(HandshakeError::Challenge));
                    Greeting::Answer(missing.to_response())
                }
                None => Greeting::None,
            },
        }
    }

    fn by_delivery(
        &self,
        head: &Parts,
        receipt: &Receipt,
        body: &VerifiedBody,
    ) -> Option<Response<B>> {
        let Kind::Responder(responder) = &self.0 else {
            return None;
        };
        if responder.handshake().comes_by_get() {
            return None;
        }
        let body = body.whole(LONGEST)?;
        let answer = responder.answer(Ask::of(head).with_verified(receipt, &body))?;
        Some(response(head, answer))
    }

    fn would_sign(&self, body: &VerifiedBody) -> bool {
        match &self.0 {
            Kind::HookSecrets(_) => false,
            Kind::Responder(responder) => {
                let body = body.whole(LONGEST);
                body.is_some_and(|body| responder.would_sign(&body))
            }
        }
    }
}

fn is_get(head: &Parts) -> bool {
    [Method::GET, Method::HEAD].contains(&head.method)
}

/// A response to `HEAD` has no body (RFC 9110 §9.3.2).
fn response<B: From<Bytes> + Default>(
    head: &Parts,
    answer: Result<Answer, HandshakeError>,
) -> Response<B> {
    match answer {
        Ok(answer) if head.method == Method::HEAD => {
            answer.into_response().map(|_: B| B::default())
        }
        Ok(answer) => answer.into_response(),
        Err(error) => Refused::new(Reason::Handshake(error)).to_response(),
    }
}

/// Answers once the secret is kept, and only then.
fn keep<B: From<Bytes> + Default>(
    secrets: Arc<dyn DynHookSecrets>,
    head: Parts,
    secret: HookSecret,
) -> Later<B> {
    Box::pin(async move {
        let (secret, answer) = secret.into_parts();
        match secrets.dyn_keep(&head, secret).await {
            Ok(Kept::Yes) => answer.into_response(),
            Ok(Kept::Unawaited) => Refused::new(Reason::Unknown).to_response(),
            Err(error) => Refused::new(Reason::Lookup(error.kind())).to_response(),
        }
    })
}

impl fmt::Debug for Handshakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.0 {
            Kind::HookSecrets(_) => "asana",
            Kind::Responder(responder) => responder.handshake().name(),
        };
        f.debug_tuple("Handshakes").field(&name).finish()
    }
}
