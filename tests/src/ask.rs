use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

/// A request to be made by a [`Browser`](crate::Browser): to a path of its server, or to a whole
/// address.
#[derive(Clone, Debug)]
pub struct Ask {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Ask {
    /// A request by any method.
    #[must_use]
    pub fn new(method: Method, target: &str) -> Self {
        Self {
            method,
            target: target.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// A GET.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::new(Method::GET, target)
    }

    /// A POST, as a page of the same origin makes it.
    #[must_use]
    pub fn post(target: &str) -> Self {
        Self::new(Method::POST, target).with("sec-fetch-site", "same-origin")
    }

    /// A DELETE, as a page of the same origin makes it.
    #[must_use]
    pub fn delete(target: &str) -> Self {
        Self::new(Method::DELETE, target).with("sec-fetch-site", "same-origin")
    }

    /// Adds a header line.
    #[must_use]
    pub fn with(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a header value");
        self.with_line(name, value)
    }

    fn with_line(mut self, name: &str, value: HeaderValue) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        self.headers.append(name, value);
        self
    }

    /// Gives it a JSON body.
    #[must_use]
    pub fn json(self, value: &Value) -> Self {
        self.with("content-type", "application/json")
            .body(value.to_string())
    }

    /// Gives it a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Asks for a page, as a browser does that navigates.
    #[must_use]
    pub fn for_page(self) -> Self {
        self.with("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .with("sec-fetch-dest", "document")
            .with("sec-fetch-mode", "navigate")
    }
}
