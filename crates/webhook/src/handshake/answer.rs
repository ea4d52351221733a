use std::error::Error;
use std::fmt;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

/// The answer to a handshake.
#[derive(Clone)]
#[must_use]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    pub(super) fn empty(status: StatusCode) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self {
            status,
            headers,
            body: Bytes::new(),
        }
    }

    /// One with a body, which no browser is to take for anything else.
    pub(super) fn new(content_type: &'static str, body: String) -> Self {
        let mut answer = Self::empty(StatusCode::OK);
        for (name, value) in [
            (CONTENT_TYPE, content_type),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            answer.headers.insert(name, HeaderValue::from_static(value));
        }
        answer.body = body.into();
        answer
    }

    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// Makes a response of it.
    pub fn into_response<B: From<Bytes>>(self) -> Response<B> {
        let mut response = Response::new(self.body.into());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Neither a token that is echoed nor a secret belongs into a log.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// A handshake that is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The challenge is there twice, too long, or has characters that challenges do not have.
    Challenge,
    /// The token is not ours.
    Token,
}

impl HandshakeError {
    /// The status to answer with (RFC 9110 §15.5): 403 for a wrong token, otherwise 400.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Challenge => StatusCode::BAD_REQUEST,
            Self::Token => StatusCode::FORBIDDEN,
        }
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Challenge => "the challenge is none that is answered",
            Self::Token => "the token of the handshake is wrong",
        })
    }
}

impl Error for HandshakeError {}
