//! Headers that name others, and signatures in groups.

use http::{HeaderMap, Method};
use portcullis_core::Timestamp;
use portcullis_webhook::{
    Delivery, Head, Scheme, SecretSet, Signer, Verifier, VerifyErrorKind, schemes,
};

use crate::support::{NOW, Pair, secret};

const PATH: &str = "/in?a=%20b";

/// What is signed, written out by hand.
const BY_HAND: Scheme<'_> = schemes::CONTENTFUL.with_message(concat!(
    "{method}\n{path}\n",
    "x-contentful-signed-headers:{header:x-contentful-signed-headers};",
    "x-contentful-timestamp:{timestamp};x-space:{header:x-space}\n{body}",
));

fn verdict(scheme: &Scheme<'_>, headers: &HeaderMap) -> Result<(), VerifyErrorKind> {
    let secrets = SecretSet::new("one", secret(scheme.secret_format(), 1));
    let verifier = Verifier::new(scheme, secrets).unwrap();
    let head = Head::new(headers).with_method(&Method::PUT).with_path(PATH);
    let verified = verifier.verify(head, "body", NOW);
    verified.map(drop).map_err(|error| error.kind())
}

fn signed(scheme: &Scheme<'_>, list: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-space", "s1".parse().unwrap());
    headers.insert("x-contentful-signed-headers", list.parse().unwrap());
    let secrets = SecretSet::new("one", secret(scheme.secret_format(), 1));
    let delivery = Delivery::new("", NOW)
        .with_method(&Method::PUT)
        .with_path(PATH)
        .with_headers(&headers);
    let made = Signer::new(scheme, secrets)
        .unwrap()
        .sign(delivery, b"body");
    headers.extend(made.unwrap());
    headers
}

#[test]
fn w50_the_headers_that_one_names_are_signed_in_order() {
    for list in [
        "x-space,x-contentful-timestamp,x-contentful-signed-headers",
        "X-Contentful-Signed-Headers, x-contentful-timestamp, x-space",
    ] {
        let headers = signed(&BY_HAND, list);
        assert_eq!(verdict(&schemes::CONTENTFUL, &headers), Ok(()), "{list}");
        let mut changed = headers.clone();
        changed.insert("x-space", "s2".parse().unwrap());
        let refused = Err(VerifyErrorKind::Signature);
        assert_eq!(verdict(&schemes::CONTENTFUL, &changed), refused);
        let mut without = headers;
        without.remove("x-space");
        let refused = Err(VerifyErrorKind::Missing);
        assert_eq!(verdict(&schemes::CONTENTFUL, &without), refused);
    }
}

/// A list that leaves out the time would let anybody choose it.
#[test]
fn w22_the_list_must_name_the_time_and_itself() {
    let all = "x-contentful-timestamp,x-contentful-signed-headers";
    let many = format!("{all}{}", ",x-space".repeat(31));
    for list in [
        "",
        "x-space",
        "x-contentful-timestamp",
        "x-contentful-signed-headers",
        "é",
        &many,
    ] {
        let mut headers = signed(&schemes::CONTENTFUL, all);
        let Ok(list) = list.parse() else { continue };
        headers.insert("x-contentful-signed-headers", list);
        let refused = Err(VerifyErrorKind::Malformed);
        assert_eq!(verdict(&schemes::CONTENTFUL, &headers), refused);
    }
}

#[test]
fn w12_of_several_groups_one_must_fit_and_all_have_one_time() {
    let pair = Pair::new(schemes::PERSONA);
    let headers = pair.sign(b"body");
    let good = headers["persona-signature"].to_str().unwrap();
    let (time, _) = good.split_once(',').unwrap();
    let other = format!("{time},v1={}", "0".repeat(64));
    let later = Timestamp::from_secs(NOW.as_secs() + 1).as_secs();
    for (value, outcome) in [
        (good.to_owned(), Ok(())),
        (format!("{other} {good}"), Ok(())),
        (format!("{good} {other}"), Ok(())),
        (other.clone(), Err(VerifyErrorKind::Signature)),
        (
            format!("{good} t={later},v1={}", "0".repeat(64)),
            Err(VerifyErrorKind::Malformed),
        ),
        (format!("{time} "), Err(VerifyErrorKind::Malformed)),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("persona-signature", value.parse().unwrap());
        assert_eq!(pair.verify(&headers, b"body").map(drop), outcome, "{value}");
    }
}
