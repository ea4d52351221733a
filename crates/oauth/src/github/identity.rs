use std::fmt;
use std::sync::Arc;

use portcullis_core::{Digest, Timestamp};

/// Who signed in, as GitHub says.
///
/// # Security
///
/// A user is known by issuer and [`GithubIdentity::id`] alone. A login can be renamed and then be
/// taken by somebody else; an e-mail address too.
#[derive(Clone, PartialEq, Eq)]
pub struct GithubIdentity {
    pub(crate) issuer: Arc<str>,
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<VerifiedEmail>,
    pub(crate) at: Timestamp,
}

impl GithubIdentity {
    /// Whose word it is.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The account's number, 1 to 2^63 - 1; with the issuer it is the key of a user.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The account's number as text, in decimal digits.
    #[must_use]
    pub fn id_text(&self) -> String {
        self.id.to_string()
    }

    /// The name under which others know the account at present, for display alone: 1 to 255
    /// visible ASCII characters.
    #[must_use]
    pub fn login(&self) -> &str {
        &self.login
    }

    /// The name that the user chose, for display alone: 1 to 255 characters, no control characters.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The primary e-mail address, if it is verified and was asked for.
    #[must_use]
    pub fn email(&self) -> Option<&VerifiedEmail> {
        self.email.as_ref()
    }

    /// When GitHub said so.
    #[must_use]
    pub fn authenticated_at(&self) -> Timestamp {
        self.at
    }

    /// The digest of issuer and number, by which events name the account.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_parts(&[self.issuer.as_bytes(), self.id_text().as_bytes()])
    }
}

/// The number and the issuer; login, name and address are personal.
impl fmt::Debug for GithubIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubIdentity")
            .field("issuer", &self.issuer)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// An e-mail address that is the user's primary one and that GitHub has verified.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedEmail {
    pub(crate) address: String,
    pub(crate) is_noreply: bool,
}

impl VerifiedEmail {
    /// The address: 3 to 254 visible ASCII characters with one `@`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether it is one of those under which GitHub hides the real ones: mail to it is lost.
    #[must_use]
    pub fn is_noreply(&self) -> bool {
        self.is_noreply
    }
}

impl fmt::Debug for VerifiedEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifiedEmail")
    }
}
