//! Whatever is accepted leads, by the URL Standard, nowhere but to the same origin.
//!
//! The input is the text of `return_to`.

use portcullis_oauth::{ReturnOrigin, ReturnPath};
use url::{Position, Url};

const ALLOWED: &str = "https://app.example.com:8443";

/// A base with a port and a deep path, and one with neither.
const BASES: [&str; 2] = [
    "https://app.example/",
    "http://localhost:3000/auth/github/callback?code=c&state=s#fragment",
];

/// Checks the rule.
pub fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(path) = ReturnPath::parse(text) {
        check_text(&path, text);
        BASES
            .into_iter()
            .for_each(|base| check_base(text, &url(base)));
    }
    let allowed = [ReturnOrigin::parse(ALLOWED).expect("an origin")];
    if let Ok(path) = ReturnPath::parse_with(text, &allowed) {
        check_text(&path, text);
        check_allowed(text);
    }
}

fn check_text(path: &ReturnPath, text: &str) {
    assert_eq!(path.as_str(), text);
    assert_eq!(path.to_header_value().as_bytes(), text.as_bytes());
    assert!(text.len() <= ReturnPath::MAX_BYTES && text.bytes().all(|b| b.is_ascii_graphic()));
}

fn check_base(text: &str, base: &Url) {
    let url = base.join(text).expect("an accepted path is a URL");
    assert_eq!(url.origin(), base.origin(), "leads away");
    assert!(url.username().is_empty() && url.password().is_none());
    // A browser shows and sends what was accepted, to the letter.
    assert_eq!(&url[Position::BeforePath..], text);
    // Nor does it lead away if somebody behind us decodes the path once.
    let decoded = decoded(url.path());
    let again = base.join(&decoded).expect("a decoded path is a URL");
    assert_eq!(again.origin(), base.origin(), "leads away once decoded");
    assert!(!decoded.contains('\\') && !decoded.starts_with("//"));
}

fn check_allowed(text: &str) {
    let base = url(BASES[0]);
    let url = base.join(text).expect("an accepted address is a URL");
    let is_here = text.starts_with('/') && url.origin() == base.origin();
    let is_there = text.starts_with(ALLOWED) && url.origin().ascii_serialization() == ALLOWED;
    assert!(is_here || is_there, "leads away");
    assert!(url.username().is_empty() && url.password().is_none());
    assert_eq!(ReturnPath::parse(text).is_ok(), is_here);
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

/// The path with each `%41` replaced by what it stands for.
fn decoded(path: &str) -> String {
    let form = path
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let pairs = url::form_urlencoded::parse(form.as_bytes());
    pairs.map(|(name, _)| name.into_owned()).collect()
}
