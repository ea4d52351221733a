//! The digest of the body (RFC 9530 §2).

use http::HeaderName;
use sha2::{Digest as _, Sha256, Sha512};

use super::sf::{self, Member, Value};
use crate::scheme::Encoding;
use crate::mac::Tag;
use crate::{VerifyErrorKind, decode};

pub(super) const HEADER: HeaderName = HeaderName::from_static("content-digest");

/// The digests that a body should have, and those that it has as far as it has come.
pub(super) struct Digests {
    sha256: Option<(Tag, Sha256)>,
    sha512: Option<(Tag, Sha512)>,
}

impl Digests {
    /// Reads the value of `Content-Digest`. What is of other algorithms says nothing, those of §5 that
    /// are broken above all; of the two that count there must be one.
    pub(super) fn read(text: &str) -> Result<Self, VerifyErrorKind> {
        let members = sf::dictionary(text).ok_or(VerifyErrorKind::Malformed)?;
        let mut digests = Self {
            sha256: None,
            sha512: None,
        };
        for (algorithm, member) in members {
            let tag = |len| match &member {
                Member::Item(Value::Bytes(text)) => {
                    decode::tag(Encoding::Base64, text.as_bytes(), len)
                }
                _ => None,
            };
            let tag = |len| tag(len).ok_or(VerifyErrorKind::Malformed);
            match algorithm {
                "sha-256" => digests.sha256 = Some((tag(32)?, Sha256::new())),
                "sha-512" => digests.sha512 = Some((tag(64)?, Sha512::new())),
                _ => {}
            }
        }
        let is_known = digests.sha256.is_some() || digests.sha512.is_some();
        is_known.then_some(digests).ok_or(VerifyErrorKind::Malformed)
    }

    pub(super) fn update(&mut self, piece: &[u8]) {
        if let Some((_, hash)) = &mut self.sha256 {
            hash.update(piece);
        }
        if let Some((_, hash)) = &mut self.sha512 {
            hash.update(piece);
        }
    }

    /// Whether the body is the one whose digests these are: by every one of them.
    pub(super) fn fit(self) -> bool {
        let fits = |tag: &Tag, hash: &[u8]| tag.ct_eq(&Tag::new(hash));
        let sha256 = self.sha256.is_none_or(|(tag, hash)| fits(&tag, &hash.finalize()));
        let sha512 = self.sha512.is_none_or(|(tag, hash)| fits(&tag, &hash.finalize()));
        sha256 & sha512
    }
}

/// What `Content-Digest` says of this body.
pub(super) fn of(body: &[u8]) -> String {
    let digest = decode::text(Encoding::Base64, &Sha256::digest(body));
    format!("sha-256=:{digest}:")
}
