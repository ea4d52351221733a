use std::fmt;

use tower_layer::Layer;

use super::{Require, SignedIn};

/// Layer that applies [`Require`].
#[derive(Clone)]
#[must_use]
pub struct RequireLayer<R = SignedIn> {
    requirement: R,
}

impl RequireLayer {
    /// Requires that a user is signed in.
    pub const fn signed_in() -> Self {
        Self {
            requirement: SignedIn::new(),
        }
    }
}

impl<R> RequireLayer<R> {
    /// Requires that a user is signed in who fulfils `requirement`.
    pub const fn new(requirement: R) -> Self {
        Self { requirement }
    }
}

impl<R: Clone, S> Layer<S> for RequireLayer<R> {
    type Service = Require<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        Require::new(inner, self.requirement.clone())
    }
}

impl<R> fmt::Debug for RequireLayer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequireLayer")
    }
}
