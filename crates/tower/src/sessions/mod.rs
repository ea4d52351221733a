//! Sessions for the requests of a service.
//!
//! The layer puts a [`Session`](portcullis_session::Session) into the extensions of each request
//! and, when the response comes back, writes what was set and says in the head what there is to
//! say. It asks the store nothing by itself: a request that does not use its session costs no
//! store call, and its response is not touched.
//!
//! 1. The head of the response is the commit point: values that were set are written before it
//!    goes out, and a write after it is a typed error. Bodies are neither buffered nor boxed, so
//!    streams, server-sent events and upgrades pass.
//! 2. If that write fails, the response is replaced by the refusal: nothing that was not stored is
//!    acknowledged.
//! 3. `Set-Cookie`, `Vary` and `Cache-Control` are as in
//!    [`Session::finish`](portcullis_session::Session::finish).
//!
//! # Example
//!
//! ```
//! use http::{Request, Response, StatusCode};
//! use portcullis_cookie::CookiePolicy;
//! use portcullis_session::{Key, Lifecycle, MemoryStore, Session, SessionPolicy};
//! use portcullis_tower::SessionsLayer;
//! use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
//!
//! const VISITS: Key<u32> = Key::new("visits");
//!
//! async fn handle(request: Request<String>) -> Result<Response<String>, std::convert::Infallible> {
//!     let session = request.extensions().get::<Session>().expect("the layer is there");
//!     let Ok(visits) = session.value(VISITS).await else {
//!         let mut refused = Response::new(String::new());
//!         *refused.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
//!         return Ok(refused);
//!     };
//!     let visits = visits.unwrap_or(0) + 1;
//!     session.set_value(VISITS, &visits).expect("the head is not written yet");
//!     Ok(Response::new(format!("visit {visits}")))
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = SessionPolicy::new(CookiePolicy::host("session").build()?);
//! let lifecycle = Lifecycle::new(MemoryStore::new(), policy);
//! let mut service =
//!     ServiceBuilder::new().layer(SessionsLayer::new(lifecycle)).service(service_fn(handle));
//!
//! let response = service.ready().await?.call(Request::new(String::new())).await?;
//! assert_eq!(response.body(), "visit 1");
//! let set_cookie = response.headers()["set-cookie"].to_str()?;
//! let cookie = set_cookie.split(';').next().ok_or("a cookie")?;
//!
//! let again = Request::builder().header("cookie", cookie).body(String::new())?;
//! assert_eq!(service.ready().await?.call(again).await?.body(), "visit 2");
//!
//! // What is not one of our tokens is no session.
//! let forged = Request::builder().header("cookie", "__Host-session=x").body(String::new())?;
//! assert_eq!(service.ready().await?.call(forged).await?.body(), "visit 1");
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod future;
mod layer;
mod service;

pub use future::ResponseFuture;
pub use layer::SessionsLayer;
pub use service::Sessions;
