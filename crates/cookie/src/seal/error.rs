use portcullis_core::RandomError;

/// A key that must not seal anything.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{}", .kind.text())]
pub struct SealKeyError {
    kind: SealKeyErrorKind,
    source: Option<RandomError>,
}

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealKeyErrorKind {
    /// It does not have 32 bytes.
    Length,
    /// It was published, in documentation or as a test vector.
    Published,
    /// There were no random bytes to make it of.
    Random,
    /// It is not 43 characters of URL-safe base64 without padding (RFC 4648 §5).
    Text,
    /// It has so few different bytes that it cannot be random.
    Weak,
}

impl SealKeyErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Length => "a sealing key must have 32 bytes",
            Self::Published => "the sealing key is known to the public",
            Self::Random => "no random bytes for a sealing key",
            Self::Text => "a sealing key is 43 characters of url-safe base64",
            Self::Weak => "the sealing key is not random",
        }
    }
}

impl SealKeyError {
    pub(super) const fn new(kind: SealKeyErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> SealKeyErrorKind {
        self.kind
    }
}

impl From<RandomError> for SealKeyError {
    fn from(source: RandomError) -> Self {
        Self {
            kind: SealKeyErrorKind::Random,
            source: Some(source),
        }
    }
}

/// A value that could not be sealed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{}", .kind.text())]
pub struct SealError {
    kind: SealErrorKind,
    source: Option<RandomError>,
}

/// Why a value could not be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealErrorKind {
    /// The cipher failed: the machine is out of memory or worse.
    Cipher,
    /// There were no random bytes for the nonce.
    Random,
    /// The sealed value would exceed 4096 characters.
    TooLong,
}

impl SealErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Cipher => "the cipher failed",
            Self::Random => "no random bytes to seal with",
            Self::TooLong => "too long to be sealed into a cookie",
        }
    }
}

impl SealError {
    pub(super) const fn new(kind: SealErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Why it failed.
    #[must_use]
    pub const fn kind(&self) -> SealErrorKind {
        self.kind
    }
}

impl From<RandomError> for SealError {
    fn from(source: RandomError) -> Self {
        Self {
            kind: SealErrorKind::Random,
            source: Some(source),
        }
    }
}
