use http::Response;
use http::header::{ALLOW, CACHE_CONTROL, CONNECTION};
use http::{HeaderValue, StatusCode};
use portcullis_core::StoreErrorKind;
use portcullis_webhook::handshake::HandshakeError;
use portcullis_webhook::{VerifyError, VerifyErrorKind};

/// Why a delivery was refused: left in the extensions of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    reason: Reason,
}

/// The reason for which a delivery is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The sender went away, or its body broke off.
    Body,
    /// A handshake that is not answered, or a `GET` that is none.
    Handshake(HandshakeError),
    /// The store of verifiers failed.
    Lookup(StoreErrorKind),
    /// The method is not `POST`, nor that of a handshake.
    Method,
    /// The body did not come in time.
    Timeout,
    /// There is no such endpoint.
    Unknown,
    /// The delivery is not accepted.
    Verify(VerifyErrorKind),
}

impl Refused {
    pub(super) const fn new(reason: Reason) -> Self {
        Self { reason }
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The status that the sender is answered with.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self.reason {
            Reason::Body => StatusCode::BAD_REQUEST,
            Reason::Handshake(error) => error.status(),
            Reason::Lookup(_) => StatusCode::SERVICE_UNAVAILABLE,
            Reason::Method => StatusCode::METHOD_NOT_ALLOWED,
            Reason::Timeout => StatusCode::REQUEST_TIMEOUT,
            Reason::Unknown => StatusCode::UNAUTHORIZED,
            Reason::Verify(kind) => kind.status(),
        }
    }

    /// The response: empty, and the same for every reason with this status.
    pub(super) fn to_response<B: Default>(self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.reason == Reason::Method {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        // The rest of a body that nobody reads must not be taken for the next request.
        if matches!(
            self.status(),
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT
        ) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<VerifyError> for Refused {
    fn from(error: VerifyError) -> Self {
        Self::new(Reason::Verify(error.kind()))
    }
}

impl From<VerifyErrorKind> for Refused {
    fn from(kind: VerifyErrorKind) -> Self {
        Self::new(Reason::Verify(kind))
    }
}
