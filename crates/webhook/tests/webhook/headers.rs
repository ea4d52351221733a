//! How headers are read.

use http::{HeaderMap, HeaderValue};
use portcullis_core::Timestamp;
use portcullis_webhook::{Receipt, VerifyErrorKind, schemes};

use crate::support::{BODY, NOW, Pair, all};

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
