//! Readers of cookies: ours, and one that is plain and right, on which the twins put their faults.

use http::HeaderMap;

use crate::answers::support::headers;

/// A name and a value, as bytes.
pub(super) type Pair = (Vec<u8>, Vec<u8>);

/// Reads the cookies of a header.
pub(super) trait Reader {
    fn pairs(&self, line: &[u8]) -> Vec<Pair>;

    /// The values of one name.
    fn values(&self, line: &[u8], name: &str) -> Vec<Vec<u8>> {
        let pairs = self.pairs(line).into_iter();
        let ours = pairs.filter(|(found, _)| found == name.as_bytes());
        ours.map(|(_, value)| value).collect()
    }
}

/// The reader under test.
pub(super) struct Ours;

impl Reader for Ours {
    fn pairs(&self, line: &[u8]) -> Vec<Pair> {
        let headers: HeaderMap = headers(&[line]);
        let pairs = portcullis_cookie::pairs(&headers);
        pairs.map(|(n, v)| (n.to_vec(), v.to_vec())).collect()
    }

    fn values(&self, line: &[u8], name: &str) -> Vec<Vec<u8>> {
        let headers = headers(&[line]);
        let values = portcullis_cookie::values(&headers, name);
        values.map(<[u8]>::to_vec).collect()
    }
}

/// Reads by the rules, piece by piece, after each piece was changed by a fault.
pub(super) fn by_the_rules(line: &[u8], fault: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<Pair> {
    let pieces = line.split(|byte| *byte == b';');
    let pairs = pieces.filter_map(|piece| pair(&fault(piece.trim_ascii().to_vec())));
    pairs.filter(|(name, _)| !name.is_empty()).collect()
}

/// What stands before and behind the first `=`.
pub(super) fn pair(piece: &[u8]) -> Option<Pair> {
    let at = piece.iter().position(|byte| *byte == b'=')?;
    let (name, value) = (piece[..at].trim_ascii(), piece[at + 1..].trim_ascii());
    Some((name.to_vec(), value.to_vec()))
}

/// The name that others try to forge.
pub(super) const OURS: &str = "__Host-sid";

/// None of these is our cookie, alone or beside it.
pub(super) fn is_never_ours(reader: &impl Reader, forged: &[Vec<u8>]) {
    let none: [Vec<u8>; 0] = [];
    for line in forged {
        let shown = line.escape_ascii();
        let found = reader.values(line, OURS);
        assert_eq!(found, none, "another cookie is read as ours: {shown}");
        let own = format!("{OURS}=own").into_bytes();
        for both in [
            [line, &b"; "[..], &own].concat(),
            [&own, &b"; "[..], line].concat(),
            [line, &b";"[..], &own].concat(),
        ] {
            let found = reader.values(&both, OURS);
            assert_eq!(found, [b"own"], "another cookie is in our way: {shown}");
        }
    }
}
