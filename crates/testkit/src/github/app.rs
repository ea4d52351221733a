//! The registration of a client.

use std::fmt;

/// Describes one app registered at the stand-in.
///
/// An OAuth app by default; [`with_app_tokens`](Self::with_app_tokens) makes it a GitHub App.
#[derive(Clone)]
pub struct GithubApp {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) name: String,
    pub(super) redirect_uris: Vec<String>,
    pub(super) app_tokens: bool,
    pub(super) pkce_optional: bool,
}

impl GithubApp {
    /// Creates an OAuth app without any redirect URI yet.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        let client_id = client_id.into();
        Self {
            name: client_id.clone(),
            client_id,
            client_secret: client_secret.into(),
            redirect_uris: Vec::new(),
            app_tokens: false,
            pkce_optional: false,
        }
    }

    /// Shows this name on the page; the client id by default.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Registers one more redirect URI, which requests must then repeat character for character.
    #[must_use]
    pub fn with_redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        self.redirect_uris.push(redirect_uri.into());
        self
    }

    /// Issues tokens as a GitHub App does.
    ///
    /// Access tokens `ghu_…` live eight hours, refresh tokens `ghr_…` 183 days; the granted scope
    /// is empty and the API treats every permission as given.
    #[must_use]
    pub fn with_app_tokens(mut self) -> Self {
        self.app_tokens = true;
        self
    }

    /// Accepts requests without `code_challenge`, as the real GitHub does.
    ///
    /// # Security
    ///
    /// Only for clients that have no PKCE, such as GitHub's own JavaScript SDK. A challenge that
    /// is sent must still be whole, and is still verified.
    #[must_use]
    pub fn insecure_pkce_optional(mut self) -> Self {
        self.pkce_optional = true;
        self
    }
}

impl fmt::Debug for GithubApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubApp")
            .field("client_id", &self.client_id)
            .field("redirect_uris", &self.redirect_uris)
            .field("app_tokens", &self.app_tokens)
            .field("pkce_optional", &self.pkce_optional)
            .finish_non_exhaustive()
    }
}
