//! Deliveries, and what is found in them.

use http::{HeaderMap, HeaderName};
use portcullis_core::Timestamp;
use portcullis_webhook::explain::{Finding, ShownSecret, explain};
use portcullis_webhook::{
    Delivery, Head, Scheme, SecretFormat, SecretSet, Signer, Verifier, WebhookSecret, schemes,
};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
pub(crate) const URL: &str = "https://hooks.example.com/in?x=1";
pub(crate) const BODY: &[u8] = b"{\"event\":\"paid\",\"sum\":12}";
pub(crate) const SECRET: &str = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=";
pub(crate) const OTHER: &str = "whsec_MDEyMzQ1Njc4OUFCQ0RFRkdISUpLTE1OT1BRUlNUVVY=";

/// What a sender with this secret sends at this time.
pub(crate) fn sent(
    scheme: Scheme<'_>,
    format: SecretFormat,
    secret: &str,
    at: Timestamp,
) -> HeaderMap {
    signed(scheme, format, secret, at, BODY, URL)
}

pub(crate) fn signed(
    scheme: Scheme<'_>,
    format: SecretFormat,
    secret: &str,
    at: Timestamp,
    body: &[u8],
    url: &str,
) -> HeaderMap {
    let secret = WebhookSecret::new(format, secret).unwrap();
    let signer = Signer::new(&scheme, SecretSet::new("one", secret)).unwrap();
    let delivery = Delivery::new("msg_1", at).with_url(url);
    signer.sign(delivery, body).unwrap()
}

/// What is found in a delivery that is refused, with one secret.
pub(crate) fn found(scheme: Scheme<'_>, headers: &HeaderMap, body: &[u8]) -> Vec<Finding> {
    found_with(scheme, SECRET, Head::new(headers).with_url(URL), body)
}

pub(crate) fn found_with(
    scheme: Scheme<'_>,
    secret: &str,
    head: Head<'_>,
    body: &[u8],
) -> Vec<Finding> {
    if let Ok(read) = WebhookSecret::new(scheme.secret_format(), secret) {
        let verifier = Verifier::new(&scheme, SecretSet::new("one", read)).unwrap();
        assert!(verifier.verify(head, body, NOW).is_err(), "accepted");
    }
    explain(&scheme, &[ShownSecret::new(secret)], head, body, NOW)
}

pub(crate) fn header(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}

pub(crate) fn renamed(headers: &HeaderMap, from: &str, to: &'static str) -> HeaderMap {
    let mut headers = headers.clone();
    let value = headers.remove(from).unwrap();
    headers.insert(to, value);
    headers
}

pub(crate) const GITHUB: Scheme<'_> = schemes::GITHUB;
pub(crate) const STRIPE: Scheme<'_> = schemes::STRIPE;
pub(crate) const STANDARD: Scheme<'_> = schemes::STANDARD_WEBHOOKS;
pub(crate) const UTF8: SecretFormat = SecretFormat::Utf8;
