//! Keys of public-key algorithms, as they are written.

use base64_simd::STANDARD;
use zeroize::Zeroizing;

use crate::secret::base64;

/// How one of two keys is written, the private one that signs or the public one that verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyFormat {
    /// Base64 of the 32 bytes of an Ed25519 key (RFC 8032 §5.1.5), padded or not.
    Base64,
    /// Base64 of the DER: a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7) if public, a PKCS#8
    /// `PrivateKeyInfo` (RFC 5208 §5) if private.
    Der,
    /// Base16 of the 32 bytes of an Ed25519 key (RFC 8032 §5.1.5), in either case.
    Hex,
    /// PEM of the same DER (RFC 7468 §10, §13): `PUBLIC KEY` or `PRIVATE KEY`.
    Pem,
    /// Standard Webhooks: base64 of an Ed25519 key after `whpk_` if public and `whsk_` if private,
    /// which may be missing. A private key may have the public one behind it.
    StandardWebhooks,
}

/// How many bytes a key of Ed25519 has, the public one as well as the private one.
const ED25519: usize = 32;

impl KeyFormat {
    /// The public key in it; none if it is not written so.
    pub(crate) fn public(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Der => base64(text),
            Self::Pem => pem("PUBLIC KEY", text),
            _ => self.raw(text, "whpk_").filter(|key| key.len() == ED25519),
        }
    }

    /// The private key in it; none if it is not written so.
    pub(crate) fn private(self, text: &str) -> Option<Vec<u8>> {
        let lengths = match self {
            Self::Der => return base64(text),
            Self::Pem => return pem("PRIVATE KEY", text),
            Self::StandardWebhooks => [ED25519, ED25519 * 2],
            Self::Base64 | Self::Hex => [ED25519, ED25519],
        };
        self.raw(text, "whsk_")
            .filter(|key| lengths.contains(&key.len()))
    }

    fn raw(self, text: &str, prefix: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => const_hex::decode(text).ok(),
            Self::StandardWebhooks => base64(text.strip_prefix(prefix).unwrap_or(text)),
            Self::Base64 | Self::Der | Self::Pem => base64(text),
        }
    }
}

/// What is in a PEM of this label (RFC 7468 §3), whatever the length of its lines.
fn pem(label: &str, text: &str) -> Option<Vec<u8>> {
    let begun = text.trim().strip_prefix("-----BEGIN ")?;
    let inner = begun.strip_prefix(label)?.strip_prefix("-----")?;
    let inner = inner.strip_suffix("-----")?.strip_suffix(label)?;
    let inner = inner.strip_suffix("-----END ")?;
    // With room for all of it: what grows leaves copies behind.
    let mut bare = Zeroizing::new(String::with_capacity(inner.len()));
    bare.extend(inner.chars().filter(|char| !char.is_ascii_whitespace()));
    STANDARD.decode_to_vec(bare.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE64: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=";
    const BYTES: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

    #[test]
    fn w02_keys_are_read_as_their_providers_write_them() {
        let hex = const_hex::encode(BYTES);
        for (format, text) in [
            (KeyFormat::Base64, BASE64.to_owned()),
            (KeyFormat::Base64, BASE64.replace('=', "")),
            (KeyFormat::Hex, hex.to_uppercase()),
            (KeyFormat::Hex, hex),
            (KeyFormat::StandardWebhooks, BASE64.to_owned()),
        ] {
            assert_eq!(format.public(&text).as_deref(), Some(BYTES), "{text}");
            assert_eq!(format.private(&text).as_deref(), Some(BYTES), "{text}");
        }
        let standard = KeyFormat::StandardWebhooks;
        let (public, private) = (format!("whpk_{BASE64}"), format!("whsk_{BASE64}"));
        assert_eq!(standard.public(&public).as_deref(), Some(BYTES));
        assert_eq!(standard.private(&private).as_deref(), Some(BYTES));
        assert_eq!(standard.private(&public), None);
        assert_eq!(standard.public(&private), None);
    }

    #[test]
    fn w02_raw_keys_have_32_bytes() {
        for length in (0..=64).filter(|length| *length != ED25519) {
            let (bytes, is_pair) = (vec![7; length], length == ED25519 * 2);
            let (hex, text) = (const_hex::encode(&bytes), STANDARD.encode_to_string(&bytes));
            assert_eq!(KeyFormat::Hex.public(&hex), None, "{length}");
            assert_eq!(KeyFormat::Hex.private(&hex), None, "{length}");
            assert_eq!(KeyFormat::Base64.public(&text), None, "{length}");
            assert_eq!(KeyFormat::Base64.private(&text), None, "{length}");
            assert_eq!(KeyFormat::StandardWebhooks.public(&text), None, "{length}");
            let private = KeyFormat::StandardWebhooks.private(&text);
            assert_eq!(private.is_some(), is_pair, "{length}");
        }
    }

    #[test]
    fn w02_a_pem_has_its_label_twice_and_nothing_around_it() {
        let pem = |begin: &str, end: &str| {
            let (one, two) = BASE64.split_at(20);
            format!("-----BEGIN {begin}-----\r\n{one}\r\n{two}\n-----END {end}-----\n")
        };
        let good = pem("PUBLIC KEY", "PUBLIC KEY");
        assert_eq!(KeyFormat::Pem.public(&good).as_deref(), Some(BYTES));
        assert_eq!(KeyFormat::Pem.private(&good), None);
        let good = pem("PRIVATE KEY", "PRIVATE KEY");
        assert_eq!(KeyFormat::Pem.private(&good).as_deref(), Some(BYTES));
        for odd in [
            pem("PUBLIC KEY", "CERTIFICATE"),
            pem("CERTIFICATE", "CERTIFICATE"),
            pem("RSA PUBLIC KEY", "RSA PUBLIC KEY"),
            pem("PUBLIC KEY", "PUBLIC KEY").repeat(2),
            pem("PUBLIC KEY", "PUBLIC KEY").replace('=', ""),
            format!("x{}", pem("PUBLIC KEY", "PUBLIC KEY")),
            BASE64.to_owned(),
        ] {
            assert_eq!(KeyFormat::Pem.public(&odd), None, "{odd}");
        }
    }
}
