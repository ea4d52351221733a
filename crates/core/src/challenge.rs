use std::fmt::Write as _;

use http::HeaderValue;

/// One challenge of a `WWW-Authenticate` header (RFC 9110 §11.6.1).
///
/// ```
/// use portcullis_core::Challenge;
///
/// let challenge = Challenge::bearer().with_param("error", "insufficient_scope");
/// assert_eq!(challenge.to_header_value(), "Bearer error=\"insufficient_scope\"");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    scheme: &'static str,
    params: Vec<(&'static str, String)>,
}

impl Challenge {
    /// Makes a challenge of an authentication scheme, without parameters.
    #[must_use]
    pub const fn new(scheme: &'static str) -> Self {
        Self {
            scheme,
            params: Vec::new(),
        }
    }

    /// Makes a challenge for a bearer token (RFC 6750 §3).
    #[must_use]
    pub const fn bearer() -> Self {
        Self::new("Bearer")
    }

    /// Adds a parameter. Characters that a quoted string (RFC 9110 §5.6.4) cannot hold are left out.
    #[must_use]
    pub fn with_param(mut self, name: &'static str, value: &str) -> Self {
        let quotable = |c: &char| matches!(c, ' '..='~');
        self.params
            .push((name, value.chars().filter(quotable).collect()));
        self
    }

    /// The value of the header.
    ///
    /// # Panics
    ///
    /// Never: scheme and names are tokens, values are quoted visible ASCII.
    #[must_use]
    pub fn to_header_value(&self) -> HeaderValue {
        let mut text = self.scheme.to_owned();
        for (i, (name, value)) in self.params.iter().enumerate() {
            let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "{}{name}=\"{quoted}\"",
                if i == 0 { " " } else { ", " }
            );
        }
        HeaderValue::try_from(text).expect("a challenge is visible ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_and_cannot_add_headers() {
        let challenge = Challenge::new("X")
            .with_param("a", "q\"\\\r\nb")
            .with_param("c", "d");
        assert_eq!(challenge.to_header_value(), "X a=\"q\\\"\\\\b\", c=\"d\"");
    }
}
