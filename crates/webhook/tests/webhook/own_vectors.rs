//! Deliveries of our own making, for every scheme of the table: `tests/vectors/webhooks.json`. A
//! script makes them that shares nothing with this crate; its README says how they are written.

use std::collections::BTreeSet;
use std::path::Path;

use base64_simd::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use portcullis_core::Timestamp;
use portcullis_webhook::{
    Delivery, Head, Scheme, SecretFormat, SecretSet, Signer, Verifier, VerifyErrorKind,
    WebhookSecret, schemes,
};
use serde_json::Value;

/// The deliveries of every scheme, a record each.
fn records() -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/webhooks.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// Those that this build can carry out.
fn able() -> impl Iterator<Item = Value> {
    let can = |record: &Value| scheme(record).is_some_and(|it| it.can_sign());
    records().into_iter().filter(can)
}

fn scheme(record: &Value) -> Option<Scheme<'static>> {
    schemes::named(name(record))
}

fn name(record: &Value) -> &str {
    record["scheme"].as_str().unwrap()
}

fn text<'v>(record: &'v Value, key: &str) -> Option<&'v str> {
    record.get(key).map(|value| value.as_str().unwrap())
}

fn cases(record: &Value) -> &[Value] {
    record["cases"].as_array().unwrap()
}

fn set(format: SecretFormat, text: &str) -> SecretSet {
    SecretSet::new("own", WebhookSecret::new(format, text).unwrap())
}

fn headers(of: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, values) in of.as_object().into_iter().flatten() {
        for value in values.as_array().unwrap_or(&vec![values.clone()]) {
            let value = HeaderValue::try_from(value.as_str().unwrap()).unwrap();
            headers.append(HeaderName::try_from(name).unwrap(), value);
        }
    }
    headers
}

fn names(headers: &HeaderMap) -> BTreeSet<&str> {
    headers.keys().map(HeaderName::as_str).collect()
}

fn now(record: &Value) -> Timestamp {
    Timestamp::from_secs(record["now"].as_u64().unwrap())
}

/// What the case says of something, or else the record.
fn said<'v>(record: &'v Value, case: &'v Value, key: &str) -> Option<&'v str> {
    text(case, key).or_else(|| text(record, key))
}

fn body(record: &Value, case: &Value) -> Vec<u8> {
    match text(case, "body_hex") {
        Some(hex) => const_hex::decode(hex).unwrap(),
        None => said(record, case, "body").unwrap().into(),
    }
}

fn verifier(record: &Value) -> Verifier {
    let scheme = scheme(record).unwrap();
    let secret = set(scheme.secret_format(), text(record, "secret").unwrap());
    Verifier::new(&scheme, secret).unwrap()
}

/// What we say of a case, in the word that the file has for it.
fn verdict(verifier: &Verifier, record: &Value, case: &Value) -> &'static str {
    let headers = headers(&case["headers"]);
    let method = Method::try_from(text(case, "method").unwrap_or("POST")).unwrap();
    let head = Head::new(&headers).with_method(&method);
    let head = head.with_path(said(record, case, "path").unwrap_or("/"));
    let head = match said(record, case, "url") {
        Some(url) => head.with_url(url),
        None => head,
    };
    match verifier.verify(head, body(record, case), now(record)) {
        Ok(_) => "ok",
        Err(error) => match error.kind() {
            VerifyErrorKind::Early => "early",
            VerifyErrorKind::Malformed => "malformed",
            VerifyErrorKind::Missing => "missing",
            VerifyErrorKind::Signature => "signature",
            VerifyErrorKind::Stale => "stale",
            other => panic!("{}: {other:?}", name(record)),
        },
    }
}

#[test]
fn w48_own_deliveries_are_judged_as_they_should_be() {
    let mut wrong = Vec::new();
    for record in able() {
        let verifier = verifier(&record);
        for case in cases(&record) {
            let verdict = verdict(&verifier, &record, case);
            if verdict != case["expect"] {
                wrong.push(format!("{} {}: {verdict}", name(&record), case["name"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A scheme that is added to the table needs a line in `tests/vectors/schemes.toml`.
#[test]
fn w48_every_scheme_has_own_deliveries() {
    let records = records();
    let ours: BTreeSet<_> = schemes::all().map(|scheme| scheme.name()).collect();
    let there: BTreeSet<_> = records.iter().map(name).collect();
    let lacking: Vec<_> = ours.symmetric_difference(&there).collect();
    assert!(lacking.is_empty(), "on one side alone: {lacking:?}");
    assert_eq!(there.len(), records.len(), "one record a scheme");
    for record in &records {
        let (good, bad): (Vec<_>, Vec<_>) = cases(record)
            .iter()
            .partition(|case| case["expect"] == "ok");
        let names: BTreeSet<_> = bad.iter().map(|case| case["name"].as_str()).collect();
        assert!(!good.is_empty() && bad.len() >= 3, "{}", name(record));
        // What of a body is not signed is said.
        let is_free = |case: &&Value| case["name"].as_str().unwrap().ends_with("nobody signed");
        let is_bound = names.contains(&Some("body changed"));
        assert_ne!(is_bound, good.iter().any(is_free), "{}", name(record));
        for bad in ["signature changed", "another secret"] {
            assert!(names.contains(&Some(bad)), "{}: {bad}", name(record));
        }
    }
}

/// The headers to the letter; but what is signed at random here is signed without randomness there.
#[test]
fn w47_what_is_signed_is_what_another_implementation_signs() {
    for record in able() {
        let scheme = scheme(&record).unwrap();
        let secret = text(&record, "signing_secret").or(text(&record, "secret"));
        let secrets = set(scheme.signing_format(), secret.unwrap());
        let signer = Signer::new(&scheme, secrets).unwrap();
        let also = headers(&record["also"]);
        let id = text(&record, "id").unwrap_or("");
        let path = text(&record, "path").unwrap_or("/");
        let delivery = Delivery::new(id, now(&record))
            .with_headers(&also)
            .with_path(path);
        let delivery = match text(&record, "url") {
            Some(url) => delivery.with_url(url),
            None => delivery,
        };
        let is_ours = |case: &&Value| {
            let names = ["as it should be", "no body"].map(Value::from);
            case["expect"] == "ok" && names.contains(&case["name"])
        };
        for case in cases(&record).iter().filter(is_ours) {
            let body = body(&record, case);
            if scheme.signs_into_body() {
                let (_, made) = signer.sign_body(delivery, &body).unwrap();
                let read = |text: &[u8]| serde_json::from_slice::<Value>(text).ok();
                let is_same = made == body || read(&body).is_some() && read(&made) == read(&body);
                assert!(is_same, "{}", scheme.name());
                continue;
            }
            let sign = || signer.sign(delivery, &body).unwrap();
            let (mut signed, is_random) = (sign(), sign() != sign());
            signed.extend(also.clone());
            let there = headers(&case["headers"]);
            match is_random {
                true => assert_eq!(names(&signed), names(&there), "{}", scheme.name()),
                false => assert_eq!(signed, there, "{}", scheme.name()),
            }
        }
    }
}

/// The records whose signature is in the body, a JSON text, and where it is.
fn letters() -> impl Iterator<Item = (Value, &'static str)> {
    let place = |record: &Value| match name(record) {
        "adyen" => "/notificationItems/0/NotificationRequestItem/additionalData/hmacSignature",
        "mailgun" => "/signature/signature",
        other => panic!("{other}: where is its signature?"),
    };
    let is_json = |record: &Value| name(record) != "braintree";
    let letters = able().filter(|record| scheme(record).unwrap().signs_into_body());
    let letters = letters.filter(is_json);
    letters.map(move |record| {
        let place = place(&record);
        (record, place)
    })
}

/// Says whether the first delivery of a record verifies with this signature in it.
fn verifies(record: &Value, place: &str, verifier: &Verifier, written: &str) -> bool {
    let mut letter: Value = serde_json::from_str(text(&cases(record)[0], "body").unwrap()).unwrap();
    *letter.pointer_mut(place).unwrap() = written.into();
    let headers = HeaderMap::new();
    let verified = verifier.verify(Head::new(&headers), letter.to_string(), now(record));
    verified.is_ok()
}

#[test]
fn w18_a_signature_in_a_body_has_one_length_and_one_form() {
    for (record, place) in letters() {
        let verifier = verifier(&record);
        let letter = text(&cases(&record)[0], "body").unwrap();
        let letter: Value = serde_json::from_str(letter).unwrap();
        let right = letter.pointer(place).unwrap().as_str().unwrap();
        let is_hex = right.bytes().all(|byte| byte.is_ascii_hexdigit());
        let decoded = match is_hex {
            true => const_hex::decode(right).unwrap(),
            false => STANDARD.decode_to_vec(right).unwrap(),
        };
        let write = |bytes: &[u8]| [const_hex::encode(bytes), STANDARD.encode_to_string(bytes)];
        let mut passed = 0;
        for length in 0..=200 {
            let bytes: Vec<_> = decoded.iter().copied().cycle().take(length).collect();
            let cut: String = right.chars().cycle().take(length).collect();
            for written in write(&bytes).into_iter().chain([cut]) {
                let outcome = verifies(&record, place, &verifier, &written);
                assert_eq!(outcome, written == right, "{}: {written}", name(&record));
                passed += usize::from(outcome);
            }
        }
        assert_eq!(passed, 2, "as bytes and as characters");
        for bit in 0..decoded.len() * 8 {
            let mut flipped = decoded.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let flipped = &write(&flipped)[usize::from(!is_hex)];
            assert!(!verifies(&record, place, &verifier, flipped), "bit {bit}");
        }
    }
}
