//! Senders and receivers of webhooks that others wrote: what they sign verifies here, what is
//! signed here they verify, and both refuse the same.
//!
//! They go by the clock of the machine, so the deliveries here are of now.

mod bodies;
mod peer;
pub(crate) mod talk;
mod twilio;

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_core::{Clock as _, SystemClock, Timestamp};
use portcullis_webhook::{
    Delivery, Head, SecretSet, Signer, Verifier, VerifyErrorKind, WebhookSecret,
};
use serde_json::{Value, json};

use bodies::bodies;
use peer::{ALL, Age, Halves, Peer};
use talk::{Language, Talk};

const ID: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";

/// Longer than anybody's tolerance, and longer than the tests take.
const LONG: Duration = Duration::from_secs(3_600);

/// To where everything is sent.
const URL: &str = "https://hooks.example.com/in?tenant=1&name=a%20b";

/// The delivery of one body, and what either side has to say of it.
struct Case {
    what: &'static str,
    /// When it is signed.
    at: Timestamp,
    /// What arrives of the body.
    body: Vec<u8>,
    /// Where it arrives.
    url: &'static str,
    /// With what it is verified.
    secret: &'static str,
    ours: Result<(), VerifyErrorKind>,
    theirs: bool,
}

/// Every way in which one body is delivered.
fn cases(peer: &Peer, body: &[u8], now: Timestamp) -> Vec<Case> {
    let [one, two] = peer.secrets();
    let (signature, has_age) = (VerifyErrorKind::Signature, peer.scheme.lifetime().is_some());
    let aged = |why| if has_age { Err(why) } else { Ok(()) };
    let case = |what, at, ours, theirs| Case {
        what,
        at,
        body: body.to_vec(),
        url: URL,
        secret: one.verifying,
        ours,
        theirs,
    };
    let signs_url = peer.scheme.signs_url();
    let elsewhere = if signs_url { Err(signature) } else { Ok(()) };
    let (old, early) = (now.before(LONG), now.after(LONG));
    let mut changed = body.to_vec();
    match changed.last_mut() {
        // Still UTF-8 if it was.
        Some(last) => *last ^= 1,
        None => changed.push(b' '),
    }
    vec![
        case("as it was signed", now, Ok(()), true),
        Case {
            body: changed,
            ..case("changed in one byte", now, Err(signature), false)
        },
        Case {
            secret: two.verifying,
            ..case("with another secret", now, Err(signature), false)
        },
        Case {
            url: "https://hooks.example.com/in?tenant=2&name=a%20b",
            ..case("at another URL", now, elsewhere, !signs_url)
        },
        case(
            "of an hour ago",
            old,
            aged(VerifyErrorKind::Stale),
            peer.judges == Age::Any,
        ),
        case(
            "of an hour from now",
            early,
            aged(VerifyErrorKind::Early),
            peer.judges != Age::Both,
        ),
    ]
}

fn hex(bytes: &[u8]) -> String {
    let digits =
        |byte: &u8| [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]);
    let hex = bytes.iter().flat_map(digits).collect();
    String::from_utf8(hex).expect("digits")
}

fn set(format: portcullis_webhook::SecretFormat, secrets: &[&str]) -> SecretSet {
    let secret = |text: &str| WebhookSecret::new(format, text).expect("a secret");
    let (first, more) = secrets.split_first().expect("a secret");
    let set = SecretSet::new("first", secret(first));
    more.iter()
        .fold(set, |set, text| set.with("more", secret(text)))
}

impl Peer {
    /// The question that makes the peer sign.
    fn sign(&self, body: &[u8], url: &str, at: Timestamp, secret: Halves) -> Value {
        json!({
            "peer": self.name,
            "do": "sign",
            "secret": secret.signing,
            "body": hex(body),
            "url": url,
            "id": ID,
            "at": at.as_secs(),
        })
    }

    /// The question that makes it verify.
    fn verify(&self, headers: &HeaderMap, body: &[u8], url: &str, secret: &str) -> Value {
        let headers: serde_json::Map<String, Value> = headers
            .iter()
            .map(|(name, value)| {
                let value = value.to_str().expect("a header that is text");
                (name.to_string(), value.into())
            })
            .collect();
        json!({
            "peer": self.name,
            "do": "verify",
            "secret": secret,
            "body": hex(body),
            "url": url,
            "headers": headers,
        })
    }

    /// What we sign with these secrets.
    fn signed(&self, body: &[u8], url: &str, at: Timestamp, secrets: &[&str]) -> HeaderMap {
        let secrets = set(self.scheme.signing_format(), secrets);
        let signer = Signer::new(&self.scheme, secrets).expect("a signer");
        let delivery = Delivery::new(ID, at).with_url(url);
        signer.sign(delivery, body).expect("headers")
    }

    /// What we say of a delivery.
    fn verdict(
        &self,
        headers: &HeaderMap,
        case: &Case,
        now: Timestamp,
    ) -> Result<(), VerifyErrorKind> {
        let secrets = set(self.scheme.secret_format(), &[case.secret]);
        let verifier = Verifier::new(&self.scheme, secrets).expect("a verifier");
        let head = Head::new(headers).with_url(case.url);
        let verified = verifier.verify(head, &case.body, now);
        verified.map(drop).map_err(|error| error.kind())
    }

    /// Every delivery that it can take part in.
    fn cases(&self, now: Timestamp) -> Vec<(Vec<u8>, Case)> {
        let each = |body: Vec<u8>| {
            let cases = cases(self, &body, now).into_iter();
            cases
                .map(move |case| (body.clone(), case))
                .collect::<Vec<_>>()
        };
        bodies(self.takes).into_iter().flat_map(each).collect()
    }

    /// Compares both verdicts with what they should be; says how many deliveries there were.
    fn agrees(&self, talk: &mut Talk, deliveries: &[(HeaderMap, Case)], now: Timestamp) -> usize {
        let question = |(headers, case): &(HeaderMap, Case)| {
            self.verify(headers, &case.body, case.url, case.secret)
        };
        let questions: Vec<_> = deliveries.iter().map(question).collect();
        for ((headers, case), theirs) in deliveries.iter().zip(talk.ask(&questions)) {
            let what = format!("{} {}: {} bytes", self.name, case.what, case.body.len());
            assert_eq!(
                theirs["verified"],
                json!(case.theirs),
                "by the peer: {what}"
            );
            assert_eq!(self.verdict(headers, case, now), case.ours, "by us: {what}");
        }
        deliveries.len()
    }
}

/// The headers in an answer.
fn headers(answer: &Value) -> HeaderMap {
    let headers = answer["headers"].as_object().expect("headers");
    let header = |(name, value): (&String, &Value)| {
        let name = HeaderName::try_from(name).expect("the name of a header");
        let value = value.as_str().expect("a header that is text");
        (name, HeaderValue::try_from(value).expect("a header"))
    };
    headers.iter().map(header).collect()
}

fn peers(language: Language) -> impl Iterator<Item = Peer> {
    ALL.into_iter()
        .filter(move |peer| peer.language == language)
}

fn they_verify_what_we_sign(language: Language) {
    let mut talk = Talk::start(language);
    for peer in peers(language) {
        let now = SystemClock.now();
        let sign = |(body, case): (Vec<u8>, Case)| {
            let [one, _] = peer.secrets();
            (peer.signed(&body, URL, case.at, &[one.signing]), case)
        };
        let deliveries: Vec<_> = peer.cases(now).into_iter().map(sign).collect();
        let judged = peer.agrees(&mut talk, &deliveries, now);
        assert!(judged >= 30, "{}: {judged}", peer.name);
    }
}

fn we_verify_what_they_sign(language: Language) {
    let mut talk = Talk::start(language);
    let mut judged = 0;
    for peer in peers(language).filter(|peer| peer.signs) {
        let now = SystemClock.now();
        let (bodies, cases): (Vec<_>, Vec<_>) = peer.cases(now).into_iter().unzip();
        let [one, _] = peer.secrets();
        let question = |(body, case): (&Vec<u8>, &Case)| peer.sign(body, URL, case.at, one);
        let questions: Vec<_> = bodies.iter().zip(&cases).map(question).collect();
        let signed = talk.ask(&questions);
        let deliveries: Vec<_> = signed.iter().map(headers).zip(cases).collect();
        judged += peer.agrees(&mut talk, &deliveries, now);
    }
    assert!(judged >= 150, "{judged}");
}

#[test]
fn w47_what_we_sign_is_verified_by_node() {
    they_verify_what_we_sign(Language::Node);
}

#[test]
fn w47_what_we_sign_is_verified_by_python() {
    they_verify_what_we_sign(Language::Python);
}

#[test]
fn w48_what_node_signs_verifies() {
    we_verify_what_they_sign(Language::Node);
}

#[test]
fn w48_what_python_signs_verifies() {
    we_verify_what_they_sign(Language::Python);
}

/// They write the same headers as we do, to the letter.
#[test]
fn w47_what_we_sign_is_what_they_sign() {
    for language in [Language::Node, Language::Python] {
        let mut talk = Talk::start(language);
        for peer in peers(language).filter(|peer| peer.signs) {
            let (now, [one, _]) = (SystemClock.now(), peer.secrets());
            for body in bodies(peer.takes) {
                let theirs = talk.ask(&[peer.sign(&body, URL, now, one)]);
                let ours = peer.signed(&body, URL, now, &[one.signing]);
                assert_eq!(ours, headers(&theirs[0]), "{}", peer.name);
            }
        }
    }
}

/// While a secret is changed a delivery has two signatures, where there is room for two.
#[test]
fn w47_a_peer_with_either_secret_verifies() {
    let mut several = 0;
    for language in [Language::Node, Language::Python] {
        let mut talk = Talk::start(language);
        for peer in peers(language) {
            let (now, [one, two]) = (SystemClock.now(), peer.secrets());
            let headers = peer.signed(b"{}", URL, now, &[one.signing, two.signing]);
            let verify = |secret: Halves| peer.verify(&headers, b"{}", URL, secret.verifying);
            let verified = talk.ask(&[verify(one), verify(two)]);
            let has_room = ["openai", "standard-webhooks", "stripe", "svix"];
            let has_room = has_room.contains(&peer.scheme.name());
            assert_eq!(verified[0]["verified"], json!(true), "{}", peer.name);
            assert_eq!(verified[1]["verified"], json!(has_room), "{}", peer.name);
            several += usize::from(has_room);
        }
    }
    assert_eq!(several, 7);
}
