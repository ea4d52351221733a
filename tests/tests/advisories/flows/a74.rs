//! CVE-2025-64484, CVE-2025-64101, GO-2025-3721, CVE-2026-32762: headers of proxies that anybody
//! can send, also spelled with underscores.

use http::Method;
use portcullis_tests::{Ask, Masker, StoreKind};

use super::support::{ALICE, on_every_store, parameter};

/// What a proxy would tell of the client's own request, from a client.
const FORWARDED: [(&str, &str); 24] = [
    ("forwarded", "for=10.0.0.1;host=evil.example;proto=http"),
    ("forwarded", "host=\"evil.example\""),
    ("x-forwarded-host", "evil.example"),
    ("x_forwarded_host", "evil.example"),
    ("x-forwarded_host", "evil.example"),
    ("x_forwarded-host", "evil.example"),
    ("x-forwarded-server", "evil.example"),
    ("x-forwarded-proto", "http"),
    ("x_forwarded_proto", "http"),
    ("x-forwarded-scheme", "http"),
    ("x-forwarded-protocol", "http"),
    ("x-forwarded-ssl", "off"),
    ("x-url-scheme", "http"),
    ("front-end-https", "off"),
    ("x-forwarded-port", "444"),
    ("x-forwarded-prefix", "/evil"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x_forwarded_for", "127.0.0.1"),
    ("x-real-ip", "127.0.0.1"),
    ("x-original-host", "evil.example"),
    ("x-host", "evil.example"),
    ("x-http-host-override", "evil.example"),
    ("x-original-url", "http://evil.example/"),
    ("via", "1.1 evil.example"),
];

/// What a server makes of a request's headers.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    redirect_uri: Option<String>,
    /// The attributes of the session's cookie.
    attributes: Option<String>,
    /// The status of a change that a page of `evil.example` sends.
    forged: u16,
}

async fn check(see: impl AsyncFn(&str, &str) -> Seen) {
    let plain = see("x-nothing", "at-all").await;
    assert_eq!(plain.forged, 403, "a page of elsewhere changes nothing");
    for (name, value) in FORWARDED {
        let seen = see(name, value).await;
        assert_eq!(seen, plain, "{name}: {value} is believed");
    }
}

async fn see(masker: &Masker, name: &str, value: &str) -> Seen {
    let browser = masker.browser();
    let started = browser.ask(Ask::get(Masker::START).with(name, value)).await;
    let redirect_uri = parameter(started.location(), "redirect_uri");
    let callback = masker.github.approve(started.location(), ALICE).unwrap();
    let answer = browser.ask(Ask::get(&callback).with(name, value)).await;
    let cookie = answer.set_cookies_of(Masker::COOKIE);
    let attributes = cookie[0].split_once("; ").map(|(_, rest)| rest.to_owned());
    let forged = Ask::new(Method::POST, "/api/v1/auth/logout").with(name, value);
    let forged = browser
        .ask(forged.with("origin", "http://evil.example"))
        .await;
    Seen {
        redirect_uri,
        attributes,
        forged: forged.status.as_u16(),
    }
}

async fn a74_no_header_of_a_proxy_is_believed(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let plain = see(&masker, "x-nothing", "at-all").await;
    let expected = format!("{}{}", masker.base, Masker::CALLBACK);
    assert_eq!(plain.redirect_uri, Some(expected));
    assert!(plain.attributes.as_ref().unwrap().contains("Secure"));
    check(async |name: &str, value: &str| see(&masker, name, value).await).await;
}

on_every_store!(a74_no_header_of_a_proxy_is_believed);

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// A server that believes what these headers say of host and scheme.
    fn believing(believed: &[&str], name: &str, value: &str) -> Seen {
        let told = believed.contains(&name).then_some(value);
        let host = told
            .filter(|told| told.contains("evil"))
            .unwrap_or("app.example");
        let secure = told != Some("http");
        Seen {
            redirect_uri: Some(format!("https://{host}{}", Masker::CALLBACK)),
            attributes: Some(
                if secure {
                    "HttpOnly; Secure"
                } else {
                    "HttpOnly"
                }
                .to_owned(),
            ),
            forged: if host == "evil.example" { 204 } else { 403 },
        }
    }

    async fn is_caught(name: &'static str, believed: &[&str], says: &'static str) {
        let twin = Twin::new(name, "a74_no_header_of_a_proxy_is_believed", says);
        let see = async |name: &str, value: &str| believing(believed, name, value);
        twin.is_caught_async(check(see)).await;
    }

    #[tokio::test]
    async fn forwarded_hosts() {
        let says = "x-forwarded-host: evil.example is believed";
        is_caught("a74 ForwardedHosts", &["x-forwarded-host"], says).await;
    }

    /// The header with hyphens is taken off by the proxy, that with underscores is not.
    #[tokio::test]
    async fn underscores() {
        let says = "x_forwarded_host: evil.example is believed";
        is_caught("a74 Underscores", &["x_forwarded_host"], says).await;
    }

    #[tokio::test]
    async fn forwarded_schemes() {
        let says = "x-forwarded-proto: http is believed";
        is_caught("a74 ForwardedSchemes", &["x-forwarded-proto"], says).await;
    }
}
