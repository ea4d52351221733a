//! URLs that are not written as the provider has them.

use super::case::Case;
use super::finding::Finding;
use super::headers;
use super::kinds::UrlChange;

/// Each changes one thing, if there is something to change.
const CHANGES: [fn(&mut Url<'_>) -> Option<UrlChange>; 4] = [protocol, slash, port, query];

/// What has to be done to the URL so that the signature fits; the fewest changes.
pub(super) fn changes(case: &Case<'_>) -> Vec<Finding> {
    if !case.scheme.signs_url() {
        return Vec::new();
    }
    let Some(given) = headers::url(case) else {
        return vec![Finding::UrlMissing];
    };
    let mut choices: Vec<u32> = (1..1 << CHANGES.len()).collect();
    choices.sort_by_key(|choice| choice.count_ones());
    let mut ways = choices
        .into_iter()
        .filter_map(|choice| changed(&given, choice));
    let fitting = ways.find(|(_, url)| {
        let head = case.head.with_url(url);
        case.fits(case.scheme, head, case.body).is_some()
    });
    let changes = fitting.map(|(changes, _)| changes).unwrap_or_default();
    changes.into_iter().map(Finding::Url).collect()
}

/// The URL after the changes whose bits are set.
fn changed(url: &str, choice: u32) -> Option<(Vec<UrlChange>, String)> {
    let mut url = Url::new(url)?;
    let chosen = CHANGES.iter().enumerate();
    let chosen = chosen.filter(|(bit, _)| choice & (1 << bit) != 0);
    let changes = chosen.map(|(_, change)| change(&mut url));
    Some((changes.collect::<Option<_>>()?, url.text()))
}

/// A URL in its parts (RFC 3986 §3), as they are written.
struct Url<'u> {
    protocol: &'u str,
    host: &'u str,
    /// With its colon.
    port: &'u str,
    path: &'u str,
    /// The slash at the end of the path.
    slash: &'u str,
    /// With its question mark.
    query: &'u str,
}

impl<'u> Url<'u> {
    fn new(url: &'u str) -> Option<Self> {
        let (protocol, rest) = url.split_once("://")?;
        let (rest, query) = cut(rest, rest.find('?'));
        let (authority, path) = cut(rest, rest.find('/'));
        let (host, port) = match authority.rfind(':') {
            Some(colon) if !authority.ends_with(']') => cut(authority, Some(colon)),
            _ => (authority, ""),
        };
        let end = path.ends_with('/').then(|| path.len() - 1);
        let (path, slash) = cut(path, end);
        Some(Self {
            protocol,
            host,
            port,
            path,
            slash,
            query,
        })
    }

    fn text(&self) -> String {
        let Self {
            protocol,
            host,
            port,
            path,
            slash,
            query,
        } = self;
        format!("{protocol}://{host}{port}{path}{slash}{query}")
    }
}

fn cut(text: &str, at: Option<usize>) -> (&str, &str) {
    text.split_at_checked(at.unwrap_or(text.len()))
        .unwrap_or((text, ""))
}

/// The port of a protocol (RFC 9110 §4.2).
fn port_of(protocol: &str) -> Option<&'static str> {
    match protocol {
        "http" => Some(":80"),
        "https" => Some(":443"),
        _ => None,
    }
}

fn protocol(url: &mut Url<'_>) -> Option<UrlChange> {
    let (change, other) = match url.protocol {
        "http" => (UrlChange::Https, "https"),
        "https" => (UrlChange::Http, "http"),
        _ => return None,
    };
    if Some(url.port) == port_of(url.protocol) {
        url.port = port_of(other)?;
    }
    url.protocol = other;
    Some(change)
}

fn slash(url: &mut Url<'_>) -> Option<UrlChange> {
    let (change, slash) = match url.slash {
        "" => (UrlChange::WithSlash, "/"),
        _ => (UrlChange::WithoutSlash, ""),
    };
    url.slash = slash;
    Some(change)
}

fn port(url: &mut Url<'_>) -> Option<UrlChange> {
    let known = port_of(url.protocol)?;
    let (change, port) = match url.port {
        "" => (UrlChange::WithPort, known),
        port if port == known => (UrlChange::WithoutPort, ""),
        _ => return None,
    };
    url.port = port;
    Some(change)
}

fn query(url: &mut Url<'_>) -> Option<UrlChange> {
    let is_there = !std::mem::take(&mut url.query).is_empty();
    is_there.then_some(UrlChange::WithoutQuery)
}
