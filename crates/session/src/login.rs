use portcullis_core::{Authentication, SubjectId};
use serde_core::Serialize;

use crate::data::Patch;
use crate::error::SessionError;
use crate::policy::Remember;
use crate::{Key, Stamp};

/// A user who has proved who they are, and what is to become of that.
#[derive(Clone)]
pub struct Login {
    pub(crate) subject: SubjectId,
    pub(crate) authentication: Authentication,
    pub(crate) stamp: Option<Stamp>,
    pub(crate) remember: Option<Remember>,
    pub(crate) keep: Vec<&'static str>,
    pub(crate) values: Patch,
}

impl Login {
    /// Begins the login of a user.
    #[must_use]
    pub fn new(subject: SubjectId, authentication: Authentication) -> Self {
        Self {
            subject,
            authentication,
            stamp: None,
            remember: None,
            keep: Vec::new(),
            values: Patch::default(),
        }
    }

    /// Binds the session to the user's present credentials.
    #[must_use]
    pub fn with_stamp(mut self, stamp: Stamp) -> Self {
        self.stamp = Some(stamp);
        self
    }

    /// Chooses how long this login is remembered.
    #[must_use]
    pub const fn with_remember(mut self, remember: Remember) -> Self {
        self.remember = Some(remember);
        self
    }

    /// Keeps one value of the session that the visitor had before; all others are dropped.
    #[must_use]
    pub fn keeping<T>(mut self, key: Key<T>) -> Self {
        self.keep.push(key.name());
        self
    }

    /// Puts a value into the new session.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kind `Value` if it cannot be written as JSON.
    pub fn with_value<T: Serialize>(
        mut self,
        key: Key<T>,
        value: &T,
    ) -> Result<Self, SessionError> {
        self.values.set(key.name(), Some(key.write(value)?));
        Ok(self)
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("subject", &self.subject)
            .field("authentication", &self.authentication)
            .finish_non_exhaustive()
    }
}
