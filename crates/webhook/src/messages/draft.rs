//! What Keygen signs: an early draft of all this (draft-cavage-http-signatures-12 §2), with one
//! list.
//!
//! The signature is over method and path, host, date and digest, no more and no less. The host is
//! that of the URL that was configured, and the digest is compared with that of the body.

use http::{HeaderMap, HeaderName, header};
use sha2::{Digest as _, Sha256};

use super::digest::{self, Digests};
use super::job::{Fit, Pending};
use super::view::View;
use super::{MOST_BYTES, date, fits, sign};
use crate::head::Head;
use crate::job::Job;
use crate::mac::Tag;
use crate::ready::Ready;
use crate::scheme::{Algorithm, Encoding};
use crate::signer::SigningKey;
use crate::{Delivery, VerifyError, VerifyErrorKind, decode};

const SIGNATURE: HeaderName = HeaderName::from_static("keygen-signature");
const DIGEST: HeaderName = HeaderName::from_static("digest");

/// What is signed, as the header has it.
const LIST: &str = "(request-target) host date digest";

/// Begins with a head whose signature is right.
pub(super) fn begin(ready: &Ready, head: Head<'_>) -> Result<Box<dyn Job>, VerifyError> {
    let malformed = VerifyErrorKind::Malformed;
    let view = View::new(head, false)?;
    let signature = one(&view, &SIGNATURE)?;
    let (sent, digest) = (one(&view, &header::DATE)?, one(&view, &DIGEST)?);
    let signature = signature_in(signature).ok_or(malformed)?;
    let created = date::read(sent).ok_or(malformed)?;
    let digests = Digests::of_draft(digest).ok_or(malformed)?;
    let message = message(&view, sent, digest)?;
    let keys = ready.keys.iter().enumerate();
    let keys = keys.filter(|(_, key)| fits(key, message.as_bytes(), &signature));
    let keys: Vec<_> = keys.map(|(index, _)| index).collect();
    if keys.is_empty() {
        return Err(VerifyErrorKind::Signature.into());
    }
    let fit = Fit {
        keys,
        tag: Tag::new(&Sha256::digest(&message)),
        covers_body: true,
        created: Some(created),
        expires: None,
        nonce: None,
    };
    Ok(Box::new(Pending {
        fits: vec![fit],
        digests: Some(digests),
    }))
}

/// Makes the headers of a delivery. There is room for one signature.
pub(super) fn sign(
    keys: &[SigningKey],
    delivery: Delivery<'_>,
    body: &[u8],
) -> Result<HeaderMap, VerifyErrorKind> {
    let mut live = keys.iter().filter(|key| key.is_good(delivery.at));
    let key = live.next().ok_or(VerifyErrorKind::Missing)?;
    let sent = date::text(delivery.at).ok_or(VerifyErrorKind::Malformed)?;
    let digest = digest::of_draft(body);
    let headers = HeaderMap::new();
    let view = View::new(sign::head(&headers, delivery), false)?;
    let signature = sign::signature(key, &message(&view, &sent, &digest)?)?;
    let value = format!("algorithm=\"ed25519\",headers=\"{LIST}\",signature=\"{signature}\"");
    let mut signed = HeaderMap::new();
    for (name, value) in [(header::DATE, sent), (DIGEST, digest), (SIGNATURE, value)] {
        sign::put(&mut signed, name, &value)?;
    }
    Ok(signed)
}

/// What is signed (§2.3).
fn message(view: &View<'_>, date: &str, digest: &str) -> Result<String, VerifyErrorKind> {
    let (method, target) = (view.method().to_ascii_lowercase(), view.request_target());
    let host = view.authority()?;
    // A line break in there would be the next line.
    if !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(VerifyErrorKind::Malformed);
    }
    Ok(format!(
        "(request-target): {method} {target}\nhost: {host}\ndate: {date}\ndigest: {digest}"
    ))
}

/// The one value of a header.
fn one<'v>(view: &'v View<'_>, name: &HeaderName) -> Result<&'v str, VerifyErrorKind> {
    let mut values = view.headers().get_all(name).iter();
    let value = values.next().ok_or(VerifyErrorKind::Missing)?;
    let is_one = values.next().is_none() && value.len() <= MOST_BYTES;
    let text = value.to_str().ok().filter(|_| is_one);
    text.ok_or(VerifyErrorKind::Malformed)
}

/// What the header of a signature says (§2.1).
const PARAMS: [&str; 4] = ["algorithm", "headers", "keyid", "signature"];

/// The signature in its header; none if that has another parameter or one twice, or says that
/// something else was signed, or by another algorithm (§2.1).
fn signature_in(text: &str) -> Option<Vec<u8>> {
    let mut params = Vec::new();
    for param in text.split(',') {
        let (key, value) = param.trim_matches(' ').split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        let is_twice = params.iter().any(|(other, _)| *other == key);
        if value.contains('"') || is_twice || !PARAMS.contains(&key) {
            return None;
        }
        params.push((key, value));
    }
    let param = |name| params.iter().find(|(key, _)| *key == name);
    let param = |name| param(name).map(|(_, value)| *value);
    let is_right = param("algorithm").is_none_or(|name| name == "ed25519");
    let is_right = is_right && param("headers")? == LIST;
    let lengths = Algorithm::Ed25519.signature_len();
    let signature = decode::long(Encoding::Base64, param("signature")?.as_bytes(), &lengths);
    signature.filter(|_| is_right)
}
