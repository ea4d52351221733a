//! Tokens that are made.

use http::{HeaderMap, HeaderValue};
use serde_json::json;

use super::claims::{Writer, is_id};
use super::compact::{self, MOST};
use super::date;
use super::plan::{Body, TokenPlan};
use crate::keyed::Keyed;
use crate::mac::Sink as _;
use crate::signer::SigningKey;
use crate::{Delivery, SignError, VerifyErrorKind};

impl TokenPlan {
    /// Makes the header that goes with a body, under the first secret that is good: a token has one
    /// signature.
    pub(crate) fn sign(
        &self,
        keys: &[SigningKey],
        delivery: Delivery<'_>,
        body: &[u8],
    ) -> Result<HeaderMap, SignError> {
        let token = self.token(keys, delivery, body);
        let value = token.and_then(|token| {
            let value = HeaderValue::from_str(&format!("{}{token}", self.prefix));
            value.map_err(|_| VerifyErrorKind::Malformed)
        });
        let value = value.map_err(|kind| SignError::unsigned(kind.into()))?;
        Ok(HeaderMap::from_iter([(self.header.clone(), value)]))
    }

    fn token(
        &self,
        keys: &[SigningKey],
        delivery: Delivery<'_>,
        body: &[u8],
    ) -> Result<String, VerifyErrorKind> {
        let mut keys = keys.iter().filter(|key| key.is_good(delivery.at));
        let key = keys.next().ok_or(VerifyErrorKind::Signature)?;
        let header = compact::write(self.header_of(delivery)?.as_bytes());
        let payload = match self.body {
            Body::Detached => String::new(),
            _ => compact::write(self.claims_of(delivery, body)?.as_bytes()),
        };
        let mut input = format!("{header}.{payload}").into_bytes();
        if matches!(self.body, Body::Detached) {
            input.extend_from_slice(body);
        }
        let signature = signature(key, &input).ok_or(VerifyErrorKind::Signature)?;
        let token = format!("{header}.{payload}.{}", compact::write(&signature));
        let is_short = token.len() <= MOST;
        is_short.then_some(token).ok_or(VerifyErrorKind::Malformed)
    }

    fn header_of(&self, delivery: Delivery<'_>) -> Result<String, VerifyErrorKind> {
        let mut header = Writer::new();
        header.add("alg", self.alg);
        if !matches!(self.body, Body::Detached) {
            header.add("typ", "JWT");
            return Ok(header.finish());
        }
        if let Some(name) = &self.time {
            header.add(
                name,
                date::write(delivery.at).ok_or(VerifyErrorKind::Malformed)?,
            );
        }
        header.add("b64", false);
        header.add("crit", json!(["b64"]));
        Ok(header.finish())
    }

    fn claims_of(&self, delivery: Delivery<'_>, body: &[u8]) -> Result<String, VerifyErrorKind> {
        let date = |at| date::write(at).ok_or(VerifyErrorKind::Malformed);
        let mut claims = Writer::new();
        if let Some(issuer) = &self.issuer {
            claims.add("iss", &**issuer);
        }
        if let Some(name) = &self.time {
            claims.add(name, date(delivery.at)?);
        }
        if let Some(expiry) = self.expiry {
            claims.add("exp", date(delivery.at.after(expiry))?);
        }
        if self.has_id && !delivery.id.is_empty() {
            let id = Some(delivery.id).filter(|id| is_id(id));
            claims.add("jti", id.ok_or(VerifyErrorKind::Malformed)?);
        }
        self.request.write(&delivery.into(), &mut claims)?;
        let hash = self
            .body_hash()
            .and_then(|hash| Some((hash, hash.write(body)?)));
        if let Some((hash, text)) = hash {
            claims.add(&hash.claim, text);
        }
        Ok(claims.finish())
    }
}

/// None if there is no memory or no randomness for it.
fn signature(key: &SigningKey, input: &[u8]) -> Option<Vec<u8>> {
    match &key.keyed {
        Keyed::Half(private) => private.sign(input),
        Keyed::Mac(mac) => {
            let mut mac = mac.clone();
            mac.absorb(input);
            Some(mac.finish().as_bytes().to_vec())
        }
    }
}
