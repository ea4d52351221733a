//! Lets only those requests pass that fulfil a requirement.
//!
//! 1. Who is nobody gets 401, who may not gets 403, and who must show again who they are gets 401
//!    with the code `reauthentication_required` and, as RFC 9470 §3 has it for bearer tokens, the
//!    reason `insufficient_user_authentication` in it.
//! 2. Without an [`AuthenticateLayer`](crate::AuthenticateLayer) outside it refuses everything
//!    with 500: a check that did not run never lets pass.
//! 3. The decision is the same for every method, HEAD too.
//!
//! # Example
//!
//! ```
//! use http::{Request, Response, StatusCode};
//! use portcullis_cookie::CookiePolicy;
//! use portcullis_core::{Authentication, Clock, Level, Method, SubjectId, SystemClock};
//! use portcullis_session::{Lifecycle, Login, MemoryStore, SessionPolicy};
//! use portcullis_tower::{AuthenticateLayer, RequireLayer, SessionsLayer};
//! use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = SessionPolicy::new(CookiePolicy::host("session").build()?);
//! let lifecycle = Lifecycle::new(MemoryStore::new(), policy);
//! let mut service = ServiceBuilder::new()
//!     .layer(SessionsLayer::new(lifecycle.clone()))
//!     .layer(AuthenticateLayer::new())
//!     .layer(RequireLayer::signed_in())
//!     .service(service_fn(|_: Request<String>| async {
//!         Ok::<_, std::convert::Infallible>(Response::new("welcome".to_owned()))
//!     }));
//!
//! // A stranger is refused.
//! let response = service.ready().await?.call(Request::new(String::new())).await?;
//! assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
//!
//! // Who is signed in is let in.
//! let session = lifecycle.session(&http::HeaderMap::new());
//! let how = Authentication { at: SystemClock.now(), method: Method::GITHUB, level: Level::Single };
//! session.log_in(Login::new(SubjectId::new("usr_1")?, how)).await?;
//! let mut headers = http::HeaderMap::new();
//! session.finish(&mut headers);
//! let cookie = headers["set-cookie"].to_str()?.split(';').next().ok_or("a cookie")?.to_owned();
//! let request = Request::builder().header("cookie", cookie).body(String::new())?;
//! assert_eq!(service.ready().await?.call(request).await?.body(), "welcome");
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod future;
mod layer;
mod requirement;
mod service;

pub use future::ResponseFuture;
pub use layer::RequireLayer;
pub use requirement::{Requirement, SignedIn};
pub use service::Require;
