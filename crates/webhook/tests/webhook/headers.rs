//! How headers are read.

use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_core::Timestamp;
use portcullis_webhook::{
    Delivery, Head, Receipt, SecretSet, Signer, Verifier, VerifyErrorKind, schemes,
};

use crate::support::{BODY, NOW, Pair, all, extra, verifying};

use VerifyErrorKind::{Malformed, Signature};

/// A Standard Webhooks delivery with this header of signatures.
fn tagged(signature: impl FnOnce(&str) -> String) -> Result<Receipt, VerifyErrorKind> {
    let pair = Pair::new(schemes::STANDARD_WEBHOOKS);
    let mut headers = pair.sign(BODY);
    let good = headers["webhook-signature"].to_str().unwrap().to_owned();
    set(&mut headers, "webhook-signature", &signature(&good));
    pair.verify(&headers, BODY)
}

/// A Stripe delivery with this header.
fn stripe(signature: impl FnOnce(&str) -> String) -> Result<Receipt, VerifyErrorKind> {
    let pair = Pair::new(schemes::STRIPE);
    let mut headers = pair.sign(BODY);
    let good = headers["stripe-signature"].to_str().unwrap().to_owned();
    set(&mut headers, "stripe-signature", &signature(&good));
    pair.verify(&headers, BODY)
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
}

#[test]
fn w12_what_is_not_known_is_passed_over() {
    for known in [
        tagged(|good| format!("v1a,whatever v2,AAAA {good}")),
        tagged(|good| format!("v1,not-base64 {good} v1,")),
        tagged(|good| format!("{good} v1,{}", "A".repeat(43) + "=")),
        stripe(|good| format!("{good},v0=00,scheme=x,flag")),
        stripe(|good| good.replace("v1=", "v1=zz,v1=")),
    ] {
        assert!(known.is_ok(), "{known:?}");
    }
    for unusable in [
        tagged(|good| good.replace("v1,", "v2,")),
        tagged(|_| "v1,".to_owned()),
        tagged(|good| good.replace("v1,", "v1,A")),
        tagged(|_| String::new()),
        stripe(|good| good.replace("v1=", "v0=")),
        stripe(|good| good.replace("t=", "T=")),
    ] {
        assert_eq!(unusable.unwrap_err(), Malformed);
    }
}

/// CVE-2024-21491: what is shorter or longer than a signature is none.
#[test]
fn w18_only_whole_signatures_are_compared() {
    for forged in ["v1,", "v1,AA==", "v1,AAAA"] {
        assert!(tagged(|_| forged.to_owned()).is_err(), "{forged}");
    }
    assert!(tagged(|good| good[..good.len() - 4].to_owned()).is_err());
    assert!(tagged(|good| good.replace('=', "A")).is_err());
    assert_eq!(
        tagged(|_| format!("v1,{}=", "A".repeat(43))).unwrap_err(),
        Signature
    );
}

#[test]
fn w13_many_entries_are_refused() {
    let entry = format!("v1,{}=", "A".repeat(43));
    let with = |count: usize| tagged(|good| format!("{}{good}", format!("{entry} ").repeat(count)));
    assert!(with(15).is_ok());
    assert_eq!(with(16).unwrap_err(), Malformed);
    assert_eq!(with(1_000).unwrap_err(), Malformed);
    let long = tagged(|good| format!("{good} {}", "x".repeat(4_096)));
    assert_eq!(long.unwrap_err(), Malformed);
}

#[test]
fn w14_two_times_are_refused_and_order_is_free() {
    assert_eq!(
        stripe(|good| format!("t=1700000000,{good}")).unwrap_err(),
        Malformed
    );
    assert_eq!(stripe(|good| format!("{good},t=1")).unwrap_err(), Malformed);
    assert!(stripe(|good| good.split(',').rev().collect::<Vec<_>>().join(",")).is_ok());
    assert!(
        stripe(|good| good.replace(',', ", ")).is_err(),
        "no space with Stripe"
    );
    let pair = Pair::new(schemes::WORKOS);
    let mut headers = pair.sign(BODY);
    let good = headers["workos-signature"].to_str().unwrap().to_owned();
    for same in [good.replace(", ", ","), good.replace(", ", ", \t")] {
        set(&mut headers, "workos-signature", &same);
        assert!(pair.verify(&headers, BODY).is_ok(), "{same:?}");
    }
}

#[test]
fn w16_strange_bytes_are_malformed() {
    for scheme in all() {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        let name = pair.signature(&headers).0.clone();
        for bytes in [&b"\xff\xfe"[..], b"\x80", "\u{661}".as_bytes()] {
            let mut changed = headers.clone();
            changed.insert(name.clone(), HeaderValue::from_bytes(bytes).unwrap());
            let outcome = pair.verify(&changed, BODY);
            assert_eq!(outcome.unwrap_err(), Malformed, "{}", scheme.name());
        }
    }
}

#[test]
fn w17_a_prefix_must_be_there_as_it_is() {
    let pair = Pair::new(schemes::GITHUB);
    let mut headers = pair.sign(BODY);
    let good = headers["x-hub-signature-256"].to_str().unwrap().to_owned();
    for odd in [
        good.replace("sha256=", ""),
        good.replace("sha", "SHA"),
        good.replace('=', "=="),
        good.replace("256", "1"),
        format!(" {good}"),
        format!("{good} "),
    ] {
        set(&mut headers, "x-hub-signature-256", &odd);
        assert_eq!(
            pair.verify(&headers, BODY).unwrap_err(),
            Malformed,
            "{odd:?}"
        );
    }
    set(
        &mut headers,
        "x-hub-signature-256",
        &good.to_uppercase().replace("SHA", "sha"),
    );
    assert!(pair.verify(&headers, BODY).is_ok(), "hex of either case");
}

/// Of every scheme that has one: neither left out nor in the other case.
#[test]
fn w17_no_prefix_may_be_missing_or_in_another_case() {
    let mut count = 0;
    for scheme in all() {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        let (name, value) = pair.signature(&headers);
        let Some((prefix, rest)) = value.split_at_checked(12).and_then(|(start, _)| {
            let end = start.find('=')? + 1;
            Some(value.split_at(end))
        }) else {
            continue;
        };
        count += 1;
        let upper = prefix.to_uppercase();
        let lower = prefix.to_lowercase();
        let cases = [upper, lower].map(|prefix| format!("{prefix}{rest}"));
        let others = cases.into_iter().filter(|other| other != value);
        for other in others.chain([rest.to_owned(), format!("={rest}")]) {
            let mut changed = headers.clone();
            changed.insert(name.clone(), other.parse().unwrap());
            let refused = pair.verify(&changed, BODY);
            assert_eq!(refused.unwrap_err(), Malformed, "{} {other}", scheme.name());
        }
    }
    assert!(count >= 20, "{count}");
}

#[test]
fn w09_an_id_cannot_be_cut_in_two_ways() {
    let pair = Pair::new(schemes::STANDARD_WEBHOOKS);
    let good = pair.sign(BODY);
    for odd in ["msg.1", "msg 1", "", "a\tb"] {
        let mut headers = good.clone();
        set(&mut headers, "webhook-id", odd);
        assert_eq!(
            pair.verify(&headers, BODY).unwrap_err(),
            Malformed,
            "{odd:?}"
        );
    }
    // What was signed as `evt`, `1614265330` and `1.{}` read as `evt.1614265330`, `1` and `{}`.
    let signed = pair.sign_at("evt", Timestamp::from_secs(1_614_265_330), b"1.{}");
    let mut moved = signed.clone();
    set(&mut moved, "webhook-id", "evt.1614265330");
    set(&mut moved, "webhook-timestamp", "1");
    let at = Timestamp::from_secs(1);
    assert_eq!(pair.verify_at(&moved, b"{}", at).unwrap_err(), Malformed);
}

#[test]
fn w08_a_time_is_signed_as_it_was_written() {
    let pair = Pair::new(schemes::SLACK);
    let good = pair.sign(BODY);
    let seconds = NOW.as_secs();
    for odd in [
        format!("+{seconds}"),
        format!("0{seconds}"),
        format!("{seconds}.0"),
        format!("{seconds} "),
        "1.7e9".to_owned(),
        "-1".to_owned(),
        u64::MAX.to_string(),
        i64::MIN.to_string(),
        "9".repeat(200),
        NOW.as_millis().to_string(),
    ] {
        let mut headers = good.clone();
        set(&mut headers, "x-slack-request-timestamp", &odd);
        assert_eq!(pair.verify(&headers, BODY).unwrap_err(), Malformed, "{odd}");
    }
}

/// Any header of any scheme, also that of the time and that of the id.
#[test]
fn w16_strange_bytes_are_malformed_wherever_they_are() {
    for scheme in all() {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        let is_read = |name: &&HeaderName| scheme.name() == "sinch" || !extra().contains_key(*name);
        for name in headers.keys().filter(is_read) {
            for bytes in [&b"\xff"[..], b"1\x80", "\u{661}\u{662}".as_bytes()] {
                let mut changed = headers.clone();
                changed.insert(name.clone(), HeaderValue::from_bytes(bytes).unwrap());
                let outcome = pair.verify(&changed, BODY);
                assert_eq!(outcome.unwrap_err(), Malformed, "{} {name}", scheme.name());
            }
        }
    }
}

/// By the head alone, so that nothing was hashed.
fn begun(pair: &Pair, headers: &HeaderMap) -> Option<VerifyErrorKind> {
    let head = Head::new(headers).with_url(crate::support::URL);
    let begun = pair.verifier.begin(head, NOW);
    begun.err().map(|error| error.kind())
}

#[test]
fn w08_w13_odd_times_and_long_headers_are_refused_before_anything_is_hashed() {
    for scheme in all() {
        let (pair, name) = (Pair::new(scheme), scheme.name());
        let headers = pair.sign(BODY);
        assert_eq!(begun(&pair, &headers), None);
        let (header, value) = pair.signature(&headers);
        let mut long = headers.clone();
        let filled = format!("{value}{}", " ".repeat(4_097 - value.len()));
        long.insert(header.clone(), filled.parse().unwrap());
        assert_eq!(begun(&pair, &long), Some(Malformed), "{name}");
        let seconds = NOW.as_secs().to_string();
        for odd in ["+", "0", " ", "-"] {
            let spelled = format!("{odd}{seconds}");
            for (header, value) in &headers {
                let value = value.to_str().unwrap();
                // A header that begins with the time, or has it behind its key.
                let has_time = value == seconds || value.contains(&format!("={seconds}"));
                if has_time {
                    let mut changed = headers.clone();
                    let value = value.replacen(&seconds, &spelled, 1);
                    changed.insert(header.clone(), value.parse().unwrap());
                    assert_eq!(begun(&pair, &changed), Some(Malformed), "{name} {value}");
                }
            }
        }
    }
}

/// All entries are read and all secrets tried: where the one that fits stands makes no difference,
/// and one too many is refused although the first one fits.
#[test]
fn w20_every_entry_and_every_secret_is_looked_at() {
    let scheme = schemes::STANDARD_WEBHOOKS;
    let verifying = |number| verifying(&scheme, number);
    let secrets = SecretSet::new("a", verifying(1)).with("b", verifying(2));
    let secrets = secrets.with("c", verifying(3)).with("d", verifying(4));
    let verifier = Verifier::new(&scheme, secrets).unwrap();
    let other = format!("v1,{}=", "A".repeat(43));
    for (number, label) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
        let signer = Signer::new(&scheme, SecretSet::new("", verifying(number))).unwrap();
        let good = signer.sign(Delivery::new("msg_1", NOW), BODY).unwrap();
        let right = good["webhook-signature"].to_str().unwrap();
        for (count, place) in (1..=16).flat_map(|count| (0..count).map(move |it| (count, it))) {
            let mut entries = vec![other.as_str(); count];
            entries[place] = right;
            let mut headers = good.clone();
            set(&mut headers, "webhook-signature", &entries.join(" "));
            let verified = verifier.verify(Head::new(&headers), BODY, NOW).unwrap();
            assert_eq!(verified.receipt().label(), label, "{place} of {count}");
        }
        let mut entries = vec![other.as_str(); 17];
        entries[0] = right;
        let mut headers = good.clone();
        set(&mut headers, "webhook-signature", &entries.join(" "));
        let refused = verifier.verify(Head::new(&headers), BODY, NOW);
        assert_eq!(refused.unwrap_err().kind(), Malformed);
    }
}
