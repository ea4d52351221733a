//! URLs, headers and other schemes.

use http::{HeaderMap, HeaderName};
use portcullis_webhook::explain::{Finding, UrlChange, signed_headers};
use portcullis_webhook::{Delivery, Head, SecretFormat, SecretSet, Signer, WebhookSecret, schemes};

use crate::support::{
    BODY, GITHUB, NOW, OTHER, SECRET, STANDARD, STRIPE, UTF8, found, found_with, header, renamed,
    sent, signed,
};

#[test]
fn w49_the_url_is_another_one() {
    use UrlChange::{Http, Https, WithPort, WithSlash, WithoutPort, WithoutQuery, WithoutSlash};
    for (sent_to, ours, changes) in [
        ("http://a.example/in", "https://a.example/in", vec![Http]),
        ("https://a.example/in", "http://a.example/in", vec![Https]),
        (
            "https://a.example/in/",
            "https://a.example/in",
            vec![WithSlash],
        ),
        (
            "https://a.example/in",
            "https://a.example/in/",
            vec![WithoutSlash],
        ),
        ("https://a.example/", "https://a.example", vec![WithSlash]),
        (
            "https://a.example:443/in?x",
            "https://a.example/in?x",
            vec![WithPort],
        ),
        (
            "http://a.example/in",
            "http://a.example:80/in",
            vec![WithoutPort],
        ),
        (
            "https://[::1]/in",
            "https://[::1]:443/in",
            vec![WithoutPort],
        ),
        ("https://[::1]:443/in", "https://[::1]/in", vec![WithPort]),
        (
            "https://a.example/in",
            "https://a.example/in?x=1",
            vec![WithoutQuery],
        ),
        (
            "https://a.example/in",
            "http://a.example:80/in/?x",
            vec![Https, WithoutSlash, WithoutPort, WithoutQuery],
        ),
    ] {
        let scheme = schemes::SQUARE;
        let headers = signed(scheme, UTF8, SECRET, NOW, BODY, sent_to);
        let head = Head::new(&headers).with_url(ours);
        let found = found_with(scheme, SECRET, head, BODY);
        let changes: Vec<_> = changes.into_iter().map(Finding::Url).collect();
        assert_eq!(found, changes, "{sent_to} {ours}");
    }
}

#[test]
fn w49_a_url_that_is_not_there_is_told() {
    let headers = sent(schemes::SQUARE, UTF8, SECRET, NOW);
    let found = found_with(schemes::SQUARE, SECRET, Head::new(&headers), BODY);
    assert_eq!(found, [Finding::UrlMissing]);
}

#[test]
fn w49_another_version_of_the_provider_is_named() {
    let headers = sent(schemes::HUBSPOT_V1, UTF8, SECRET, NOW);
    for ours in [schemes::HUBSPOT_V2, schemes::HUBSPOT_V3] {
        assert_eq!(
            found(ours, &headers, BODY),
            [Finding::SignedAs(vec!["hubspot-v1"])]
        );
    }
}

#[test]
fn w49_the_signature_of_another_scheme_is_named() {
    let headers = sent(schemes::SLACK, UTF8, SECRET, NOW);
    assert_eq!(
        found(STRIPE, &headers, BODY),
        [Finding::SignedAs(vec!["slack"])]
    );
    let headers = sent(STANDARD, SecretFormat::Whsec, SECRET, NOW);
    let found = found(GITHUB, &headers, BODY);
    let [Finding::SignedAs(names)] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert!(names.contains(&"standard-webhooks") && names.contains(&"openai"));
    assert!(!names.contains(&"clerk") && !names.contains(&"polar"));
}

#[test]
fn w49_headers_of_another_scheme_are_named_though_nothing_fits() {
    let headers = sent(schemes::SLACK, UTF8, OTHER, NOW);
    assert_eq!(
        found(STRIPE, &headers, BODY),
        [Finding::HeadersOf(vec!["slack"])]
    );
}

#[test]
fn w49_headers_that_are_missing_are_named() {
    let headers = sent(STANDARD, SecretFormat::Whsec, SECRET, NOW);
    for name in ["webhook-id", "webhook-timestamp"] {
        let headers = renamed(&headers, name, "x-other");
        assert_eq!(
            found(STANDARD, &headers, BODY),
            [Finding::Missing(header(name))]
        );
    }
    let none = HeaderMap::new();
    let names = ["webhook-signature", "webhook-timestamp", "webhook-id"];
    let missing = names.map(|name| Finding::Missing(header(name)));
    assert_eq!(found(STANDARD, &none, BODY), missing);
    let either = ["svix-signature", "svix-timestamp", "svix-id"];
    let missing = either.map(|name| Finding::Missing(header(name)));
    assert_eq!(found(schemes::SVIX, &none, BODY), missing);
}

#[test]
fn w49_headers_that_cannot_be_read_are_named() {
    let whole = sent(STANDARD, SecretFormat::Whsec, SECRET, NOW);
    for (name, odd) in [
        ("webhook-id", "msg.1"),
        ("webhook-timestamp", "+1700000000"),
        ("webhook-signature", "v1,AAAA"),
    ] {
        let mut headers = whole.clone();
        headers.insert(name, odd.parse().unwrap());
        assert_eq!(
            found(STANDARD, &headers, BODY),
            [Finding::Unreadable(header(name))]
        );
        let mut twice = whole.clone();
        twice.append(name, odd.parse().unwrap());
        assert_eq!(
            found(STANDARD, &twice, BODY),
            [Finding::Unreadable(header(name))]
        );
    }
    let mut headers = sent(schemes::BOX, UTF8, SECRET, NOW);
    headers.insert("box-signature-version", "2".parse().unwrap());
    let name = header("box-signature-version");
    assert_eq!(
        found(schemes::BOX, &headers, BODY),
        [Finding::Unreadable(name)]
    );
}

#[test]
fn w49_a_signed_header_that_is_missing_is_named() {
    let names = signed_headers(&schemes::SINCH);
    assert_eq!(names, ["x-sinch-webhook-signature-nonce"]);
    assert_eq!(signed_headers(&GITHUB), [] as [HeaderName; 0]);
    let mut extra = HeaderMap::new();
    extra.insert(names[0].clone(), "nonce-1".parse().unwrap());
    let secret = WebhookSecret::new(UTF8, SECRET).unwrap();
    let signer = Signer::new(&schemes::SINCH, SecretSet::new("one", secret)).unwrap();
    let headers = signer
        .sign(Delivery::new("", NOW).with_headers(&extra), BODY)
        .unwrap();
    let missing = Finding::Missing(names[0].clone());
    assert_eq!(found(schemes::SINCH, &headers, BODY), [missing]);
}

/// GitHub sends both headers, and the other one is Intercom's as well.
#[test]
fn w49_a_signature_that_is_there_twice_is_not_called_missing() {
    let mut headers = sent(GITHUB, UTF8, OTHER, NOW);
    headers.extend(sent(schemes::INTERCOM, UTF8, OTHER, NOW));
    let name = header("x-hub-signature-256");
    let value = headers[&name].clone();
    headers.append(&name, value);
    assert_eq!(found(GITHUB, &headers, BODY), [Finding::Unreadable(name)]);
}

#[test]
fn w49_an_id_that_is_not_signed_may_have_a_full_stop() {
    let ours = GITHUB.with_id("x-delivery");
    let mut headers = sent(ours, UTF8, OTHER, NOW);
    headers.insert("x-delivery", "a.b".parse().unwrap());
    assert_eq!(found(ours, &headers, BODY), [Finding::NothingFits]);
}

#[cfg(feature = "message-signatures")]
#[test]
fn w49_what_says_how_a_message_was_signed_is_missing() {
    let ours = schemes::RFC9421_HMAC;
    let bare = SECRET.trim_start_matches("whsec_");
    let whole = sent(ours, SecretFormat::Base64, bare, NOW);
    for name in ["signature", "signature-input", "content-digest"] {
        let mut headers = whole.clone();
        headers.remove(name);
        let head = Head::new(&headers).with_url(crate::support::URL);
        let missing = [Finding::Missing(header(name))];
        assert_eq!(found_with(ours, bare, head, BODY), missing);
    }
}
