//! Verifying webhook signatures: from the headers and the body to the verdict.

use std::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_core::{Clock, SystemClock, Timestamp};
use portcullis_webhook::{
    Delivery, Head, Scheme, SecretFormat, SecretSet, Signer, Verifier, WebhookSecret, schemes,
};
use sha2::Sha256;

use crate::suite::{self, Case, Row};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfXH3bsu5k=";
const SIZES: [(&str, usize); 6] = [
    ("64 B", 64),
    ("256 B", 256),
    ("1 KiB", 1024),
    ("4 KiB", 4 * 1024),
    ("64 KiB", 64 * 1024),
    ("1 MiB", 1024 * 1024),
];

pub fn run() {
    println!("\n## Verifying a webhook, headers to verdict\n");
    println!("| body | verifier | ns | GB/s | of the floor | allocations |");
    println!("| --- | --- | ---: | ---: | ---: | ---: |");
    for (name, bytes) in SIZES {
        if suite::short() && bytes > 4096 {
            continue;
        }
        size(name, bytes);
    }
    println!("\n## What more costs, at 256 B\n");
    println!("| case | ns | of the first | allocations |");
    println!("| --- | ---: | ---: | ---: |");
    more();
}

/// Verifies 256 bytes over and over, by this scheme or, as `floor`, by the least that can be done.
pub fn profile(name: &str) {
    let body = [b'x'; 256];
    let secret = SecretFormat::Utf8;
    let scheme = schemes::named(name).unwrap_or(schemes::GITHUB);
    let ours = Ours::new(scheme, secret, &body);
    let floor = Floor::new(SECRET.as_bytes());
    for _ in 0..3_000_000 {
        assert!(match name {
            "floor" => floor.verify(&ours.headers, &body),
            _ => ours.verify(&body),
        });
    }
}

fn print(of: &str, bytes: usize, rows: &[Row]) {
    let floor = rows[0].median;
    for row in rows {
        println!(
            "| {of} | {} | {:.0} | {:.2} | {:.2} | {} |",
            row.name,
            row.median,
            bytes as f64 / row.median,
            row.median / floor,
            row.allocations
        );
    }
}

fn size(name: &str, bytes: usize) {
    let body: String = "0123456789abcdef".chars().cycle().take(bytes).collect();
    let body = body.as_bytes();
    let github = Ours::new(schemes::GITHUB, SecretFormat::Utf8, body);
    let stripe = Ours::new(schemes::STRIPE, SecretFormat::Utf8, body);
    let slack = Ours::new(schemes::SLACK, SecretFormat::Utf8, body);
    let standard = Ours::new(schemes::STANDARD_WEBHOOKS, SecretFormat::Whsec, body);
    let floor = Floor::new(SECRET.as_bytes());
    let ring = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let aws = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    let reference = standardwebhooks::Webhook::new(SECRET).expect("a secret");
    let svix = svix::webhooks::Webhook::new(SECRET).expect("a secret");
    let theirs = webhook_verify::Secret::new(SECRET);
    let mut cases = vec![
        case("floor: cached midstates, const-hex, no checks", || {
            floor.verify(&github.headers, body)
        }),
        case("portcullis, GitHub", || github.verify(body)),
        case("portcullis, Stripe", || stripe.verify(body)),
        case("portcullis, Slack", || slack.verify(body)),
        case("portcullis, Standard Webhooks", || standard.verify(body)),
        case("by hand: hmac, sha2, hex", || {
            by_hand(&github.headers, body)
        }),
        case("ring, cached key, const-hex", || {
            let tag = decoded(&github.headers);
            ring::hmac::verify(&ring, body, &tag).is_ok()
        }),
        case("aws-lc-rs, cached key, const-hex", || {
            let tag = decoded(&github.headers);
            aws_lc_rs::hmac::verify(&aws, body, &tag).is_ok()
        }),
    ];
    cases.push(case("standardwebhooks 1.0.1", || {
        reference.verify(body, &standard.headers).is_ok()
    }));
    cases.push(case("svix 2.9.1", || {
        svix.verify(body, &standard.headers).is_ok()
    }));
    cases.push(case("webhook-verify 0.1.0, GitHub", || {
        let provider = webhook_verify::Provider::GitHub;
        webhook_verify::verify(provider, &github.headers, body, &theirs, Default::default()).is_ok()
    }));
    cases.push(case("webhook-verify 0.1.0, Stripe", || {
        let provider = webhook_verify::Provider::Stripe;
        webhook_verify::verify(provider, &stripe.headers, body, &theirs, Default::default()).is_ok()
    }));
    print(name, bytes, &suite::run(cases));
}

/// Sixteen entries, two secrets, no headers.
fn more() {
    let body = [b'x'; 256];
    let one = Ours::new(schemes::STANDARD_WEBHOOKS, SecretFormat::Whsec, &body);
    let mut sixteen = Ours::new(schemes::STANDARD_WEBHOOKS, SecretFormat::Whsec, &body);
    let name = HeaderName::from_static("webhook-signature");
    let last = sixteen.headers[&name].to_str().expect("ASCII").to_owned();
    let other = format!("v1,{}= ", "A".repeat(43));
    let all = format!("{}{last}", other.repeat(15));
    sixteen
        .headers
        .insert(&name, HeaderValue::try_from(all).expect("ASCII"));
    let two = Ours::new(schemes::STANDARD_WEBHOOKS, SecretFormat::Whsec, &body);
    let older = WebhookSecret::new(
        SecretFormat::Whsec,
        "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=",
    );
    let secrets = two.secrets.clone().with("older", older.expect("a secret"));
    two.verifier.replace_secrets(secrets).expect("secrets");
    let empty = HeaderMap::new();
    let rows = suite::run(vec![
        case("Standard Webhooks, one entry, one secret", || {
            one.verify(&body)
        }),
        case("16 entries", || sixteen.verify(&body)),
        case("2 secrets", || two.verify(&body)),
        case("no headers: refused before the body", || {
            one.verifier
                .begin(Head::new(black_box(&empty)), one.now)
                .is_err()
        }),
    ]);
    for row in &rows {
        let ratio = row.median / rows[0].median;
        println!(
            "| {} | {:.0} | {ratio:.2} | {} |",
            row.name, row.median, row.allocations
        );
    }
}

fn case<'a>(name: &'static str, verify: impl Fn() -> bool + 'a) -> Case<'a> {
    assert!(verify(), "{name} refuses a good delivery");
    Case::new(name, move |n| {
        for _ in 0..n {
            assert!(black_box(verify()));
        }
    })
}

/// A verifier of ours, and headers that it accepts.
struct Ours {
    verifier: Verifier,
    secrets: SecretSet,
    headers: HeaderMap,
    now: Timestamp,
}

impl Ours {
    fn new(scheme: Scheme<'_>, format: SecretFormat, body: &[u8]) -> Self {
        let secrets = SecretSet::new("", WebhookSecret::new(format, SECRET).expect("a secret"));
        let now = SystemClock.now();
        let signer = Signer::new(&scheme, secrets.clone()).expect("a scheme");
        // Ahead, so that all verifiers accept it for as long as the run takes.
        let at = now.after(std::time::Duration::from_secs(120));
        let signed = signer.sign(Delivery::new("msg_2mZ2ZtG9GxXgJ1yVYvOYuEXAMPL", at), body);
        let mut headers = usual();
        headers.extend(signed.expect("a delivery"));
        Self {
            verifier: Verifier::new(&scheme, secrets.clone()).expect("a scheme"),
            secrets,
            headers,
            now,
        }
    }

    fn verify(&self, body: &[u8]) -> bool {
        let head = Head::new(black_box(&self.headers));
        self.verifier
            .verify(head, black_box(body), self.now)
            .is_ok()
    }
}

/// What else GitHub sends.
fn usual() -> HeaderMap {
    let all = [
        ("host", "hooks.example.com"),
        ("user-agent", "GitHub-Hookshot/044aadd"),
        ("accept", "*/*"),
        ("content-type", "application/json"),
        ("content-length", "256"),
        ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
        ("x-github-event", "push"),
        ("x-github-hook-id", "292430182"),
        ("x-github-hook-installation-target-id", "79929171"),
        ("x-github-hook-installation-target-type", "repository"),
        ("accept-encoding", "gzip"),
    ];
    let pair = |(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    all.into_iter().map(pair).collect()
}

/// The least that can be done: both halves of the key are hashed beforehand, and nothing is checked
/// but the signature.
struct Floor {
    inner: [u32; 8],
    outer: [u32; 8],
}

/// FIPS 180-4 §5.3.3.
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

impl Floor {
    /// A key of at most 64 bytes.
    fn new(key: &[u8]) -> Self {
        let half = |pad: u8| {
            let mut block = [pad; 64];
            block
                .iter_mut()
                .zip(key)
                .for_each(|(byte, key)| *byte ^= key);
            let mut state = INITIAL;
            sha2::block_api::compress256(&mut state, &[block]);
            state
        };
        Self {
            inner: half(0x36),
            outer: half(0x5c),
        }
    }

    fn verify(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let tag = decoded(headers);
        let mut state = self.inner;
        let (blocks, rest) = black_box(body).as_chunks::<64>();
        sha2::block_api::compress256(&mut state, blocks);
        end(&mut state, rest, body.len() + 64);
        let mut inner = [0; 32];
        for (bytes, word) in inner.chunks_exact_mut(4).zip(state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        let mut state = self.outer;
        end(&mut state, &inner, 96);
        let mut expected = [0; 32];
        for (bytes, word) in expected.chunks_exact_mut(4).zip(state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        constant_time_eq::constant_time_eq_32(&tag, &expected)
    }
}

/// The last block or two (FIPS 180-4 §5.1.1).
fn end(state: &mut [u32; 8], rest: &[u8], length: usize) {
    let mut blocks = [[0; 64]; 2];
    blocks[0][..rest.len()].copy_from_slice(rest);
    blocks[0][rest.len()] = 0x80;
    let last = usize::from(rest.len() >= 56);
    blocks[last][56..].copy_from_slice(&(length as u64 * 8).to_be_bytes());
    sha2::block_api::compress256(state, &blocks[..=last]);
}

fn decoded(headers: &HeaderMap) -> [u8; 32] {
    const NAME: HeaderName = HeaderName::from_static("x-hub-signature-256");
    let value = black_box(headers)
        .get(&NAME)
        .expect("it is there")
        .as_bytes();
    let mut tag = [0; 32];
    const_hex::decode_to_slice(&value[7..], &mut tag).expect("hex");
    tag
}

/// As it is written in many services.
fn by_hand(headers: &HeaderMap, body: &[u8]) -> bool {
    let value = black_box(headers)
        .get("x-hub-signature-256")
        .expect("it is there");
    let text = value
        .to_str()
        .expect("ASCII")
        .strip_prefix("sha256=")
        .expect("a prefix");
    let tag = hex::decode(text).expect("hex");
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
    mac.update(black_box(body));
    mac.verify_slice(&tag).is_ok()
}
