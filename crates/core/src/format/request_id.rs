use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::HeaderValue;

/// A correlation id: 1 to 128 visible ASCII characters.
///
/// It is not secret and may have been chosen by a stranger. Cloning it does not allocate.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

/// The value is not a correlation id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestIdError;

impl fmt::Display for RequestIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a correlation id of 1 to 128 visible ASCII characters")
    }
}

impl Error for RequestIdError {}

impl RequestId {
    /// Takes an id.
    ///
    /// # Errors
    ///
    /// [`RequestIdError`] if it is not 1 to 128 visible ASCII characters.
    pub fn parse(id: &[u8]) -> Result<Self, RequestIdError> {
        let visible = (1..=128).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic);
        let text = std::str::from_utf8(id).map_err(|_| RequestIdError)?;
        if visible {
            Ok(Self(Arc::from(text)))
        } else {
            Err(RequestIdError)
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as the value of a header.
    ///
    /// # Panics
    ///
    /// Never: visible ASCII is a header value.
    #[must_use]
    pub fn to_header_value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("visible ASCII is a header value")
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({})", self.0)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_ids_alone_are_taken() {
        for bad in [&b""[..], b"a b", b"\xff", b"a\r\nb", &[b'x'; 129]] {
            assert_eq!(RequestId::parse(bad), Err(RequestIdError));
        }
        assert_eq!(RequestId::parse(&[b'x'; 128]).unwrap().as_str().len(), 128);
    }
}
