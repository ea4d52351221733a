//! What the modules share: a dashboard, projects, and two ways to sign.

use http::Method;
use portcullis_core::{Clock, Digest, Timestamp};
use portcullis_tests::{Answer, Ask, Browser, Masker, StoreKind};
use portcullis_webhook::{Delivery, SecretFormat, SecretSet, Signer, WebhookSecret, schemes};
use serde_json::json;

pub(crate) const START: &str = "/api/auth/github";
pub(crate) const COOKIE: &str = "contox_session";
pub(crate) const INGEST: &str = "/api/v2/ingest";
pub(crate) const BODY: &str = r#"{"type":"note","text":"hello"}"#;

/// The bytes of every 401.
pub(crate) const UNAUTHENTICATED: &str =
    r#"{"error":"Invalid or missing authentication credentials"}"#;

/// A browser in which a user is signed in to the dashboard.
pub(crate) async fn signed_in(server: &Masker, user: u64) -> Browser {
    let browser = server.browser();
    let answer = browser.sign_in(START, &server.github, user).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    browser
}

/// Makes a project; gives its id.
pub(crate) async fn create(browser: &Browser, name: &str) -> String {
    let ask = Ask::post("/api/projects").json(&json!({ "name": name }));
    let answer = browser.ask(ask).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

pub(crate) fn secret_path(project: &str) -> String {
    format!("/api/projects/{project}/hmac-secret")
}

/// The present secret of a project.
pub(crate) async fn secret(browser: &Browser, project: &str) -> String {
    shown(&browser.get(&secret_path(project)).await)
}

/// Gives a project a new secret.
pub(crate) async fn rotate(browser: &Browser, project: &str) -> String {
    let path = format!("{}/rotate", secret_path(project));
    shown(&browser.post(&path).await)
}

fn shown(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["secret"].as_str().unwrap().to_owned()
}

/// A server, and a project on it with its secret; the clock is at a whole second.
pub(crate) struct Scene {
    pub(crate) server: Masker,
    pub(crate) owner: Browser,
    pub(crate) project: String,
    pub(crate) secret: String,
}

impl Scene {
    pub(crate) async fn new(kind: StoreKind) -> Self {
        let server = Masker::start(kind).await;
        let second = Timestamp::from_secs(server.clock.now().as_secs() + 1);
        server.clock.set(second);
        let owner = signed_in(&server, Masker::ALICE).await;
        let project = create(&owner, "Notes").await;
        let secret = secret(&owner, &project).await;
        Self {
            server,
            owner,
            project,
            secret,
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.server.clock.now().as_secs()
    }

    /// A delivery of the body that the project signed just now.
    pub(crate) fn delivery(&self, body: &str) -> Ask {
        self.signed(&self.secret, self.now(), body)
    }

    /// A delivery of the body, of this time and under this secret.
    pub(crate) fn signed(&self, secret: &str, time: u64, body: &str) -> Ask {
        let time = time.to_string();
        let signature = signature(secret, &time, body);
        delivery(&self.project, &time, &signature, body)
    }

    /// Sends as a program does: without a cookie.
    pub(crate) async fn send(&self, ask: Ask) -> Answer {
        self.server.browser().ask(ask).await
    }
}

/// A delivery with these headers.
pub(crate) fn delivery(project: &str, time: &str, signature: &str, body: &str) -> Ask {
    bare(body)
        .with("x-contox-project", project)
        .with("x-contox-timestamp", time)
        .with("x-contox-signature", signature)
}

/// A delivery without the headers that it should have.
pub(crate) fn bare(body: &str) -> Ask {
    Ask::new(Method::POST, INGEST)
        .with("content-type", "application/json")
        .body(body.to_owned())
}

/// Asserts that a delivery was taken; gives the ids of the event and its session.
pub(crate) fn taken(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 202, "{}", answer.text());
    let json = answer.json();
    let text = |key: &str| json[key].as_str().unwrap().to_owned();
    (text("eventId"), text("sessionId"))
}

/// Asserts that a delivery was refused like every other that is not a project's.
#[track_caller]
pub(crate) fn refused(answer: &Answer) {
    assert_eq!(
        (answer.status.as_u16(), answer.text()),
        (401, UNAUTHENTICATED)
    );
    assert_eq!(answer.header("www-authenticate"), "HMAC-SHA256");
}

/// The signature by the project's own signer.
pub(crate) fn signature_by_ours(secret: &str, time: u64, body: &str) -> String {
    let secret = WebhookSecret::new(SecretFormat::Utf8, secret).unwrap();
    let signer = Signer::new(&schemes::CONTOX, SecretSet::new("", secret)).unwrap();
    let delivery = Delivery::new("", Timestamp::from_secs(time));
    let headers = signer.sign(delivery, body.as_bytes()).unwrap();
    assert_eq!(headers["x-contox-timestamp"], time.to_string());
    headers["x-contox-signature"].to_str().unwrap().to_owned()
}

/// The signature as the contract words it, without anything of the webhook crate: `sha256=` and the
/// lower-case hex HMAC-SHA256 of timestamp, full stop and body.
pub(crate) fn signature(secret: &str, time: &str, body: &str) -> String {
    let tag = hmac_sha256(secret.as_bytes(), format!("{time}.{body}").as_bytes());
    let hex = tag.as_bytes().iter().map(|byte| format!("{byte:02x}"));
    format!("sha256={}", hex.collect::<String>())
}

/// RFC 2104 §2, with SHA-256 and its blocks of 64 bytes.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Digest {
    let mut block = [0; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(Digest::of(key).as_bytes());
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Digest::of(&[&block.map(|byte| byte ^ 0x36)[..], message].concat());
    Digest::of(&[&block.map(|byte| byte ^ 0x5c)[..], inner.as_bytes()].concat())
}

/// RFC 4231 §4.2, §4.3 and §4.7.
#[test]
fn what_signs_by_hand_is_hmac_sha256() {
    let (long, words) = ([0xaa; 131], "what do ya want for nothing?");
    let longer = "Test Using Larger Than Block-Size Key - Hash Key First";
    for (key, message, first) in [
        (&[0x0b; 20][..], "Hi There", [0xb0, 0x34, 0x4c, 0x61]),
        (b"Jefe", words, [0x5b, 0xdc, 0xc1, 0x46]),
        (&long, longer, [0x60, 0xe4, 0x31, 0x59]),
    ] {
        let tag = hmac_sha256(key, message.as_bytes());
        assert_eq!(tag.as_bytes()[..4], first, "{message}");
    }
}
