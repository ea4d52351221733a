//! Lets signed deliveries in, and nothing else.
//!
//! 1. What the head alone shows to be wrong is answered before the body is asked for.
//! 2. The body is hashed as it comes, never more of it than the limit, and handed on as the very
//!    bytes and trailers that came: nothing is copied but crumbs of less than 1 KiB one after the
//!    other, nothing is decompressed. Only of a scheme that [needs the whole
//!    body](portcullis_webhook::Scheme::needs_whole_body) it is kept a second time and, if it is a form
//!    or a JSON text, parsed before the verdict.
//! 3. A handler finds the [`Receipt`] in the request's extensions.
//! 4. Whoever is refused learns nothing: 400 if a header cannot be read, 413 if the body is too
//!    long, 408 if it took too long, 503 if a store failed, 500 if it is our fault, 401 otherwise;
//!    400 or 403 if it is a handshake that is not answered.
//!    The reason is in the response's extensions, a [`Refused`], for the layers outside.
//! 5. Only `POST` is let in. A handshake of the provider is answered [if the layer is told
//!    to](crate::WebhookLayer::with_handshake), and no handler sees it.
//! 6. A delivery is as old as the end of its body. It is remembered once it was verified and is no handshake, and before it is handled.
//!
//! Put it around the routes of one provider, inside of everything that changes no body: a layer that
//! decompresses requests, outside of it, would change what was signed.
//!
//! # Example
//!
//! ```
//! use std::convert::Infallible;
//!
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::{BodyExt, Full};
//! use portcullis_tower::WebhookLayer;
//! use portcullis_tower::webhook::VerifiedBody;
//! use portcullis_webhook::{SecretFormat, SecretSet, Verifier, WebhookSecret, schemes};
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = WebhookSecret::new(SecretFormat::Utf8, "It's a Secret to Everybody")?;
//! let verifier = Verifier::new(&schemes::GITHUB, SecretSet::new("2026", secret))?;
//! let service = ServiceBuilder::new()
//!     .layer(WebhookLayer::new(verifier))
//!     .service_fn(|request: Request<VerifiedBody>| async {
//!         let body = request.into_body().collect().await?.to_bytes();
//!         Ok::<_, Infallible>(Response::new(Full::new(body)))
//!     });
//!
//! let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
//! let delivery = |body| {
//!     let request = Request::post("/").header("x-hub-signature-256", signature);
//!     request.body(Full::new(Bytes::from_static(body)))
//! };
//! assert_eq!(service.clone().oneshot(delivery(b"Hello, World!")?).await?.status(), 200);
//! assert_eq!(service.oneshot(delivery(b"Hello, World?")?).await?.status(), 401);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod body;
#[cfg(feature = "axum")]
mod extract;
mod future;
mod handshakes;
mod hook_secrets;
mod intake;
mod layer;
mod refused;
mod service;
pub mod sign;
mod verifiers;

pub use body::VerifiedBody;
#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub use extract::{Verified, VerifiedJson};
pub use future::ResponseFuture;
pub use handshakes::Handshakes;
pub use hook_secrets::{HookSecrets, Kept};
pub use layer::{Replays, WebhookLayer};
pub use portcullis_webhook::Receipt;
pub use refused::{Reason, Refused};
pub use service::Webhook;
pub use verifiers::Verifiers;
