//! The reader gives what a naive reader gives, and on ASCII what the crate `cookie` gives.
//!
//! The input is the request's `Cookie` lines, one a line.

use cookie::Cookie;
use http::header::{COOKIE, HeaderMap, HeaderValue};
use portcullis_cookie::{Pairs, pairs, values};

type Pair<'a> = (&'a [u8], &'a [u8]);

/// Checks the rule.
pub fn check(input: &[u8]) {
    let headers = headers(input);
    let lines: Vec<&[u8]> = headers
        .get_all(COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    let joined = lines.join(&b"; "[..]);
    if joined.len() > Pairs::MAX_BYTES {
        return;
    }
    let read: Vec<Pair<'_>> = pairs(&headers).collect();
    assert_eq!(read, naive(&joined), "otherwise than the naive reader");
    check_values(&headers, &read);
    if joined.is_ascii() {
        let text = String::from_utf8_lossy(&joined);
        let theirs: Vec<Cookie<'_>> = Cookie::split_parse(&*text).flatten().collect();
        let theirs = theirs
            .iter()
            .map(|c| (c.name().as_bytes(), c.value().as_bytes()));
        assert!(read.iter().copied().eq(theirs), "otherwise than the crate");
    }
}

fn headers(input: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(COOKIE, value);
        }
    }
    headers
}

/// By name, the same cookies are found, in the same order, and no other.
fn check_values(headers: &HeaderMap, read: &[Pair<'_>]) {
    for (name, _) in read {
        let Ok(name) = std::str::from_utf8(name) else {
            continue;
        };
        let same = read.iter().filter(|(other, _)| *other == name.as_bytes());
        assert!(values(headers, name).eq(same.map(|(_, value)| *value)));
    }
    assert_eq!(values(headers, "").count(), 0, "a nameless cookie was read");
}

/// Splits at every `;`, then at the first `=`, and cuts off space and tab.
fn naive(header: &[u8]) -> Vec<Pair<'_>> {
    let pieces = header.split(|byte| *byte == b';');
    let pairs = pieces.filter_map(|piece| {
        let equals = piece.iter().position(|byte| *byte == b'=')?;
        Some((trim(&piece[..equals]), trim(&piece[equals + 1..])))
    });
    pairs.filter(|(name, _)| !name.is_empty()).collect()
}

fn trim(bytes: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let begin = bytes.iter().position(is_text).unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(is_text)
        .map_or(begin, |last| last + 1);
    &bytes[begin..end]
}
