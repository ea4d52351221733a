use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use portcullis_core::{FrozenClock, Timestamp};
use portcullis_tower::SignLayer;
use portcullis_tower::webhook::sign::SignedBody;
use portcullis_webhook::{Scheme, Signer};
use tower::Service;

use crate::keys::signing;

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
pub(crate) const URL: &str = "https://hooks.example.com/in?x=1";

pub(crate) fn signer(scheme: Scheme<'_>) -> Signer {
    Signer::new(&scheme, signing(&scheme)).unwrap()
}

pub(crate) fn layer(scheme: Scheme<'_>) -> SignLayer {
    SignLayer::new(signer(scheme)).with_clock(FrozenClock::new(NOW))
}

pub(crate) fn request(body: &'static [u8]) -> Request<Full<Bytes>> {
    let body = Full::new(Bytes::from_static(body));
    Request::post(URL).body(body).unwrap()
}

/// A head and a body.
type Delivery = (Request<()>, Bytes);

/// What was sent.
#[derive(Clone, Default)]
pub(crate) struct Sent(Arc<Mutex<Vec<Delivery>>>);

impl Sent {
    pub(crate) fn all(&self) -> Vec<Delivery> {
        self.0.lock().unwrap().clone()
    }

    /// The one request that was sent.
    pub(crate) fn one(&self) -> Delivery {
        let mut all = self.all();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    pub(crate) fn headers(&self) -> HeaderMap {
        self.one().0.headers().clone()
    }

    /// A client that sends nothing and remembers all.
    pub(crate) fn client(
        &self,
    ) -> impl Service<Request<SignedBody>, Response = Response<()>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static {
        let sent = self.clone();
        tower::service_fn(move |request: Request<SignedBody>| {
            let sent = sent.clone();
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let request = Request::from_parts(parts, ());
                sent.0.lock().unwrap().push((request, body));
                Ok(Response::new(()))
            }
        })
    }
}

/// A body of these frames; an error is one, too.
pub(crate) struct Frames(pub(crate) VecDeque<Result<Frame<Bytes>, &'static str>>);

impl Frames {
    pub(crate) fn of<const N: usize>(frames: [Result<Frame<Bytes>, &'static str>; N]) -> Self {
        Self(frames.into())
    }
}

pub(crate) fn piece(bytes: &'static [u8]) -> Result<Frame<Bytes>, &'static str> {
    Ok(Frame::data(Bytes::from_static(bytes)))
}

impl Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(self.0.pop_front())
    }
}
