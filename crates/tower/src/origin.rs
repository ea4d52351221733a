//! Refuses requests that another site makes a browser send.
//!
//! The rule is that of `tower-http`'s `csrf` layer: safe methods pass; otherwise `Sec-Fetch-Site`
//! must be `same-origin` or `none`, or `Origin` must be the request's own host or a trusted one;
//! if both headers are missing the client is no browser and passes. Put it outside of what it
//! protects and inside the [`RefusalsLayer`](crate::RefusalsLayer).
//!
//! A proxy in front must hand on `Host` and `Origin` as they came, and no `GET` may change
//! anything.
//!
//! # Example
//!
//! ```
//! use http::{Request, Response};
//! use portcullis_tower::origin_layer;
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let service = ServiceBuilder::new()
//!     .layer(origin_layer().add_trusted_origin("https://app.example.com")?)
//!     .service_fn(|_: Request<String>| async {
//!         Ok::<_, std::convert::Infallible>(Response::new(String::new()))
//!     });
//! let post = |site| Request::post("/").header("sec-fetch-site", site).body(String::new());
//! assert_eq!(service.clone().oneshot(post("same-origin")?).await?.status(), 200);
//! assert_eq!(service.oneshot(post("cross-site")?).await?.status(), 403);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use http::Response;
use portcullis_core::{Refusal, RefusalKind};
use tower_http::csrf::{CsrfLayer, ProtectionError, ResponseForProtectionError};

use crate::Rejection;

/// Makes the layer; add origins of your own with its `add_trusted_origin`.
pub fn origin_layer() -> CsrfLayer<CrossOrigin> {
    CsrfLayer::new().with_rejection_response(CrossOrigin)
}

/// Answers a forged request with 403 and the code `cross_origin`.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct CrossOrigin;

impl<B: Default> ResponseForProtectionError<B> for CrossOrigin {
    fn response_for_protection_error(&mut self, _: ProtectionError) -> Response<B> {
        let refusal = Refusal::new(RefusalKind::Forbidden)
            .with_code("cross_origin")
            .with_message("Requests from another site are refused.");
        Rejection::from(refusal).to_response()
    }
}
