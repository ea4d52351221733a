//! Gives each request a correlation id, and each response the same.
//!
//! 1. The id is left in the request's extensions as [`RequestId`] and set on the response.
//! 2. With [`RequestIdLayer::with_echo`] an id that the request brings is taken if it is 1 to 128
//!    visible ASCII characters; it is a stranger's word, good for finding a request again and for
//!    nothing else. Without it, or if it is malformed, 128 random bits are made, in hexadecimal.
//! 3. A [`RefusalsLayer`](crate::RefusalsLayer) further in names the id in the bodies it writes.
//!
//! # Example
//!
//! ```
//! use http::{HeaderName, Request, Response};
//! use portcullis_tower::RequestIdLayer;
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! const NAME: HeaderName = HeaderName::from_static("x-request-id");
//! let service = ServiceBuilder::new()
//!     .layer(RequestIdLayer::new(NAME).with_prefix("req_").with_echo())
//!     .service_fn(|_: Request<String>| async {
//!         Ok::<_, std::convert::Infallible>(Response::new(String::new()))
//!     });
//!
//! let good = Request::builder().header(NAME, "abc-1").body(String::new())?;
//! assert_eq!(service.clone().oneshot(good).await?.headers()[NAME], "abc-1");
//! // What is no id is not echoed.
//! let bad = Request::builder().header(NAME, "abc 1").body(String::new())?;
//! assert!(service.oneshot(bad).await?.headers()[NAME].to_str()?.starts_with("req_"));
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{HeaderName, Request, Response};
use pin_project_lite::pin_project;
use portcullis_core::{Random, RequestId};
use tower_layer::Layer;
use tower_service::Service;

/// Layer that applies [`RequestIds`].
#[derive(Clone, Debug)]
#[must_use]
pub struct RequestIdLayer {
    header: HeaderName,
    prefix: &'static str,
    echo: bool,
    random: Random,
}

impl RequestIdLayer {
    /// Sets the id on the response under `header`.
    pub const fn new(header: HeaderName) -> Self {
        Self {
            header,
            prefix: "",
            echo: false,
            random: Random::system(),
        }
    }

    /// Begins each id that is made here with `prefix`: up to 64 visible ASCII characters.
    ///
    /// # Panics
    ///
    /// If it is anything else: no id could be made then.
    pub const fn with_prefix(mut self, prefix: &'static str) -> Self {
        assert!(
            is_prefix(prefix.as_bytes()),
            "a prefix has up to 64 visible ASCII characters"
        );
        self.prefix = prefix;
        self
    }

    /// Takes the id that a request brings under the same header, if it is well-formed.
    pub const fn with_echo(mut self) -> Self {
        self.echo = true;
        self
    }

    fn id<B>(&self, request: &Request<B>) -> Option<RequestId> {
        let brought = || RequestId::parse(request.headers().get(&self.header)?.as_bytes()).ok();
        self.echo.then(brought).flatten().or_else(|| self.make())
    }

    fn make(&self) -> Option<RequestId> {
        let random = u128::from_be_bytes(self.random.bytes().ok()?);
        RequestId::parse(format!("{}{random:032x}", self.prefix).as_bytes()).ok()
    }
}

const fn is_prefix(mut prefix: &[u8]) -> bool {
    if prefix.len() > 64 {
        return false;
    }
    while let [first, rest @ ..] = prefix {
        if !first.is_ascii_graphic() {
            return false;
        }
        prefix = rest;
    }
    true
}

impl<S> Layer<S> for RequestIdLayer {
    type Service = RequestIds<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequestIds {
            inner,
            layer: self.clone(),
        }
    }
}

/// Service that gives each request a correlation id.
#[derive(Clone, Debug)]
#[must_use]
pub struct RequestIds<S> {
    inner: S,
    layer: RequestIdLayer,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for RequestIds<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let id = self.layer.id(&request);
        if let Some(id) = &id {
            request.extensions_mut().insert(id.clone());
        }
        let id = id.map(|id| (self.layer.header.clone(), id));
        ResponseFuture {
            inner: self.inner.call(request),
            id,
        }
    }
}

pin_project! {
    /// Response future of [`RequestIds`].
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        id: Option<(HeaderName, RequestId)>,
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut output = ready!(this.inner.poll(cx));
        if let (Ok(response), Some((header, id))) = (&mut output, this.id.take()) {
            response.headers_mut().insert(header, id.to_header_value());
        }
        Poll::Ready(output)
    }
}
