use std::fmt;
use std::iter::FusedIterator;

use http::header::{COOKIE, HeaderMap, HeaderValue, ValueIter};

/// Reads the value of every cookie called exactly `name`, over all `Cookie` header lines, in order.
///
/// Duplicates are all given, since which of them to believe is the caller's decision: take a few
/// (`.take(n)`) and look at each. [`Pairs`] tells how a header is read.
///
/// ```
/// use http::header::{COOKIE, HeaderMap, HeaderValue};
///
/// let mut headers = HeaderMap::new();
/// headers.append(COOKIE, HeaderValue::from_static("theme=dark; id=a"));
/// headers.append(COOKIE, HeaderValue::from_static("%69d=forged; id=b"));
///
/// let values: Vec<&[u8]> = portcullis_cookie::values(&headers, "id").collect();
/// assert_eq!(values, [b"a", b"b"]);
/// ```
#[must_use]
pub fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> Values<'a> {
    Values {
        pairs: pairs(headers),
        name: name.as_bytes(),
    }
}

/// Reads the name and the value of every cookie, over all `Cookie` header lines, in order.
///
/// For those who know only how a name begins; otherwise [`values`].
#[must_use]
pub fn pairs(headers: &HeaderMap) -> Pairs<'_> {
    Pairs::within(headers, Pairs::MAX_BYTES)
}

/// The names and values of a request's cookies, as bytes; made by [`pairs`].
///
/// Reading allocates nothing, looks at each byte a fixed number of times and cannot fail:
///
/// 1. Lines are read in order, as if joined by `"; "` (RFC 9113 §8.2.3).
/// 2. A `;` ends a cookie wherever it stands, also inside `"…"`.
/// 3. The first `=` ends the name; a cookie without `=`, or with an empty name, is passed over.
/// 4. Around name and value, space and tab are cut off; nothing else is, and nothing is decoded.
/// 5. A value is given as it came: double quotes are part of it, as they are for browsers
///    (RFC 6265bis §5.6 does not strip them; RFC 6265 §4.1.1 lets a server write them, ours do not).
/// 6. No more than the first [`Pairs::MAX_BYTES`] bytes are looked at; a cookie cut by that limit
///    is passed over.
///
/// # Security
///
/// Since names are compared as bytes, `%5F%5FHost-id`, a name that begins with U+00A0, or the
/// nameless cookie `=__Host-id=x` is never read as `__Host-id`. What other applications put into
/// their cookies, valid or not, hides none of ours; who can set 64 KiB of cookies can push ours
/// out of sight, which leaves the request with no cookie.
pub struct Pairs<'a> {
    lines: ValueIter<'a, HeaderValue>,
    line: Option<&'a [u8]>,
    budget: usize,
}

impl<'a> Pairs<'a> {
    /// How many bytes of `Cookie` headers are looked at: 64 KiB, joints included.
    pub const MAX_BYTES: usize = 64 * 1024;

    fn within(headers: &'a HeaderMap, budget: usize) -> Self {
        Self {
            lines: headers.get_all(COOKIE).iter(),
            line: None,
            budget,
        }
    }

    /// Whatever stands before the next `;` or the end of a line.
    fn next_piece(&mut self) -> Option<&'a [u8]> {
        let line = match self.line.take() {
            Some(line) => line,
            None => self.next_line()?,
        };
        let (piece, rest) = cut(line, b';');
        self.line = rest;
        Some(piece)
    }

    fn next_line(&mut self) -> Option<&'a [u8]> {
        if self.budget == 0 {
            return None;
        }
        let line = self.lines.next()?.as_bytes();
        let seen = whole_cookies(line, self.budget);
        // Joined by "; ", this line and the next would be two bytes further apart.
        self.budget = self.budget.saturating_sub(line.len()).saturating_sub(2);
        Some(seen)
    }
}

/// The cookies of `line` that end within its first `budget` bytes.
fn whole_cookies(line: &[u8], budget: usize) -> &[u8] {
    // The byte after the budget may be the `;` that ends a cookie inside it.
    let Some(seen) = line.get(..=budget) else {
        return line;
    };
    let end = seen.iter().rposition(|byte| *byte == b';').unwrap_or(0);
    seen.get(..end).unwrap_or_default()
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let (name, Some(value)) = cut(self.next_piece()?, b'=') {
                let name = trim(name);
                if !name.is_empty() {
                    return Some((name, trim(value)));
                }
            }
        }
    }
}

impl FusedIterator for Pairs<'_> {}

impl fmt::Debug for Pairs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pairs")
    }
}

/// The values of the cookies of one name, as bytes; made by [`values`].
pub struct Values<'a> {
    pairs: Pairs<'a>,
    name: &'a [u8],
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let name = self.name;
        self.pairs
            .find_map(|(found, value)| (found == name).then_some(value))
    }
}

impl FusedIterator for Values<'_> {}

impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Values")
    }
}

/// What stands before the first `byte`, and what stands after it if there is one.
fn cut(bytes: &[u8], byte: u8) -> (&[u8], Option<&[u8]>) {
    let mut parts = bytes.splitn(2, |b| *b == byte);
    (parts.next().unwrap_or_default(), parts.next())
}

/// Cuts off space and tab alone (RFC 6265bis §5.6); Unicode has spaces that forge prefixes.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    fn read(headers: &HeaderMap, budget: usize) -> Vec<(&[u8], &[u8])> {
        Pairs::within(headers, budget).collect()
    }

    #[test]
    fn s37_a_cookie_is_read_if_it_ends_within_the_budget() {
        let one = headers(&[b"a=1; b=22; c=3"]);
        let names = |budget| read(&one, budget).len();
        assert_eq!([names(0), names(2), names(3)], [0, 0, 1]);
        assert_eq!([names(8), names(9), names(13), names(14)], [1, 2, 2, 3]);
    }

    proptest! {
        #[test]
        fn s35_the_budget_falls_alike_on_several_lines_and_on_one(
            lines in prop::collection::vec("[ab=; ]{0,12}", 0..6),
            budget in 0_usize..80,
        ) {
            let bytes: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
            let several = headers(&bytes);
            let joined = headers(&[lines.join("; ").as_bytes()]);
            prop_assert_eq!(read(&several, budget), read(&joined, budget));
        }
    }
}
