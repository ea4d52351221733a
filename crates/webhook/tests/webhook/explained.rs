//! What `explain` says of deliveries of every scheme, whole and odd.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use portcullis_core::Timestamp;
use portcullis_webhook::explain::{Finding, ShownSecret, explain, signed_headers};
use portcullis_webhook::{
    Delivery, Head, Scheme, SecretSet, Signer, Verifier, VerifyErrorKind, schemes,
};

use crate::support::{BODY, NOW, URL, signing, verifying};

/// A delivery of a scheme, and what the receiver has.
#[derive(Clone)]
struct Sent {
    scheme: Scheme<'static>,
    secret: String,
    headers: HeaderMap,
    body: Vec<u8>,
    url: Option<&'static str>,
    now: Timestamp,
}

impl Sent {
    fn new(scheme: Scheme<'static>) -> Self {
        let signer = Signer::new(&scheme, SecretSet::new("one", signing(&scheme, 1))).unwrap();
        let mut headers = HeaderMap::new();
        let nonce = HeaderValue::from_static("nonce-1");
        headers.extend(
            signed_headers(&scheme)
                .into_iter()
                .map(|it| (it, nonce.clone())),
        );
        let adyen: &[u8] = br#"{"notificationItems":[{"NotificationRequestItem":{}}]}"#;
        let sign = |body| {
            let delivery = Delivery::new("msg_1", NOW)
                .with_url(URL)
                .with_headers(&headers);
            signer.sign_body(delivery, body).ok()
        };
        // Not every body has a place for a signature.
        let bodies = [adyen, BODY, b"bt_payload=YQ%3D%3D"];
        let bodies = bodies.iter().skip(usize::from(!scheme.signs_into_body()));
        let made = bodies.copied().find_map(sign);
        let (signed, body) = made.unwrap_or_else(|| panic!("{} signs nothing", scheme.name()));
        let body = body.into_owned();
        headers.extend(signed);
        Self {
            scheme,
            secret: shown(&scheme),
            headers,
            body,
            url: Some(URL),
            now: NOW,
        }
    }

    fn head(&self) -> Head<'_> {
        let head = Head::new(&self.headers);
        self.url.map_or(head, |url| head.with_url(url))
    }

    fn verdict(&self) -> Result<(), VerifyErrorKind> {
        let secrets = SecretSet::new("one", verifying(&self.scheme, 1));
        let verifier = Verifier::new(&self.scheme, secrets).unwrap();
        let verified = verifier.verify(self.head(), &self.body, self.now);
        verified.map(drop).map_err(|error| error.kind())
    }

    /// What is found, none of which is untrue.
    fn found(&self, what: &str) -> Vec<Finding> {
        let secrets = [ShownSecret::new(&self.secret)];
        let found = explain(&self.scheme, &secrets, self.head(), &self.body, self.now);
        let verdict = self.verdict();
        let context = format!("{} {what}: {found:?}, {verdict:?}", self.scheme.name());
        assert_eq!(found.is_empty(), verdict.is_ok(), "{context}");
        let is_by_age = |kind| verdict == Err(kind);
        for finding in &found {
            let is_true = match finding {
                Finding::Missing(name) => !self.headers.contains_key(name),
                Finding::Unreadable(name) => self.headers.contains_key(name),
                Finding::BodyUnreadable => self.scheme.signs_into_body(),
                Finding::Early { .. } | Finding::NotYet => is_by_age(VerifyErrorKind::Early),
                Finding::Expired | Finding::Stale { .. } => is_by_age(VerifyErrorKind::Stale),
                Finding::UrlMissing => self.scheme.signs_url() && self.url.is_none(),
                Finding::OldSecret { .. } | Finding::SecretUnreadable { .. } => false,
                _ => true,
            };
            assert!(is_true, "{context}");
            assert!(!finding.to_string().contains(&self.secret), "{context}");
        }
        found
    }
}

fn shown(scheme: &Scheme<'_>) -> String {
    #[cfg(feature = "public-key")]
    if let Some(shown) = crate::keys::shown(scheme, 1) {
        return shown;
    }
    crate::support::shown(scheme.secret_format(), 1)
}

fn all() -> impl Iterator<Item = Sent> {
    let able = schemes::all().filter(Scheme::can_sign);
    able.map(Sent::new)
}

/// Whether they say that headers are not there.
fn tell_of_lack(found: &[Finding]) -> bool {
    let is_of_lack = |it: &Finding| matches!(it, Finding::HeadersOf(_) | Finding::Missing(_));
    found.iter().any(is_of_lack)
}

#[test]
fn w49_of_what_is_accepted_nothing_is_found() {
    for sent in all() {
        assert_eq!(sent.verdict(), Ok(()), "{}", sent.scheme.name());
        assert_eq!(sent.found("as sent"), []);
    }
}

/// The body and the secret are right: whoever says that one of them is another one sends people
/// looking in the wrong place.
#[test]
fn w49_of_each_scheme_a_header_that_is_missing_is_told_from_a_wrong_body() {
    for whole in all() {
        for name in whole.headers.keys() {
            let mut sent = whole.clone();
            sent.headers.remove(name);
            if sent.verdict().is_err() {
                let found = sent.found(&format!("without {name}"));
                assert!(
                    tell_of_lack(&found),
                    "{} {name} {found:?}",
                    sent.scheme.name()
                );
            }
        }
    }
}

#[test]
fn w49_of_each_scheme_a_header_that_is_odd_is_not_called_missing() {
    for whole in all() {
        for name in whole.headers.keys() {
            for odd in [&b""[..], b".", b"\xff", &[b'a'; 5_000]] {
                let mut sent = whole.clone();
                let odd = HeaderValue::from_bytes(odd).unwrap();
                sent.headers.insert(name, odd.clone());
                let found = sent.found(&format!("odd {name}"));
                assert!(
                    !tell_of_lack(&found),
                    "{} {name} {found:?}",
                    sent.scheme.name()
                );
            }
            let mut sent = whole.clone();
            sent.headers.append(name, whole.headers[name].clone());
            let found = sent.found(&format!("twice {name}"));
            assert!(
                !tell_of_lack(&found),
                "{} {name} {found:?}",
                sent.scheme.name()
            );
        }
    }
}

#[test]
fn w49_of_each_scheme_odd_bodies_and_urls_are_looked_at() {
    let deep = b"[".repeat(100_000);
    let bodies = [
        &b""[..],
        b"\xff\x00",
        b"{}",
        b"%&=&+",
        b"{\"a\":1,\"a\":2}",
        &deep,
    ];
    let urls = [
        None,
        Some(""),
        Some("://"),
        Some("https://["),
        Some("https://a.example:443"),
    ];
    for whole in all() {
        for body in bodies {
            let body = body.to_vec();
            Sent {
                body,
                ..whole.clone()
            }
            .found("odd body");
        }
        for url in urls {
            let found = Sent {
                url,
                ..whole.clone()
            }
            .found("odd url");
            assert!(!tell_of_lack(&found), "{} {found:?}", whole.scheme.name());
        }
    }
}

#[test]
fn w49_of_each_scheme_an_age_is_told() {
    const YEAR: Duration = Duration::from_secs(31_536_000);
    for whole in all() {
        for now in [
            Timestamp::UNIX_EPOCH,
            NOW.before(YEAR),
            NOW.after(YEAR),
            Timestamp::MAX,
        ] {
            let sent = Sent {
                now,
                ..whole.clone()
            };
            let found = sent.found("at another time");
            let is_told = !found.contains(&Finding::NothingFits);
            assert!(is_told, "{} {found:?}", sent.scheme.name());
        }
    }
}

#[test]
fn w49_of_each_scheme_odd_secrets_are_looked_at() {
    for Sent {
        scheme,
        headers,
        body,
        ..
    } in all()
    {
        let head = Head::new(&headers).with_url(URL);
        for secret in [
            "",
            " ",
            "_",
            "\"",
            "\u{e4}",
            "-----BEGIN PUBLIC KEY-----\n",
            "whsec_",
        ] {
            let found = explain(&scheme, &[ShownSecret::new(secret)], head, &body, NOW);
            assert!(!found.is_empty(), "{} {secret:?}", scheme.name());
        }
        assert!(!explain(&scheme, &[], head, &body, NOW).is_empty());
    }
}
