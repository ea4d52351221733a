//! What can go wrong at a call.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;

use super::setup::Issuer;

/// Says what goes wrong at one call.
///
/// Faults on members change JSON answers alone; where the answer is a list, every object in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Sends exactly this; nothing is done.
    Answer(Response<Bytes>),
    /// Closes the connection without an answer; nothing is done.
    Close,
    /// Does the work, then closes the connection without an answer.
    CloseAfterWork,
    /// Announces the whole length, sends half of the body, then closes the connection.
    CutOff,
    /// Does the work, then waits so long, by tokio's time, before the answer.
    Delay(Duration),
    /// Writes a member of a JSON object once more at the end, with another value.
    DuplicateMember {
        /// The name that then stands there twice.
        name: String,
        /// The second value.
        value: Value,
    },
    /// Sends the right head and no body.
    EmptyBody,
    /// Sets one header of an otherwise right answer.
    Header(HeaderName, HeaderValue),
    /// Sends a page of HTML with status 200; nothing is done.
    Html,
    /// Streams white space before the right body, which a reader without a limit would accept.
    HugeBody {
        /// The size of the whole body, in bytes.
        bytes: u64,
        /// Whether `Content-Length` tells it beforehand.
        declared: bool,
    },
    /// Puts a byte that UTF-8 does not have behind the first quotation mark of the body.
    InvalidUtf8,
    /// Sends the callback with this `iss`; for [`Endpoint::Decide`](super::Endpoint::Decide).
    Iss(Issuer),
    /// Fails with this OAuth error code; nothing is done.
    ///
    /// On the page and the decision it is a redirect to the callback, elsewhere status 200.
    OauthError(String),
    /// Sends the answer of a rate limit; nothing is done.
    RateLimit(RateLimit),
    /// Sends a redirect (302) to this address; nothing is done.
    Redirect(HeaderValue),
    /// Leaves a member out of the JSON answer.
    RemoveMember(String),
    /// Grants only those of the scopes asked for that are listed; for
    /// [`Endpoint::Token`](super::Endpoint::Token).
    Scopes(Vec<String>),
    /// Gives a member of the JSON answer this value.
    SetMember {
        /// The member's name.
        name: String,
        /// The value it gets, of any JSON type.
        value: Value,
    },
    /// Sends this status with a page of HTML; nothing is done.
    Status(StatusCode),
    /// Sends half of the body, as if that were all.
    Truncate,
}

impl Fault {
    /// Gives a member of the JSON answer another value.
    pub fn member(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::SetMember {
            name: name.into(),
            value: value.into(),
        }
    }

    /// Sends the user's number as text.
    #[must_use]
    pub fn id_as_text(id: u64) -> Self {
        Self::member("id", id.to_string())
    }

    /// Sends 2^63 as the user's number, one more than a signed 64-bit number holds.
    #[must_use]
    pub fn id_too_large() -> Self {
        Self::member("id", 1_u64 << 63)
    }

    /// Sends a negative user's number.
    #[must_use]
    pub fn negative_id() -> Self {
        Self::member("id", -1)
    }

    /// Leaves `access_token` out.
    #[must_use]
    pub fn without_access_token() -> Self {
        Self::RemoveMember("access_token".to_owned())
    }

    /// Sends another `token_type` than `bearer`.
    pub fn token_type(token_type: impl Into<String>) -> Self {
        Self::member("token_type", token_type.into())
    }

    /// Sends the right body under another `Content-Type`.
    #[must_use]
    pub fn content_type(content_type: HeaderValue) -> Self {
        Self::Header(CONTENT_TYPE, content_type)
    }

    /// Sends a callback without `iss`.
    #[must_use]
    pub fn no_iss() -> Self {
        Self::Iss(Issuer::Absent)
    }

    /// Sends a callback with another `iss`.
    pub fn wrong_iss(issuer: impl Into<String>) -> Self {
        Self::Iss(Issuer::Other(issuer.into()))
    }

    /// Whether it shows in the redirect to the callback, beside HTTP.
    pub(super) fn shapes_callback(&self) -> bool {
        matches!(self, Self::Iss(_) | Self::OauthError(_))
    }
}

/// Describes the answer of a rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    pub(super) status: StatusCode,
    pub(super) wait: Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    ResetIn(u64),
    RetryAfter(u64),
    Untold,
}

impl RateLimit {
    /// Says that no request is left until `seconds` from now: `x-ratelimit-remaining: 0`, 403.
    #[must_use]
    pub fn primary(seconds: u64) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            wait: Wait::ResetIn(seconds),
        }
    }

    /// Asks to come back after so many `seconds`: `retry-after`, 403.
    #[must_use]
    pub fn secondary(seconds: u64) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            wait: Wait::RetryAfter(seconds),
        }
    }

    /// Refuses without telling until when, 403.
    #[must_use]
    pub fn untold() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            wait: Wait::Untold,
        }
    }

    /// Sends 429 instead of 403; GitHub does both.
    #[must_use]
    pub fn with_too_many_requests(mut self) -> Self {
        self.status = StatusCode::TOO_MANY_REQUESTS;
        self
    }
}
