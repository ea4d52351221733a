use crate::Browser;

/// A parameter of an address, decoded.
#[must_use]
pub fn parameter(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?')?.1;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let found = pairs.find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned())
}

/// The address with one parameter replaced, added or, if there is no value, left out.
#[must_use]
pub fn with_parameter(address: &str, name: &str, value: Option<&str>) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let pairs = form_urlencoded::parse(query.as_bytes());
    let mut written = form_urlencoded::Serializer::new(String::new());
    written.extend_pairs(pairs.filter(|(known, _)| known != name));
    written.extend_pairs(value.map(|value| (name, value)));
    format!("{path}?{}", written.finish())
}

/// The browser's flow cookies, by name.
#[must_use]
pub fn flow_cookies(browser: &Browser) -> Vec<String> {
    let mut names = browser.cookies();
    names.retain(|name| name.contains("oauth-"));
    names
}
