//! Bodies that come in pieces, and what they cost.

use http::HeaderMap;
use portcullis_webhook::{
    Head, Scheme, SecretFormat, SecretSet, Verifier, VerifyErrorKind, schemes,
};

use crate::support::{BODY, NOW, Pair, URL, all, verifying};

/// However a body is cut, the verdict is the same.
#[test]
fn w32_a_body_may_come_in_any_pieces() {
    let body: Vec<u8> = (0..1_000).map(|byte: u32| byte.to_le_bytes()[0]).collect();
    for scheme in all() {
        let pair = Pair::new(scheme);
        let headers = pair.sign(&body);
        let head = Head::new(&headers).with_url(URL);
        for size in [1, 7, 64, 999, 1_000] {
            let mut check = pair.verifier.begin(head, NOW).unwrap();
            for piece in body.chunks(size) {
                check.update(piece).unwrap();
            }
            assert!(check.finish(head).is_ok(), "{} in {size}", scheme.name());
            let mut check = pair.verifier.begin(head, NOW).unwrap();
            check.update(&body[1..]).unwrap();
            let outcome = check.finish(head).unwrap_err();
            assert_eq!(outcome.kind(), VerifyErrorKind::Signature);
        }
    }
}

#[test]
fn w30_a_body_beyond_the_limit_is_refused_at_once() {
    let pair = Pair::new(schemes::STRIPE.with_body_limit(10));
    for (length, is_taken) in [(9, true), (10, true), (11, false), (1_000, false)] {
        let body = vec![b'x'; length];
        let headers = pair.sign(&body);
        let outcome = pair.verify(&headers, &body);
        assert_eq!(outcome.is_ok(), is_taken, "{length}");
        if let Err(kind) = outcome {
            assert_eq!(kind, VerifyErrorKind::TooLarge);
        }
    }
}

fn allocations(verifier: &Verifier, headers: &HeaderMap, body: &[u8]) -> u64 {
    let head = Head::new(headers).with_url(URL);
    let info = allocation_counter::measure(|| {
        assert!(verifier.verify(head, body, NOW).is_ok());
    });
    info.count_total
}

/// Nothing is allocated, whichever the scheme with a MAC, the body, the entries or up to two secrets.
#[test]
fn verification_allocates_nothing() {
    let has_mac = |scheme: &Scheme<'_>| !matches!(scheme.secret_format(), SecretFormat::Public(_));
    let schemes = all().filter(|scheme| scheme.name() != "docusign");
    for scheme in schemes.filter(has_mac) {
        let pair = Pair::new(scheme);
        for length in [0, 64, 512, 65_536] {
            let body = vec![b'x'; length];
            let headers = pair.sign(&body);
            assert_eq!(
                allocations(&pair.verifier, &headers, &body),
                0,
                "{}",
                scheme.name()
            );
        }
        let two = SecretSet::new("new", verifying(&scheme, 2));
        let two = two.with("old", verifying(&scheme, 1));
        pair.verifier.replace_secrets(two).unwrap();
        let headers = pair.sign(BODY);
        assert_eq!(
            allocations(&pair.verifier, &headers, BODY),
            0,
            "{}",
            scheme.name()
        );
    }
}

#[test]
fn w29_a_refusal_of_the_head_allocates_nothing() {
    let pair = Pair::new(schemes::GITHUB);
    let headers = HeaderMap::new();
    let info = allocation_counter::measure(|| {
        assert!(pair.verifier.begin(Head::new(&headers), NOW).is_err());
    });
    assert_eq!(info.count_total, 0);
}
