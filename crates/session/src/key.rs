use std::fmt;
use std::marker::PhantomData;

use serde_core::Serialize;
use serde_core::de::DeserializeOwned;

use crate::error::SessionError;

/// The name of a session value and the type it has.
///
/// ```
/// use portcullis_session::Key;
///
/// const LOGIN: Key<String> = Key::new("login");
/// ```
pub struct Key<T> {
    name: &'static str,
    of: PhantomData<fn() -> T>,
}

impl<T> Key<T> {
    /// Names a value.
    ///
    /// # Panics
    ///
    /// If the name is empty or has over 255 bytes: at compile time in a `const`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        assert!(
            !name.is_empty() && name.len() <= 255,
            "a key has 1 to 255 bytes"
        );
        Self {
            name,
            of: PhantomData,
        }
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<T: DeserializeOwned> Key<T> {
    /// Reads a value that was stored.
    pub(crate) fn read(&self, json: Option<&[u8]>) -> Result<Option<T>, SessionError> {
        json.map(serde_json::from_slice)
            .transpose()
            .map_err(SessionError::from)
    }
}

impl<T: Serialize> Key<T> {
    /// Writes a value to be stored.
    pub(crate) fn write(&self, value: &T) -> Result<Box<[u8]>, SessionError> {
        Ok(serde_json::to_vec(value)?.into_boxed_slice())
    }
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.name)
    }
}
