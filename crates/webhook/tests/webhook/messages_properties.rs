//! HTTP Message Signatures, whatever is signed and however it is changed.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use portcullis_core::Timestamp;
use portcullis_webhook::{
    Component, Delivery, Head, MessagePolicy, Scheme, SecretSet, Signer, Verifier, VerifyErrorKind,
    schemes,
};
use proptest::prelude::*;

use crate::support::{self, BODY, NOW, Pair, URL};

/// All that can be covered.
const ALL: &[Component<'_>] = &[
    Component::Method,
    Component::TargetUri,
    Component::Authority,
    Component::Scheme,
    Component::Path,
    Component::Query,
    Component::RequestTarget,
    Component::Field("x-one"),
    Component::Field("x-two"),
    Component::Field("content-digest"),
];

const SIGNED: [HeaderName; 3] = [
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("signature-input"),
    HeaderName::from_static("signature"),
];

/// The schemes of RFC 9421 that this build can carry out.
fn schemes_here() -> impl Iterator<Item = Scheme<'static>> {
    support::all().filter(|scheme| scheme.name().starts_with("rfc9421-"))
}

fn pair(scheme: Scheme<'static>) -> Pair {
    Pair::new(scheme)
}

/// A scheme that covers all there is.
fn whole() -> Scheme<'static> {
    schemes::RFC9421_HMAC.with_message_policy(MessagePolicy::new(ALL))
}

/// A request, as one sends it.
#[derive(Clone, Debug)]
struct Request {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Request {
    fn signed(mut self, signer: &Signer, id: &str, at: Timestamp) -> Self {
        let delivery = Delivery::new(id, at)
            .with_method(&self.method)
            .with_url(&self.url)
            .with_headers(&self.headers);
        let signed = signer.sign(delivery, &self.body).unwrap();
        self.headers.extend(signed);
        self
    }

    fn verdict(&self, verifier: &Verifier, now: Timestamp) -> Result<(), VerifyErrorKind> {
        let head = Head::new(&self.headers)
            .with_method(&self.method)
            .with_url(&self.url);
        let verified = verifier.verify(head, &self.body, now);
        verified.map(drop).map_err(|error| error.kind())
    }
}

fn example() -> Request {
    let mut headers = HeaderMap::new();
    headers.insert("x-one", HeaderValue::from_static("1"));
    headers.append("x-two", HeaderValue::from_static("a, b"));
    headers.append("x-two", HeaderValue::from_static("c"));
    Request {
        method: Method::POST,
        url: URL.to_owned(),
        headers,
        body: BODY.to_vec(),
    }
}

/// Every single bit of some bytes the other way round.
fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

#[test]
fn w18_any_bit_of_body_url_fields_and_parameters_counts() {
    let pair = pair(whole());
    let good = example().signed(&pair.signer, "msg_1", NOW);
    assert_eq!(good.verdict(&pair.verifier, NOW), Ok(()));
    let refused = |changed: &Request| {
        let verdict = changed.verdict(&pair.verifier, NOW);
        use VerifyErrorKind::{Malformed, Missing, Signature, Url};
        matches!(verdict, Err(Malformed | Missing | Signature | Url))
    };
    for body in flips(&good.body) {
        let changed = Request {
            body,
            ..good.clone()
        };
        let verdict = changed.verdict(&pair.verifier, NOW);
        assert_eq!(verdict, Err(VerifyErrorKind::Signature));
    }
    for url in flips(good.url.as_bytes()) {
        let Ok(url) = String::from_utf8(url) else {
            continue;
        };
        let changed = Request {
            url,
            ..good.clone()
        };
        assert!(refused(&changed), "{}", changed.url);
    }
    for (name, value) in &good.headers {
        for flipped in flips(value.as_bytes()) {
            let Ok(value) = HeaderValue::from_bytes(&flipped) else {
                continue;
            };
            let mut changed = good.clone();
            changed.headers.insert(name, value.clone());
            assert!(refused(&changed), "{name}: {value:?}");
        }
    }
}

/// In each algorithm: the signature's bits, and the parameters'.
#[test]
fn w18_any_bit_of_any_signature_counts() {
    for scheme in schemes_here() {
        let pair = pair(scheme);
        let good = example().signed(&pair.signer, "msg_1", NOW);
        assert_eq!(
            good.verdict(&pair.verifier, NOW),
            Ok(()),
            "{}",
            scheme.name()
        );
        // Each is one verification by a public key.
        for name in SIGNED {
            let value = good.headers[&name].as_bytes();
            for flipped in flips(value) {
                let Ok(value) = HeaderValue::from_bytes(&flipped) else {
                    continue;
                };
                let mut changed = good.clone();
                changed.headers.insert(&name, value.clone());
                let verdict = changed.verdict(&pair.verifier, NOW);
                use VerifyErrorKind::{Malformed, Signature};
                let is_refused = matches!(verdict, Err(Malformed | Signature));
                assert!(is_refused, "{}: {value:?} {verdict:?}", scheme.name());
            }
        }
    }
}

/// A signature as it is written: cut short, gone on with, of other bits behind its end.
#[test]
fn w15_a_signature_has_one_form_and_one_length() {
    for scheme in schemes_here() {
        let pair = pair(scheme);
        let good = example().signed(&pair.signer, "msg_1", NOW);
        let value = good.headers["signature"].to_str().unwrap().to_owned();
        let written = value.strip_prefix("sig1=:").unwrap().strip_suffix(':');
        let written = written.unwrap();
        let bare = written.trim_end_matches('=');
        let cuts = (0..written.len()).map(|length| written[..length].to_owned());
        let odd = ["=", "==", "A", "AAAA", "A==="].map(|more| format!("{written}{more}"));
        let odd = cuts.chain(odd).chain([
            bare.to_owned(),
            format!("{bare} ="),
            format!("0x{written}"),
            written.replace(['+', '/'], "-"),
        ]);
        for odd in odd.filter(|odd| odd != written) {
            let mut changed = good.clone();
            let value = format!("sig1=:{odd}:");
            changed.headers.insert("signature", value.parse().unwrap());
            let verdict = changed.verdict(&pair.verifier, NOW);
            assert!(verdict.is_err(), "{}: {odd}", scheme.name());
        }
    }
}

fn requests() -> impl Strategy<Value = Request> {
    let method = "[A-Z]{1,8}|[a-z]{1,8}";
    let url = "https?://[a-zA-Z]{1,8}(\\.[a-z]{2,4})?(:[1-9][0-9]{0,3})?\
               (/[!-\"$-;=@-~]{0,12}){0,2}(\\?[!$-;=?-Z_a-z~]{0,20})?";
    let value = "[ -~\t]{0,30}";
    let body = proptest::collection::vec(any::<u8>(), 0..200);
    let values = proptest::collection::vec(value, 1..4);
    (method, url, value, values, body).prop_map(|(method, url, one, two, body)| {
        let mut headers = HeaderMap::new();
        headers.insert("x-one", HeaderValue::from_str(&one).unwrap());
        for value in two {
            headers.append("x-two", HeaderValue::from_str(&value).unwrap());
        }
        let method = Method::try_from(method.as_str()).unwrap();
        Request {
            method,
            url,
            headers,
            body,
        }
    })
}

proptest! {
    #[test]
    fn w47_what_is_signed_is_accepted_whatever_it_is(
        request in requests(),
        id in "[ -~]{0,80}",
        seconds in 0_u64..253_402_300_000,
        offset in -300_i64..=300,
    ) {
        // What is no URL nobody can send to.
        prop_assume!(request.url.parse::<http::Uri>().is_ok());
        let pair = pair(whole());
        let at = Timestamp::from_secs(seconds);
        let now = Timestamp::from_secs(seconds.saturating_add_signed(offset));
        let signed = request.signed(&pair.signer, &id, at);
        prop_assert_eq!(signed.verdict(&pair.verifier, now), Ok(()));
    }

    #[test]
    fn w46_one_change_is_refused_whatever_it_is(
        request in requests(),
        place in any::<prop::sample::Index>(),
        what in 0..4,
    ) {
        prop_assume!(request.url.parse::<http::Uri>().is_ok());
        let pair = pair(whole());
        let good = request.signed(&pair.signer, "a", NOW);
        let mut changed = good.clone();
        match what {
            0 if !good.body.is_empty() => {
                let place = place.index(good.body.len());
                changed.body[place] ^= 1;
            }
            1 => changed.method = Method::try_from(format!("{}X", good.method).as_str()).unwrap(),
            2 => {
                changed.headers.append("x-one", HeaderValue::from_static("2"));
            }
            3 => changed.url = good.url.replacen("://", "://a", 1),
            _ => changed.body.push(0),
        }
        let verdict = changed.verdict(&pair.verifier, NOW);
        prop_assert_eq!(verdict, Err(VerifyErrorKind::Signature));
    }

    #[test]
    fn w16_no_header_is_too_strange(
        input in "[ -~\t]{0,60}|sig1=\\([ -~]{0,30}\\)[ -~]{0,30}|\
                  (sig1=\\(\"@method\"( \"[@a-z-]{1,12}\"(;[a-z]{1,5}(=\"[a-z]{0,3}\")?)?){0,4}\\)\
                  (;[a-z]{1,7}=[0-9\"a-z]{0,5}){0,3})",
        signature in "[ -~\t]{0,60}|sig1=:[A-Za-z0-9+/=]{0,50}:",
        digest in "[ -~\t]{0,60}|(sha-256=:[A-Za-z0-9+/=]{0,50}:)",
        url in "\\PC{0,30}",
    ) {
        let verifier = pair(schemes::RFC9421_HMAC).verifier;
        let mut request = example();
        request.url = url;
        for (name, value) in [
            ("signature-input", input),
            ("signature", signature),
            ("content-digest", digest),
        ] {
            request.headers.insert(name, HeaderValue::from_str(&value).unwrap());
        }
        prop_assert!(request.verdict(&verifier, NOW).is_err());
    }

    #[test]
    fn w16_no_bytes_are_too_strange(
        bytes in proptest::collection::vec(any::<u8>(), 0..80),
        which in 0..3_usize,
    ) {
        let pair = pair(schemes::RFC9421_HMAC);
        let mut request = example().signed(&pair.signer, "a", NOW);
        let bytes: Vec<_> = bytes.into_iter().filter(|byte| *byte >= 32 && *byte != 127).collect();
        let value = HeaderValue::from_bytes(&bytes).unwrap();
        request.headers.insert(&SIGNED[which], value);
        prop_assert!(request.verdict(&pair.verifier, NOW).is_err());
    }
}

/// A body that comes in pieces, with either digest.
#[test]
fn w32_a_body_may_come_in_any_pieces() {
    let body: Vec<u8> = (0..1_000).map(|byte: u32| byte.to_le_bytes()[0]).collect();
    for scheme in schemes_here() {
        assert!(!scheme.needs_whole_body(), "{}", scheme.name());
        let pair = pair(scheme);
        let request = Request {
            body: body.clone(),
            ..example()
        };
        let signed = request.signed(&pair.signer, "a", NOW);
        let head = Head::new(&signed.headers).with_url(&signed.url);
        for size in [1, 7, 999, 1_000] {
            let mut check = pair.verifier.begin(head, NOW).unwrap();
            body.chunks(size).for_each(|it| check.update(it).unwrap());
            assert!(check.finish(head).is_ok(), "{} in {size}", scheme.name());
            let mut check = pair.verifier.begin(head, NOW).unwrap();
            check.update(&body[1..]).unwrap();
            let refused = check.finish(head).unwrap_err();
            assert_eq!(refused.kind(), VerifyErrorKind::Signature);
        }
    }
}

/// Another key of the same kind.
#[test]
fn w43_another_key_is_refused() {
    for scheme in schemes_here() {
        let pair = pair(scheme);
        let signed = example().signed(&pair.signer, "a", NOW);
        assert_eq!(signed.verdict(&pair.verifier, NOW), Ok(()));
        let other = SecretSet::new("two", support::verifying(&scheme, 2));
        pair.verifier.replace_secrets(other).unwrap();
        let verdict = signed.verdict(&pair.verifier, NOW);
        assert_eq!(
            verdict,
            Err(VerifyErrorKind::Signature),
            "{}",
            scheme.name()
        );
    }
}
