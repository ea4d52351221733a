//! What stands in the head, and headers that are missing or cannot be read.

use http::HeaderName;

use super::case::Case;
use super::finding::Finding;
use crate::moment;
use crate::plan::Place;
use crate::scheme::{Component, Headers, Scheme, Timestamps};

/// The headers that a scheme signs besides those of its id and time: a delivery must have them
/// before it can be signed.
#[must_use]
pub fn signed_headers(scheme: &Scheme<'_>) -> Vec<HeaderName> {
    let parts = scheme.message.split("{header:").skip(1);
    let names = parts.filter_map(|part| part.split('}').next());
    names.filter_map(|name| name.parse().ok()).collect()
}

/// What is wrong with the headers that the scheme needs, or with the body if the signature stands
/// there.
pub(super) fn faults(case: &Case<'_>) -> Vec<Finding> {
    if case.scheme.signs_into_body() {
        return found(case.is_malformed(), Finding::BodyUnreadable);
    }
    if case.scheme.messages.is_some_and(|policy| !policy.is_draft) {
        return faults_of_messages(case);
    }
    let signature = signature(&case.scheme);
    let names = signature.iter().cloned().chain(others(&case.scheme));
    let faults: Vec<_> = names.filter_map(|name| fault(case, name)).collect();
    match signature.filter(|_| faults.is_empty()) {
        Some(name) => found(case.is_malformed(), Finding::Unreadable(name)),
        None => faults,
    }
}

/// The headers that a scheme needs besides those of signatures.
fn others(scheme: &Scheme<'_>) -> impl Iterator<Item = HeaderName> {
    let fixed = scheme.fixed.iter().map(|(name, _)| *name);
    let others = time(scheme).into_iter().chain(scheme.id).chain(fixed);
    let lists = scheme.message.split("{headers:").skip(1);
    let lists = lists.filter_map(|part| part.split('}').next());
    let is_draft = scheme.messages.is_some_and(|policy| policy.is_draft);
    let draft: &[_] = if is_draft { &["date", "digest"] } else { &[] };
    let others = others.chain(lists).chain(draft.iter().copied());
    let others = others.filter_map(|name| name.parse().ok());
    others.chain(signed_headers(scheme))
}

/// Of fields that may be there more than once (RFC 9421 §2.1), that they are missing is all that can
/// be said of each. What cannot be read is most likely what says how the signature was made.
fn faults_of_messages(case: &Case<'_>) -> Vec<Finding> {
    let policy = case.scheme.messages.iter();
    let components = policy.flat_map(|policy| policy.components);
    let fields = components.filter_map(|component| match component {
        Component::Field(name) => name.parse().ok(),
        _ => None,
    });
    let both = ["signature", "signature-input"].map(HeaderName::from_static);
    let is_missing = |name: &HeaderName| matches!(case.head.single(&bare(name)), Ok(None));
    let missing = both.into_iter().chain(fields).filter(is_missing);
    let missing: Vec<_> = missing.map(Finding::Missing).collect();
    if missing.is_empty() {
        let input = HeaderName::from_static("signature-input");
        return found(case.is_malformed(), Finding::Unreadable(input));
    }
    missing
}

fn found(is_so: bool, finding: Finding) -> Vec<Finding> {
    is_so.then_some(finding).into_iter().collect()
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
        || scheme.id.is_some_and(is) && is_odd_id(scheme, value)
}

/// An id that is not signed may be anything but nothing.
fn is_odd_id(scheme: &Scheme<'_>, id: &str) -> bool {
    id.is_empty() || scheme.message.contains("{id}") && id.contains(['.', ' ', '\t'])
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

fn bare(name: &HeaderName) -> Place {
    Place {
        name: name.clone(),
        alias: None,
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

/// Whether the scheme has its signature in a header, and there is none such.
pub(super) fn lacks_signature(case: &Case<'_>) -> bool {
    signature(&case.scheme)
        .is_some_and(|name| matches!(case.head.single(&place(&case.scheme, &name)), Ok(None)))
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
