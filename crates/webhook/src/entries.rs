//! Signatures in their headers.

use crate::head::Values;
use crate::mac::Tag;
use crate::plan::{Entries, Plan};
use crate::scheme::Hash;
use crate::{VerifyError, VerifyErrorKind, decode};

/// How many entries are looked at.
pub(crate) const MOST: usize = 16;

/// How many bytes of a header are looked at.
pub(crate) const MOST_BYTES: usize = 4_096;

/// What a head says of MACs.
pub(crate) struct Signatures {
    /// The first one that can be read.
    first: Tag,
    /// Whether there is no other entry.
    is_alone: bool,
}

impl Signatures {
    pub(crate) fn read(plan: &Plan, values: Values<'_>) -> Result<Self, VerifyError> {
        let len = plan.algorithm.hash().map_or(0, Hash::size);
        let (mut first, mut count) = (None, 0);
        each(plan, values, |entry| {
            count += 1;
            if first.is_none() {
                first = decode::tag(plan.encoding, entry, len);
            }
        })?;
        Ok(Self {
            first: first.ok_or_else(malformed)?,
            is_alone: count == 1,
        })
    }

    /// Whether one of them is this, in a time that does not depend on their bytes. The values are
    /// those of which they were read.
    pub(crate) fn contain(&self, tag: &Tag, plan: &Plan, values: Values<'_>) -> bool {
        if self.is_alone {
            return self.first.ct_eq(tag);
        }
        let expected = decode::Expected::new(plan.encoding, tag);
        let mut is_there = false;
        let read = each(plan, values, |entry| is_there |= expected.ct_eq(entry));
        read.is_ok() & is_there
    }
}

/// The signatures that may have any of several lengths, or more than 64 bytes.
pub(crate) fn long(plan: &Plan, values: Values<'_>) -> Result<Vec<Vec<u8>>, VerifyError> {
    let lengths = plan.algorithm.signature_len();
    let mut found = Vec::new();
    each(plan, values, |entry| {
        found.extend(decode::long(plan.encoding, entry, &lengths));
    })?;
    if found.is_empty() {
        return Err(malformed());
    }
    Ok(found)
}

/// Gives every entry, as it is written, to `visit`.
fn each(plan: &Plan, values: Values<'_>, mut visit: impl FnMut(&[u8])) -> Result<(), VerifyError> {
    let (mut seen, mut is_there) = (0, false);
    values.each(&plan.headers, |value| {
        is_there = true;
        in_value(plan, value, |entry| {
            seen += 1;
            visit(entry);
            (seen <= MOST).then_some(()).ok_or_else(malformed)
        })
    })?;
    is_there
        .then_some(())
        .ok_or_else(|| VerifyErrorKind::Missing.into())
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
        Entries::Groups { signature, .. } | Entries::Pairs { signature, .. } => {
            let mut pairs = pairs(&plan.entries, value);
            pairs.try_for_each(|(key, entry)| match key == signature.as_bytes() {
                true => visit(entry),
                false => Ok(()),
            })
        }
        Entries::Positional => {
            let mut entries = value.split(',').skip(1);
            entries.try_for_each(|entry| visit(entry.as_bytes()))
        }
        Entries::Tagged(tag) => {
            let usual = tag.len() + plan.signature_chars;
            tagged(tag.as_bytes(), usual, value.as_bytes(), visit)
        }
        Entries::Whole(prefix) => {
            let entry = value.strip_prefix(&**prefix).ok_or_else(malformed)?;
            visit(entry.as_bytes())
        }
    }
}

/// Gives the entries that have a tag; `usual` is how long one with its tag is.
fn tagged(
    tag: &[u8],
    usual: usize,
    value: &[u8],
    mut visit: impl FnMut(&[u8]) -> Result<(), VerifyError>,
) -> Result<(), VerifyError> {
    let mut rest = Some(value);
    while let Some(value) = rest {
        let entry;
        (entry, rest) = split(value, usual);
        if let Some(entry) = entry.strip_prefix(tag) {
            visit(entry)?;
        }
    }
    Ok(())
}

/// Splits the next entry off. Most can be used, so that where such a one ends is looked at first:
/// what has a space before there cannot be used, as a whole or in parts, and counts as one.
fn split(value: &[u8], usual: usize) -> (&[u8], Option<&[u8]>) {
    match value.split_at_checked(usual) {
        Some((entry, [])) => return (entry, None),
        Some((entry, [b' ', rest @ ..])) => return (entry, Some(rest)),
        _ => {}
    }
    let end = value.iter().position(|byte| *byte == b' ');
    let parts = end.and_then(|end| value.split_at_checked(end));
    match parts {
        Some((entry, [_, rest @ ..])) => (entry, Some(rest)),
        _ => (value, None),
    }
}

/// Gives keys and values.
fn pairs<'v>(entries: &Entries, value: &'v str) -> impl Iterator<Item = (&'v [u8], &'v [u8])> {
    let (group, pair, has_space) = match entries {
        Entries::Groups { .. } => (b' ', b',', false),
        Entries::Pairs {
            separator,
            has_space,
            ..
        } => (*separator, *separator, *has_space),
        _ => (b',', b',', false),
    };
    let pairs = value
        .as_bytes()
        .split(move |byte| *byte == pair || *byte == group);
    pairs.filter_map(move |pair| {
        let pair = match has_space {
            true => pair.trim_ascii_start(),
            false => pair,
        };
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (key, value) = pair.split_at_checked(equals)?;
        Some((key, value.get(1..)?))
    })
}

/// The timestamp that stands beside the signatures.
pub(crate) fn time<'r>(plan: &Plan, values: Values<'r>) -> Result<Option<&'r str>, VerifyError> {
    let mut found = None;
    values.each(&plan.headers, |value| {
        if value.len() > MOST_BYTES {
            return Err(malformed());
        }
        match &plan.entries {
            Entries::Positional => found = value.split(',').next(),
            entries @ (Entries::Groups { time, .. } | Entries::Pairs { time, .. }) => {
                let may_repeat = matches!(entries, Entries::Groups { .. });
                if may_repeat && value.split(' ').any(str::is_empty) {
                    return Err(malformed());
                }
                for (_, text) in pairs(entries, value).filter(|(key, _)| *key == time.as_bytes()) {
                    let text = str::from_utf8(text).map_err(|_| VerifyErrorKind::Malformed)?;
                    // Of two times nobody can say which one was meant.
                    let other = found.replace(text);
                    if other.is_some_and(|other| !may_repeat || other != text) {
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
