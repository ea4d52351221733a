//! Files and standard input.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use http::{HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The lines of a file of secrets, wiped when dropped. A key in PEM is one secret.
pub(crate) struct Secrets(Zeroizing<String>);

impl Secrets {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = Zeroizing::new(file(path)?);
        let text = str::from_utf8(&bytes).map_err(|_| Failure::SecretText)?;
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The secrets as they are written, white space included; empty lines are none.
    pub(crate) fn each(&self) -> impl Iterator<Item = &str> {
        let mut rest = self.0.as_str();
        let texts = std::iter::from_fn(move || {
            let end = match rest.starts_with("-----BEGIN ") {
                true => end_of_pem(rest),
                false => rest.find('\n'),
            };
            let (text, after) = rest.split_at_checked(end.map_or(rest.len(), |end| end + 1))?;
            rest = after;
            (!text.is_empty()).then_some(text)
        });
        let texts = texts.map(|text| text.strip_suffix('\n').unwrap_or(text));
        let texts = texts.map(|text| text.strip_suffix('\r').unwrap_or(text));
        texts.filter(|text| !text.trim().is_empty())
    }
}

/// The end of the line that ends a PEM (RFC 7468 §2).
fn end_of_pem(text: &str) -> Option<usize> {
    let last = text.find("\n-----END ")? + 1;
    let len = text.get(last..)?.find('\n')?;
    Some(last + len)
}

/// The headers of a file; a header that is there twice stays so.
pub(crate) fn headers(path: &Path) -> Result<HeaderMap, Failure> {
    let bytes = file(path)?;
    let mut headers = HeaderMap::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if !line.trim_ascii().is_empty() {
            let (name, value) = header(line).ok_or(Failure::Header(index + 1))?;
            headers.append(name, value);
        }
    }
    Ok(headers)
}

/// A field line (RFC 9112 §5): white space around the value is not part of it.
fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let value = value.strip_prefix(b":")?.trim_ascii();
    let name = HeaderName::from_bytes(name).ok()?;
    Some((name, HeaderValue::from_bytes(value).ok()?))
}

/// The body, of which one byte more than `limit` is read at most.
pub(crate) fn body(path: Option<&Path>, limit: u64) -> Result<Vec<u8>, Failure> {
    let most = limit.saturating_add(1);
    let mut body = Vec::new();
    let (name, read) = match path {
        None => (
            PathBuf::from("standard input"),
            io::stdin().take(most).read_to_end(&mut body),
        ),
        Some(path) => {
            let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut body));
            (path.to_owned(), read)
        }
    };
    read.map_err(|error| Failure::Read(name, error))?;
    Ok(body)
}

fn file(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::Read(path.to_owned(), error))
}
