//! Bodies that come in pieces, and what they cost.

use std::hint::black_box;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue};
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
            let outcome = check.finish(head).map(drop).map_err(|error| error.kind());
            let is_same = is_bodiless(&pair);
            let expected = is_same.then_some(()).ok_or(VerifyErrorKind::Signature);
            assert_eq!(outcome, expected, "{}", scheme.name());
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
    // Those look headers up by names that they make, or keep the body.
    let is_plain = |scheme: &Scheme<'_>| {
        !["contentful", "docusign"].contains(&scheme.name()) && !scheme.needs_whole_body()
    };
    // What is to be read first: a token (RFC 7515 §7.1), or what is signed (RFC 9421 §4.1).
    let is_read = |headers: &HeaderMap| {
        let is_token = |value: &HeaderValue| value.to_str().is_ok_and(|it| it.contains("eyJ"));
        headers.contains_key("signature-input") || headers.values().any(is_token)
    };
    for scheme in all().filter(is_plain).filter(has_mac) {
        let pair = Pair::new(scheme);
        if is_read(&pair.sign(BODY)) {
            continue;
        }
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

/// A scheme that signs nothing of the body.
fn is_bodiless(pair: &Pair) -> bool {
    pair.sign(b"one") == pair.sign(b"two")
}

/// The schemes that sign the fields of a form.
const FORMS: [&str; 3] = ["mandrill", "plivo", "twilio"];

/// Bytes that are no text, and text of which somebody would like to change the ends.
#[test]
fn w07_the_exact_bytes_are_what_is_signed() {
    let bodies: [(&[u8], &[u8]); 8] = [
        (b"\xff\x00\x80\xc3", "\u{fffd}\0\u{fffd}\u{fffd}".as_bytes()),
        (b"\xef\xbb\xbf{}", b"{}"),
        (b"{\r\n}\r\n", b"{\n}\n"),
        (b"{}\n", b"{}"),
        (b"", b"\n"),
        (b" ", b""),
        (b"\0", b""),
        (b"{\"a\":\"\\u00e4\"}", "{\"a\":\"\u{e4}\"}".as_bytes()),
    ];
    // Their fields are signed.
    let is_form = |scheme: &Scheme<'_>| FORMS.contains(&scheme.name());
    for scheme in all().filter(|scheme| !is_form(scheme)) {
        let (pair, name) = (Pair::new(scheme), scheme.name());
        for (body, like) in bodies.into_iter().filter(|_| !is_bodiless(&pair)) {
            let headers = pair.sign(body);
            assert!(pair.verify(&headers, body).is_ok(), "{name} {body:?}");
            let refused = pair.verify(&headers, like).unwrap_err();
            assert_eq!(refused, VerifyErrorKind::Signature, "{name} {like:?}");
        }
    }
}

/// The least time of several tries, which take turns: what else the machine does is not in it.
fn least<const N: usize>(mut cases: [impl FnMut(); N]) -> [Duration; N] {
    let mut least = [Duration::MAX; N];
    for _ in 0..40 {
        for (case, least) in cases.iter_mut().zip(&mut least) {
            let begun = Instant::now();
            case();
            *least = begun.elapsed().min(*least);
        }
    }
    least
}

/// With a body of 1 MiB the time is that of the hashes: 16 of them would take 16 times as long.
#[test]
fn w19_sixteen_entries_cost_one_hash_of_the_body() {
    let pair = Pair::new(schemes::STANDARD_WEBHOOKS);
    let body = vec![b'x'; 1 << 20];
    let one = pair.sign(&body);
    let mut sixteen = one.clone();
    let right = one["webhook-signature"].to_str().unwrap();
    let others = format!("v1,{}= ", "A".repeat(43)).repeat(15);
    let entries = format!("{others}{right}");
    sixteen.insert("webhook-signature", entries.parse().unwrap());
    let case = |headers: &HeaderMap| {
        let (pair, headers, body) = (&pair, headers.clone(), &body);
        move || assert!(black_box(pair.verify(&headers, body)).is_ok())
    };
    let [one, sixteen] = least([case(&one), case(&sixteen)]);
    assert!(sixteen < one * 4, "{sixteen:?} instead of {one:?}");
}

/// Nobody looks whether an altered body would have been right: that would be one more hash at least.
#[test]
fn w21_a_refusal_costs_no_more_than_an_acceptance() {
    let pair = Pair::new(schemes::GITHUB);
    // Text that could be trimmed, and JSON that could be written otherwise.
    let body = format!(" {{\"a\": \"{}\"}}\r\n", "x".repeat(1 << 20)).into_bytes();
    let good = pair.sign(&body);
    let others = [pair.sign(body.trim_ascii()), pair.sign(b"another")];
    let case = |headers: &HeaderMap, is_good: bool| {
        let (pair, headers, body) = (&pair, headers.clone(), &body);
        move || assert_eq!(black_box(pair.verify(&headers, body)).is_ok(), is_good)
    };
    for other in &others {
        let [accepted, refused] = least([case(&good, true), case(other, false)]);
        assert!(refused * 2 < accepted * 3, "{refused:?} and {accepted:?}");
        let head = Head::new(other);
        let info = allocation_counter::measure(|| {
            assert!(pair.verifier.verify(head, &body, NOW).is_err());
        });
        assert_eq!(info.count_total, 0, "a refusal allocates");
    }
}
