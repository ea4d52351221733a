//! A check at start-up that routes are guarded, and guards have the layers they need outside them.
//!
//! Layers that stand in the wrong order, or are missing, are refused per request with 500. So that
//! nobody meets that, ask the finished service once before it serves: [`check`] sends one marked
//! request to each route that you mean to be guarded; the first guard it meets answers with what
//! it found around it, and no handler behind a guard runs.
//!
//! A guard is a [`RequireLayer`](crate::RequireLayer) or an extractor that refuses strangers, which
//! `Authenticated` is, and `Option<Authenticated>` and `CurrentSession` are not. The service of an
//! axum router does not say which body it takes, so name it: `check::<_, axum::body::Body, _>`.
//!
//! # Example
//!
//! ```
//! use http::{Request, Response};
//! use portcullis_tower::{RequireLayer, wiring};
//! use tower::{ServiceBuilder, service_fn};
//!
//! # async fn example() {
//! // The layers for sessions and authentication were forgotten.
//! let service = ServiceBuilder::new().layer(RequireLayer::signed_in()).service(service_fn(
//!     |_: Request<String>| async {
//!         Ok::<_, std::convert::Infallible>(Response::new(String::new()))
//!     },
//! ));
//! let error = wiring::check(service, &[(http::Method::GET, "/me")]).await.unwrap_err();
//! assert_eq!(error.to_string(), "GET /me: put a SessionsLayer outside the guard");
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example());
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use http::{Extensions, Method, Request, Response};
use portcullis_session::Session;
use tower_service::Service;

use crate::authenticate::Asked;

/// A route is not guarded as it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{method} {path}: {fault}")]
pub struct WiringError {
    method: Method,
    path: Box<str>,
    fault: WiringFault,
}

/// What is wrong with a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum WiringFault {
    /// A guard has no [`AuthenticateLayer`](crate::AuthenticateLayer) around it.
    #[error("put an AuthenticateLayer outside the RequireLayer")]
    NoAuthentication,
    /// A guard has no [`SessionsLayer`](crate::SessionsLayer) around it.
    #[error("put a SessionsLayer outside the guard")]
    NoSessions,
    /// The service could not be asked.
    #[error("the service failed")]
    ServiceFailed,
    /// Something answered that is no guard.
    #[error("no guard answers: add a RequireLayer or an extractor that authenticates")]
    Unguarded,
}

impl WiringError {
    /// What is wrong.
    #[must_use]
    pub const fn fault(&self) -> WiringFault {
        self.fault
    }
}

/// Marks a request of [`check`].
#[derive(Clone, Copy)]
struct Probe;

/// What a guard found around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report(Result<(), WiringFault>);

impl Report {
    /// The answer to a marked request.
    pub(crate) fn to_response<B: Default>(self) -> Response<B> {
        let mut response = Response::new(B::default());
        response.extensions_mut().insert(self);
        response
    }

    fn of(extensions: &Extensions, needs_asked: bool) -> Option<Self> {
        extensions.get::<Probe>()?;
        let sessions = extensions.get::<Session>().is_some();
        let asked = !needs_asked || extensions.get::<Asked>().is_some();
        Some(Self(match (sessions, asked) {
            (false, _) => Err(WiringFault::NoSessions),
            (true, false) => Err(WiringFault::NoAuthentication),
            (true, true) => Ok(()),
        }))
    }
}

/// What a `RequireLayer` has to say if the request is marked.
pub(crate) fn report(extensions: &Extensions) -> Option<Report> {
    Report::of(extensions, true)
}

/// What has to be said if the request is marked by who needs a session but lets strangers pass:
/// nothing, unless there is none.
pub(crate) fn report_of_missing_session(extensions: &Extensions) -> Option<Report> {
    Report::of(extensions, false).filter(|report| report.0.is_err())
}

/// What an extractor, which authenticates by itself, has to say if the request is marked.
#[cfg(feature = "axum")]
pub(crate) fn report_of_extractor(extensions: &Extensions) -> Option<Report> {
    Report::of(extensions, false)
}

/// Asks each route whether it is guarded, and each guard whether it has what it needs.
///
/// A route without a guard runs its handler once, as for a stranger.
///
/// # Errors
///
/// [`WiringError`] for the first route that is not as it should be; it says how to mend it.
pub async fn check<S, ReqBody, ResBody>(
    mut service: S,
    routes: &[(Method, &str)],
) -> Result<(), WiringError>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ReqBody: Default,
{
    for (method, path) in routes {
        let asked = ask(&mut service, method, path).await;
        asked.map_err(|fault| WiringError {
            method: method.clone(),
            path: Box::from(*path),
            fault,
        })?;
    }
    Ok(())
}

async fn ask<S, ReqBody, ResBody>(
    service: &mut S,
    method: &Method,
    path: &str,
) -> Result<(), WiringFault>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ReqBody: Default,
{
    let request = Request::builder().method(method).uri(path).extension(Probe);
    let request = request
        .body(ReqBody::default())
        .map_err(|_| WiringFault::Unguarded)?;
    let ready = std::future::poll_fn(|cx| service.poll_ready(cx)).await;
    ready.map_err(|_| WiringFault::ServiceFailed)?;
    let response = service
        .call(request)
        .await
        .map_err(|_| WiringFault::ServiceFailed)?;
    response
        .extensions()
        .get::<Report>()
        .map_or(Err(WiringFault::Unguarded), |report| report.0)
}
