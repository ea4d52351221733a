//! What the modules share.

use portcullis_tests::{Answer, Browser};

/// Makes a test of each function on each store; a function takes the store's kind.
macro_rules! on_every_store {
    ($($name:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(portcullis_tests::StoreKind::Memory).await;
            })+
        }

        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(portcullis_tests::StoreKind::Sqlite).await;
            })+
        }
    };
}

pub(crate) use on_every_store;

/// The value of a cookie in the answer's `Set-Cookie` lines, and the rest of its line.
pub(crate) fn set_cookie<'a>(answer: &'a Answer, name: &str) -> Option<(&'a str, &'a str)> {
    let prefix = format!("{name}=");
    let lines = answer.set_cookies_of(&prefix);
    assert!(lines.len() <= 1, "one cookie twice: {} lines", lines.len());
    let line = lines.first()?.strip_prefix(prefix.as_str())?;
    let (value, rest) = line.split_once("; ").unwrap_or((line, ""));
    Some((value, rest))
}

/// Whether a value has the form of our tokens: 43 characters of base64url.
pub(crate) fn is_token(value: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    value.len() == 43 && value.bytes().all(allowed)
}

/// A parameter of an address, decoded.
pub(crate) fn parameter(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?')?.1;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let found = pairs.find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned())
}

/// The address with one parameter replaced, added or, if there is no value, left out.
pub(crate) fn with_parameter(address: &str, name: &str, value: Option<&str>) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let pairs = form_urlencoded::parse(query.as_bytes());
    let mut written = form_urlencoded::Serializer::new(String::new());
    written.extend_pairs(pairs.filter(|(known, _)| known != name));
    written.extend_pairs(value.map(|value| (name, value)));
    format!("{path}?{}", written.finish())
}

/// The browser's flow cookies, by name.
pub(crate) fn flow_cookies(browser: &Browser) -> Vec<String> {
    let mut names = browser.cookies();
    names.retain(|name| name.contains("oauth-"));
    names
}
