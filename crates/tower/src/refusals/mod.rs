//! Writes refusals in the format of a surface.
//!
//! Layers and handlers further in refuse with a status, an empty body and a
//! [`Refusal`](portcullis_core::Refusal) in the response's extensions; this layer, which alone
//! knows the [`ErrorFormat`](portcullis_core::ErrorFormat), writes the body. It keeps the headers
//! that the response has already.
//!
//! With [`RefusalsLayer::with_bare_statuses`] it also writes bodies for the bare 404 and 405 of a
//! router, so that an unknown route is refused in the surface's own shape.
//!
//! # Example
//!
//! ```
//! use http::{Request, Response};
//! use http_body_util::{BodyExt, Empty};
//! use portcullis_core::{RefusalKind, format::Envelope};
//! use portcullis_tower::{RefusalsLayer, Rejection};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let service = ServiceBuilder::new().layer(RefusalsLayer::new(Envelope::default())).service(
//!     service_fn(|request: Request<()>| async move {
//!         let body = Empty::<bytes::Bytes>::new();
//!         Ok::<_, std::convert::Infallible>(match request.uri().path() {
//!             "/open" => Response::new(body),
//!             _ => Rejection::new(RefusalKind::Forbidden).to_response(),
//!         })
//!     }),
//! );
//! let allowed = service.clone().oneshot(Request::builder().uri("/open").body(())?).await?;
//! assert_eq!(allowed.status(), 200);
//!
//! let refused = service.oneshot(Request::builder().uri("/shut").body(())?).await?;
//! assert_eq!(refused.status(), 403);
//! assert_eq!(
//!     refused.into_body().collect().await?.to_bytes(),
//!     r#"{"error":{"code":"forbidden","message":"You may not do this."}}"#
//! );
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod body;
mod future;
mod layer;
mod service;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use layer::RefusalsLayer;
pub use service::Refusals;
