use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Uri};
use http_body::Body;
use portcullis_core::{Clock, Random, SystemClock};
use portcullis_webhook::{Delivery, Signer};
use tower_layer::Layer;

use super::collect::collect;
use super::{DeliveryId, Sign, SignedBody, Unsigned};

/// How long a body may be if nothing else is said: 1 MiB.
const BODY_LIMIT: u64 = 1 << 20;

/// Layer that signs requests.
#[derive(Clone, Debug)]
#[must_use]
pub struct SignLayer {
    signer: Arc<Signer>,
    clock: Arc<dyn Clock>,
    random: Random,
    body_limit: u64,
}

impl SignLayer {
    /// Signs by this signer.
    pub fn new(signer: Signer) -> Self {
        Self {
            signer: Arc::new(signer),
            clock: Arc::new(SystemClock),
            random: Random::system(),
            body_limit: BODY_LIMIT,
        }
    }

    /// Takes the time from this clock.
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Takes the bits of ids from this source.
    pub fn with_random(mut self, random: Random) -> Self {
        self.random = random;
        self
    }

    /// Says how many bytes a body may have, all of which are kept in memory; 1 MiB if not said.
    pub const fn with_body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Makes of a request the signed one.
    pub(super) async fn sign<B>(&self, request: Request<B>) -> Result<Request<SignedBody>, Unsigned>
    where
        B: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
    {
        let (mut parts, body) = request.into_parts();
        let body = collect(body, self.body_limit).await?;
        let id = match parts.extensions.get() {
            Some(id) => DeliveryId::clone(id),
            None => DeliveryId::generate(&self.random)?,
        };
        let (headers, body) = self.signed(&parts, &id, body)?;
        parts.headers.extend(headers);
        // A length and a coding exclude each other (RFC 9112 §6.2).
        parts.headers.remove(TRANSFER_ENCODING);
        let length = HeaderValue::from(body.len());
        parts.headers.insert(CONTENT_LENGTH, length);
        parts.extensions.insert(id);
        Ok(Request::from_parts(parts, SignedBody::new(body)))
    }

    /// The headers and the body, which is another one if the signature stands in it.
    fn signed(
        &self,
        parts: &Parts,
        id: &DeliveryId,
        body: Bytes,
    ) -> Result<(HeaderMap, Bytes), Unsigned> {
        let path = parts.uri.path_and_query();
        let delivery = Delivery::new(id.as_str(), self.clock.now())
            .with_method(&parts.method)
            .with_path(path.map_or("/", |path| path.as_str()))
            .with_headers(&parts.headers);
        let (headers, signed) = match absolute(&parts.uri) {
            Some(url) => self.signer.sign_body(delivery.with_url(&url), &body)?,
            None => self.signer.sign_body(delivery, &body)?,
        };
        let changed = match signed {
            Cow::Borrowed(_) => None,
            Cow::Owned(changed) => Some(changed),
        };
        Ok((headers, changed.map_or(body, Bytes::from)))
    }
}

/// The URL, if it says where to.
fn absolute(uri: &Uri) -> Option<String> {
    let is_absolute = uri.scheme().is_some() && uri.authority().is_some();
    is_absolute.then(|| uri.to_string())
}

impl<S> Layer<S> for SignLayer {
    type Service = Sign<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Sign::new(inner, self.clone())
    }
}
