//! A jar after RFC 6265bis §5.7, with CHIPS and with the prefixes of the layered cookies draft:
//! the rules which the `cookie_store` crate leaves out are those that decide here.

use std::collections::HashMap;

use cookie::{Cookie, SameSite};
use http::HeaderValue;

/// Whence a response came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) https: bool,
    pub(crate) host: &'static str,
    /// The site at the top, if this one is embedded in another.
    pub(crate) embedded_in: Option<&'static str>,
}

/// Name, host or domain, whether it is a host, path, partition.
type Key = (String, String, bool, String, Option<&'static str>);

#[derive(Default)]
pub(crate) struct Browser {
    /// Value, and whether it is secure.
    cookies: HashMap<Key, (String, bool)>,
}

impl Browser {
    /// Takes a `Set-Cookie` header, or says which rule refuses it.
    pub(crate) fn take(&mut self, header: &HeaderValue, from: Origin) -> Result<(), &'static str> {
        let cookie = header.to_str().map(|line| Cookie::parse(line.to_owned()));
        let cookie = cookie.expect("visible ASCII").expect("a cookie");
        let secure = cookie.secure() == Some(true);
        accept_line(&cookie, from, secure)?;
        accept_prefix(&cookie, secure)?;
        let partitioned = cookie.partitioned() == Some(true);
        let (host, host_only) = match cookie.domain() {
            None => (from.host.to_owned(), true),
            Some(domain) => (domain.to_ascii_lowercase(), false),
        };
        let path = cookie.path().unwrap_or("/").to_owned();
        let partition = from.embedded_in.filter(|_| partitioned);
        // Leave secure cookies alone (§5.7, step 16).
        let shadows = |key: &Key, kept_secure: bool| kept_secure && key.0 == cookie.name();
        if !from.https && self.cookies.iter().any(|(key, kept)| shadows(key, kept.1)) {
            return Err("plain http may not touch a secure cookie");
        }
        let key = (cookie.name().to_owned(), host, host_only, path, partition);
        if cookie.max_age().is_some_and(|age| age.is_zero()) {
            self.cookies.remove(&key);
        } else {
            self.cookies
                .insert(key, (cookie.value().to_owned(), secure));
        }
        Ok(())
    }

    /// The values it holds, sorted.
    pub(crate) fn values(&self) -> Vec<&str> {
        let mut values: Vec<_> = self.cookies.values().map(|(value, _)| &**value).collect();
        values.sort_unstable();
        values
    }
}

fn accept_line(cookie: &Cookie<'_>, from: Origin, secure: bool) -> Result<(), &'static str> {
    let below = |domain: &str| {
        from.host == domain
            || from
                .host
                .strip_suffix(domain)
                .is_some_and(|h| h.ends_with('.'))
    };
    let same_site = cookie.same_site().unwrap_or(SameSite::Lax);
    if cookie.name().len() + cookie.value().len() > 4096 {
        Err("too long")
    } else if secure && !from.https {
        Err("secure cookie over plain http")
    } else if cookie.domain().is_some_and(|domain| !below(domain)) {
        Err("domain of somebody else")
    } else if from.embedded_in.is_some() && same_site != SameSite::None {
        Err("same-site cookie in an embedded page")
    } else if same_site == SameSite::None && !secure {
        Err("none without secure")
    } else if cookie.partitioned() == Some(true) && !secure {
        Err("partitioned without secure")
    } else {
        Ok(())
    }
}

fn accept_prefix(cookie: &Cookie<'_>, secure: bool) -> Result<(), &'static str> {
    let name = cookie.name().to_ascii_lowercase();
    let http_only = cookie.http_only() == Some(true);
    let on_host = cookie.domain().is_none() && cookie.path() == Some("/");
    if name.starts_with("__secure-") && !secure {
        Err("__Secure-")
    } else if name.starts_with("__host-") && !(secure && on_host) {
        Err("__Host-")
    } else if name.starts_with("__http-") && !(secure && http_only) {
        Err("__Http-")
    } else if name.starts_with("__host-http-") && !http_only {
        Err("__Host-Http-")
    } else {
        Ok(())
    }
}

/// The jar must be able to refuse, or what it takes proves nothing.
#[test]
fn the_jar_refuses_what_browsers_refuse() {
    let https = Origin {
        https: true,
        host: "app.example.com",
        embedded_in: None,
    };
    let http = Origin {
        https: false,
        ..https
    };
    let embedded = Origin {
        embedded_in: Some("other.org"),
        ..https
    };
    for (line, from) in [
        ("__Host-a=1; Path=/", https),
        ("__Host-a=1; Secure; Path=/x", https),
        ("__host-a=1; Secure; Path=/; Domain=example.com", https),
        ("__Secure-a=1; Path=/", https),
        ("__Http-a=1; Secure; Path=/", https),
        ("__Host-Http-a=1; Secure; Path=/", https),
        ("a=1; Secure", http),
        ("a=1; Domain=other.org", https),
        ("a=1; Domain=ample.com", https),
        ("a=1; Secure; SameSite=Lax", embedded),
        ("a=1; SameSite=None", https),
        ("a=1; Partitioned", https),
    ] {
        let mut browser = Browser::default();
        assert!(
            browser.take(&HeaderValue::from_static(line), from).is_err(),
            "{line}"
        );
    }
    let mut browser = Browser::default();
    let secure = HeaderValue::from_static("a=1; Secure; Path=/");
    browser.take(&secure, https).unwrap();
    assert!(
        browser
            .take(&HeaderValue::from_static("a=2; Path=/"), http)
            .is_err()
    );
    assert_eq!(browser.values(), ["1"]);
}
