//! The crates `standardwebhooks` and `svix`, and this one: the same signatures and the same verdicts.

use std::time::Duration;

use http::HeaderMap;
use portcullis_core::{Clock, SystemClock, Timestamp};
use portcullis_webhook::{
    Delivery, Head, Scheme, SecretFormat, SecretSet, Signer, Verifier, WebhookSecret, schemes,
};

const SECRETS: [&str; 2] = [
    "whsec_Zmlyc3Qgc2VjcmV0IG9mIHBvcnRjdWxsaXMgYW5kIHBlZXJz",
    "whsec_c2Vjb25kIHNlY3JldCBvZiBwb3J0Y3VsbGlzIGFuZCBwZWVycw==",
];

/// Another crate with one secret.
enum Oracle {
    Standard(standardwebhooks::Webhook),
    Svix(svix::webhooks::Webhook),
}

impl Oracle {
    /// Both of them with this secret, each with the scheme that it is of.
    fn all(secret: &str) -> [(Self, Scheme<'static>); 2] {
        let standard = standardwebhooks::Webhook::new(secret).expect("a secret");
        let svix = svix::webhooks::Webhook::new(secret).expect("a secret");
        [
            (Self::Standard(standard), schemes::STANDARD_WEBHOOKS),
            (Self::Svix(svix), schemes::SVIX),
        ]
    }

    fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let at = i64::try_from(at.as_secs()).expect("a time of today");
        match self {
            Self::Standard(webhook) => webhook.sign(id, at, body).expect("a signature"),
            Self::Svix(webhook) => webhook.sign(id, at, body).expect("a signature"),
        }
    }

    fn accepts(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        match self {
            Self::Standard(webhook) => webhook.verify(body, headers).is_ok(),
            Self::Svix(webhook) => webhook.verify(body, headers).is_ok(),
        }
    }
}

fn set(secret: &str) -> SecretSet {
    let secret = WebhookSecret::new(SecretFormat::Whsec, secret).expect("a secret");
    SecretSet::new("one", secret)
}

fn accepts(scheme: &Scheme<'_>, secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let verifier = Verifier::new(scheme, set(secret)).expect("a verifier");
    // Both go by the clock of the machine.
    let verified = verifier.verify(Head::new(headers), body, SystemClock.now());
    verified.is_ok()
}

fn signed(scheme: &Scheme<'_>, id: &str, at: Timestamp, body: &[u8]) -> HeaderMap {
    let signer = Signer::new(scheme, set(SECRETS[0])).expect("a signer");
    signer.sign(Delivery::new(id, at), body).expect("headers")
}

fn name(scheme: &Scheme<'_>, which: &str) -> String {
    let prefix = if scheme.name() == "svix" {
        "svix"
    } else {
        "webhook"
    };
    format!("{prefix}-{which}")
}

/// Texts of many lengths, the same each time (Marsaglia's xorshift).
fn bodies() -> impl Iterator<Item = String> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..300_usize).map(move |length| {
        let chars = (0..length).map(|_| u32::try_from(next() % 0x3000).unwrap_or(0));
        chars.filter_map(char::from_u32).collect()
    })
}

#[test]
fn both_sign_the_same() {
    let now = SystemClock.now();
    for (oracle, scheme) in Oracle::all(SECRETS[0]) {
        for (number, body) in bodies().enumerate() {
            let id = format!("msg_{number}");
            let headers = signed(&scheme, &id, now, body.as_bytes());
            let signature = &headers[name(&scheme, "signature")];
            assert_eq!(signature, oracle.sign(&id, now, body.as_bytes()).as_str());
        }
    }
}

/// What either signs: right, changed in a byte, under another secret, old and early.
#[test]
fn both_judge_the_same() {
    let (now, long) = (SystemClock.now(), Duration::from_secs(3_600));
    for secret in SECRETS {
        for (oracle, scheme) in Oracle::all(secret) {
            let judge = |headers: &HeaderMap, body: &[u8], expected: bool| {
                assert_eq!(
                    accepts(&scheme, secret, headers, body),
                    expected,
                    "{headers:?}"
                );
                assert_eq!(oracle.accepts(headers, body), expected, "{headers:?}");
            };
            for body in bodies() {
                for (at, is_now) in [
                    (now, true),
                    (now.before(long), false),
                    (now.after(long), false),
                ] {
                    let headers = signed(&scheme, "msg_1", at, body.as_bytes());
                    judge(&headers, body.as_bytes(), is_now && secret == SECRETS[0]);
                    judge(&headers, format!("{body} ").as_bytes(), false);
                }
            }
        }
    }
}

/// One header of entries, or anything else that may stand there.
#[test]
fn both_read_the_same_entries() {
    let now = SystemClock.now();
    for (oracle, scheme) in Oracle::all(SECRETS[0]) {
        let headers = signed(&scheme, "msg_1", now, b"{}");
        let name = name(&scheme, "signature");
        let good = headers[&name].to_str().expect("text").to_owned();
        let bare = good.trim_start_matches("v1,").to_owned();
        let other = format!("v1,{}=", "A".repeat(43));
        for (value, expected) in [
            (good.clone(), true),
            (format!("{other} {good}"), true),
            (format!("{good} {other}"), true),
            (format!("v1a,{bare} v2,{bare} {good}"), true),
            (format!("v1,short {good}"), true),
            (other, false),
            (bare.clone(), false),
            (format!("v1a,{bare}"), false),
            (format!("V1,{bare}"), false),
            ("v1,".to_owned(), false),
            (String::new(), false),
            (good.replace('=', ""), false),
            (format!("{good}="), false),
        ] {
            let mut headers = headers.clone();
            headers.insert(
                http::HeaderName::try_from(&name).expect("a name"),
                value.parse().expect("a value"),
            );
            assert_eq!(oracle.accepts(&headers, b"{}"), expected, "theirs: {value}");
            assert_eq!(
                accepts(&scheme, SECRETS[0], &headers, b"{}"),
                expected,
                "ours: {value}"
            );
        }
    }
}
