//! Deliveries of another scheme.

use super::case::Case;
use super::finding::Finding;
use super::headers::{self, signature_value};
use crate::{Scheme, schemes};

/// The schemes as which the signature fits: another version of the provider's, or another provider.
pub(super) fn that_fit(case: &Case<'_>) -> Vec<Finding> {
    named(case, Finding::SignedAs, |scheme| {
        case.fits(*scheme, case.head, case.body).is_some()
    })
}

/// The schemes that have a signature here, where this one has none.
pub(super) fn that_look_alike(case: &Case<'_>) -> Vec<Finding> {
    if !headers::lacks_signature(case) {
        return Vec::new();
    }
    named(case, Finding::HeadersOf, |scheme| {
        signature_value(case, scheme).is_some()
    })
}

fn named(
    case: &Case<'_>,
    finding: fn(Vec<&'static str>) -> Finding,
    is_one: impl Fn(&Scheme<'static>) -> bool,
) -> Vec<Finding> {
    let others = schemes::all().filter(|scheme| scheme.name() != case.scheme.name());
    let names: Vec<_> = others.filter(is_one).map(|scheme| scheme.name()).collect();
    match names.is_empty() {
        true => Vec::new(),
        false => vec![finding(names)],
    }
}
