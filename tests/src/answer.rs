use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

/// What a server answered, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The value of a header; empty if it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("visible ASCII"))
    }

    /// All values of a header.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        let values = self.headers.get_all(name).iter();
        values
            .map(|value| value.to_str().expect("visible ASCII"))
            .collect()
    }

    /// The lines of `Set-Cookie`.
    #[must_use]
    pub fn set_cookies(&self) -> Vec<&str> {
        self.all(header::SET_COOKIE.as_str())
    }

    /// The lines of `Set-Cookie` for names that begin with `prefix`.
    #[must_use]
    pub fn set_cookies_of(&self, prefix: &str) -> Vec<&str> {
        let mut lines = self.set_cookies();
        lines.retain(|line| line.starts_with(prefix));
        lines
    }

    /// Where the answer leads.
    #[must_use]
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The code of a refusal in the envelope.
    #[must_use]
    pub fn code(&self) -> String {
        let json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        json["error"]["code"].as_str().unwrap_or("").to_owned()
    }

    /// Status and code of a refusal.
    #[must_use]
    pub fn refusal(&self) -> (u16, String) {
        (self.status.as_u16(), self.code())
    }
}
