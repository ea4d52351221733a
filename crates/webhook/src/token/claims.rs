//! Claims (RFC 7519 §4), as far as deliveries are about them.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::date::Dates;
use super::object::Object;
use crate::mac::Tag;
use crate::scheme::{Encoding, Hash};
use crate::{VerifyErrorKind, decode};

/// Which claim holds the hash of the body.
#[derive(Debug)]
pub(super) struct BodyHash {
    pub(super) claim: Box<str>,
    pub(super) encoding: Encoding,
    /// Whether there is no such claim if there is no body.
    pub(super) is_optional: bool,
}

impl BodyHash {
    /// Reads the hash.
    fn read(&self, claims: &Object) -> Result<Tag, VerifyErrorKind> {
        match claims.get(&self.claim) {
            None if self.is_optional => Ok(Tag::new(&Sha256::digest(b""))),
            value => hash(self.encoding, value),
        }
    }

    /// Writes the hash of a body; none if there is nothing to say.
    pub(super) fn write(&self, body: &[u8]) -> Option<String> {
        let is_left_out = self.is_optional && body.is_empty();
        (!is_left_out).then(|| decode::text(self.encoding, &Sha256::digest(body)))
    }
}

/// Reads a SHA-256.
pub(super) fn hash(encoding: Encoding, value: Option<&Value>) -> Result<Tag, VerifyErrorKind> {
    let text = value.and_then(Value::as_str);
    let hash = text.and_then(|text| decode::tag(encoding, text.as_bytes(), Hash::Sha256.size()));
    hash.ok_or(VerifyErrorKind::Malformed)
}

/// What claims say of a delivery.
pub(super) struct Claims {
    pub(super) body: Option<Tag>,
    pub(super) dates: Dates,
    pub(super) id: Option<String>,
}

impl Claims {
    pub(super) fn read(
        claims: &Object,
        body: Option<&BodyHash>,
        time: Option<&str>,
    ) -> Result<Self, VerifyErrorKind> {
        let id = match claims.get("jti") {
            None => None,
            Some(id) => Some(
                id.as_str()
                    .filter(|id| is_id(id))
                    .ok_or(VerifyErrorKind::Malformed)?,
            ),
        };
        Ok(Self {
            body: body.map(|body| body.read(claims)).transpose()?,
            dates: Dates::of_claims(claims, time).ok_or(VerifyErrorKind::Malformed)?,
            id: id.map(str::to_owned),
        })
    }
}

/// Whether a text can be an id: it goes into logs.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_control)
}

/// Claims that are being written.
pub(super) struct Writer(String);

impl Writer {
    pub(super) const fn new() -> Self {
        Self(String::new())
    }

    pub(super) fn add(&mut self, name: &str, value: impl Into<Value>) {
        let comma = if self.0.is_empty() { "" } else { "," };
        let (name, value) = (Value::from(name), value.into());
        self.0.push_str(&format!("{comma}{name}:{value}"));
    }

    pub(super) fn finish(self) -> String {
        format!("{{{}}}", self.0)
    }
}
