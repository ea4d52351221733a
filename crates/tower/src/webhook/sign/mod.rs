//! Signs deliveries on their way out, as a provider does.
//!
//! 1. The body is collected, up to a limit, and sent as the bytes that were signed, with their exact
//!    `Content-Length` (RFC 9112 §6.2). Where a scheme has its signature in the body, it is put there.
//! 2. The time is taken once the body is there. The id is the [`DeliveryId`] in the request's
//!    extensions; if there is none, 128 random bits are made, and left there.
//! 3. Headers of the signer take the place of those with the same name; no signature is there twice.
//! 4. A scheme that signs the URL signs that of the request, which must then be absolute: with scheme
//!    and authority, as HTTP clients want it anyway.
//! 5. A request that cannot be signed is not sent: that is [`SignedError::Unsigned`], and says why.
//!
//! Put it inside of everything that changes a body or a URL, such as compression, and outside of
//! what only carries requests. A layer that follows redirects belongs outside, so that each request
//! is signed for where it goes.
//!
//! # Attempts
//!
//! A retry layer *outside* signs each attempt anew. The time is then fresh, and the receiver takes
//! the attempt however late it comes; give the request a [`DeliveryId`], or each attempt has an id of
//! its own and counts as another delivery. A retry layer *inside* sends the same bytes again, which
//! [`SignedBody`] allows for by being cheap to clone. The time stays what it was: a receiver refuses
//! what is older than its tolerance, mostly 300 seconds, and one that remembers deliveries may take
//! the second attempt for a replay.
//!
//! # Example
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use portcullis_tower::SignLayer;
//! use portcullis_tower::webhook::sign::{SignedBody, SignedError};
//! use portcullis_webhook::{SecretFormat, SecretSet, Signer, WebhookSecret, schemes};
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = WebhookSecret::new(SecretFormat::Utf8, "It's a Secret to Everybody")?;
//! let signer = Signer::new(&schemes::GITHUB, SecretSet::new("2026", secret))?;
//! let client = ServiceBuilder::new()
//!     .layer(SignLayer::new(signer).with_body_limit(20))
//!     .service_fn(async |request: Request<SignedBody>| {
//!         // Here is the client that sends it.
//!         let signature = request.headers()["x-hub-signature-256"].clone();
//!         Ok::<_, std::convert::Infallible>(Response::new(signature))
//!     });
//!
//! let delivery = |body: &'static str| Request::post("/").body(Full::new(Bytes::from(body)));
//! let sent = client.clone().oneshot(delivery("Hello, World!")?).await?;
//! assert_eq!(
//!     sent.body(),
//!     "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
//! );
//! let refused = client.oneshot(delivery("more than twenty bytes")?).await;
//! assert!(matches!(refused, Err(SignedError::Unsigned(_))));
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod body;
mod collect;
mod error;
mod future;
mod id;
mod layer;
mod service;

pub use body::SignedBody;
pub use error::{SignedError, Unsigned};
pub use future::ResponseFuture;
pub use id::{DeliveryId, DeliveryIdError};
pub use layer::SignLayer;
pub use service::Sign;
