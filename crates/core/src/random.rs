use std::error::Error;
use std::fmt;
#[cfg(feature = "test-util")]
use std::sync::Arc;

/// There are no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RandomError {
    /// The operating system gave none.
    Failed,
    /// The same 256 bits came more than once: what gives them is broken.
    Repeated,
}

impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failed => "the operating system gave no random bytes",
            Self::Repeated => "the operating system gave the same random bytes again",
        })
    }
}

impl Error for RandomError {}

/// A source of unpredictable bytes: the operating system's generator.
///
/// # Security
///
/// There is no seeded generator and no fallback: if the operating system fails, so does the call.
/// With the feature `test-util`, tests may put bytes of their own choice in its place.
#[derive(Clone, Default)]
pub struct Random(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    #[cfg(feature = "test-util")]
    Test(Arc<TestSource>),
}

#[cfg(feature = "test-util")]
type TestSource = dyn Fn(&mut [u8]) -> Result<(), RandomError> + Send + Sync;

impl Random {
    /// The operating system's generator.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// Fills `bytes`.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the operating system gives none; `bytes` must then not be used.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        match &self.0 {
            Source::System => getrandom::fill(bytes).map_err(|_| RandomError::Failed),
            #[cfg(feature = "test-util")]
            Source::Test(source) => source(bytes),
        }
    }

    /// Gives `N` bytes.
    ///
    /// # Errors
    ///
    /// As [`Random::fill`].
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], RandomError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(feature = "test-util")]
impl Random {
    /// Makes a source that calls `fill`, for tests alone.
    #[must_use]
    pub fn test(
        fill: impl Fn(&mut [u8]) -> Result<(), RandomError> + Send + Sync + 'static,
    ) -> Self {
        Self(Source::Test(Arc::new(fill)))
    }

    /// Makes a source that always fails, for tests alone.
    #[must_use]
    pub fn failing() -> Self {
        Self::test(|_| Err(RandomError::Failed))
    }

    /// Makes a source that gives the same byte for ever, for tests alone.
    #[must_use]
    pub fn repeating(byte: u8) -> Self {
        Self::test(move |bytes| {
            bytes.fill(byte);
            Ok(())
        })
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}
