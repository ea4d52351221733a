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
        let wanted = form_urlencoded::parse(name.as_bytes()).next();
        let wanted = wanted.unwrap_or_default().0;
        let mut values = form_urlencoded::parse(query.as_bytes())
            .filter(|(key, _)| *key == wanted)
            .map(|(_, value)| value);
        if encoded(&wanted) != name {
            return Err(VerifyErrorKind::Missing);
        }
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

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::try_from(*name).unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn with_url<T>(url: &str, look: impl FnOnce(View<'_>) -> T) -> T {
        let headers = HeaderMap::new();
        look(View::new(Head::new(&headers).with_url(url), false).unwrap())
    }

    /// The examples of §2.1 and §2.1.3.
    #[test]
    fn w46_fields_are_as_the_examples_of_rfc_9421() {
        let headers = headers(&[
            ("x-ows-header", "  Leading and trailing whitespace.\t "),
            ("cache-control", "max-age=60"),
            ("x-empty-header", ""),
            ("cache-control", "    must-revalidate"),
            ("example-dict", "a=1,    b=2;x=1;y=2,   c=(a   b   c)"),
            ("example-header", "value, with, lots"),
            ("example-header", "of, commas"),
        ]);
        let view = View::new(Head::new(&headers), false).unwrap();
        let field = |name| view.field(&HeaderName::from_static(name)).unwrap();
        assert_eq!(field("x-ows-header"), "Leading and trailing whitespace.");
        assert_eq!(field("cache-control"), "max-age=60, must-revalidate");
        assert_eq!(field("x-empty-header"), "");
        assert_eq!(
            field("example-dict"),
            "a=1,    b=2;x=1;y=2,   c=(a   b   c)"
        );
        assert_eq!(field("example-header"), "value, with, lots, of, commas");
        let wrapped = view.wrapped(&HeaderName::from_static("example-header"));
        assert_eq!(
            wrapped.unwrap(),
            ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"
        );
        let missing = HeaderName::from_static("x");
        assert_eq!(view.field(&missing), Err(VerifyErrorKind::Missing));
        assert_eq!(view.wrapped(&missing), Err(VerifyErrorKind::Missing));
    }

    /// The examples of §2.2.
    #[test]
    fn w46_parts_of_a_url_are_as_the_examples_of_rfc_9421() {
        with_url("https://www.example.com/path?param=value", |view| {
            assert_eq!(view.method(), "POST");
            assert_eq!(
                view.target_uri().unwrap(),
                "https://www.example.com/path?param=value"
            );
            assert_eq!(view.authority().unwrap(), "www.example.com");
            assert_eq!(view.scheme().unwrap(), "https");
            assert_eq!(view.request_target(), "/path?param=value");
            assert_eq!(view.path(), "/path");
            assert_eq!(view.query(), Some("param=value"));
        });
        with_url("http://www.example.com/path?queryString", |view| {
            assert_eq!(view.scheme().unwrap(), "http");
            assert_eq!(view.query(), Some("queryString"));
        });
        with_url("https://www.example.com/path", |view| {
            assert_eq!((view.path(), view.query()), ("/path", None));
        });
    }

    #[test]
    fn w46_hosts_are_in_lower_case_and_usual_ports_left_out() {
        for (url, authority) in [
            ("https://EXAMPLE.com:443/", "example.com"),
            ("http://example.com:80", "example.com"),
            ("http://example.com:443/", "example.com:443"),
            ("HTTPS://example.com:8443/", "example.com:8443"),
            ("https://user:pass@example.com/", "example.com"),
            ("https://[::1]:8443/", "[::1]:8443"),
        ] {
            with_url(url, |view| {
                assert_eq!(view.authority().unwrap(), authority, "{url}");
            });
        }
        with_url("https://example.com#part", |view| {
            assert_eq!(view.target_uri().unwrap(), "https://example.com");
            assert_eq!(view.path(), "/");
        });
    }

    /// The examples of §2.2.8.
    #[test]
    fn w46_parameters_of_a_query_are_as_the_examples_of_rfc_9421() {
        let param = |query: &str, name: &str| {
            let url = format!("https://www.example.com/path?{query}");
            with_url(&url, |view| view.query_param(name))
        };
        let query = "param=value&foo=bar&baz=batman&qux=";
        assert_eq!(param(query, "baz").unwrap(), "batman");
        assert_eq!(param(query, "qux").unwrap(), "");
        assert_eq!(param(query, "param").unwrap(), "value");
        let query = "var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace\
                     &fa%C3%A7ade%22%3A%20=something";
        assert_eq!(
            param(query, "var").unwrap(),
            "this%20is%20a%20big%0Amultiline%20value"
        );
        assert_eq!(param(query, "bar").unwrap(), "with%20plus%20whitespace");
        assert_eq!(param(query, "fa%C3%A7ade%22%3A%20").unwrap(), "something");
        assert_eq!(param(query, "x"), Err(VerifyErrorKind::Missing));
        for odd in ["a+b", "a b", "a%2fb", "%61", "a=1", "a&b", "&", "%"] {
            let query = "a+b=1&a/b=1&a=1&b=1&=1&%25=1";
            assert_eq!(param(query, odd), Err(VerifyErrorKind::Missing), "{odd}");
        }
        assert_eq!(param("=1&a=2", "").unwrap(), "1");
        assert_eq!(param("a=1&a=1", "a"), Err(VerifyErrorKind::Malformed));
        assert_eq!(param("a=%FF", "a"), Err(VerifyErrorKind::Malformed));
    }

    #[test]
    fn w37_host_is_not_believed_unless_asked_for() {
        let lines = headers(&[("host", "Example.com:8443")]);
        let head = Head::new(&lines).with_path("/in?a=1");
        let view = View::new(head, false).unwrap();
        assert_eq!(view.authority(), Err(VerifyErrorKind::Url));
        assert_eq!(view.target_uri(), Err(VerifyErrorKind::Url));
        assert_eq!(view.scheme(), Err(VerifyErrorKind::Url));
        assert_eq!((view.path(), view.query()), ("/in", Some("a=1")));
        let view = View::new(head, true).unwrap();
        assert_eq!(view.authority().unwrap(), "example.com:8443");
        let given = head.with_url("https://example.net/x");
        let view = View::new(given, true).unwrap();
        assert_eq!(view.authority().unwrap(), "example.net");
        for odd in ["", "a/b", "a?b", "a@b", "a#b", "a b", "\u{e4}", "a, b"] {
            let lines = headers(&[("host", odd)]);
            let view = View::new(Head::new(&lines), true);
            assert!(view.is_err(), "{odd:?}");
        }
        let twice = headers(&[("host", "a"), ("host", "a")]);
        assert!(View::new(Head::new(&twice), true).is_err());
        for odd in ["", "/in", "example.com", "https://", "https:/x"] {
            let lines = HeaderMap::new();
            let view = View::new(Head::new(&lines).with_url(odd), false);
            assert_eq!(view.err(), Some(VerifyErrorKind::Url), "{odd:?}");
        }
    }
}
