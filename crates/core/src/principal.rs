use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::Timestamp;

/// The name under which an application knows a user: 1 to 255 visible ASCII characters.
///
/// It is the application's own id, not an e-mail address or a name that the user may change.
/// Cloning it does not allocate.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(Arc<str>);

/// The text is empty, over 255 bytes, or has something other than visible ASCII in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameError;

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a name of 1 to 255 visible ASCII characters")
    }
}

impl Error for NameError {}

impl SubjectId {
    /// Takes an id.
    ///
    /// # Errors
    ///
    /// [`NameError`] if it is not 1 to 255 visible ASCII characters.
    pub fn new(id: &str) -> Result<Self, NameError> {
        check_name(id)?;
        Ok(Self(Arc::from(id)))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_name(name: &str) -> Result<(), NameError> {
    let visible = name.bytes().all(|byte| byte.is_ascii_graphic());
    if visible && (1..=255).contains(&name.len()) {
        Ok(())
    } else {
        Err(NameError)
    }
}

impl fmt::Debug for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectId({})", self.0)
    }
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a request presented to show who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Credential {
    /// A browser session's cookie.
    Session,
}

/// How strongly a user has shown who they are; later variants are stronger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// One factor, or a provider that does not say.
    #[default]
    Single,
    /// Two factors or more.
    Multi,
}

/// How a user authenticated, in the words of RFC 8176 §2 where it has one (`pwd`, `otp`, `hwk`),
/// otherwise a short name such as the provider's: 1 to 255 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Method(Repr);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Github,
    Other(Arc<str>),
}

impl Method {
    /// Sign-in by GitHub.
    pub const GITHUB: Self = Self(Repr::Github);

    /// Takes the name of a method.
    ///
    /// # Errors
    ///
    /// [`NameError`] if it is not 1 to 255 visible ASCII characters.
    pub fn new(name: &str) -> Result<Self, NameError> {
        check_name(name)?;
        Ok(match name {
            "github" => Self::GITHUB,
            other => Self(Repr::Other(Arc::from(other))),
        })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Github => "github",
            Repr::Other(name) => name,
        }
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Method({})", self.as_str())
    }
}

/// When, how and how strongly a user authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// When the user last proved who they are (not when they last came by).
    pub at: Timestamp,
    /// By what means.
    pub method: Method,
    /// How strongly.
    pub level: Level,
}

/// Who a request is from, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    subject: SubjectId,
    authentication: Authentication,
    credential: Credential,
}

impl Principal {
    /// Puts a principal together. Only verifiers should: layers hand on what they verified.
    #[must_use]
    pub const fn new(
        subject: SubjectId,
        authentication: Authentication,
        credential: Credential,
    ) -> Self {
        Self {
            subject,
            authentication,
            credential,
        }
    }

    /// The application's own id of the user.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// When, how and how strongly the user authenticated.
    #[must_use]
    pub const fn authentication(&self) -> &Authentication {
        &self.authentication
    }

    /// What the request presented.
    #[must_use]
    pub const fn credential(&self) -> Credential {
        self.credential
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_visible_ascii_of_bounded_length() {
        for bad in ["", " ", "a b", "é", "a\n", "\u{0}", &"x".repeat(256)] {
            assert_eq!(SubjectId::new(bad), Err(NameError), "{bad:?}");
            assert!(Method::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            SubjectId::new(&"x".repeat(255)).unwrap().as_str().len(),
            255
        );
        assert_eq!(Method::new("github"), Ok(Method::GITHUB));
    }
}
