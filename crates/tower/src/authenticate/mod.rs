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
//! Put it around the routes that need to know: each request through it asks the store once. The
//! [`require`](crate::require) module has an example.

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
