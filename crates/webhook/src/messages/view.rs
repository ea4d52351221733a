//! A request, as a signature sees it (RFC 9421 §2.1, §2.2).

use std::borrow::Cow;

use base64_simd::STANDARD;
use form_urlencoded::byte_serialize;
use http::{HeaderMap, HeaderName, Uri, header};

use crate::VerifyErrorKind;
use crate::head::Head;

/// The values of what can be covered.
pub(super) struct View<'r> {
    head: Head<'r>,
    /// The URL that was given, and its parts.
    url: Option<(Cow<'r, str>, Uri)>,
}

impl<'r> View<'r> {
    /// Of a head. The URL is the one that was given, or made of `Host` if that is to count.
    pub(super) fn new(head: Head<'r>, has_host: bool) -> Result<Self, VerifyErrorKind> {
        let url = match head.url() {
            Some(url) => Some(Cow::Borrowed(url)),
            None if has_host => Some(hosted(head)?.into()),
            None => None,
        };
        let parsed = |url: Cow<'r, str>| {
            // A fragment is not sent (RFC 9110 §4.2.5).
            let bare = url.split_once('#').map(|(bare, _)| bare.to_owned());
            let url = bare.map_or(url, Cow::Owned);
            let uri = url.parse::<Uri>().ok()?;
            let is_absolute = uri.scheme().is_some() && uri.authority().is_some();
            is_absolute.then_some((url, uri))
        };
        let url = url.map(|url| parsed(url).ok_or(VerifyErrorKind::Url));
        Ok(Self {
            head,
            url: url.transpose()?,
        })
    }

    pub(super) fn headers(&self) -> &'r HeaderMap {
        self.head.headers()
    }

    pub(super) fn method(&self) -> &str {
        self.head.method().as_str()
    }

    fn url(&self) -> Result<&(Cow<'r, str>, Uri), VerifyErrorKind> {
        self.url.as_ref().ok_or(VerifyErrorKind::Url)
    }

    pub(super) fn target_uri(&self) -> Result<String, VerifyErrorKind> {
        self.url().map(|(url, _)| url.clone().into_owned())
    }

    pub(super) fn scheme(&self) -> Result<String, VerifyErrorKind> {
        let scheme = self.url()?.1.scheme_str();
        Ok(scheme.unwrap_or_default().to_ascii_lowercase())
    }

    /// In lower case, without a port that goes without saying (§2.2.3, RFC 9110 §4.2.3).
    pub(super) fn authority(&self) -> Result<String, VerifyErrorKind> {
        let (uri, scheme) = (&self.url()?.1, self.scheme()?);
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        Ok(match (uri.port_u16(), scheme.as_str()) {
            (None, _) | (Some(443), "https") | (Some(80), "http") => host,
            (Some(port), _) => format!("{host}:{port}"),
        })
    }

    /// Path and query, not decoded.
    fn path_and_query(&self) -> (&str, Option<&str>) {
        if let Some((_, uri)) = &self.url {
            return (uri.path(), uri.query());
        }
        let target = self.head.path();
        let parts = target.split_once('?');
        parts.map_or((target, None), |(path, query)| (path, Some(query)))
    }

    /// An empty path is a slash (§2.2.6).
    pub(super) fn path(&self) -> &str {
        match self.path_and_query().0 {
            "" => "/",
            path => path,
        }
    }

    pub(super) fn query(&self) -> Option<&str> {
        self.path_and_query().1
    }

    pub(super) fn request_target(&self) -> String {
        let path = self.path();
        match self.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }
    }

    /// The one value of a parameter, encoded in the one way that there is (§2.2.8).
    pub(super) fn query_param(&self, name: &str) -> Result<String, VerifyErrorKind> {
        let query = self.query().unwrap_or_default();
        let mut values = form_urlencoded::parse(query.as_bytes())
            .filter(|(key, _)| encoded(key) == name)
            .map(|(_, value)| value);
        let value = values.next().ok_or(VerifyErrorKind::Missing)?;
        // Of what is no UTF-8 different bytes would be the same.
        if values.next().is_some() || value.contains('\u{fffd}') {
            return Err(VerifyErrorKind::Malformed);
        }
        Ok(encoded(&value))
    }

    /// The values of a field, without the white space around them (§2.1). Folded lines do not get
    /// here.
    pub(super) fn field(&self, name: &HeaderName) -> Result<String, VerifyErrorKind> {
        let mut all = String::new();
        for (number, value) in self.headers().get_all(name).iter().enumerate() {
            // Visible ASCII, space and tab (RFC 9110 §5.5).
            let value = value.to_str().map_err(|_| VerifyErrorKind::Malformed)?;
            let comma = if number > 0 { ", " } else { "" };
            all.extend([comma, value.trim_matches([' ', '\t'])]);
        }
        let is_there = self.headers().contains_key(name);
        is_there.then_some(all).ok_or(VerifyErrorKind::Missing)
    }

    /// The values of a field, each as a byte sequence (§2.1.3).
    pub(super) fn wrapped(&self, name: &HeaderName) -> Result<String, VerifyErrorKind> {
        let values = self.headers().get_all(name).iter().map(|value| {
            let value = value.as_bytes().trim_ascii();
            format!(":{}:", STANDARD.encode_to_string(value))
        });
        let values: Vec<_> = values.collect();
        let is_there = !values.is_empty();
        is_there
            .then(|| values.join(", "))
            .ok_or(VerifyErrorKind::Missing)
    }
}

/// What the URL would be if `Host` could be believed.
fn hosted(head: Head<'_>) -> Result<String, VerifyErrorKind> {
    let mut hosts = head.headers().get_all(header::HOST).iter();
    let host = hosts.next().ok_or(VerifyErrorKind::Missing)?;
    if hosts.next().is_some() {
        return Err(VerifyErrorKind::Malformed);
    }
    let host = host.to_str().map_err(|_| VerifyErrorKind::Malformed)?;
    let url = format!("https://{host}{}", head.path());
    // Whatever else is in there is neither a host nor a port.
    let is_host = url.parse::<Uri>().is_ok_and(|uri| {
        uri.authority().is_some_and(|it| it.as_str() == host) && !host.contains('@')
    });
    is_host.then_some(url).ok_or(VerifyErrorKind::Malformed)
}

/// A name or value of a query, as a signature has it (§2.2.8): percent-encoded, a space too.
pub(super) fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes())
        .map(|piece| if piece == "+" { "%20" } else { piece })
        .collect()
}
