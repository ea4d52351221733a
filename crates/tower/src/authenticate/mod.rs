//! Finds out who a request is from.
//!
//! The layer asks the session inside a [`SessionsLayer`](crate::SessionsLayer) and leaves the
//! answer for [`RequireLayer`](crate::RequireLayer) and for handlers: [`Authenticated`] in the
//! request's extensions if a user is signed in. Who is not is let through: requirements refuse.
//!
//! 1. A present credential that cannot be judged (the store is ill) is refused with 503, never
//!    taken for a stranger's.
//! 2. Without a `SessionsLayer` outside it refuses everything with 500.
//!
//! Put it around the routes that need to know: each request through it asks the store once.
//!
//! # Example
//!
//! ```
//! use http::{Request, Response};
//! use portcullis_cookie::CookiePolicy;
//! use portcullis_session::{Lifecycle, MemoryStore, SessionPolicy};
//! use portcullis_tower::{AuthenticateLayer, Authenticated, SessionsLayer};
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! async fn hello(request: Request<String>) -> Result<Response<String>, std::convert::Infallible> {
//!     let user = request.extensions().get::<Authenticated>();
//!     let name = user.map_or("stranger", |user| user.subject().as_str());
//!     Ok(Response::new(format!("hello, {name}")))
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = SessionPolicy::new(CookiePolicy::host("session").build()?);
//! let lifecycle = Lifecycle::new(MemoryStore::new(), policy);
//! let authenticated = ServiceBuilder::new().layer(AuthenticateLayer::new()).service_fn(hello);
//! let service = ServiceBuilder::new()
//!     .layer(SessionsLayer::new(lifecycle))
//!     .service(authenticated.clone());
//!
//! // A stranger may pass; requirements further in refuse.
//! let response = service.oneshot(Request::new(String::new())).await?;
//! assert_eq!(response.body(), "hello, stranger");
//! // Where sessions were forgotten, nobody may.
//! let response = authenticated.oneshot(Request::new(String::new())).await?;
//! assert_eq!(response.status(), 500);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod future;
mod layer;
mod service;

use std::ops::Deref;

use portcullis_core::{Principal, Refusal, RefusalKind, Timestamp};

pub use future::ResponseFuture;
pub use layer::AuthenticateLayer;
pub use service::Authenticate;

/// Proof that a credential was verified: only this crate's layers and extractors make one.
///
/// ```compile_fail
/// # use portcullis_core::Principal;
/// # use portcullis_tower::Authenticated;
/// fn forge(principal: Principal) -> Authenticated<Principal> {
///     Authenticated(principal) // the constructor is private
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated<P = Principal>(P);

impl<P> Authenticated<P> {
    pub(crate) const fn new(principal: P) -> Self {
        Self(principal)
    }

    /// What was verified.
    #[must_use]
    pub fn into_inner(self) -> P {
        self.0
    }
}

impl<P> Deref for Authenticated<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.0
    }
}

/// That authentication took place, and when: left in the extensions whatever it found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) at: Timestamp,
}

/// The fault of a stack in which a layer lacks the one outside it.
pub(crate) fn miswired(message: &'static str) -> Refusal {
    #[cfg(feature = "tracing")]
    tracing::error!(message, "layers are missing or in the wrong order");
    #[cfg(not(feature = "tracing"))]
    let _ = message;
    Refusal::new(RefusalKind::Internal).with_code("misconfigured")
}
