//! Extractors for axum handlers.
//!
//! | extractor | gives | refuses |
//! | --- | --- | --- |
//! | [`CurrentSession`] | the session of the request | 500 without a `SessionsLayer` |
//! | [`Authenticated`] | the user who is signed in | 401 if nobody is, 503 if the store is ill |
//! | `Option<Authenticated>` | the same, or `None` for a stranger | 503 if the store is ill |
//!
//! # Example
//!
//! ```
//! use axum::{Router, body::Body, http::Request, routing::get};
//! use portcullis_cookie::CookiePolicy;
//! use portcullis_session::{Lifecycle, MemoryStore, SessionPolicy};
//! use portcullis_tower::{Authenticated, SessionsLayer};
//! use tower::ServiceExt;
//!
//! async fn me(user: Authenticated) -> String {
//!     format!("you are {}", user.subject())
//! }
//!
//! async fn hello(user: Option<Authenticated>) -> String {
//!     user.map_or("hello, stranger".into(), |user| format!("hello, {}", user.subject()))
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = SessionPolicy::new(CookiePolicy::host("session").build()?);
//! let app = Router::new()
//!     .route("/me", get(me))
//!     .route("/", get(hello))
//!     .layer(SessionsLayer::new(Lifecycle::new(MemoryStore::new(), policy)));
//!
//! let refused = app.clone().oneshot(Request::get("/me").body(Body::empty())?).await?;
//! assert_eq!(refused.status(), 401);
//! let allowed = app.oneshot(Request::get("/").body(Body::empty())?).await?;
//! assert_eq!(allowed.status(), 200);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use std::convert::Infallible;
use std::ops::Deref;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::Extensions;
use http::request::Parts;
use portcullis_core::{Refusal, RefusalKind};
use portcullis_session::Session;

use crate::Rejection;
use crate::authenticate::{Authenticated, miswired};
use crate::wiring::{self, Report};

/// The session of the request.
#[derive(Clone, Debug)]
pub struct CurrentSession(pub Session);

impl Deref for CurrentSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

/// Why an extractor gives nothing.
#[derive(Clone, Debug)]
pub struct ExtractRejection(Answer);

#[derive(Clone, Debug)]
enum Answer {
    Refused(Rejection),
    Reported(Report),
}

impl IntoResponse for ExtractRejection {
    fn into_response(self) -> Response {
        match self.0 {
            Answer::Refused(rejection) => rejection.to_response(),
            Answer::Reported(report) => report.to_response(),
        }
    }
}

impl<R: Into<Rejection>> From<R> for ExtractRejection {
    fn from(rejection: R) -> Self {
        Self(Answer::Refused(rejection.into()))
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.to_response()
    }
}

/// The session, unless there is something to report to the check of the wiring.
fn session(extensions: &Extensions, report: Option<Report>) -> Result<Session, ExtractRejection> {
    if let Some(report) = report {
        return Err(ExtractRejection(Answer::Reported(report)));
    }
    let session = extensions.get::<Session>().cloned();
    session.ok_or_else(|| miswired("an extractor needs a SessionsLayer around the router").into())
}

impl<S: Sync> FromRequestParts<S> for CurrentSession {
    type Rejection = ExtractRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let report = wiring::report_of_missing_session(&parts.extensions);
        session(&parts.extensions, report).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Authenticated {
    type Rejection = ExtractRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let report = wiring::report_of_extractor(&parts.extensions);
        let principal = session(&parts.extensions, report)?
            .principal()
            .await
            .map_err(Rejection::from)?;
        let refusal = || Refusal::new(RefusalKind::Unauthenticated);
        principal.map(Self::new).ok_or_else(|| refusal().into())
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Authenticated {
    type Rejection = ExtractRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        let report = wiring::report_of_missing_session(&parts.extensions);
        let principal = session(&parts.extensions, report)?
            .principal()
            .await
            .map_err(Rejection::from)?;
        Ok(principal.map(Self::new))
    }
}

/// Nothing to refuse: for handlers that cannot fail.
impl From<Infallible> for Rejection {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
