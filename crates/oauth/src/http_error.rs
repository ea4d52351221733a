use std::error::Error;
use std::fmt;

/// A call gave no answer.
#[derive(Debug)]
pub struct HttpError {
    kind: HttpErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Why a call gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HttpErrorKind {
    /// The connection failed after a part of the request may have been written.
    Broken,
    /// There was no connection; nothing was written.
    Connect,
    /// A connection took too long; nothing was written.
    ConnectTimeout,
    /// The address is neither https nor a loopback address; nothing was written.
    Insecure,
    /// The answer did not come in time.
    TimedOut,
    /// The answer has more bytes than were allowed.
    TooLarge,
}

impl HttpError {
    /// Makes an error with no cause below it.
    #[must_use]
    pub const fn new(kind: HttpErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Makes an error that keeps its cause.
    ///
    /// # Security
    ///
    /// The cause goes into logs: it must not tell request, answer or address.
    #[must_use]
    pub fn with_source(
        kind: HttpErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// Why.
    #[must_use]
    pub const fn kind(&self) -> HttpErrorKind {
        self.kind
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            HttpErrorKind::Broken => "the connection broke",
            HttpErrorKind::Connect => "there is no connection",
            HttpErrorKind::ConnectTimeout => "connecting took too long",
            HttpErrorKind::Insecure => "plain http beyond this machine",
            HttpErrorKind::TimedOut => "the answer did not come in time",
            HttpErrorKind::TooLarge => "the answer is too large",
        })
    }
}

impl Error for HttpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
