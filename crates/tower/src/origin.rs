//! Refuses requests that another site makes a browser send.
//!
//! 1. `GET`, `HEAD` and `OPTIONS` pass: none of them may change anything.
//! 2. `Sec-Fetch-Site`, where there is one, must be `same-origin` or `none`.
//! 3. Where there is none, `Origin` must be the service's own: scheme, host and port, to the letter.
//!    `null` is nobody's.
//! 4. Whatever `Sec-Fetch-Site` says, an `Origin` that was added as trusted passes.
//! 5. If both headers are missing the client is no browser and passes.
//!
//! Of a header that is there twice, each value must pass. Refused is with 403 and the code
//! `cross_origin`. Put the layer outside of what it protects and inside the
//! [`RefusalsLayer`](crate::RefusalsLayer); a proxy in front must hand on `Origin` as it came.
//!
//! The rule is `tower-http`'s, whose `csrf` layer asks in 3 whether `Origin` has the host that
//! `Host` has, and so takes the page of `http://app.example` for one of `https://app.example`. A
//! stricter check in front of it would have had to repeat all the rest: this is the simpler.
//!
//! # Example
//!
//! ```
//! use http::{Request, Response};
//! use portcullis_tower::OriginLayer;
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let service = ServiceBuilder::new()
//!     .layer(OriginLayer::new("https://app.example.com")?)
//!     .service_fn(|_: Request<String>| async {
//!         Ok::<_, std::convert::Infallible>(Response::new(String::new()))
//!     });
//! let post = |origin| Request::post("/").header("origin", origin).body(String::new());
//! assert_eq!(service.clone().oneshot(post("https://app.example.com")?).await?.status(), 200);
//! assert_eq!(service.oneshot(post("http://app.example.com")?).await?.status(), 403);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::ORIGIN;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use pin_project_lite::pin_project;
use portcullis_core::{Refusal, RefusalKind};
use tower_layer::Layer;
use tower_service::Service;
use url::Url;

use crate::Rejection;

/// Layer that applies [`Origin`].
#[derive(Clone, Debug)]
#[must_use]
pub struct OriginLayer {
    rule: Arc<Rule>,
}

impl OriginLayer {
    /// Takes the origin under which browsers know the service, such as `https://app.example.com`,
    /// with nothing after host and port.
    ///
    /// # Errors
    ///
    /// [`OriginError`] if it is not an http or https origin.
    pub fn new(public_origin: &str) -> Result<Self, OriginError> {
        let rule = Rule {
            own: serialized(public_origin)?,
            trusted: Vec::new(),
        };
        Ok(Self {
            rule: Arc::new(rule),
        })
    }

    /// Lets pages of another origin send whatever they like. Default: of none.
    ///
    /// # Errors
    ///
    /// [`OriginError`] if it is not an http or https origin.
    ///
    /// # Security
    ///
    /// Such a page does everything in the name of a user who visits it: name those alone that you
    /// would trust with your own.
    pub fn add_trusted_origin(mut self, origin: &str) -> Result<Self, OriginError> {
        let origin = serialized(origin)?;
        Arc::make_mut(&mut self.rule).trusted.push(origin);
        Ok(self)
    }
}

impl<S> Layer<S> for OriginLayer {
    type Service = Origin<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Origin {
            inner,
            rule: Arc::clone(&self.rule),
        }
    }
}

#[derive(Clone, Debug)]
struct Rule {
    own: Box<str>,
    trusted: Vec<Box<str>>,
}

impl Rule {
    fn verify(&self, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
        // Not `Method::is_safe`, for which `TRACE` is safe too.
        let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        if is_safe || self.is_ours(headers) {
            return Ok(());
        }
        Err(Refusal::new(RefusalKind::Forbidden)
            .with_code("cross_origin")
            .with_message("Requests from another site are refused."))
    }

    fn is_ours(&self, headers: &HeaderMap) -> bool {
        let mut sites = headers.get_all("sec-fetch-site").iter().peekable();
        let mut origins = headers.get_all(ORIGIN).iter().peekable();
        if sites.peek().is_none() {
            return origins.all(|origin| *origin == *self.own || self.trusts(origin));
        }
        // Then `Origin` says nothing more: for want of a referrer it is `null` on our own pages.
        sites.all(|site| site == "same-origin" || site == "none")
            || (origins.peek().is_some() && origins.all(|origin| self.trusts(origin)))
    }

    fn trusts(&self, origin: &HeaderValue) -> bool {
        self.trusted.iter().any(|trusted| *origin == **trusted)
    }
}

/// As browsers write it (RFC 6454 §6.2): in lower case, with the host in ASCII, without the port
/// that is the scheme's own.
fn serialized(origin: &str) -> Result<Box<str>, OriginError> {
    let url = Url::parse(origin).map_err(|_| OriginError)?;
    let is_web = matches!(url.scheme(), "http" | "https");
    let serialized = url.origin().ascii_serialization();
    // Whatever else there is to it, such as a path or a user, would be written too.
    let is_bare = url.as_str().strip_suffix('/') == Some(&*serialized) && !origin.ends_with('/');
    if is_web && is_bare {
        Ok(serialized.into())
    } else {
        Err(OriginError)
    }
}

/// Service that refuses requests that another site makes a browser send.
#[derive(Clone, Debug)]
#[must_use]
pub struct Origin<S> {
    inner: S,
    rule: Arc<Rule>,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Origin<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let state = match self.rule.verify(request.method(), request.headers()) {
            Ok(()) => State::Calling {
                future: self.inner.call(request),
            },
            Err(refusal) => {
                log(request.method(), request.uri());
                State::Refused {
                    rejection: Rejection::from(refusal),
                }
            }
        };
        ResponseFuture { state }
    }
}

/// A forged request, or an origin that was not configured: the operator may want to know.
fn log(method: &Method, uri: &Uri) {
    #[cfg(feature = "tracing")]
    tracing::debug!(%method, uri = %crate::LoggedUri::new(uri), "request of another site refused");
    #[cfg(not(feature = "tracing"))]
    let _ = (method, uri);
}

pin_project! {
    /// Response future of [`Origin`].
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F> {
        Calling { #[pin] future: F },
        Refused { rejection: Rejection },
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Calling { future } => future.poll(cx),
            StateProj::Refused { rejection } => Poll::Ready(Ok(rejection.to_response())),
        }
    }
}

/// The text is not the origin of a web page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an http or https origin")]
#[non_exhaustive]
pub struct OriginError;
