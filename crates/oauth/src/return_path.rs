use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use url::{Origin, Position, Url};

/// Where a browser may be sent after a sign-in: a path on this site, or a page of an origin that
/// was allowed by name.
///
/// The rules, of which each must hold:
///
/// 1. 1 to 2048 bytes, all of them visible ASCII.
/// 2. It begins with `/` and, read as a browser reads it (WHATWG URL), stays on the same origin and
///    is written back as the very same text. So there is no `//`, no `\`, no dot segment, in
///    whatever disguise.
/// 3. Its path has no `//`, and no encoded `/`, `\`, `%` or control character, which somebody
///    behind us might decode; nowhere is there an encoded control character or a broken `%`.
/// 4. Or it is an absolute URL without user and password that is written back as the same text,
///    whose origin (scheme, host and port) is one of those allowed, and whose path obeys rule 3.
///
/// ```
/// use portcullis_oauth::ReturnPath;
///
/// assert!(ReturnPath::parse("/portal?tab=devices").is_ok());
/// for bad in ["//evil.example", "/\\evil.example", "/\tx", "/a/../b", "https://evil.example/"] {
///     assert!(ReturnPath::parse(bad).is_err());
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnPath(Arc<str>);

/// The text is not a place to which a browser may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a path on this site")]
#[non_exhaustive]
pub struct ReturnPathError;

impl ReturnPath {
    /// How long it may be, in bytes.
    pub const MAX_BYTES: usize = 2048;

    /// Takes a path on this site.
    ///
    /// # Errors
    ///
    /// [`ReturnPathError`] if the text breaks one of the rules 1 to 3.
    pub fn parse(text: &str) -> Result<Self, ReturnPathError> {
        check_characters(text)?;
        check_same_origin(text)?;
        Ok(Self(Arc::from(text)))
    }

    /// Takes a path on this site, or an absolute URL of one of the `allowed` origins.
    ///
    /// # Errors
    ///
    /// [`ReturnPathError`] if the text breaks the rules.
    pub fn parse_with(text: &str, allowed: &[ReturnOrigin]) -> Result<Self, ReturnPathError> {
        if text.starts_with('/') {
            return Self::parse(text);
        }
        check_characters(text)?;
        check_allowed(text, allowed)?;
        Ok(Self(Arc::from(text)))
    }

    /// The site's first page, `/`.
    #[must_use]
    pub fn root() -> Self {
        Self(Arc::from("/"))
    }

    /// The text, fit for a `Location` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value of a `Location` header.
    ///
    /// # Panics
    ///
    /// Never: rule 1.
    #[must_use]
    pub fn to_header_value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("visible ASCII")
    }

    /// The same place with one more parameter in its query.
    pub(crate) fn with_parameter(&self, name: &str, value: &str) -> Self {
        let (page, fragment) = match self.0.split_once('#') {
            Some((page, fragment)) => (page, Some(fragment)),
            None => (&*self.0, None),
        };
        let joint = if page.contains('?') { '&' } else { '?' };
        let fragment = fragment.map_or(String::new(), |fragment| format!("#{fragment}"));
        Self(Arc::from(format!("{page}{joint}{name}={value}{fragment}")))
    }
}

impl fmt::Debug for ReturnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The query is the application's and may be private.
        let path = self.0.split(['?', '#']).next().unwrap_or_default();
        write!(f, "ReturnPath({path})")
    }
}

/// An origin to whose pages a browser may be sent: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnOrigin(Origin);

impl ReturnOrigin {
    /// Takes an origin such as `https://app.example.com`, with nothing after host and port.
    ///
    /// # Errors
    ///
    /// [`ReturnPathError`] if it is not an http or https origin.
    pub fn parse(text: &str) -> Result<Self, ReturnPathError> {
        let url = Url::parse(text).map_err(|_| ReturnPathError)?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if is_bare && is_web(&url) && !text.ends_with('/') {
            Ok(Self(url.origin()))
        } else {
            Err(ReturnPathError)
        }
    }
}

fn is_web(url: &Url) -> bool {
    let is_named = !url.username().is_empty() || url.password().is_some();
    matches!(url.scheme(), "http" | "https") && !is_named
}

/// Rule 1, and what of rule 3 holds everywhere and in the path.
fn check_characters(text: &str) -> Result<(), ReturnPathError> {
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    let bounded = (1..=ReturnPath::MAX_BYTES).contains(&text.len());
    let path_end = text.find(['?', '#']).unwrap_or(text.len());
    let (path, rest) = text.split_at(path_end);
    let path_is_plain = !encoded(path).any(|byte| is_bad_in_path(byte) || is_bad(byte));
    if visible && bounded && path_is_plain && !encoded(rest).any(is_bad) {
        Ok(())
    } else {
        Err(ReturnPathError)
    }
}

/// What each `%` stands for; `None` for one without two hexadecimal digits after it.
fn encoded(text: &str) -> impl Iterator<Item = Option<u8>> {
    text.split('%').skip(1).map(|after| {
        let digits = after.get(..2)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex
            .then(|| u8::from_str_radix(digits, 16).ok())
            .flatten()
    })
}

fn is_bad(byte: Option<u8>) -> bool {
    byte.is_none_or(|byte| byte.is_ascii_control())
}

fn is_bad_in_path(byte: Option<u8>) -> bool {
    matches!(byte, Some(b'/' | b'\\' | b'%'))
}

/// Rule 2, by a base that no application has: what leads away from it would lead away from ours.
fn check_same_origin(text: &str) -> Result<(), ReturnPathError> {
    let base = Url::parse("https://same-origin.invalid/").map_err(|_| ReturnPathError)?;
    let url = base.join(text).map_err(|_| ReturnPathError)?;
    let stays = url.origin() == base.origin();
    if text.starts_with('/') && stays && is_plain(&url, text) {
        Ok(())
    } else {
        Err(ReturnPathError)
    }
}

fn check_allowed(text: &str, allowed: &[ReturnOrigin]) -> Result<(), ReturnPathError> {
    let url = Url::parse(text).map_err(|_| ReturnPathError)?;
    let is_allowed = allowed.iter().any(|origin| origin.0 == url.origin());
    let after_origin = text
        .get(url[..Position::BeforePath].len()..)
        .unwrap_or_default();
    if is_allowed && is_web(&url) && url.as_str() == text && is_plain(&url, after_origin) {
        Ok(())
    } else {
        Err(ReturnPathError)
    }
}

/// Whether `text` is how the URL's path, query and fragment are written, with no `//` in the path.
fn is_plain(url: &Url, text: &str) -> bool {
    &url[Position::BeforePath..] == text && !url.path().contains("//")
}
