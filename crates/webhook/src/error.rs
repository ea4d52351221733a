use std::error::Error;
use std::fmt;

/// A scheme, secret or verifier that cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError {
    kind: ConfigErrorKind,
}

/// What is wrong with a scheme, a secret or a verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// A name that should be a header's is none.
    Header,
    /// The key is none of the scheme's algorithm, or one under which anybody can sign: an RSA key of
    /// fewer than 2048 bits, an Ed25519 key of small order.
    Key,
    /// The message leaves out the body, the timestamp or the id that it should have, or has a part
    /// that nobody knows.
    Message,
    /// The secret is empty or nothing but white space.
    SecretEmpty,
    /// The secret is not written as the scheme says: not base64, not hex, nothing after its prefix.
    SecretFormat,
    /// A shared secret, a public key or a private key stands where the scheme has another one of
    /// these.
    SecretKind,
    /// The secret has fewer than 16 bytes.
    SecretShort,
    /// There is no secret.
    SecretMissing,
    /// An age is to be judged, or deliveries are to be remembered by it, and no timestamp is signed.
    Timestamp,
    /// The feature that the scheme needs is off in this build: `public-key` for its algorithm, or `form`,
    /// `json`, `message-signatures` or `token`.
    Unsupported,
}

impl ConfigErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Header => "the scheme names a header that cannot be one",
            Self::Key => "the key cannot be used with the algorithm of the scheme",
            Self::Message => "the message of the scheme does not have the parts it should have",
            Self::SecretEmpty => "the secret is empty",
            Self::SecretFormat => "the secret is not written as the scheme has it",
            Self::SecretKind => "the secret is of another kind than the scheme has",
            Self::SecretMissing => "there is no secret",
            Self::SecretShort => "the secret has fewer than 16 bytes",
            Self::Timestamp => "the scheme signs no timestamp",
            Self::Unsupported => "this build lacks the feature that the scheme needs",
        }
    }
}

impl ConfigError {
    pub(crate) const fn new(kind: ConfigErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ConfigErrorKind {
        self.kind
    }
}

/// A delivery that is not accepted.
///
/// # Security
///
/// A stranger must not learn why: answer by [`VerifyErrorKind::status`], and keep the reason for
/// your logs.
// Aligned, for a result that holds either it or something large is then moved word by word: beside an
// error of one byte a small delivery takes a twentieth longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(8))]
pub struct VerifyError {
    kind: VerifyErrorKind,
}

/// Why a delivery is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifyErrorKind {
    /// Signed by a secret of ours, and from further in the future than is allowed.
    Early,
    /// A header is there and cannot be read, or twice with different values.
    Malformed,
    /// A header that must be there is not.
    Missing,
    /// Signed by a secret of ours, and accepted before.
    Replayed,
    /// No signature fits.
    Signature,
    /// Signed by a secret of ours, and older than is allowed.
    Stale,
    /// The store of replays could not say whether this was here before.
    Store,
    /// The body is longer than the limit.
    TooLarge,
    /// The scheme signs the URL, and none was given.
    Url,
}

impl VerifyErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Early => "the delivery is from the future",
            Self::Malformed => "a header of the signature cannot be read",
            Self::Missing => "a header of the signature is missing",
            Self::Replayed => "the delivery was here before",
            Self::Signature => "no signature fits",
            Self::Stale => "the delivery is too old",
            Self::Store => "the store of replays failed",
            Self::TooLarge => "the body is too long",
            Self::Url => "the url that is signed is not known",
        }
    }

    /// The status to answer with (RFC 9110 §15): 400 if a header cannot be read, 413 if the body is
    /// too long, 503 if the store failed, 500 if it is our fault, and otherwise 401.
    #[must_use]
    pub const fn status(self) -> http::StatusCode {
        use http::StatusCode as Status;
        match self {
            Self::Malformed => Status::BAD_REQUEST,
            Self::TooLarge => Status::PAYLOAD_TOO_LARGE,
            Self::Store => Status::SERVICE_UNAVAILABLE,
            Self::Url => Status::INTERNAL_SERVER_ERROR,
            Self::Early | Self::Missing | Self::Replayed | Self::Signature | Self::Stale => {
                Status::UNAUTHORIZED
            }
        }
    }
}

impl VerifyError {
    pub(crate) const fn new(kind: VerifyErrorKind) -> Self {
        Self { kind }
    }

    /// Why.
    #[must_use]
    pub const fn kind(&self) -> VerifyErrorKind {
        self.kind
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.text())
    }
}

impl Error for ConfigError {}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.text())
    }
}

impl Error for VerifyError {}

impl From<VerifyErrorKind> for VerifyError {
    fn from(kind: VerifyErrorKind) -> Self {
        Self::new(kind)
    }
}

impl From<ConfigErrorKind> for ConfigError {
    fn from(kind: ConfigErrorKind) -> Self {
        Self::new(kind)
    }
}

/// A delivery that cannot be signed: an id or a time that no header can hold, or the lack of what
/// the scheme signs.
#[derive(Debug)]
pub struct SignError(VerifyError);

impl SignError {
    pub(crate) const fn unsigned(source: VerifyError) -> Self {
        Self(source)
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the delivery cannot be signed")
    }
}

impl Error for SignError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_cause() {
        let sign = SignError::unsigned(VerifyErrorKind::Missing.into());
        assert_eq!(sign.to_string(), "the delivery cannot be signed");
        let cause = sign.source().unwrap();
        assert_eq!(cause.to_string(), "a header of the signature is missing");
        assert!(cause.source().is_none());
    }
}
