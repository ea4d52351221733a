//! CVE-2023-50728 (octokit): what was thrown while a delivery was checked was caught by nobody, and
//! the process ended.
//!
//! Here: 100,000 deliveries that are nearly right, of all schemes, through the verifier and through
//! the layer, do no harm, and none of which the body is another one is accepted. `PORTCULLIS_ROUNDS`
//! says how many; the long form is 1,000,000.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::Full;
use portcullis_tower::webhook::{Refused, VerifiedBody};
use portcullis_webhook::{Head, Scheme, Verifier, schemes};
use tower::util::BoxCloneService;
use tower::{Layer as _, Service as _, service_fn};

use super::support::{BODY, Dice, NOW, URL, layer, try_signed, try_verifier, verifier};

fn rounds() -> usize {
    let chosen = std::env::var("PORTCULLIS_ROUNDS").ok();
    chosen.map_or(100_000, |text| {
        text.parse().expect("PORTCULLIS_ROUNDS is a number")
    })
}

/// Who takes deliveries of a scheme.
trait Receiver {
    fn new(scheme: Scheme<'static>) -> Self;
    fn accepts(&mut self, headers: &HeaderMap, body: &[u8]) -> bool;
}

impl Receiver for Verifier {
    fn new(scheme: Scheme<'static>) -> Self {
        verifier(scheme)
    }

    fn accepts(&mut self, headers: &HeaderMap, body: &[u8]) -> bool {
        accepts(self, headers, body)
    }
}

type Stack = BoxCloneService<Request<Full<Bytes>>, Response<Full<Bytes>>, std::convert::Infallible>;

/// The layer, around a handler that answers.
struct Layered(Stack);

impl Receiver for Layered {
    fn new(scheme: Scheme<'static>) -> Self {
        let handler = service_fn(async |_: Request<VerifiedBody>| Ok(Response::default()));
        Self(BoxCloneService::new(layer(scheme).layer(handler)))
    }

    fn accepts(&mut self, headers: &HeaderMap, body: &[u8]) -> bool {
        let body = Full::new(Bytes::copy_from_slice(body));
        let mut request = Request::post("/in").body(body).unwrap();
        *request.headers_mut() = headers.clone();
        let response = self.0.call(request).now_or_never().expect("nobody waits");
        let response = response.unwrap();
        let is_refused = response.extensions().get::<Refused>().is_some();
        assert_eq!(is_refused, response.status() != 200);
        !is_refused
    }
}

/// The catalogue as far as one secret will do: no public keys.
fn all() -> Vec<Scheme<'static>> {
    let all = schemes::all().filter(|scheme| try_verifier(scheme).is_ok());
    let all: Vec<_> = all.collect();
    assert!(all.len() >= 100, "{}", all.len());
    all
}

/// A delivery of a scheme: headers and body.
type Sent = (HeaderMap, Vec<u8>);

/// What has its signature in the body.
const JSON: &[u8] = br#"{"signature":{"timestamp":"1700000000","token":"a","signature":"00"},
    "notificationItems":[{"NotificationRequestItem":{"pspReference":"1","amount":{"value":1e2,
    "currency":"EUR"},"success":"true","additionalData":{"hmacSignature":"AA=="}}}]}"#;

/// Bodies as providers send them: JSON, or a form. Whose signature is in the body, has none here.
fn honest(scheme: &Scheme<'_>) -> Option<Sent> {
    let receiver = verifier(*scheme);
    let bodies = [BODY, b"type=paid&sum=12&type=again&%20=%C3%A4"].into_iter();
    let mut sent =
        bodies.filter_map(|body| Some((try_signed(scheme, "msg_1", body)?, body.to_vec())));
    sent.find(|(headers, body)| accepts(&receiver, headers, body))
}

fn accepts(verifier: &Verifier, headers: &HeaderMap, body: &[u8]) -> bool {
    let head = Head::new(headers).with_path("/in").with_url(URL);
    verifier.verify(head, body, NOW).is_ok()
}

/// What senders write between and around signatures.
const SIGNS: &[u8] = b",;=. \tvt10sha256=ABCabc+/_-:\"{}\xff\x80";

fn value(dice: &mut Dice, value: &HeaderValue) -> HeaderValue {
    let mut bytes = value.as_bytes().to_vec();
    let place = dice.below(bytes.len() + 1);
    match dice.below(8) {
        0 => bytes.truncate(place),
        1 => bytes.insert(place, SIGNS[dice.below(SIGNS.len())]),
        2 => bytes = bytes.repeat(dice.below(4)),
        3 => bytes = dice.bytes(place),
        4 => bytes.extend_from_within(..place),
        5 => bytes = vec![SIGNS[dice.below(SIGNS.len())]; dice.below(20)],
        6 if place < bytes.len() => bytes[place] ^= 1 << dice.below(8),
        _ => bytes.rotate_left(place),
    }
    bytes.retain(|byte| *byte != 127 && (*byte >= 32 || *byte == 9));
    HeaderValue::from_bytes(&bytes).unwrap()
}

/// A delivery that was right before something was done to it.
fn spoilt(dice: &mut Dice, good: &Sent) -> Sent {
    let (mut headers, mut body) = good.clone();
    let names: Vec<HeaderName> = headers.keys().cloned().collect();
    for _ in 0..=dice.below(2) {
        let name = names.get(dice.below(names.len().max(1)));
        match (dice.below(6), name) {
            (0, Some(name)) => drop(headers.remove(name)),
            (1, Some(name)) => drop(headers.append(name, HeaderValue::from_static("x"))),
            (0..=2, _) => {
                let place = dice.below(body.len());
                body[place] ^= 1 << dice.below(8);
            }
            (3, _) | (_, None) => {
                let length = dice.below(64);
                body = dice.bytes(length + 1);
            }
            (_, Some(name)) => {
                let changed = headers.get(name).map(|it| value(dice, it));
                changed.map(|changed| headers.insert(name, changed));
            }
        }
    }
    (headers, body)
}

fn check<R: Receiver>(schemes: &[Scheme<'static>], rounds: usize) {
    let mut dice = Dice::new(85);
    for scheme in schemes {
        let (name, honest) = (scheme.name(), honest(scheme));
        let mut receiver = R::new(*scheme);
        let nothing = (HeaderMap::new(), JSON.to_vec());
        let good = honest.as_ref().unwrap_or(&nothing);
        // Of some schemes the body is not signed, of others what it says and not its bytes.
        let other = try_signed(scheme, "msg_1", b"another body");
        let signs_body = good.1 == BODY && honest.is_some() && other.as_ref() != Some(&good.0);
        for _ in 0..rounds.div_ceil(schemes.len()) {
            let (headers, body) = spoilt(&mut dice, good);
            let accepted = catch_unwind(AssertUnwindSafe(|| receiver.accepts(&headers, &body)));
            let Ok(accepted) = accepted else {
                panic!("a delivery of {name} ends the process: {headers:?} {body:?}")
            };
            let is_forged = accepted && signs_body && body != good.1;
            assert!(!is_forged, "{name} accepts {headers:?} {body:?}");
        }
        let is_well = honest.is_none_or(|(headers, body)| receiver.accepts(&headers, &body));
        assert!(is_well, "{name} takes nothing more");
    }
}

#[test]
fn a85_no_delivery_ends_the_process_in_the_verifier() {
    check::<Verifier>(&all(), rounds());
}

#[test]
fn a85_no_delivery_ends_the_process_in_the_layer() {
    check::<Layered>(&all(), rounds());
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// Believes that a header that is there is as it should be.
    struct Believing(Verifier);

    impl Receiver for Believing {
        fn new(scheme: Scheme<'static>) -> Self {
            Self(verifier(scheme))
        }

        fn accepts(&mut self, headers: &HeaderMap, body: &[u8]) -> bool {
            if let Some(value) = headers.get("x-hub-signature-256") {
                let (name, _) = value.to_str().unwrap().split_once('=').unwrap();
                if name != "sha256" {
                    return false;
                }
            }
            Receiver::accepts(&mut self.0, headers, body)
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn MalformedHeaderIsThrown() {
        let test = "a85_no_delivery_ends_the_process_in_the_verifier";
        let says = "a delivery of github ends the process";
        Twin::new("a85 MalformedHeaderIsThrown", test, says)
            .is_caught(|| check::<Believing>(&[schemes::GITHUB], 1_000));
    }
}
