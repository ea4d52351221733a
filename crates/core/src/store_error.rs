use std::error::Error;
use std::fmt;

/// A store is ill: it could not say whether something is there, or could not keep it.
///
/// Absent, expired, taken and already there are values of the stores' verbs, never this error.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What is wrong with the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Somebody else holds it for too long.
    Busy,
    /// What it holds cannot be read as what it should be.
    Corrupt,
    /// It has no room left; reads may still work.
    Full,
    /// What was to be stored is larger than the store takes.
    TooLarge,
    /// It did not answer in time.
    Timeout,
    /// It cannot be reached, or failed in a way not named here.
    Unavailable,
}

impl StoreError {
    /// Makes an error with no cause below it.
    #[must_use]
    pub const fn new(kind: StoreErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Makes an error that keeps its cause.
    #[must_use]
    pub fn with_source(
        kind: StoreErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Busy => "the store is busy",
            StoreErrorKind::Corrupt => "the store is corrupt",
            StoreErrorKind::Full => "the store is full",
            StoreErrorKind::TooLarge => "too large for the store",
            StoreErrorKind::Timeout => "the store did not answer in time",
            StoreErrorKind::Unavailable => "the store is unavailable",
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
