//! Times that are too far from now, or count in another unit.

use portcullis_core::Timestamp;

use super::case::{Case, Fit};
use super::finding::Finding;
use crate::VerifyErrorKind;
use crate::scheme::{Scheme, Timestamps, Unit};

const UNITS: [Unit; 3] = [Unit::Seconds, Unit::Millis, Unit::Rfc3339];

/// What is wrong with a delivery whose signature fits; none if it does not.
pub(super) fn of_what_fits(case: &Case<'_>) -> Option<Vec<Finding>> {
    let Fit { index, at } = case.fits(case.scheme, case.head, case.body)?;
    let secret = case.secrets.get(index)?;
    if let Some(until) = secret.ended(case.now) {
        let ago = case.now.since(until);
        return Some(vec![Finding::OldSecret { index, ago }]);
    }
    let skew = at.and_then(|at| skew(case, at));
    let skew = skew.or_else(|| said(case, index));
    // A time of 1970 is late as well, but that says nothing to anybody.
    let unit = in_other_units(case).find(|(_, at)| self::skew(case, *at).is_none());
    let unit = unit.map(|(unit, _)| Finding::Unit(unit));
    Some(skew.map(|skew| unit.unwrap_or(skew)).into_iter().collect())
}

/// What a delivery says of its age besides when it was sent (RFC 7519 §4.1.4, §4.1.5; RFC 9421 §2.3).
fn said(case: &Case<'_>, index: usize) -> Option<Finding> {
    match case.refusal(index)? {
        VerifyErrorKind::Early => Some(Finding::NotYet),
        VerifyErrorKind::Stale => Some(Finding::Expired),
        _ => None,
    }
}

/// The unit in which a timestamp can be read that otherwise cannot.
pub(super) fn unit(case: &Case<'_>) -> Vec<Finding> {
    let Some((unit, at)) = in_other_units(case).next() else {
        return Vec::new();
    };
    std::iter::once(Finding::Unit(unit))
        .chain(skew(case, at))
        .collect()
}

/// The units in which the signature fits, and when the delivery was sent then.
fn in_other_units(case: &Case<'_>) -> impl Iterator<Item = (Unit, Timestamp)> {
    UNITS.into_iter().filter_map(|unit| {
        let scheme = with_unit(case.scheme, unit)?;
        let fit = case.fits(scheme, case.head, case.body)?;
        Some((unit, fit.at?))
    })
}

fn with_unit(scheme: Scheme<'_>, unit: Unit) -> Option<Scheme<'_>> {
    if let Some((place, present)) = scheme.json.and_then(|json| json.timestamp) {
        let json = scheme.json.map(|json| json.with_timestamp(place, unit));
        return (unit != present).then_some(Scheme { json, ..scheme });
    }
    let (timestamps, present) = match scheme.timestamps? {
        Timestamps::Header(name, present) => (Timestamps::Header(name, unit), present),
        Timestamps::Signature(present) => (Timestamps::Signature(unit), present),
    };
    (unit != present).then(|| scheme.with_timestamp(timestamps))
}

/// How far a time is from now, if that is too far.
fn skew(case: &Case<'_>, at: Timestamp) -> Option<Finding> {
    let (past, future) = case.scheme.past.zip(case.scheme.future)?;
    let (ago, ahead) = (case.now.since(at), at.since(case.now));
    if ahead > future {
        return Some(Finding::Early {
            ahead,
            limit: future,
        });
    }
    (ago > past).then_some(Finding::Stale { ago, limit: past })
}
