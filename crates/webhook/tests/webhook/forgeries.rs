//! What is nearly right.

use http::{HeaderMap, HeaderValue};
use portcullis_webhook::VerifyErrorKind;

use crate::support::{BODY, NOW, Pair, all, extra};

/// Any bit of the body, and any character of any header that was signed.
#[test]
fn any_change_is_refused() {
    for scheme in all() {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        for bit in 0..BODY.len() * 8 {
            let mut body = BODY.to_vec();
            body[bit / 8] ^= 1 << (bit % 8);
            let outcome = pair.verify(&headers, &body);
            assert_eq!(
                outcome.unwrap_err(),
                VerifyErrorKind::Signature,
                "{}",
                scheme.name()
            );
        }
        for (name, value) in headers
            .iter()
            .filter(|(name, _)| !extra().contains_key(*name))
        {
            for place in 0..value.len() {
                let mut bytes = value.as_bytes().to_vec();
                bytes[place] = if bytes[place] == b'1' { b'2' } else { b'1' };
                let mut changed = headers.clone();
                changed.insert(name.clone(), HeaderValue::from_bytes(&bytes).unwrap());
                let outcome = pair.verify(&changed, BODY);
                assert!(
                    outcome.is_err(),
                    "{}, {name}, {place}: {outcome:?}",
                    scheme.name()
                );
            }
        }
    }
}

/// No header, one after the other, and none at all.
#[test]
fn w29_a_missing_header_is_told_before_the_body() {
    for scheme in all() {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        for name in headers.keys().filter(|name| !extra().contains_key(*name)) {
            let mut fewer = headers.clone();
            fewer.remove(name);
            assert_eq!(
                begun(&pair, &fewer),
                Some(VerifyErrorKind::Missing),
                "{name}"
            );
        }
        assert_eq!(
            begun(&pair, &HeaderMap::new()),
            Some(VerifyErrorKind::Missing)
        );
    }
}

/// What the head alone gives: nothing to object, or an error.
fn begun(pair: &Pair, headers: &HeaderMap) -> Option<VerifyErrorKind> {
    let head = portcullis_webhook::Head::new(headers).with_url(crate::support::URL);
    pair.verifier
        .begin(head, NOW)
        .err()
        .map(|error| error.kind())
}

#[test]
fn w11_a_header_that_is_there_twice_is_refused() {
    for scheme in all() {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        for (name, value) in headers
            .iter()
            .filter(|(name, _)| !extra().contains_key(*name))
        {
            for other in [value.clone(), HeaderValue::from_static("x")] {
                let mut twice = headers.clone();
                twice.append(name.clone(), other);
                assert_eq!(
                    begun(&pair, &twice),
                    Some(VerifyErrorKind::Malformed),
                    "{name}"
                );
            }
        }
    }
}

/// Every length of a signature, in hex and in base64: only the exact one passes.
#[test]
fn w18_a_signature_of_another_length_is_refused() {
    for scheme in all() {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        let signed = pair.signature(&headers);
        let (name, value) = (signed.0.clone(), signed.1.to_owned());
        for length in 0..=200 {
            for alphabet in ["ab", "AA=", "Ag=="] {
                let forged: String = alphabet.chars().cycle().take(length).collect();
                let place = value.len().saturating_sub(20);
                let mut changed = headers.clone();
                let text = format!("{}{forged}", &value[..place.min(value.len())]);
                if text == value {
                    continue;
                }
                changed.insert(name.clone(), text.parse().unwrap());
                assert!(
                    pair.verify(&changed, BODY).is_err(),
                    "{}: {text}",
                    scheme.name()
                );
            }
        }
    }
}
