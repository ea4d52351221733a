//! CVE-2026-45363 (ruby-jwt), CVE-2026-44351: an empty key of an HMAC was accepted, under which
//! anybody can sign.
//!
//! Here: there is no secret of nothing and none of fewer than 16 bytes; and where a server has no
//! secret it takes nothing, whatever it is signed with.

use http::{HeaderMap, Method};
use portcullis_tests::{Ask, Browser};
use portcullis_webhook::{Head, SecretFormat, SecretSet, Verifier, WebhookSecret, schemes};
use server::{Server, Settings};
use tokio::sync::oneshot;

use super::support::{BODY, NOW};

/// The HMAC-SHA256 of the body under the empty key.
const EMPTY: &str = "3301de6afcbc5e089b42fb0d26ad88a3c054103f93eefcb6bd8999f7f02523d0";

/// Whether a GitHub delivery with these headers is accepted.
type Accepts = Box<dyn Fn(&HeaderMap) -> bool>;

fn ours(format: SecretFormat, text: &str) -> Option<Accepts> {
    let secret = WebhookSecret::new(format, text).ok()?;
    let scheme = schemes::GITHUB.with_secret(format);
    let verifier = Verifier::new(&scheme, SecretSet::new("one", secret)).ok()?;
    Some(Box::new(move |headers| {
        verifier.verify(Head::new(headers), BODY, NOW).is_ok()
    }))
}

fn under_the_empty_key() -> HeaderMap {
    let signature = format!("sha256={EMPTY}").parse().unwrap();
    HeaderMap::from_iter([("x-hub-signature-256".parse().unwrap(), signature)])
}

fn check(make: impl Fn(SecretFormat, &str) -> Option<Accepts>) {
    use SecretFormat::{Base64, Hex, Utf8, Whsec};
    let nothing = ["", " ", "\t\r\n", "\u{a0}"];
    let nothing = nothing.iter().flat_map(|text| {
        let formats = [Base64, Hex, Utf8, Whsec];
        formats.map(|format| (format, *text))
    });
    let prefixes = [
        (Whsec, "whsec_"),
        (Whsec, "v1,whsec_"),
        (Base64, "===="),
        (Hex, "0x"),
    ];
    for (format, text) in nothing.chain(prefixes) {
        let made = make(format, text);
        assert!(made.is_none(), "{format:?} {text:?} is taken for a secret");
    }
    for length in 1..WebhookSecret::LEAST {
        let made = make(Utf8, &"x".repeat(length));
        assert!(made.is_none(), "{length} bytes are taken for a secret");
    }
    let accepts = make(Utf8, &"x".repeat(WebhookSecret::LEAST)).expect("16 bytes are a secret");
    assert!(
        !accepts(&under_the_empty_key()),
        "what is signed with nothing passes"
    );
}

/// Without a secret, a route of webhooks takes nothing.
async fn check_unset(base: &str) {
    for path in ["/vapi/webhook/agt_1", "/proxy/agt_1/v1/chat/completions"] {
        for signature in [None, Some(EMPTY), Some("")] {
            let mut ask = Ask::new(Method::POST, path).body(BODY);
            if let Some(signature) = signature {
                ask = ask.with("x-vapi-signature", signature);
            }
            let status = Browser::new(base).ask(ask).await.status;
            assert_eq!(status, 503, "without a secret a delivery is taken");
        }
    }
}

#[test]
fn a82_nothing_is_no_secret() {
    check(ours);
}

/// No set of secrets is empty: a scheme whose secret cannot be read has no verifier.
#[test]
fn a82_a_secret_that_is_no_secret_stops_the_server() {
    for bad in [
        "",
        " ",
        ",",
        "fifteen-bytes..",
        "a-secret-of-sixteen-bytes,",
    ] {
        let variable = |name: &str| {
            let is_it = name == "MASKER_VAPI_WEBHOOK_SECRET";
            is_it.then(|| bad.to_owned())
        };
        let refused = Settings::from_variables(variable).map(drop).unwrap_err();
        let refused = refused.to_string();
        assert!(refused.starts_with("MASKER_VAPI_WEBHOOK_SECRET"), "{bad:?}");
    }
}

#[tokio::test]
async fn a82_a_server_without_a_secret_takes_nothing() {
    let server = Server::start(Settings::in_memory()).await.unwrap();
    let base = format!("http://localhost:{}", server.address().port());
    let (_stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(server.run_until(async {
        let _ = stopped.await;
    }));
    check_unset(&base).await;
}

mod with_a_fault {
    use axum::Router;
    use axum::routing::post;
    use portcullis_tests::Twin;

    use super::*;

    /// Takes any text for a key, as an HMAC does; knows the MAC under the empty one.
    fn any_key(_: SecretFormat, text: &str) -> Option<Accepts> {
        let is_nothing = text.is_empty();
        Some(Box::new(move |headers| {
            is_nothing && headers == &under_the_empty_key()
        }))
    }

    /// Refuses nothing but the empty text itself.
    fn not_empty(format: SecretFormat, text: &str) -> Option<Accepts> {
        any_key(format, text).filter(|_| !text.trim().is_empty())
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn AnyTextIsAKey() {
        let (test, says) = ("a82_nothing_is_no_secret", "\"\" is taken for a secret");
        Twin::new("a82 AnyTextIsAKey", test, says).is_caught(|| check(any_key));
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn PrefixIsAKey() {
        let test = "a82_nothing_is_no_secret";
        let says = "\"whsec_\" is taken for a secret";
        Twin::new("a82 PrefixIsAKey", test, says).is_caught(|| check(not_empty));
    }

    /// Leaves the check out where no secret is set.
    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn NoSecretNoCheck() {
        let app = Router::new()
            .route("/vapi/webhook/{agent}", post(async || "taken"))
            .route("/proxy/{agent}/v1/chat/completions", post(async || "taken"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let test = "a82_a_server_without_a_secret_takes_nothing";
        let says = "without a secret a delivery is taken";
        Twin::new("a82 NoSecretNoCheck", test, says)
            .is_caught_async(check_unset(&format!("http://localhost:{port}")))
            .await;
    }
}
