//! The layers for sessions, authentication and requirements in the one order that works.
//!
//! A [`Stack`] is a layer that grows from the outside in; its type says what it wants next. The
//! wrong order does not compile:
//!
//! ```compile_fail,E0599
//! # use portcullis_session::Lifecycle;
//! # use portcullis_tower::{SignedIn, Stack};
//! fn stack(lifecycle: Lifecycle) {
//!     let _ = Stack::new(lifecycle).require(SignedIn::new()); // nobody asked who it is
//! }
//! ```
//!
//! ```compile_fail,E0599
//! # use portcullis_session::Lifecycle;
//! # use portcullis_tower::Stack;
//! fn stack(lifecycle: Lifecycle) {
//!     let _ = Stack::new(lifecycle).authenticate().authenticate(); // once is enough
//! }
//! ```
//!
//! # Example
//!
//! ```
//! use http::{Request, Response};
//! use portcullis_cookie::CookiePolicy;
//! use portcullis_session::{Lifecycle, MemoryStore, SessionPolicy};
//! use portcullis_tower::{SignedIn, Stack};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = SessionPolicy::new(CookiePolicy::host("session").build()?);
//! let stack = Stack::new(Lifecycle::new(MemoryStore::new(), policy)).authenticate();
//! let service = service_fn(|_: Request<String>| async {
//!     Ok::<_, std::convert::Infallible>(Response::new(String::new()))
//! });
//!
//! let open = stack.clone().layer(service.clone());
//! assert_eq!(open.oneshot(Request::new(String::new())).await?.status(), 200);
//! let guarded = stack.require(SignedIn::new()).layer(service);
//! assert_eq!(guarded.oneshot(Request::new(String::new())).await?.status(), 401);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use portcullis_session::Lifecycle;
use tower_layer::Layer;

use crate::authenticate::Authenticate;
use crate::require::Require;
use crate::sessions::Sessions;
use crate::{AuthenticateLayer, RequireLayer, SessionsLayer};

/// Layers in the order that works; `State` says what may come next.
///
/// In each state it is the layer of what it has so far.
#[derive(Clone, Debug)]
#[must_use]
pub struct Stack<State = WantsAuthentication> {
    sessions: SessionsLayer,
    state: State,
}

/// There are sessions; who a request is from was not asked yet.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct WantsAuthentication;

/// It is known who a request is from; everybody may pass.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct WantsRequirement;

/// Only those pass who fulfil the requirement.
#[derive(Clone, Debug)]
pub struct Guarded<R>(RequireLayer<R>);

impl Stack {
    /// Begins with the sessions of a lifecycle.
    pub const fn new(lifecycle: Lifecycle) -> Self {
        Self {
            sessions: SessionsLayer::new(lifecycle),
            state: WantsAuthentication,
        }
    }

    /// Finds out who each request is from: one question to the store a request.
    pub fn authenticate(self) -> Stack<WantsRequirement> {
        self.then(WantsRequirement)
    }
}

impl Stack<WantsRequirement> {
    /// Lets only those pass who are signed in and fulfil `requirement`.
    pub fn require<R>(self, requirement: R) -> Stack<Guarded<R>> {
        self.then(Guarded(RequireLayer::new(requirement)))
    }
}

impl<State> Stack<State> {
    fn then<Next>(self, state: Next) -> Stack<Next> {
        Stack {
            sessions: self.sessions,
            state,
        }
    }
}

impl<S> Layer<S> for Stack<WantsAuthentication> {
    type Service = Sessions<S>;

    fn layer(&self, inner: S) -> Self::Service {
        self.sessions.layer(inner)
    }
}

impl<S> Layer<S> for Stack<WantsRequirement> {
    type Service = Sessions<Authenticate<S>>;

    fn layer(&self, inner: S) -> Self::Service {
        self.sessions.layer(AuthenticateLayer::new().layer(inner))
    }
}

impl<R: Clone, S> Layer<S> for Stack<Guarded<R>> {
    type Service = Sessions<Authenticate<Require<S, R>>>;

    fn layer(&self, inner: S) -> Self::Service {
        let guarded = self.state.0.layer(inner);
        self.sessions.layer(AuthenticateLayer::new().layer(guarded))
    }
}
