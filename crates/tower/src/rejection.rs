use http::header::{ALLOW, CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response};
use portcullis_core::{Refusal, RefusalKind, StoreError};
use portcullis_session::SessionError;

/// A refusal as the answer of a layer or a handler.
///
/// As a response it has the refusal's status and headers, an empty body, and the [`Refusal`] in
/// its extensions: a [`crate::RefusalsLayer`] further out writes the body in the surface's format.
#[derive(Clone, Debug)]
pub struct Rejection(Refusal);

impl Rejection {
    /// Makes an answer of a kind with the kind's own words.
    #[must_use]
    pub const fn new(kind: RefusalKind) -> Self {
        Self(Refusal::new(kind))
    }

    /// The refusal.
    #[must_use]
    pub const fn refusal(&self) -> &Refusal {
        &self.0
    }

    /// The response, with an empty body.
    #[must_use]
    pub fn to_response<B: Default>(&self) -> Response<B> {
        log(&self.0);
        let mut response = Response::new(B::default());
        *response.status_mut() = self.0.status();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.0.challenge() {
            headers.insert(WWW_AUTHENTICATE, challenge.to_header_value());
        }
        if let Some(seconds) = self.0.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self.0.clone());
        response
    }

    /// The response to a method that is not allowed (RFC 9110 §15.5.6), with an empty body.
    #[must_use]
    pub fn method_not_allowed<B: Default>(allow: &'static str) -> Response<B> {
        let mut response = Self::new(RefusalKind::MethodNotAllowed).to_response();
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static(allow));
        response
    }
}

/// Faults of ours are told to the operator; who is refused rightly is not.
fn log(refusal: &Refusal) {
    #[cfg(feature = "tracing")]
    if refusal.status().is_server_error() {
        let source = std::error::Error::source(refusal).map(tracing::field::display);
        tracing::error!(code = refusal.code(), source, "request refused");
    }
    #[cfg(not(feature = "tracing"))]
    let _ = refusal;
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<SessionError> for Rejection {
    fn from(error: SessionError) -> Self {
        Self(error.into())
    }
}

impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}
