//! The checks of a configuration.

use std::sync::Arc;

use portcullis_cookie::CookiePolicy;
use url::Url;

use super::GithubConfigBuilder;
use super::address::{base, checked_url};
use super::config::{AllowedTeam, EmailRule, GithubConfig, Settings};
use crate::{ConfigError, ConfigErrorKind, ReturnOrigin, ReturnPath};

const WEB_BASE: &str = "https://github.com";
const API_BASE: &str = "https://api.github.com";

impl GithubConfigBuilder {
    /// Checks the configuration and makes it.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the first setting that cannot work.
    pub fn build(self) -> Result<GithubConfig, ConfigError> {
        let redirect_uri = checked_url(&self.redirect_uri, ConfigErrorKind::RedirectUri)?;
        let web_base = base(self.web_base.as_deref(), WEB_BASE, ConfigErrorKind::WebBase)?;
        let issuer = self.issuer.clone();
        let issuer = issuer.unwrap_or_else(|| format!("{web_base}/login/oauth"));
        self.check_texts(&issuer)?;
        Ok(GithubConfig(Arc::new(Settings {
            api_base: self.checked_api_base()?,
            cookie: flow_cookie(&redirect_uri)?,
            default_return: page(&self.default_return)?,
            issuer: issuer.into(),
            login_page: page(&self.login_page)?,
            return_origins: self.checked_origins()?,
            scopes: self.checked_scopes()?,
            teams: self.checked_teams()?,
            api_version: self.api_version.into(),
            client_id: self.client_id.into(),
            client_secret: self.client_secret,
            email: self.email,
            provider: self.provider.into(),
            redirect_uri,
            requires_iss: self.requires_iss,
            user_agent: self.user_agent.into(),
            web_base,
        })))
    }

    fn check_texts(&self, issuer: &str) -> Result<(), ConfigError> {
        let secret = self.client_secret.expose_str().unwrap_or_default();
        let is_date = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        let agent = self.user_agent.trim();
        let checks = [
            (is_segment(&self.client_id), ConfigErrorKind::ClientId),
            (is_name(secret, 1024), ConfigErrorKind::ClientSecret),
            (is_name(issuer, 1024), ConfigErrorKind::Issuer),
            (is_provider(&self.provider), ConfigErrorKind::Provider),
            (
                is_name(&agent.replace(' ', "-"), 255),
                ConfigErrorKind::UserAgent,
            ),
            (
                self.api_version.len() == 10 && self.api_version.bytes().all(is_date),
                ConfigErrorKind::ApiVersion,
            ),
        ];
        match checks.into_iter().find(|(is_good, _)| !is_good) {
            Some((_, kind)) => Err(ConfigError::new(kind)),
            None => Ok(()),
        }
    }

    /// The website of another installation with the API of github.com would send users' codes to
    /// one and their tokens to the other.
    fn checked_api_base(&self) -> Result<Box<str>, ConfigError> {
        if self.web_base.is_some() && self.api_base.is_none() {
            return Err(ConfigError::new(ConfigErrorKind::ApiBase));
        }
        base(self.api_base.as_deref(), API_BASE, ConfigErrorKind::ApiBase)
    }

    fn checked_origins(&self) -> Result<Vec<ReturnOrigin>, ConfigError> {
        let parse = |text: &String| ReturnOrigin::parse(text);
        let origins: Result<_, _> = self.return_origins.iter().map(parse).collect();
        origins.map_err(|_| ConfigError::new(ConfigErrorKind::ReturnOrigin))
    }

    fn checked_scopes(&self) -> Result<Vec<Box<str>>, ConfigError> {
        let mut scopes: Vec<Box<str>> = self.scopes.iter().map(|s| s.as_str().into()).collect();
        if self.email != EmailRule::Ignored {
            scopes.push("user:email".into());
        }
        if !self.teams.is_empty() {
            scopes.push("read:org".into());
        }
        scopes.sort();
        scopes.dedup();
        if scopes.iter().all(|scope| is_scope(scope)) {
            Ok(scopes)
        } else {
            Err(ConfigError::new(ConfigErrorKind::Scope))
        }
    }

    fn checked_teams(&self) -> Result<Vec<AllowedTeam>, ConfigError> {
        let is_good = |allowed: &AllowedTeam| {
            is_segment(&allowed.org) && allowed.team.as_deref().is_none_or(is_segment)
        };
        if self.teams.iter().all(is_good) {
            Ok(self.teams.clone())
        } else {
            Err(ConfigError::new(ConfigErrorKind::Team))
        }
    }
}

fn page(path: &str) -> Result<ReturnPath, ConfigError> {
    ReturnPath::parse(path).map_err(|_| ConfigError::new(ConfigErrorKind::Page))
}

/// The policy of flow cookies, whose names go on after it. `SameSite=Lax`, since the callback is
/// a navigation that begins on GitHub's page.
fn flow_cookie(redirect_uri: &Url) -> Result<CookiePolicy, ConfigError> {
    let policy = CookiePolicy::host("oauth-");
    let policy = match (redirect_uri.scheme(), redirect_uri.host_str()) {
        ("http", Some(host)) => policy.insecure_over_http(host),
        _ => policy,
    };
    policy
        .build()
        .map_err(|_| ConfigError::new(ConfigErrorKind::Cookie))
}

fn is_name(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_provider(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=32).contains(&name.len()) && name.bytes().all(allowed)
}

/// `scope-token` of RFC 6749 §3.3, without the comma by which GitHub's answers separate scopes.
fn is_scope(scope: &str) -> bool {
    is_name(scope, 255) && !scope.contains(['"', '\\', ','])
}

/// One segment of a path of the API that means itself.
fn is_segment(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    (1..=100).contains(&name.len()) && name.bytes().all(allowed) && !matches!(name, "." | "..")
}
