//! What stands in the head, and headers that are missing or cannot be read.

use http::HeaderName;
use portcullis_core::Timestamp;

use super::case::Case;
use super::finding::Finding;
use crate::plan::Place;
use crate::scheme::{Headers, Scheme, Timestamps};
use crate::{SecretSet, Verifier, VerifyErrorKind, moment};

/// The headers that a scheme signs besides those of its id and time: a delivery must have them
/// before it can be signed.
#[must_use]
pub fn signed_headers(scheme: &Scheme<'_>) -> Vec<HeaderName> {
    let parts = scheme.message.split("{header:").skip(1);
    let names = parts.filter_map(|part| part.split('}').next());
    names.filter_map(|name| name.parse().ok()).collect()
}

/// What is wrong with the headers that the scheme needs.
pub(super) fn faults(case: &Case<'_>) -> Vec<Finding> {
    let scheme = &case.scheme;
    let signature = signature(scheme);
    let fixed = scheme.fixed.iter().map(|(name, _)| *name);
    let others = time(scheme).into_iter().chain(scheme.id).chain(fixed);
    let others = others.filter_map(|name| name.parse().ok());
    let names = signature.iter().cloned().chain(others);
    let names = names.chain(signed_headers(scheme));
    let faults: Vec<_> = names.filter_map(|name| fault(case, name)).collect();
    if faults.is_empty() && is_malformed(case) {
        return signature.map(Finding::Unreadable).into_iter().collect();
    }
    faults
}

fn fault(case: &Case<'_>, name: HeaderName) -> Option<Finding> {
    let scheme = &case.scheme;
    match case.head.single(&place(scheme, &name)) {
        Ok(None) => Some(Finding::Missing(name)),
        Ok(Some(value)) if !is_odd(scheme, &name, value) => None,
        _ => Some(Finding::Unreadable(name)),
    }
}

/// Whether a value is not what the scheme has in this header.
fn is_odd(scheme: &Scheme<'_>, name: &HeaderName, value: &str) -> bool {
    let is = |other: &str| other.eq_ignore_ascii_case(name.as_str());
    let mut fixed = scheme.fixed.iter().filter(|(other, _)| is(other));
    let unit = match scheme.timestamps {
        Some(Timestamps::Header(other, unit)) if is(other) => Some(unit),
        _ => None,
    };
    fixed.any(|(_, wanted)| *wanted != value)
        || unit.is_some_and(|unit| moment::read(unit, value.as_bytes()).is_none())
        || scheme.id.is_some_and(is) && (value.is_empty() || value.contains(['.', ' ', '\t']))
}

/// Whether the head is refused although each header is there.
fn is_malformed(case: &Case<'_>) -> bool {
    let format = case.scheme.secret_format();
    let mut secrets = case.secrets.iter();
    let secret = secrets.find_map(|secret| secret.read(format));
    let verifier = secret.map(|secret| Verifier::new(&case.scheme, SecretSet::new("", secret)));
    let Some(Ok(verifier)) = verifier else {
        return false;
    };
    let refused = verifier.begin(case.head, Timestamp::UNIX_EPOCH).err();
    refused.is_some_and(|error| error.kind() == VerifyErrorKind::Malformed)
}

/// The header of signatures, or the first of them.
fn signature(scheme: &Scheme<'_>) -> Option<HeaderName> {
    let name = match scheme.headers {
        Headers::One(name) | Headers::Two(name, _) => name.parse(),
        Headers::Numbered(name) => format!("{name}1").parse(),
        Headers::Body => return None,
    };
    name.ok()
}

fn time<'a>(scheme: &Scheme<'a>) -> Option<&'a str> {
    match scheme.timestamps? {
        Timestamps::Header(name, _) => Some(name),
        Timestamps::Signature(_) => None,
    }
}

fn place(scheme: &Scheme<'_>, name: &HeaderName) -> Place {
    let alias = scheme.alias.and_then(|(with, instead)| {
        let rest = name.as_str().strip_prefix(with)?;
        format!("{instead}{rest}").parse().ok()
    });
    Place {
        name: name.clone(),
        alias,
    }
}

/// The value of the scheme's signature header.
pub(super) fn signature_value<'r>(case: &Case<'r>, scheme: &Scheme<'_>) -> Option<&'r str> {
    let name = signature(scheme)?;
    case.head.single(&place(scheme, &name)).ok()?
}

/// The URL that the head was given.
pub(super) fn url(case: &Case<'_>) -> Option<String> {
    case.head.url().map(str::to_owned)
}
