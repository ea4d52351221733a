//! Signatures that are written or made in another way.

use super::case::Case;
use super::finding::Finding;
use super::headers::signature_value;
use super::kinds::PrefixChange;
use crate::scheme::{Algorithm, Encoding, Grammar, Hash, Scheme};

const ENCODINGS: [Encoding; 4] = [
    Encoding::Hex,
    Encoding::Base64,
    Encoding::Base64Url,
    Encoding::Base64UrlPadded,
];

const HASHES: [Hash; 4] = [Hash::Sha256, Hash::Sha512, Hash::Sha384, Hash::Sha1];

/// In what a signature that fits differs from those of the scheme; the fewest differences.
pub(super) fn changes(case: &Case<'_>) -> Vec<Finding> {
    let mut ways = Vec::new();
    for algorithm in algorithms(case.scheme.algorithm) {
        for (prefix, grammar) in grammars(case) {
            for encoding in ENCODINGS {
                let scheme = Scheme {
                    algorithm,
                    encoding,
                    grammar,
                    ..case.scheme
                };
                ways.push((differences(&case.scheme, &scheme, prefix), scheme));
            }
        }
    }
    ways.sort_by_key(|(differences, _)| differences.len());
    let mut fitting = ways.into_iter();
    let fitting = fitting.find(|(_, scheme)| case.fits(*scheme, case.head, case.body).is_some());
    fitting
        .map(|(differences, _)| differences)
        .unwrap_or_default()
}

fn differences(
    scheme: &Scheme<'_>,
    other: &Scheme<'_>,
    prefix: Option<PrefixChange>,
) -> Vec<Finding> {
    let algorithm = (scheme.algorithm != other.algorithm).then_some(other.algorithm);
    let encoding = (scheme.encoding != other.encoding).then_some(other.encoding);
    let algorithm = algorithm.map(Finding::Algorithm);
    let encoding = encoding.map(Finding::Encoding);
    let prefix = prefix.map(Finding::Prefix);
    algorithm
        .into_iter()
        .chain(encoding)
        .chain(prefix)
        .collect()
}

/// The algorithm itself, and those that take the same kind of key.
fn algorithms(algorithm: Algorithm) -> Vec<Algorithm> {
    const ECDSA: [Algorithm; 2] = [Algorithm::EcdsaP256Sha256, Algorithm::EcdsaP256Sha256Fixed];
    const RSA: [Algorithm; 2] = [Algorithm::RsaPkcs1Sha256, Algorithm::RsaPssSha512];
    let others = match algorithm {
        Algorithm::Hmac(_) => HASHES.map(Algorithm::Hmac).to_vec(),
        _ if ECDSA.contains(&algorithm) => ECDSA.to_vec(),
        _ if RSA.contains(&algorithm) => RSA.to_vec(),
        _ => Vec::new(),
    };
    let others = others.into_iter().filter(|other| *other != algorithm);
    std::iter::once(algorithm).chain(others).collect()
}

/// The grammar itself, and those that take the header's value as one signature.
fn grammars<'r>(case: &Case<'r>) -> Vec<(Option<PrefixChange>, Grammar<'r>)> {
    let present = case.scheme.grammar;
    let has_prefix = present != Grammar::Whole("") && present != Grammar::Commas;
    let mut grammars = vec![(None, present)];
    if has_prefix {
        grammars.push((Some(PrefixChange::Missing), Grammar::Whole("")));
    }
    if let Some(prefix) = prefix(case) {
        let change = match has_prefix {
            true => PrefixChange::Other,
            false => PrefixChange::Extra,
        };
        grammars.push((Some(change), Grammar::Whole(prefix)));
    }
    grammars
}

/// What is before the signature: a word and an equals sign, a comma, a colon or a space.
fn prefix<'r>(case: &Case<'r>) -> Option<&'r str> {
    let value = signature_value(case, &case.scheme)?;
    let end = value.find(['=', ',', ':', ' '])? + 1;
    let (prefix, rest) = value.split_at_checked(end)?;
    (!rest.trim_matches('=').is_empty()).then_some(prefix)
}
