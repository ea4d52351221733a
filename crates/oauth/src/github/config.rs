use std::sync::Arc;

use portcullis_cookie::CookiePolicy;
use portcullis_core::Secret;
use url::Url;

use super::GithubConfigBuilder;
use crate::{ReturnOrigin, ReturnPath, ReturnPathError};

/// How to sign in by GitHub, checked when it was built; clones share it.
///
/// ```
/// use portcullis_core::Secret;
/// use portcullis_oauth::{ConfigErrorKind, GithubConfig};
///
/// let secret = Secret::from("0123abcd");
/// let config = GithubConfig::builder("Iv1.id", secret.clone(), "https://app.example/callback")
///     .with_verified_email_required()
///     .add_allowed_org("acme")
///     .build()?;
/// assert_eq!(config.scopes(), ["read:org", "user:email"]);
///
/// // Plain http is for this machine alone.
/// let far = GithubConfig::builder("Iv1.id", secret, "http://app.example/callback").build();
/// assert_eq!(far.unwrap_err().kind(), ConfigErrorKind::RedirectUri);
/// # Ok::<_, portcullis_oauth::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct GithubConfig(pub(super) Arc<Settings>);

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) provider: Box<str>,
    pub(super) client_id: Box<str>,
    pub(super) client_secret: Secret,
    pub(super) redirect_uri: Url,
    pub(super) web_base: Box<str>,
    pub(super) api_base: Box<str>,
    pub(super) issuer: Arc<str>,
    pub(super) requires_iss: bool,
    pub(super) scopes: Vec<Box<str>>,
    pub(super) email: EmailRule,
    pub(super) teams: Vec<AllowedTeam>,
    pub(super) login_page: ReturnPath,
    pub(super) default_return: ReturnPath,
    pub(super) return_origins: Vec<ReturnOrigin>,
    pub(super) user_agent: Box<str>,
    pub(super) api_version: Box<str>,
    pub(super) cookie: CookiePolicy,
}

/// What to do about the user's e-mail address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum EmailRule {
    /// It is not asked for.
    #[default]
    Ignored,
    /// It is asked for; a user without one that is verified signs in without.
    Wanted,
    /// It is asked for; a user without one that is verified is refused.
    Required,
}

/// An organisation whose members may sign in, or a team in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedTeam {
    pub(crate) org: Box<str>,
    pub(crate) team: Option<Box<str>>,
}

impl GithubConfig {
    /// Begins a configuration with what the app's page on GitHub says: client id, client secret
    /// and, to the letter, the callback URL.
    ///
    /// `redirect_uri` alone decides where GitHub sends the browser; no header of any request does.
    pub fn builder(
        client_id: &str,
        client_secret: Secret,
        redirect_uri: &str,
    ) -> GithubConfigBuilder {
        GithubConfigBuilder::new(client_id, client_secret, redirect_uri)
    }

    /// The provider's name.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.0.provider
    }

    /// The issuer: with the numeric id, what identifies a user.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The redirect URI.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        self.0.redirect_uri.as_str()
    }

    /// The path of the redirect URI, which the callback's route must have.
    #[must_use]
    pub fn redirect_path(&self) -> &str {
        self.0.redirect_uri.path()
    }

    /// The scopes that are asked for, in alphabetical order.
    #[must_use]
    pub fn scopes(&self) -> Vec<&str> {
        self.0.scopes.iter().map(AsRef::as_ref).collect()
    }

    /// The page to which a user is sent who cancelled, or may try again.
    #[must_use]
    pub fn login_page(&self) -> &ReturnPath {
        &self.0.login_page
    }

    /// Whether flow cookies travel over https alone. If not, warn once at start-up: this is for
    /// development on one machine.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.cookie.is_secure()
    }

    /// Reads a `return_to` parameter by the rules of [`ReturnPath`] and the allowed origins.
    ///
    /// # Errors
    ///
    /// [`ReturnPathError`] if the rules forbid it; a sign-in then returns to the default.
    pub fn parse_return_to(&self, text: &str) -> Result<ReturnPath, ReturnPathError> {
        ReturnPath::parse_with(text, &self.0.return_origins)
    }

    /// Where to return, whatever was asked for.
    pub(crate) fn return_path(&self, asked: Option<&str>) -> ReturnPath {
        asked
            .and_then(|text| self.parse_return_to(text).ok())
            .unwrap_or_else(|| self.0.default_return.clone())
    }

    pub(crate) fn cookie(&self) -> &CookiePolicy {
        &self.0.cookie
    }

    pub(crate) fn client_id(&self) -> &str {
        &self.0.client_id
    }

    pub(crate) fn client_secret(&self) -> &Secret {
        &self.0.client_secret
    }

    pub(crate) fn issuer_shared(&self) -> Arc<str> {
        Arc::clone(&self.0.issuer)
    }

    pub(crate) fn redirect_url(&self) -> &Url {
        &self.0.redirect_uri
    }

    pub(crate) fn requires_iss(&self) -> bool {
        self.0.requires_iss
    }

    pub(crate) fn email_rule(&self) -> EmailRule {
        self.0.email
    }

    pub(crate) fn teams(&self) -> &[AllowedTeam] {
        &self.0.teams
    }

    pub(crate) fn user_agent(&self) -> &str {
        &self.0.user_agent
    }

    pub(crate) fn api_version(&self) -> &str {
        &self.0.api_version
    }

    pub(crate) fn authorize_url(&self) -> String {
        format!("{}/login/oauth/authorize", self.0.web_base)
    }

    pub(crate) fn token_url(&self) -> String {
        format!("{}/login/oauth/access_token", self.0.web_base)
    }

    /// The address of a call of the API; `path` begins with `/`.
    pub(crate) fn api_url(&self, path: &str) -> String {
        format!("{}{path}", self.0.api_base)
    }
}
