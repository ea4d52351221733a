//! The hash of method, path and query of Atlassian (`qsh`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Path and query of a URL; none if it is no absolute one.
pub(super) fn path(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let start = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.get(start..)
}

/// What is hashed of a request: its path and query, the path without what leads to the service.
pub(super) fn canonical(method: &str, path: &str, context: &str) -> String {
    let path = path.split('#').next().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (path, query) = (path_of(path, context), query_of(query));
    format!("{}&{path}&{query}", method.to_ascii_uppercase())
}

/// The path, which ends with a slash only if it is nothing else, and has no separator in it.
fn path_of(path: &str, context: &str) -> String {
    let within = path.strip_prefix(context);
    let within = within.filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let path = within.unwrap_or(path).trim_end_matches('/');
    match path {
        "" => "/".to_owned(),
        path => path.replace('&', "%26"),
    }
}

/// The parameters by name, all values of one behind it. That of a token is none.
fn query_of(query: &str) -> String {
    let mut parameters = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name != "jwt" {
            parameters.entry(name).or_default().push(value);
        }
    }
    let written = parameters.into_iter().map(|(name, mut values)| {
        values.sort();
        let values: Vec<_> = values.iter().map(|value| encoded(value)).collect();
        // The comma itself, whatever the documentation's prose says: its examples have it.
        format!("{}={}", encoded(&name), values.join(","))
    });
    written.collect::<Vec<_>>().join("&")
}

/// Percent-encoded, all but the unreserved characters (RFC 3986 §2.3).
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            // Text takes whatever is written to it.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// The examples of Atlassian's documentation.
    #[test]
    fn w48_published_requests_are_hashed_as_they_should_be() {
        let bitbucket = canonical("GET", "/test?param=value", "");
        assert_eq!(bitbucket, "GET&/test&param=value");
        let hash = "be16910858a41fd19ea5c1b4e9decca9a784d1024cb00b2158defe2f29dc86dd";
        assert_eq!(const_hex::encode(Sha256::digest(bitbucket)), hash);
        let jira = "/path/to/service?zee_last=param&repeated=parameter%201&first=param\
                    &repeated=parameter%202";
        let expected = "GET&/path/to/service&first=param\
                        &repeated=parameter%201,parameter%202&zee_last=param";
        assert_eq!(canonical("GET", jira, ""), expected);
    }

    #[test]
    fn w37_a_url_has_a_path_and_a_query() {
        for (url, expected) in [
            ("https://a.example/hook?x=1#y", Some("/hook?x=1#y")),
            ("https://a.example:1?x=/y", Some("?x=/y")),
            ("https://a.example", Some("")),
            ("/hook", None),
            ("", None),
        ] {
            assert_eq!(path(url), expected);
        }
    }

    #[test]
    fn the_path_is_that_within_the_context() {
        let path = |path| canonical("post", path, "/app");
        for (given, canonical) in [
            ("/app", "POST&/&"),
            ("/app/", "POST&/&"),
            ("/app/issue/", "POST&/issue&"),
            ("/app/issue?a", "POST&/issue&a="),
            ("/apple", "POST&/apple&"),
            ("/issue", "POST&/issue&"),
            ("/app/a&b", "POST&/a%26b&"),
            ("", "POST&/&"),
            ("?a=1", "POST&/&a=1"),
        ] {
            assert_eq!(path(given), canonical);
        }
    }

    #[test]
    fn the_query_is_sorted_and_encoded_anew() {
        for (given, canonical) in [
            ("/?b=2&a=1&jwt=x", "GET&/&a=1&b=2"),
            ("/?r=/&r=.", "GET&/&r=.,%2F"),
            ("/?q=a+b*c%27%C3%A4", "GET&/&q=a%20b%2Ac%27%C3%A4"),
            ("/?a=1&&#x", "GET&/&a=1"),
        ] {
            assert_eq!(super::canonical("GET", given, ""), canonical);
        }
    }
}
