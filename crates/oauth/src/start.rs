use http::{HeaderMap, HeaderValue};

use crate::Intent;

/// What is known of a request that wants to begin a sign-in.
#[derive(Clone)]
pub struct StartFacts<'a> {
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The `return_to` parameter, decoded once, if there is one.
    pub return_to: Option<&'a str>,
    /// What the sign-in is for.
    pub intent: Intent,
}

/// A flow that was begun: answer 303 with this `Location` and these cookies, and with
/// `Cache-Control: no-store` and `Referrer-Policy: no-referrer`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Started {
    /// The provider's page; marked sensitive, as the flow's state is in it.
    pub location: HeaderValue,
    /// `Set-Cookie` headers: the flow's own, before it removals of flows that are too many.
    pub set_cookies: Vec<HeaderValue>,
}

impl std::fmt::Debug for StartFacts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartFacts")
            .field("intent", &self.intent)
            .finish_non_exhaustive()
    }
}

/// Whether a request is for a page that a person will see, as far as the browser tells.
///
/// It is not if `Sec-Fetch-Dest` is something other than `document` (Fetch Metadata §2.1), nor if
/// `Sec-Purpose`, or `Purpose` as older browsers have it, says `prefetch`. Clients that send none
/// of these are taken at their word.
#[must_use]
pub fn is_document_request(headers: &HeaderMap) -> bool {
    let elsewhere = headers
        .get_all("sec-fetch-dest")
        .iter()
        .any(|value| value.as_bytes() != b"document");
    let purposes = headers.get_all("sec-purpose").iter();
    let mut purposes = purposes.chain(headers.get_all("purpose"));
    !elsewhere && !purposes.any(is_prefetch)
}

/// `prefetch` may have parameters: `prefetch;prerender`.
fn is_prefetch(value: &HeaderValue) -> bool {
    let mut items = value.as_bytes().split(|byte| b",; ".contains(byte));
    items.any(|item| item.eq_ignore_ascii_case(b"prefetch"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o04_what_is_a_document() {
        for (name, value, expected) in [
            ("accept", "*/*", true),
            ("sec-fetch-dest", "document", true),
            ("sec-fetch-dest", "empty", false),
            ("sec-fetch-dest", "image", false),
            ("sec-fetch-dest", "iframe", false),
            ("sec-fetch-dest", "", false),
            ("sec-fetch-dest", "document, empty", false),
            ("sec-purpose", "prefetch", false),
            ("sec-purpose", "prefetch;prerender", false),
            ("sec-purpose", "prefetch;anonymous-client-ip", false),
            ("sec-purpose", "Prefetch", false),
            ("sec-purpose", "other", true),
            ("purpose", "prefetch", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            assert_eq!(is_document_request(&headers), expected, "{name}: {value}");
        }
        assert!(is_document_request(&HeaderMap::new()));
    }
}
