//! The variables of the server, read once and checked.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use portcullis_core::{Clock, Secret, SystemClock};

/// Where data is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// In this process.
    Memory,
    /// In a SQLite file.
    Sqlite(PathBuf),
}

/// The GitHub application to sign in with.
#[derive(Clone, Debug)]
pub struct GithubApp {
    /// `GITHUB_CLIENT_ID`
    pub client_id: String,
    /// `GITHUB_CLIENT_SECRET`
    pub client_secret: Secret,
}

/// All settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `LISTEN`; default `127.0.0.1:8080`, port 0 picks one.
    pub listen: SocketAddr,
    /// `PUBLIC_URL`, an origin without a slash at its end; default `http://localhost:<port>`.
    pub public_url: Option<String>,
    /// `DATABASE_URL`; default `sqlite:portcullis.db`.
    pub database: Database,
    /// `GITHUB_CLIENT_ID` and `GITHUB_CLIENT_SECRET`; default: the stand-in.
    pub github: Option<GithubApp>,
    /// `GITHUB_WEB_URL`; default: github.com's.
    pub github_web_url: Option<String>,
    /// `GITHUB_API_URL`; default: github.com's.
    pub github_api_url: Option<String>,
    /// `MASKER_ADMIN_IDS`: numeric GitHub ids; default none.
    pub masker_admin_ids: BTreeSet<u64>,
    /// `MASKER_VAPI_WEBHOOK_SECRET`: the newest first; default none, and no delivery is taken.
    pub masker_vapi_webhook_secrets: Vec<Secret>,
    /// What tells the time; no variable, for tests alone.
    pub clock: Arc<dyn Clock>,
}

/// A variable has a value that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {reason}")]
pub struct SettingsError {
    variable: &'static str,
    reason: &'static str,
}

/// A variable's value is well-formed, and still the server cannot work with it.
#[derive(Debug, thiserror::Error)]
#[error("{variable} cannot be used")]
pub(crate) struct UnusableError {
    variable: &'static str,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// Names the variable to blame for an error.
pub(crate) fn unusable<E>(variable: &'static str) -> impl Fn(E) -> UnusableError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    move |source| UnusableError {
        variable,
        source: source.into(),
    }
}

const fn wrong(variable: &'static str, reason: &'static str) -> SettingsError {
    SettingsError { variable, reason }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            database: Database::Sqlite(PathBuf::from("portcullis.db")),
            github: None,
            github_web_url: None,
            github_api_url: None,
            masker_admin_ids: BTreeSet::new(),
            masker_vapi_webhook_secrets: Vec::new(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl Settings {
    /// Settings for tests: a free port, everything in memory, the stand-in.
    #[must_use]
    pub fn in_memory() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen,
            database: Database::Memory,
            ..Self::default()
        }
    }

    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names the variable that is wrong and says what it should be.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_variables(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// Reads variables from anywhere.
    ///
    /// # Errors
    ///
    /// As [`Settings::from_env`].
    pub fn from_variables(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let defaults = Self::default();
        let listen = variable("LISTEN").map(|text| listen(&text)).transpose()?;
        let database = variable("DATABASE_URL")
            .map(|text| database(&text))
            .transpose()?;
        let url = |name: &'static str| variable(name).map(|text| url(name, &text)).transpose();
        refuse_unbuilt(&variable)?;
        Ok(Self {
            listen: listen.unwrap_or(defaults.listen),
            public_url: url("PUBLIC_URL")?,
            database: database.unwrap_or(defaults.database),
            github: github(
                variable("GITHUB_CLIENT_ID"),
                variable("GITHUB_CLIENT_SECRET"),
            )?,
            github_web_url: url("GITHUB_WEB_URL")?,
            github_api_url: url("GITHUB_API_URL")?,
            masker_admin_ids: ids(&variable("MASKER_ADMIN_IDS").unwrap_or_default())?,
            masker_vapi_webhook_secrets: secrets(variable("MASKER_VAPI_WEBHOOK_SECRET"))?,
            clock: defaults.clock,
        })
    }
}

/// Refuses what a later version will know, so that nobody believes it is in force.
fn refuse_unbuilt(variable: &impl Fn(&str) -> Option<String>) -> Result<(), SettingsError> {
    for name in [
        "REDIS_URL",
        "MTLS_CA",
        "TLS_CERT",
        "TLS_KEY",
        "TRUSTED_PROXIES",
    ] {
        if variable(name).is_some() {
            return Err(wrong(name, "is not supported by this version: unset it"));
        }
    }
    Ok(())
}

fn listen(text: &str) -> Result<SocketAddr, SettingsError> {
    let reason = "must be an address and a port, such as 127.0.0.1:8080";
    text.parse().map_err(|_| wrong("LISTEN", reason))
}

fn database(text: &str) -> Result<Database, SettingsError> {
    match text.split_once(':') {
        Some(("memory", "")) => Ok(Database::Memory),
        Some(("sqlite", file)) if !file.is_empty() => Ok(Database::Sqlite(PathBuf::from(file))),
        _ => Err(wrong("DATABASE_URL", "must be sqlite:<file> or memory:")),
    }
}

fn github(
    client_id: Option<String>,
    client_secret: Option<String>,
) -> Result<Option<GithubApp>, SettingsError> {
    match (client_id, client_secret) {
        (None, None) => Ok(None),
        (Some(client_id), Some(secret)) => Ok(Some(GithubApp {
            client_id,
            client_secret: Secret::from(secret),
        })),
        (Some(_), None) => Err(wrong(
            "GITHUB_CLIENT_SECRET",
            "must be set with GITHUB_CLIENT_ID",
        )),
        (None, Some(_)) => Err(wrong(
            "GITHUB_CLIENT_ID",
            "must be set with GITHUB_CLIENT_SECRET",
        )),
    }
}

/// An `http` or `https` URL without query or fragment; the slash at its end is dropped.
fn url(name: &'static str, text: &str) -> Result<String, SettingsError> {
    let reason = "must be an http or https URL without a query, such as https://example.com";
    let uri: http::Uri = text.parse().map_err(|_| wrong(name, reason))?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    if !is_http || uri.host().is_none() || uri.query().is_some() || text.contains(['#', '@']) {
        return Err(wrong(name, reason));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn ids(text: &str) -> Result<BTreeSet<u64>, SettingsError> {
    let reason = "must be numeric GitHub ids with commas between them";
    let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
    ids.map(|id| id.parse().map_err(|_| wrong("MASKER_ADMIN_IDS", reason)))
        .collect()
}

/// Secrets with commas between them; what surrounds one is no part of it.
fn secrets(text: Option<String>) -> Result<Vec<Secret>, SettingsError> {
    let reason = "must be secrets of 16 bytes or more, with commas between them";
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let secrets = text.split(',').map(str::trim);
    let checked = secrets.map(|secret| {
        let is_long = secret.len() >= 16;
        is_long
            .then(|| Secret::from(secret))
            .ok_or(wrong("MASKER_VAPI_WEBHOOK_SECRET", reason))
    });
    checked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let find = |name: &str| variables.iter().find(|(n, _)| *n == name);
        Settings::from_variables(|name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn nothing_set_is_the_defaults() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.database, Database::Sqlite("portcullis.db".into()));
        assert!(settings.github.is_none() && settings.masker_admin_ids.is_empty());
    }

    #[test]
    fn a_bad_value_is_named() {
        let table = [
            ("LISTEN", "8080"),
            ("PUBLIC_URL", "example.com"),
            ("PUBLIC_URL", "ftp://example.com"),
            ("PUBLIC_URL", "https://example.com/?a=b"),
            ("PUBLIC_URL", "https://user@example.com"),
            ("DATABASE_URL", "mysql://x"),
            ("DATABASE_URL", "sqlite:"),
            ("GITHUB_WEB_URL", "/relative"),
            ("MASKER_ADMIN_IDS", "1, x"),
            ("MASKER_ADMIN_IDS", "-1"),
            ("MASKER_VAPI_WEBHOOK_SECRET", "fifteen-bytes.."),
            ("MASKER_VAPI_WEBHOOK_SECRET", "a-secret-of-sixteen-bytes,"),
            ("REDIS_URL", "redis://localhost"),
        ];
        for (name, value) in table {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(
                error.to_string().starts_with(name),
                "{name}={value}: {error}"
            );
        }
    }

    #[test]
    fn half_a_github_application_is_none() {
        let error = read(&[("GITHUB_CLIENT_ID", "x")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "GITHUB_CLIENT_SECRET must be set with GITHUB_CLIENT_ID"
        );
        assert!(read(&[("GITHUB_CLIENT_SECRET", "x")]).is_err());
    }

    #[test]
    fn lists_and_urls_are_tidied() {
        let settings = read(&[
            ("MASKER_ADMIN_IDS", " 1,2 ,"),
            ("PUBLIC_URL", "https://a.example/"),
        ])
        .unwrap();
        assert_eq!(settings.masker_admin_ids, BTreeSet::from([1, 2]));
        assert_eq!(settings.public_url.as_deref(), Some("https://a.example"));
    }
}
