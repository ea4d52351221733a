//! The digest of the body (RFC 9530 §2).

use http::HeaderName;
use sha2::{Digest as _, Sha256, Sha512};

use super::sf;
use crate::mac::Tag;
use crate::scheme::Encoding;
use crate::{VerifyErrorKind, decode};

pub(super) const HEADER: HeaderName = HeaderName::from_static("content-digest");

/// The digests that a body should have, and those that it has as far as it has come.
pub(super) struct Digests {
    sha256: Option<(Tag, Sha256)>,
    sha512: Option<(Tag, Sha512)>,
}

impl Digests {
    /// Reads the value of `Content-Digest`. What is of other algorithms says nothing, those of §5
    /// that are broken above all; of the two that count there must be one.
    pub(super) fn read(text: &str) -> Result<Self, VerifyErrorKind> {
        let members = sf::byte_sequences(text).ok_or(VerifyErrorKind::Malformed)?;
        let mut digests = Self {
            sha256: None,
            sha512: None,
        };
        for (algorithm, text) in members {
            let tag = |len| decode::tag(Encoding::Base64, text.as_bytes(), len);
            let tag = |len| tag(len).ok_or(VerifyErrorKind::Malformed);
            match algorithm {
                "sha-256" => digests.sha256 = Some((tag(32)?, Sha256::new())),
                "sha-512" => digests.sha512 = Some((tag(64)?, Sha512::new())),
                _ => {}
            }
        }
        let is_known = digests.sha256.is_some() || digests.sha512.is_some();
        is_known
            .then_some(digests)
            .ok_or(VerifyErrorKind::Malformed)
    }

    /// Reads the value of `Digest` (RFC 3230 §4.3.2), of one algorithm.
    pub(super) fn of_draft(text: &str) -> Option<Self> {
        let (algorithm, text) = text.split_once('=')?;
        let tag = decode::tag(Encoding::Base64, text.as_bytes(), 32)?;
        let is_sha256 = algorithm.eq_ignore_ascii_case("sha-256");
        is_sha256.then(|| Self {
            sha256: Some((tag, Sha256::new())),
            sha512: None,
        })
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
        let sha256 = self
            .sha256
            .is_none_or(|(tag, hash)| fits(&tag, &hash.finalize()));
        let sha512 = self
            .sha512
            .is_none_or(|(tag, hash)| fits(&tag, &hash.finalize()));
        sha256 & sha512
    }
}

/// What `Content-Digest` says of this body.
pub(super) fn of(body: &[u8]) -> String {
    format!("sha-256=:{}:", sha256(body))
}

/// What `Digest` says of it.
pub(super) fn of_draft(body: &[u8]) -> String {
    format!("sha-256={}", sha256(body))
}

fn sha256(body: &[u8]) -> String {
    decode::text(Encoding::Base64, &Sha256::digest(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"{\"hello\": \"world\"}\n";
    // RFC 9530 appendix A.
    const SHA256: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    const SHA512: &str = "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP\
                          +pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:";

    fn fit(text: &str, body: &[u8]) -> Option<bool> {
        let mut digests = Digests::read(text).ok()?;
        body.chunks(3).for_each(|piece| digests.update(piece));
        Some(digests.fit())
    }

    #[test]
    fn w46_the_examples_of_rfc_9530() {
        assert_eq!(of(BODY), SHA256);
        let both = format!("{SHA512},{SHA256}");
        for text in [SHA256, SHA512, &both] {
            assert_eq!(fit(text, BODY), Some(true), "{text}");
            assert_eq!(fit(text, b"{\"hello\": \"world\"}"), Some(false), "{text}");
            assert_eq!(fit(text, b""), Some(false), "{text}");
        }
    }

    #[test]
    fn w46_of_two_digests_both_must_be_right() {
        let other = of(b"another");
        assert_eq!(fit(&format!("{other}, {SHA512}"), BODY), Some(false));
        let other = other.replace("256", "512");
        assert_eq!(fit(&format!("{SHA256}, {other}"), BODY), None, "32 bytes");
        let other = SHA512.replace("=:Y", "=:Z");
        assert_eq!(fit(&format!("{SHA256}, {other}"), BODY), Some(false));
    }

    #[test]
    fn w46_one_digest_must_be_of_an_algorithm_that_counts() {
        let more = format!("md5=:AAAA:, {SHA256}, adler=:AAAA:");
        assert_eq!(fit(&more, BODY), Some(true));
        for odd in [
            "",
            "md5=:Sd/dVLAcvNLSq16eXua5uQ==:",
            "sha=:AAAA:",
            "sha-256",
            "sha-256=1",
            "sha-256=::",
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg:",
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDh=:",
            "sha-256=\"RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=\"",
            "sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=",
            "SHA-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
            &format!("{SHA256}, {SHA256}"),
            &format!("{SHA256}, unixsum=1"),
        ] {
            assert_eq!(fit(odd, BODY), None, "{odd}");
        }
    }
}
