//! Sets the headers that tell browsers to be careful.
//!
//! A header that the response has already is left as it is.
//!
//! # Example
//!
//! ```
//! use http::{Request, Response};
//! use portcullis_tower::SecurityHeadersLayer;
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let service = ServiceBuilder::new().layer(SecurityHeadersLayer::new()).service_fn(
//!     |_: Request<String>| async {
//!         // A page that may be framed by its own site.
//!         Response::builder().header("x-frame-options", "SAMEORIGIN").body(String::new())
//!     },
//! );
//! let response = service.oneshot(Request::new(String::new())).await?;
//! assert_eq!(response.headers()["x-content-type-options"], "nosniff");
//! assert_eq!(response.headers()["x-frame-options"], "SAMEORIGIN");
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

/// Layer that applies [`SecurityHeaders`].
#[derive(Clone, Debug)]
#[must_use]
pub struct SecurityHeadersLayer {
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl SecurityHeadersLayer {
    /// Sets `X-Content-Type-Options: nosniff`, `X-Frame-Options: DENY` and
    /// `Referrer-Policy: strict-origin-when-cross-origin`.
    pub fn new() -> Self {
        let headers = vec![
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            (
                REFERRER_POLICY,
                HeaderValue::from_static("strict-origin-when-cross-origin"),
            ),
        ];
        Self { headers }
    }

    /// Also sets `Strict-Transport-Security: max-age=31536000; includeSubDomains` (RFC 6797 §6.1).
    ///
    /// Browsers heed it over TLS only, and then refuse plain http for the host and all below it
    /// for a year.
    pub fn with_strict_transport(self) -> Self {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        self.with_header(STRICT_TRANSPORT_SECURITY, year)
    }

    /// Also sets a `Content-Security-Policy`.
    pub fn with_content_security_policy(self, policy: HeaderValue) -> Self {
        self.with_header(CONTENT_SECURITY_POLICY, policy)
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl Default for SecurityHeadersLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for SecurityHeadersLayer {
    type Service = SecurityHeaders<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SecurityHeaders {
            inner,
            headers: Arc::from(self.headers.as_slice()),
        }
    }
}

/// Service that sets the headers that tell browsers to be careful.
#[derive(Clone, Debug)]
#[must_use]
pub struct SecurityHeaders<S> {
    inner: S,
    headers: Arc<[(HeaderName, HeaderValue)]>,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for SecurityHeaders<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        ResponseFuture {
            inner: self.inner.call(request),
            headers: Arc::clone(&self.headers),
        }
    }
}

pin_project! {
    /// Response future of [`SecurityHeaders`].
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        headers: Arc<[(HeaderName, HeaderValue)]>,
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
        if let Ok(response) = &mut output {
            for (name, value) in this.headers.iter() {
                response
                    .headers_mut()
                    .entry(name)
                    .or_insert_with(|| value.clone());
            }
        }
        Poll::Ready(output)
    }
}
