use std::error::Error;

use portcullis_core::RandomError;
use portcullis_webhook::SignError;

/// Why a signed request has no response.
///
/// The layers of a server answer with a response and leave the error type alone. A client has nobody
/// to answer: what was not sent is an error, which the inner service's type has no room for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignedError<E> {
    /// The inner service failed.
    #[error(transparent)]
    Inner(E),
    /// The request could not be signed, and was not sent.
    #[error("the request was not sent, for it could not be signed")]
    Unsigned(#[source] Unsigned),
}

/// Why a request could not be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unsigned {
    /// The body broke off.
    #[error("the body broke off")]
    Body(#[source] Box<dyn Error + Send + Sync>),
    /// There are no random bytes to make an id of.
    #[error("no id could be made")]
    Random(#[source] RandomError),
    /// The signer has refused it.
    #[error("the signer refused the request")]
    Sign(#[source] SignError),
    /// The body is longer than the limit.
    #[error("the body is too long to be signed")]
    TooLarge,
    /// The body has trailers, which no scheme signs.
    #[error("the body has trailers, which no scheme signs")]
    Trailers,
}

impl From<RandomError> for Unsigned {
    fn from(error: RandomError) -> Self {
        Self::Random(error)
    }
}

impl From<SignError> for Unsigned {
    fn from(error: SignError) -> Self {
        Self::Sign(error)
    }
}
