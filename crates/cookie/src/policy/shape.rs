use cookie::time::{Duration, OffsetDateTime};
use cookie::{Cookie, Expiration};
use http::HeaderValue;

use super::{MAX_LINE, PolicyError, PolicyErrorKind, SameSite};

/// Longer attributes are ignored by browsers (RFC 6265bis §5.6).
const MAX_ATTRIBUTE: usize = 1024;

/// The order in which attributes are written.
const ORDER: [&str; 8] = [
    "HttpOnly",
    "Secure",
    "SameSite",
    "Partitioned",
    "Path",
    "Domain",
    "Max-Age",
    "Expires",
];

/// All that a cookie is but its value and age.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) domain: Option<String>,
    pub(super) path: String,
    pub(super) partitioned: bool,
    pub(super) http_only: bool,
    pub(super) secure: bool,
    pub(super) same_site: SameSite,
}

impl Shape {
    /// Checks each part, then how they go together.
    pub(super) fn check(&self) -> Result<(), PolicyError> {
        let fault = if !is_token(&self.name) {
            PolicyErrorKind::Name
        } else if self.path.len() > MAX_ATTRIBUTE {
            PolicyErrorKind::TooLong
        } else if !is_path(&self.path) {
            PolicyErrorKind::Path
        } else if self.domain.as_deref().is_some_and(|name| !is_domain(name)) {
            PolicyErrorKind::Domain
        } else if !self.keeps_prefix() {
            PolicyErrorKind::Prefix
        } else if self.partitioned && !self.secure {
            PolicyErrorKind::Partitioned
        } else if self.same_site == SameSite::None && !self.secure {
            PolicyErrorKind::SameSite
        } else {
            return Ok(());
        };
        Err(PolicyError::new(fault))
    }

    /// Whether the attributes are those that the name's prefix promises: `__Secure-` and `__Host-`
    /// by RFC 6265bis §5.4, `__Http-` and `__Host-Http-` by draft-ietf-httpbis-layered-cookies.
    fn keeps_prefix(&self) -> bool {
        let on_host = self.has_prefix("__Host-");
        let by_http = self.has_prefix("__Http-") || self.has_prefix("__Host-Http-");
        (self.secure || !self.has_secure_prefix())
            && (self.http_only || !by_http)
            && (!on_host || (self.domain.is_none() && self.path == "/"))
    }

    fn has_secure_prefix(&self) -> bool {
        ["__Host-", "__Http-", "__Secure-"]
            .into_iter()
            .any(|prefix| self.has_prefix(prefix))
    }

    /// Compares as browsers do, without regard to case (RFC 6265bis §5.4).
    fn has_prefix(&self, prefix: &str) -> bool {
        let head = self.name.as_bytes().get(..prefix.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
    }

    /// Whether a browser can hold this cookie only if it came by https.
    pub(super) fn needs_secure(&self) -> bool {
        self.partitioned || self.has_secure_prefix()
    }

    /// Whether a jar would hold `other` in the same place (RFC 6265bis §5.7; CHIPS §2.2).
    pub(super) fn is_same_cookie(&self, other: &Self) -> bool {
        self.name == other.name
            && self.domain == other.domain
            && self.path == other.path
            && self.partitioned == other.partitioned
    }

    /// The attributes that do not change, from the first `; ` on.
    pub(super) fn attributes(&self) -> String {
        in_order(&self.cookie())
    }

    /// The line that makes a jar forget the cookie: it must name the same cookie and be one that
    /// the jar takes, hence all the attributes once more.
    pub(super) fn removal(&self) -> Result<HeaderValue, PolicyError> {
        let mut cookie = self.cookie();
        cookie.set_max_age(Duration::ZERO);
        // For jars that do not know Max-Age; the others let it win (RFC 6265 §5.3).
        cookie.set_expires(Expiration::DateTime(OffsetDateTime::UNIX_EPOCH));
        let line = format!("{}={}", self.name, in_order(&cookie));
        if line.len() > MAX_LINE {
            return Err(PolicyError::new(PolicyErrorKind::TooLong));
        }
        HeaderValue::try_from(line).map_err(|_| PolicyError::new(PolicyErrorKind::Name))
    }

    fn cookie(&self) -> Cookie<'_> {
        let mut cookie = Cookie::new(self.name.as_str(), "");
        cookie.set_http_only(self.http_only);
        cookie.set_secure(self.secure);
        cookie.set_same_site(cookie::SameSite::from(self.same_site));
        cookie.set_partitioned(self.partitioned);
        cookie.set_path(self.path.as_str());
        if let Some(domain) = self.domain.as_deref() {
            cookie.set_domain(domain);
        }
        cookie
    }
}

impl From<SameSite> for cookie::SameSite {
    fn from(same_site: SameSite) -> Self {
        match same_site {
            SameSite::Lax => Self::Lax,
            SameSite::None => Self::None,
            SameSite::Strict => Self::Strict,
        }
    }
}

/// The attributes as the `cookie` crate writes them, in our order. No attribute that passed the
/// checks holds a `;`, so that cutting there is safe.
fn in_order(cookie: &Cookie<'_>) -> String {
    let line = cookie.to_string();
    let mut attributes: Vec<&str> = line.split("; ").skip(1).collect();
    attributes.sort_by_key(|attribute| {
        let name = attribute.split('=').next();
        ORDER.iter().position(|known| Some(*known) == name)
    });
    attributes.iter().flat_map(|text| ["; ", text]).collect()
}

/// `token` of RFC 9110 §5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// A path that a request can have: `path-absolute` of RFC 3986 §3.3 without `;`, which would end
/// the attribute, and without the dot segments that browsers resolve before they compare.
fn is_path(path: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~%!$&'()*+,=:@/".contains(&b);
    path.starts_with('/')
        && path.bytes().all(allowed)
        && !path.split('/').any(|segment| matches!(segment, "." | ".."))
}

/// A DNS name in lower case that can have subdomains of its owner's: two labels or more
/// (RFC 1123 §2.1), and not an IP address, of which browsers take none here (RFC 6265 §5.1.3).
fn is_domain(name: &str) -> bool {
    let mut labels = name.rsplit('.');
    let last_is_name = labels
        .next()
        .is_some_and(|last| is_label(last) && last.starts_with(|c: char| c.is_ascii_lowercase()));
    last_is_name && name.len() <= 253 && name.contains('.') && labels.all(is_label)
}

fn is_label(label: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s27_domains() {
        let long = format!("{}.com", "a".repeat(64));
        for domain in ["example.com", "a.b-c.co.uk", "xn--bcher-kva.example", "1.x"] {
            assert!(is_domain(domain), "{domain}");
        }
        for domain in [
            "",
            ".",
            "com",
            "localhost",
            ".example.com",
            "example.com.",
            "a..b",
            "-a.com",
            "a-.com",
            "127.0.0.1",
            "1.2",
            "::1",
            "[::1]",
            "a b.com",
            "a;b.com",
            "bücher.example",
            "Example.com",
            "example.com:80",
            &long,
        ] {
            assert!(!is_domain(domain), "{domain}");
        }
        assert!(!is_domain(&format!("{}com", "abcdefg.".repeat(32))));
    }

    #[test]
    fn s27_paths() {
        for path in ["/", "/app", "/a/b/", "/a%20b", "/~u/.well-known", "/..."] {
            assert!(is_path(path), "{path}");
        }
        for path in [
            "", "app", "/a;b", "/a b", "/a?b", "/a#b", "/a\\b", "/..", "/a/../b", "/.", "/a\"",
            "/ä", "/\r\n",
        ] {
            assert!(!is_path(path), "{path}");
        }
    }
}
