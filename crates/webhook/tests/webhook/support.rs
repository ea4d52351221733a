use http::HeaderMap;
use portcullis_core::Timestamp;
use portcullis_webhook::{
    Delivery, Head, Receipt, Scheme, SecretFormat, SecretSet, Signer, Verifier, VerifyErrorKind,
    WebhookSecret, schemes,
};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
pub(crate) const URL: &str = "https://hooks.example.com/in?x=1";
pub(crate) const BODY: &[u8] = b"{\"event\":\"paid\",\"sum\":12}";

/// The schemes that this build can carry out: without the feature `public-key` these are all but
/// those of public keys, of which `w44_without_the_feature…` says what becomes of them.
/// Those whose signature stands in the body have tests of their own, in `json.rs`.
pub(crate) fn all() -> impl Iterator<Item = Scheme<'static>> {
    schemes::all().filter(|scheme| scheme.can_sign() && !scheme.signs_into_body())
}

/// What the signer of a scheme signs with, by number.
pub(crate) fn signing(scheme: &Scheme<'_>, number: u8) -> WebhookSecret {
    #[cfg(feature = "public-key")]
    if let Some(secret) = crate::keys::private(scheme, number) {
        return secret;
    }
    secret(scheme.secret_format(), number)
}

/// What its verifier verifies that with.
pub(crate) fn verifying(scheme: &Scheme<'_>, number: u8) -> WebhookSecret {
    #[cfg(feature = "public-key")]
    if let Some(secret) = crate::keys::public(scheme, number) {
        return secret;
    }
    secret(scheme.secret_format(), number)
}

/// A shared secret of this number.
pub(crate) fn secret(format: SecretFormat, number: u8) -> WebhookSecret {
    WebhookSecret::new(format, &shown(format, number)).unwrap()
}

/// A shared secret of this number, written as the format has it.
pub(crate) fn shown(format: SecretFormat, number: u8) -> String {
    let text = match format {
        SecretFormat::Base64 => "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=".to_owned(),
        SecretFormat::Hex => "4142434445464748494a4b4c4d4e4f505152535455565758".to_owned(),
        SecretFormat::Whsec => "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=".to_owned(),
        _ => "a secret that is shared with nobody else".to_owned(),
    };
    let end = text.trim_end_matches('=').len();
    let (head, tail) = text.split_at(end - 4);
    let last = char::from(b'0' + number);
    format!("{head}{last}{last}{last}{}", tail.get(3..).unwrap())
}

/// A scheme with secrets on both sides.
pub(crate) struct Pair {
    pub(crate) signer: Signer,
    pub(crate) verifier: Verifier,
}

impl Pair {
    pub(crate) fn new(scheme: Scheme<'static>) -> Self {
        let signing = SecretSet::new("one", signing(&scheme, 1));
        let verifying = SecretSet::new("one", verifying(&scheme, 1));
        Self {
            signer: Signer::new(&scheme, signing).unwrap(),
            verifier: Verifier::new(&scheme, verifying).unwrap(),
        }
    }

    pub(crate) fn sign(&self, body: &[u8]) -> HeaderMap {
        self.sign_at("msg_1", NOW, body)
    }

    pub(crate) fn sign_at(&self, id: &str, at: Timestamp, body: &[u8]) -> HeaderMap {
        let mut extra = extra();
        let delivery = Delivery::new(id, at).with_url(URL).with_headers(&extra);
        let signed = self.signer.sign(delivery, body).unwrap();
        extra.extend(signed);
        extra
    }

    pub(crate) fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Receipt, VerifyErrorKind> {
        self.verify_at(headers, body, NOW)
    }

    pub(crate) fn verify_at(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Receipt, VerifyErrorKind> {
        let verified = self
            .verifier
            .verify(Head::new(headers).with_url(URL), body, now);
        verified
            .map(|verified| verified.receipt().clone())
            .map_err(|error| error.kind())
    }
}

impl Pair {
    /// The header with the signature, which is the longest that the scheme has.
    pub(crate) fn signature<'h>(&self, headers: &'h HeaderMap) -> (&'h http::HeaderName, &'h str) {
        let texts = headers
            .iter()
            .map(|(name, value)| (name, value.to_str().unwrap()));
        texts.max_by_key(|(_, value)| value.len()).unwrap()
    }
}

/// Headers that some schemes sign.
pub(crate) fn extra() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        "x-sinch-webhook-signature-nonce",
        "nonce-1".parse().unwrap(),
    );
    headers
}
