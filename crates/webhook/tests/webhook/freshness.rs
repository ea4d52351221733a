//! How old and how early a delivery may be.

use std::time::Duration;

use portcullis_core::Timestamp;
use portcullis_webhook::{
    ConfigErrorKind, Encoding, Hash, Head, Scheme, SecretSet, Verifier, VerifyErrorKind, schemes,
};

use crate::support::{BODY, NOW, Pair, secret};

use VerifyErrorKind::{Early, Signature, Stale};

/// The limits themselves are allowed, a millisecond more is not.
#[test]
fn w22_the_limits_are_exact() {
    let limits = [
        (schemes::STRIPE, 300, 300),
        (schemes::SLACK, 300, 300),
        (schemes::STANDARD_WEBHOOKS, 300, 300),
        (schemes::PADDLE, 5, 5),
        (schemes::TWITCH, 600, 600),
        (schemes::BOX, 600, 600),
        (schemes::WORKOS, 180, 180),
        (schemes::ELEVENLABS, 1_800, 300),
    ];
    let milli = Duration::from_millis(1);
    for (scheme, past, future) in limits {
        let pair = Pair::new(scheme);
        let headers = pair.sign(BODY);
        let (past, future) = (Duration::from_secs(past), Duration::from_secs(future));
        let at = |now| pair.verify_at(&headers, BODY, now).map(drop);
        assert_eq!(at(NOW.after(past)), Ok(()), "{}", scheme.name());
        assert_eq!(at(NOW.after(past + milli)), Err(Stale), "{}", scheme.name());
        assert_eq!(at(NOW.before(future)), Ok(()), "{}", scheme.name());
        assert_eq!(
            at(NOW.before(future + milli)),
            Err(Early),
            "{}",
            scheme.name()
        );
        assert_eq!(scheme.lifetime(), Some(past + future));
    }
}

#[test]
fn w24_a_clock_that_stands_at_the_beginning_lets_nothing_pass() {
    let pair = Pair::new(schemes::STRIPE);
    let headers = pair.sign(BODY);
    for now in [Timestamp::UNIX_EPOCH, Timestamp::from_millis(1)] {
        assert_eq!(pair.verify_at(&headers, BODY, now).unwrap_err(), Early);
    }
    assert_eq!(
        pair.verify_at(&headers, BODY, Timestamp::MAX).unwrap_err(),
        Stale
    );
}

/// Who has no secret does not learn what time it is here.
#[test]
fn w25_age_is_told_of_signed_deliveries_only() {
    let pair = Pair::new(schemes::STRIPE);
    let headers = pair.sign(BODY);
    let late = NOW.after(Duration::from_secs(3_600));
    assert_eq!(pair.verify_at(&headers, BODY, late).unwrap_err(), Stale);
    assert_eq!(
        pair.verify_at(&headers, b"other", late).unwrap_err(),
        Signature
    );
    assert_eq!(Stale.status(), Signature.status());
    assert_eq!(Early.status(), Signature.status());
}

#[test]
fn w27_no_age_is_judged_without_a_signed_time() {
    let five = Duration::from_secs(5);
    for scheme in [schemes::GITHUB, schemes::SHOPIFY] {
        let refused = scheme.within(five, five).check().unwrap_err();
        assert_eq!(refused.kind(), ConfigErrorKind::Timestamp);
        assert_eq!(scheme.lifetime(), None);
    }
    // In a header of its own and not in what is signed, it is anybody's.
    let unsigned = schemes::SLACK.with_message("{body}");
    assert_eq!(
        unsigned.check().unwrap_err().kind(),
        ConfigErrorKind::Timestamp
    );
    assert!(unsigned.insecure_at_any_age().check().is_ok());
}

#[test]
fn w50_a_message_that_cannot_be_right_is_refused() {
    let base = Scheme::hmac("ours", Hash::Sha256, "x-signature", Encoding::Hex);
    for message in [
        "",
        "fixed",
        "{timestamp}",
        "{id}.{body}",
        "{body}{body}",
        "{body",
        "{nothing}{body}",
        "{timestamp}.{body}",
        "{header:}{body}",
        "{header:a b}{body}",
        "{secret}{body}",
    ] {
        let refused = base.with_message(message).check();
        assert!(refused.is_err(), "{message:?}");
    }
    let bodiless = base.with_message("{method} {url}");
    assert_eq!(
        bodiless.check().unwrap_err().kind(),
        ConfigErrorKind::Message
    );
    assert!(bodiless.insecure_without_body().check().is_ok());
    for message in [
        "{body}",
        "a{body}b",
        "{method}{url}{path}{header:x-a}{body}",
    ] {
        assert!(base.with_message(message).check().is_ok(), "{message:?}");
    }
    let bad = Scheme::hmac("ours", Hash::Sha256, "not a header", Encoding::Hex);
    assert_eq!(bad.check().unwrap_err().kind(), ConfigErrorKind::Header);
}

/// A secret ends when its time has come; deliveries under it are then like any other forgery.
#[test]
fn w06_an_old_secret_ends_at_its_time() {
    let format = schemes::GITHUB.secret_format();
    let pair = Pair::new(schemes::GITHUB);
    let headers = pair.sign(BODY);
    let secrets = SecretSet::new("new", secret(format, 2)).with_old("old", secret(format, 1), NOW);
    let verifier = Verifier::new(&schemes::GITHUB, secrets).unwrap();
    let at = |now| verifier.verify(Head::new(&headers), BODY, now);
    let before = at(NOW.before(Duration::from_millis(1))).unwrap();
    assert_eq!(before.receipt().label(), "old");
    assert_eq!(at(NOW).unwrap_err().kind(), Signature);
}
