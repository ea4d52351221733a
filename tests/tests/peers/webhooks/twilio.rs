//! What Twilio alone does.

use portcullis_core::{Clock as _, SystemClock, Timestamp};
use portcullis_webhook::VerifyErrorKind;

use super::peer::Peer;
use super::talk::{Language, Talk};
use super::{Case, headers, peers};

fn twilio() -> Peer {
    let twilio = peers(Language::Node).find(|peer| peer.name == "twilio");
    twilio.expect("it is there")
}

/// What either side says is the same here.
fn case(at: Timestamp, what: &'static str, body: &[u8], url: &'static str, is_right: bool) -> Case {
    let [one, _] = twilio().secrets();
    Case {
        what,
        at,
        body: body.to_vec(),
        url,
        secret: one.verifying,
        ours: is_right.then_some(()).ok_or(VerifyErrorKind::Signature),
        theirs: is_right,
    }
}

/// A body that is no form: its hash is in the URL, and the URL alone is signed.
#[test]
fn w48_twilios_json_is_judged_as_twilio_does() {
    const JSON: &[u8] = br#"{"a":1}"#;
    const HASHED: &str = "https://hooks.example.com/in?x=1&bodySHA256=\
                          015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
    const OTHER: &str = "https://hooks.example.com/in?x=2&bodySHA256=\
                         015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
    const BARE: &str = "https://hooks.example.com/in?x=1";
    let (now, twilio, mut talk) = (SystemClock.now(), twilio(), Talk::start(Language::Node));
    let [one, _] = twilio.secrets();
    let theirs = headers(&talk.ask(&[twilio.sign(JSON, HASHED, now, one)])[0]);
    let ours = twilio.signed(JSON, HASHED, now, &[one.signing]);
    assert_eq!(theirs, ours);
    let cases = [
        case(now, "as it was signed", JSON, HASHED, true),
        case(now, "changed", br#"{"a":2}"#, HASHED, false),
        case(now, "written in another way", br#"{"a": 1}"#, HASHED, false),
        case(now, "at another URL", JSON, OTHER, false),
        case(now, "without the hash", JSON, BARE, false),
    ];
    let deliveries = cases.map(|case| (ours.clone(), case));
    assert_eq!(twilio.agrees(&mut talk, &deliveries, now), 5);
}

/// Twilio signs the URL with its port or without it, and does not say which.
#[test]
fn w48_twilios_port_may_be_there_or_not() {
    const BARE: &str = "https://a.example/in";
    const USUAL: &str = "https://a.example:443/in";
    const ODD: &str = "https://a.example:8443/in";
    let (now, twilio, mut talk) = (SystemClock.now(), twilio(), Talk::start(Language::Node));
    let [one, _] = twilio.secrets();
    for (signed_at, arrives_at, is_right) in [
        (BARE, BARE, true),
        (BARE, USUAL, true),
        (BARE, ODD, true),
        (USUAL, BARE, true),
        (USUAL, USUAL, true),
        (ODD, BARE, false),
        (ODD, ODD, true),
    ] {
        let theirs = headers(&talk.ask(&[twilio.sign(b"a=1", signed_at, now, one)])[0]);
        let case = case(now, signed_at, b"a=1", arrives_at, is_right);
        assert_eq!(twilio.agrees(&mut talk, &[(theirs, case)], now), 1);
    }
}
