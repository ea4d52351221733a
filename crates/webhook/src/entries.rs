//! Signatures in their headers.

use crate::head::Head;
use crate::mac::Tag;
use crate::plan::{Entries, Plan};
use crate::scheme::Hash;
use crate::{VerifyError, VerifyErrorKind, decode};

/// How many entries are looked at.
pub(crate) const MOST: usize = 16;

/// How many bytes of a header are looked at.
const MOST_BYTES: usize = 4_096;

/// Gives every signature that can be read to `visit`; says how many there are.
pub(crate) fn each(
    plan: &Plan,
    head: Head<'_>,
    visit: impl FnMut(Tag),
) -> Result<usize, VerifyError> {
    let len = plan.algorithm.hash().map(Hash::size);
    let read = |entry: &[u8]| decode::tag(plan.encoding, entry, len?);
    each_read(plan, head, read, visit)
}

/// The same for signatures that may have any of several lengths, or more than 64 bytes.
pub(crate) fn each_long(
    plan: &Plan,
    head: Head<'_>,
    visit: impl FnMut(Vec<u8>),
) -> Result<usize, VerifyError> {
    let lengths = plan.algorithm.signature_len();
    let read = |entry: &[u8]| decode::long(plan.encoding, entry, &lengths);
    each_read(plan, head, read, visit)
}

fn each_read<T>(
    plan: &Plan,
    head: Head<'_>,
    read: impl Fn(&[u8]) -> Option<T>,
    mut visit: impl FnMut(T),
) -> Result<usize, VerifyError> {
    let (mut seen, mut usable, mut is_there) = (0, 0, false);
    head.signatures(&plan.headers, |value| {
        is_there = true;
        in_value(plan, value, |entry| {
            seen += 1;
            if let Some(signature) = read(entry) {
                usable += 1;
                visit(signature);
            }
            (seen <= MOST).then_some(()).ok_or_else(malformed)
        })
    })?;
    match (is_there, usable) {
        (false, _) => Err(VerifyErrorKind::Missing.into()),
        (true, 0) => Err(malformed()),
        (true, usable) => Ok(usable),
    }
}

fn malformed() -> VerifyError {
    VerifyErrorKind::Malformed.into()
}

/// Gives each entry of a header's value, as it is written, to `visit`.
fn in_value(
    plan: &Plan,
    value: &str,
    mut visit: impl FnMut(&[u8]) -> Result<(), VerifyError>,
) -> Result<(), VerifyError> {
    if value.len() > MOST_BYTES {
        return Err(malformed());
    }
    match &plan.entries {
        Entries::Commas => value
            .split(',')
            .try_for_each(|entry| visit(entry.as_bytes())),
        Entries::Pairs { signature, .. } => {
            let mut pairs = pairs(&plan.entries, value);
            pairs.try_for_each(|(key, entry)| match key == &**signature {
                true => visit(entry.as_bytes()),
                false => Ok(()),
            })
        }
        Entries::Positional => {
            let mut entries = value.split(',').skip(1);
            entries.try_for_each(|entry| visit(entry.as_bytes()))
        }
        Entries::Tagged(tag) => {
            value
                .split(' ')
                .try_for_each(|entry| match entry.split_once(',') {
                    Some((found, entry)) if found == &**tag => visit(entry.as_bytes()),
                    _ => Ok(()),
                })
        }
        Entries::Whole(prefix) => {
            let entry = value.strip_prefix(&**prefix).ok_or_else(malformed)?;
            visit(entry.as_bytes())
        }
    }
}

fn pairs<'v>(entries: &Entries, value: &'v str) -> impl Iterator<Item = (&'v str, &'v str)> {
    let (separator, has_space) = match entries {
        Entries::Pairs {
            separator,
            has_space,
            ..
        } => (char::from(*separator), *has_space),
        _ => (',', false),
    };
    value.split(separator).filter_map(move |pair| {
        let pair = match has_space {
            true => pair.trim_start_matches([' ', '\t']),
            false => pair,
        };
        pair.split_once('=')
    })
}

/// The timestamp that stands beside the signatures.
pub(crate) fn time<'r>(plan: &Plan, head: Head<'r>) -> Result<Option<&'r str>, VerifyError> {
    let mut found = None;
    head.signatures(&plan.headers, |value| {
        if value.len() > MOST_BYTES {
            return Err(malformed());
        }
        match &plan.entries {
            Entries::Positional => found = value.split(',').next(),
            entries @ Entries::Pairs { time, .. } => {
                for (_, text) in pairs(entries, value).filter(|(key, _)| *key == &**time) {
                    // Of two times nobody can say which one was meant.
                    if found.replace(text).is_some() {
                        return Err(malformed());
                    }
                }
                found.map(drop).ok_or_else(malformed)?;
            }
            Entries::Commas | Entries::Tagged(_) | Entries::Whole(_) => {}
        }
        Ok(())
    })?;
    Ok(found)
}
