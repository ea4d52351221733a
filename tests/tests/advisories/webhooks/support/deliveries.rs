use http::HeaderMap;
use portcullis_core::{FrozenClock, Timestamp};
use portcullis_tower::WebhookLayer;
use portcullis_webhook::{
    ConfigError, Delivery, Scheme, SecretFormat, SecretSet, Signer, Verifier, WebhookSecret,
};

use crate::answers::support::base64;

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
pub(crate) const BODY: &[u8] = b"{\"type\":\"paid\"}";
pub(crate) const URL: &str = "https://hooks.example.com/in";
const SECRET: &str = "a secret of these tests alone";

/// The same bytes for every scheme, in its format.
fn secrets(scheme: &Scheme<'_>) -> Result<SecretSet, ConfigError> {
    let format = scheme.secret_format();
    let text = match format {
        SecretFormat::Base64 | SecretFormat::Whsec => to_base64(SECRET.as_bytes()),
        SecretFormat::Hex => hex(SECRET.as_bytes()),
        _ => SECRET.to_owned(),
    };
    Ok(SecretSet::new("one", WebhookSecret::new(format, &text)?))
}

/// A verifier of a scheme; none of one that has public keys, or that this build does not have.
pub(crate) fn try_verifier(scheme: &Scheme<'_>) -> Result<Verifier, ConfigError> {
    Verifier::new(scheme, secrets(scheme)?)
}

pub(crate) fn verifier(scheme: Scheme<'_>) -> Verifier {
    try_verifier(&scheme).unwrap()
}

/// The headers that the provider would send; none if it would not send this body.
pub(crate) fn try_signed(scheme: &Scheme<'_>, id: &str, body: &[u8]) -> Option<HeaderMap> {
    let signer = Signer::new(scheme, secrets(scheme).ok()?).ok()?;
    let mut headers = HeaderMap::new();
    headers.insert("x-sinch-webhook-signature-nonce", "1".parse().unwrap());
    let delivery = Delivery::new(id, NOW).with_path("/in").with_url(URL);
    let signed = signer.sign(delivery.with_headers(&headers), body).ok()?;
    headers.extend(signed);
    Some(headers)
}

pub(crate) fn signed(scheme: Scheme<'_>, id: &str, body: &[u8]) -> HeaderMap {
    try_signed(&scheme, id, body).unwrap()
}

pub(crate) fn layer(scheme: Scheme<'_>) -> WebhookLayer<Verifier> {
    WebhookLayer::new(verifier(scheme))
        .with_clock(FrozenClock::new(NOW))
        .with_public_origin("https://hooks.example.com")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    let pairs = pairs.map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

/// Base64 with padding (RFC 4648 §4).
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    let mut text = base64::encode(bytes).replace('-', "+").replace('_', "/");
    text.push_str(["", "", "==", "="][text.len() % 4]);
    text
}

pub(crate) fn of_base64(text: &str) -> Vec<u8> {
    let url_safe = text.replace('+', "-").replace('/', "_");
    base64::decode(url_safe.trim_end_matches('='))
}
