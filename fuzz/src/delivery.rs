//! Webhook deliveries: what was not signed is refused, what was is accepted, and a body in pieces is
//! judged as the whole body is.

use std::sync::OnceLock;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use portcullis_core::Timestamp;
use portcullis_webhook::{
    Delivery, Head, SecretFormat, SecretSet, Signer, Verifier, VerifyErrorKind, WebhookSecret,
    schemes,
};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
const URL: &str = "https://hooks.example.com:8443/in?x=1";

/// Both sides of a scheme, and a signer with a secret that the verifier does not have.
struct Pair {
    verifier: Verifier,
    signer: Signer,
    stranger: Signer,
}

/// The first byte chooses the scheme, the second what is delivered.
pub fn check(input: &[u8]) {
    let [scheme, kind, rest @ ..] = input else {
        return;
    };
    let pairs = pairs();
    let pair = &pairs[usize::from(*scheme) % pairs.len()];
    match kind % 2 {
        0 => foreign(pair, rest),
        _ => signed(pair, rest),
    }
}

/// Headers, an empty line, and a body that nobody signed.
fn foreign(pair: &Pair, input: &[u8]) {
    let (mut headers, mut rest) = (HeaderMap::new(), input);
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            break;
        };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    assert!(judge(pair, &headers, rest).is_err(), "nobody signed this");
}

/// The length of the id, the id, and a body.
fn signed(pair: &Pair, input: &[u8]) {
    let Some((length, rest)) = input.split_first() else {
        return;
    };
    let (id, body) = rest.split_at(usize::from(*length).min(rest.len()));
    let Ok(id) = str::from_utf8(id) else {
        return;
    };
    let extra = extra();
    let delivery = Delivery::new(id, NOW).with_url(URL).with_headers(&extra);
    // An id that no header can hold, or a body in which no signature can stand.
    let Ok((signed, sent)) = pair.signer.sign_body(delivery, body) else {
        return;
    };
    let mut headers = extra.clone();
    headers.extend(signed);
    assert_eq!(judge(pair, &headers, &sent), Ok(()), "this was signed");
    let (signed, sent) = pair.stranger.sign_body(delivery, body).unwrap();
    let mut headers = extra.clone();
    headers.extend(signed);
    assert!(
        judge(pair, &headers, &sent).is_err(),
        "somebody else signed"
    );
}

/// The verdict, which must be the same whether the body comes in one piece or in three.
fn judge(pair: &Pair, headers: &HeaderMap, body: &[u8]) -> Result<(), VerifyErrorKind> {
    let head = Head::new(headers).with_method(&Method::POST).with_url(URL);
    let whole = pair.verifier.verify(head, body, NOW);
    let whole = whole.map(drop).map_err(|error| error.kind());
    let pieces = pair.verifier.begin(head, NOW).and_then(|mut check| {
        for piece in body.chunks(body.len().div_ceil(3).max(1)) {
            check.update(piece)?;
        }
        check.finish(head)
    });
    let pieces = pieces.map(drop).map_err(|error| error.kind());
    assert_eq!(whole, pieces);
    whole
}

/// What some schemes sign besides.
fn extra() -> HeaderMap {
    let nonce = HeaderName::from_static("x-sinch-webhook-signature-nonce");
    [(nonce, HeaderValue::from_static("1"))]
        .into_iter()
        .collect()
}

/// Every scheme with a shared secret.
fn pairs() -> &'static [Pair] {
    static PAIRS: OnceLock<Vec<Pair>> = OnceLock::new();
    PAIRS.get_or_init(|| {
        let shared = schemes::all().filter(|scheme| {
            scheme.can_sign() && !matches!(scheme.secret_format(), SecretFormat::Public(_))
        });
        let pair = |scheme| {
            let signer = |number| Signer::new(&scheme, secrets(scheme.secret_format(), number));
            Pair {
                verifier: Verifier::new(&scheme, secrets(scheme.secret_format(), 1)).unwrap(),
                signer: signer(1).unwrap(),
                stranger: signer(2).unwrap(),
            }
        };
        shared.map(pair).collect()
    })
}

fn secrets(format: SecretFormat, number: u8) -> SecretSet {
    // Of 32 characters each: hex, and base64 too.
    let text = format!("{number}").repeat(32);
    SecretSet::new("", WebhookSecret::new(format, &text).unwrap())
}
