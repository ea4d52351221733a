//! Addresses that tokens and codes may go to.

use std::net::IpAddr;

use url::{Host, Url};

use crate::{ConfigError, ConfigErrorKind};

/// The address of a website or an API, without a slash at its end.
pub(super) fn base(
    given: Option<&str>,
    default: &str,
    kind: ConfigErrorKind,
) -> Result<Box<str>, ConfigError> {
    let url = checked_url(given.unwrap_or(default), kind)?;
    if url.query().is_some() {
        return Err(ConfigError::new(kind));
    }
    Ok(url.as_str().trim_end_matches('/').into())
}

/// An https URL, or one that leads to this very machine.
pub(super) fn checked_url(text: &str, kind: ConfigErrorKind) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|_| ConfigError::new(kind))?;
    let is_named = !url.username().is_empty() || url.password().is_some();
    if is_named || url.fragment().is_some() || !is_safe(&url) {
        return Err(ConfigError::new(kind));
    }
    Ok(url)
}

/// Whether nobody between us and the URL can read along.
pub(crate) fn is_safe(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(ip))) => IpAddr::V4(ip).is_loopback(),
        ("http", Some(Host::Ipv6(ip))) => IpAddr::V6(ip).is_loopback(),
        // RFC 6761 §6.3: names under `localhost` are loopback.
        ("http", Some(Host::Domain(name))) => name == "localhost" || name.ends_with(".localhost"),
        _ => false,
    }
}
