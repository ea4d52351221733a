use axum_core::extract::{DefaultBodyLimit, FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use portcullis_core::{Refusal, RefusalKind};
use portcullis_webhook::Receipt;
use serde_core::de::DeserializeOwned;
use serde_json::error::Category;

use crate::Rejection;

/// Extractor of a delivery's body as bytes, with the receipt of its verification.
///
/// Without a [`WebhookLayer`](crate::WebhookLayer) outside it refuses with 500. Nothing else makes one:
///
/// ```compile_fail,E0451
/// # use bytes::Bytes;
/// # use portcullis_tower::webhook::{Receipt, Verified};
/// # fn unchecked(body: Bytes, receipt: Receipt) -> Verified {
/// Verified { body, receipt } // nobody has verified it
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Verified {
    body: Bytes,
    receipt: Receipt,
}

impl Verified {
    /// The body, byte for byte as it came.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// By what it was verified.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

impl<S: Send + Sync> FromRequest<S> for Verified {
    type Rejection = Response;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Response> {
        let Some(receipt) = request.extensions().get::<Receipt>().cloned() else {
            let missing = crate::authenticate::miswired("a webhook's handler has no WebhookLayer");
            return Err(Rejection::from(missing).into_response());
        };
        // The layer has it all already, up to the scheme's limit; axum's own is another one.
        DefaultBodyLimit::disable().apply(&mut request);
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(IntoResponse::into_response)?;
        Ok(Self { body, receipt })
    }
}

/// Extractor of a delivery's body as JSON, with the receipt of its verification.
///
/// It is parsed once it is known to be the provider's: what is no JSON is then 400, and JSON of
/// another shape is 422 `unsupported_event`.
#[derive(Clone, Debug)]
pub struct VerifiedJson<T> {
    value: T,
    receipt: Receipt,
}

impl<T> VerifiedJson<T> {
    /// The value.
    #[must_use]
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Takes the value out.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// By what it was verified.
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for VerifiedJson<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let Verified { body, receipt } = Verified::from_request(request, state).await?;
        let value = serde_json::from_slice(&body).map_err(|error| rejection(&error))?;
        Ok(Self { value, receipt })
    }
}

fn rejection(error: &serde_json::Error) -> Response {
    let refusal = match error.classify() {
        Category::Data => Refusal::new(RefusalKind::Unprocessable).with_code("unsupported_event"),
        _ => Refusal::new(RefusalKind::InvalidRequest),
    };
    Rejection::from(refusal).into_response()
}
