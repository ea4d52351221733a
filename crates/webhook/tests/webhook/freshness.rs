//! How old and how early a delivery may be.

use std::time::Duration;

use http::{HeaderMap, Method};
use portcullis_core::Timestamp;
use portcullis_webhook::{
    ConfigErrorKind, Delivery, Encoding, Grammar, Hash, Head, Scheme, SecretFormat, SecretSet,
    Signer, Timestamps, Unit, Verifier, VerifyErrorKind, WebhookSecret, schemes,
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
        (schemes::CONTENTFUL, 30, 30),
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

/// A set of secrets is replaced as one: a delivery is judged by the old ones or by the new ones, and
/// one that has begun by those with which it began.
#[test]
fn w06_secrets_are_replaced_all_at_once() {
    let format = schemes::GITHUB.secret_format();
    let set = |label: &str, number| SecretSet::new(label, secret(format, number));
    let pair = Pair::new(schemes::GITHUB);
    let headers = pair.sign(BODY);
    let verifier = Verifier::new(&schemes::GITHUB, set("one", 1)).unwrap();
    let clone = verifier.clone();
    let head = Head::new(&headers);
    let mut begun = verifier.begin(head, NOW).unwrap();
    clone.replace_secrets(set("two", 2)).unwrap();
    begun.update(BODY).unwrap();
    assert_eq!(begun.finish(head).unwrap().label(), "one");
    assert!(
        verifier.verify(head, BODY, NOW).is_err(),
        "a clone is the same"
    );

    // The right secret is in every set, in another place: none is ever seen half.
    let first = || set("right", 1).with("other", secret(format, 2));
    let second = || set("other", 3).with("right", secret(format, 1));
    clone.replace_secrets(first()).unwrap();
    std::thread::scope(|scope| {
        let changing = scope.spawn(|| {
            for _ in 0..500 {
                clone.replace_secrets(second()).unwrap();
                clone.replace_secrets(first()).unwrap();
            }
        });
        while !changing.is_finished() {
            let verified = verifier.verify(head, BODY, NOW).unwrap();
            assert_eq!(verified.receipt().label(), "right");
        }
        changing.join().unwrap();
    });
}

/// What can be chosen in Vapi's form, all with all: the algorithm, the headers, a prefix, the
/// template, the encoding, a secret in base64.
#[test]
fn w50_a_scheme_of_ones_own_has_all_that_vapis_form_has() {
    const TEMPLATES: [&str; 5] = [
        "{timestamp}.{body}",
        "{body}",
        "{method}\n{url}\n{timestamp}\n{body}",
        "{id}.{timestamp}.{body}",
        "v1:{id}:{method}:{body}:{url}",
    ];
    let url = "https://hooks.example.com/in";
    let hashes = [Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512];
    for (hash, encoding) in hashes
        .into_iter()
        .flat_map(|hash| [Encoding::Hex, Encoding::Base64].map(|encoding| (hash, encoding)))
    {
        for (template, prefix) in TEMPLATES
            .into_iter()
            .flat_map(|it| [(it, ""), (it, "sig=")])
        {
            let scheme = Scheme::hmac("own", hash, "x-own-signature", encoding)
                .with_grammar(Grammar::Whole(prefix))
                .with_message(template)
                .with_id("x-own-id")
                .with_timestamp(Timestamps::Header("x-own-time", Unit::Seconds))
                .with_secret(SecretFormat::Base64);
            let scheme = match template.contains("{timestamp}") {
                true => scheme,
                false => scheme.insecure_at_any_age(),
            };
            let text = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=";
            let set = || {
                let secret = WebhookSecret::new(SecretFormat::Base64, text);
                SecretSet::new("one", secret.unwrap())
            };
            let (signer, verifier) = (Signer::new(&scheme, set()), Verifier::new(&scheme, set()));
            let delivery = Delivery::new("msg_1", NOW).with_url(url);
            let headers = signer.unwrap().sign(delivery, BODY).unwrap();
            let verifier = verifier.unwrap();
            let accepts = |headers: &HeaderMap, method: &Method, url: &str, body: &[u8]| {
                let head = Head::new(headers).with_method(method).with_url(url);
                verifier.verify(head, body, NOW).is_ok()
            };
            assert!(accepts(&headers, &Method::POST, url, BODY), "{template}");
            assert!(
                !accepts(&headers, &Method::POST, url, b"other"),
                "{template}"
            );
            let has = |part: &str| template.contains(part);
            assert_eq!(accepts(&headers, &Method::PUT, url, BODY), !has("{method}"));
            assert_eq!(
                accepts(&headers, &Method::POST, "https://x", BODY),
                !has("{url}")
            );
            let mut other = headers.clone();
            other.insert("x-own-id", "msg_2".parse().unwrap());
            assert_eq!(accepts(&other, &Method::POST, url, BODY), !has("{id}"));
            let mut later = headers.clone();
            let time = (NOW.as_secs() + 1).to_string();
            later.insert("x-own-time", time.parse().unwrap());
            assert_eq!(
                accepts(&later, &Method::POST, url, BODY),
                !has("{timestamp}")
            );
            let text = headers["x-own-signature"].to_str().unwrap();
            assert!(text.starts_with(prefix));
        }
    }
}
