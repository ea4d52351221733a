//! Signatures that are made (RFC 9421 §3.1).

use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_core::Timestamp;

use super::covered::{self, Covered};
use super::rules::Rules;
use super::view::View;
use super::{INPUT, SIGNATURE, digest, draft, input, sf};
use crate::head::Head;
use crate::keyed::Keyed;
use crate::mac::Sink as _;
use crate::moment;
use crate::scheme::{Encoding, Unit};
use crate::signer::SigningKey;
use crate::{Delivery, SignError, VerifyErrorKind, decode};

impl Rules {
    /// Makes the headers of a delivery: a signature by each secret, or by the first if there is one
    /// label alone.
    pub(crate) fn sign(
        &self,
        keys: &[SigningKey],
        delivery: Delivery<'_>,
        body: &[u8],
    ) -> Result<HeaderMap, SignError> {
        let signed = match self.is_draft {
            true => draft::sign(keys, delivery, body),
            false => self.signed(keys, delivery, body),
        };
        signed.map_err(|kind| SignError::unsigned(kind.into()))
    }

    fn signed(
        &self,
        keys: &[SigningKey],
        delivery: Delivery<'_>,
        body: &[u8],
    ) -> Result<HeaderMap, VerifyErrorKind> {
        let mut signed = HeaderMap::new();
        if self.required.iter().any(Covered::is_digest) {
            put(&mut signed, digest::HEADER, &digest::of(body))?;
        }
        let mut headers = delivery.headers.cloned().unwrap_or_default();
        headers.extend(signed.clone());
        let view = View::new(head(&headers, delivery), self.has_host)?;
        let lines = covered::lines(&self.required, &view)?;
        let most = if self.label.is_some() { 1 } else { keys.len() };
        let live = keys.iter().filter(|key| key.is_good(delivery.at));
        let (mut inputs, mut signatures) = (Vec::new(), Vec::new());
        for (number, key) in (1..).zip(live.take(most)) {
            let label = self.label.as_deref().map(str::to_owned);
            let label = label.unwrap_or_else(|| format!("sig{number}"));
            let params = self.params(delivery, key.label())?;
            let signature = signature(key, &covered::base(&lines, &params))?;
            inputs.push(format!("{label}={params}"));
            signatures.push(format!("{label}=:{signature}:"));
        }
        // Two empty headers would look like a signature to nobody, and to a person like one.
        if inputs.is_empty() {
            return Err(VerifyErrorKind::Missing);
        }
        put(&mut signed, INPUT, &inputs.join(", "))?;
        put(&mut signed, SIGNATURE, &signatures.join(", "))?;
        Ok(signed)
    }

    /// What is covered, and the parameters.
    fn params(&self, delivery: Delivery<'_>, label: &str) -> Result<String, VerifyErrorKind> {
        let malformed = VerifyErrorKind::Malformed;
        let string = |text: &str| sf::string(text).ok_or(malformed);
        let mut params = input::list(&self.required).ok_or(malformed)?;
        if self.has_created {
            params.push_str(&format!(";created={}", seconds(delivery.at)?));
        }
        if let Some(after) = self.expiry {
            let expires = delivery.at.as_secs().saturating_add(after);
            let expires = seconds(Timestamp::from_secs(expires))?;
            params.push_str(&format!(";expires={expires}"));
        }
        if !delivery.id.is_empty() {
            params.push_str(&format!(";nonce={}", string(delivery.id)?));
        } else if self.has_nonce {
            return Err(VerifyErrorKind::Missing);
        }
        if let Some(id) = self.key_id.written(label) {
            params.push_str(&format!(";keyid={}", string(id)?));
        }
        if let Some(tag) = &self.tag {
            params.push_str(&format!(";tag={}", string(tag)?));
        }
        Ok(params)
    }
}

pub(super) fn head<'h>(headers: &'h HeaderMap, delivery: Delivery<'h>) -> Head<'h> {
    let head = Head::new(headers)
        .with_method(delivery.method)
        .with_path(delivery.path);
    match delivery.url {
        Some(url) => head.with_url(url),
        None => head,
    }
}

/// A time, if it is one that is read.
fn seconds(at: Timestamp) -> Result<String, VerifyErrorKind> {
    let text = moment::text(Unit::Seconds, at);
    let read = moment::read(Unit::Seconds, text.as_bytes());
    read.map(|_| text).ok_or(VerifyErrorKind::Malformed)
}

pub(super) fn signature(key: &SigningKey, base: &str) -> Result<String, VerifyErrorKind> {
    let text = |bytes: &[u8]| decode::text(Encoding::Base64, bytes);
    match &key.keyed {
        Keyed::Half(private) => {
            // It fails without memory or randomness: there is then no signature at all.
            let signature = private.sign(base.as_bytes());
            signature
                .map(|it| text(&it))
                .ok_or(VerifyErrorKind::Signature)
        }
        Keyed::Mac(mac) => {
            let mut mac = mac.clone();
            mac.absorb(base.as_bytes());
            Ok(text(mac.finish().as_bytes()))
        }
    }
}

pub(super) fn put(
    headers: &mut HeaderMap,
    name: HeaderName,
    value: &str,
) -> Result<(), VerifyErrorKind> {
    let value = HeaderValue::from_str(value).map_err(|_| VerifyErrorKind::Malformed)?;
    headers.insert(name, value);
    Ok(())
}
