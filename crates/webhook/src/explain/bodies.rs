//! Bodies that something on the way has changed.

use super::case::Case;
use super::finding::Finding;
use super::json;
use super::kinds::BodyChange;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Gives none if there is nothing to do.
type Change = fn(&[u8]) -> Option<Vec<u8>>;

const CHANGES: [(BodyChange, Change); 8] = [
    (BodyChange::WithoutFinalNewline, without_final_newline),
    (BodyChange::WithFinalNewline, |body| {
        Some([body, b"\n"].concat())
    }),
    (BodyChange::WithFinalCrlf, |body| {
        Some([body, b"\r\n"].concat())
    }),
    (BodyChange::Trimmed, |body| Some(body.trim_ascii().to_vec())),
    (BodyChange::Lf, lf),
    (BodyChange::Crlf, crlf),
    (BodyChange::WithoutBom, |body| {
        Some(body.strip_prefix(BOM)?.to_vec())
    }),
    (BodyChange::WithBom, |body| Some([BOM, body].concat())),
];

/// The change after which the signature fits the body.
pub(super) fn changes(case: &Case<'_>) -> Vec<Finding> {
    let text = CHANGES
        .into_iter()
        .filter_map(|(change, apply)| Some((change, apply(case.body)?)));
    let json = json::forms(case.body).map(|(form, body)| (BodyChange::Json(form), body));
    let mut changed = text.chain(json).filter(|(_, body)| body != case.body);
    let fitting = changed.find(|(_, body)| case.fits(case.scheme, case.head, body).is_some());
    fitting
        .map(|(change, _)| Finding::Body(change))
        .into_iter()
        .collect()
}

fn without_final_newline(body: &[u8]) -> Option<Vec<u8>> {
    let body = body.strip_suffix(b"\n")?;
    Some(body.strip_suffix(b"\r").unwrap_or(body).to_vec())
}

fn lf(body: &[u8]) -> Option<Vec<u8>> {
    let mut lines = body.split(|byte| *byte == b'\n').peekable();
    let mut changed = Vec::with_capacity(body.len());
    while let Some(line) = lines.next() {
        match lines.peek() {
            Some(_) => {
                changed.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                changed.push(b'\n');
            }
            None => changed.extend_from_slice(line),
        }
    }
    Some(changed)
}

fn crlf(body: &[u8]) -> Option<Vec<u8>> {
    let mut changed = Vec::with_capacity(body.len());
    for byte in lf(body)? {
        changed.extend_from_slice(if byte == b'\n' {
            b"\r\n"
        } else {
            std::slice::from_ref(&byte)
        });
    }
    Some(changed)
}
