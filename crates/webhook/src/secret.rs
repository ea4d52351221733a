use std::fmt;

use base64_simd::{STANDARD, STANDARD_NO_PAD};
use portcullis_core::{Secret, Timestamp};
use sha1::Digest as _;

use crate::{ConfigError, ConfigErrorKind, KeyFormat};

/// How a provider writes its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretFormat {
    /// Base64 of the key, padded or not.
    Base64,
    /// Base16 of the key, in either case.
    Hex,
    /// A private key, which signs what its public key verifies.
    Private(KeyFormat),
    /// A public key. It is no secret, but whoever can change it can sign.
    Public(KeyFormat),
    /// The key is the SHA-1 of the text.
    Sha1,
    /// The key is the text itself, prefixes included: Stripe's `whsec_…` too.
    Utf8,
    /// Standard Webhooks: base64 after `whsec_` or `v1,whsec_`, which both may be missing.
    Whsec,
}

/// Which of three things a secret is. One never stands for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Private,
    Public,
    Shared,
}

impl SecretFormat {
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Private(_) => Kind::Private,
            Self::Public(_) => Kind::Public,
            Self::Base64 | Self::Hex | Self::Sha1 | Self::Utf8 | Self::Whsec => Kind::Shared,
        }
    }

    fn read(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Base64 => base64(text),
            Self::Hex => const_hex::decode(text).ok(),
            Self::Private(format) => format.private(text),
            Self::Public(format) => format.public(text),
            Self::Sha1 => Some(sha1::Sha1::digest(text).to_vec()),
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::Whsec => base64(without_prefix(text)),
        }
    }

    /// Whether nothing but a prefix is there.
    fn is_empty(self, text: &str) -> bool {
        let key = match self {
            Self::Private(KeyFormat::StandardWebhooks) => text.strip_prefix("whsk_"),
            Self::Public(KeyFormat::StandardWebhooks) => text.strip_prefix("whpk_"),
            Self::Whsec => Some(without_prefix(text)),
            _ => None,
        };
        key.unwrap_or(text).trim().is_empty()
    }
}

/// A secret that is shared with a provider, or the key that stands in its place.
///
/// It is wiped when it is dropped, and cannot be printed or compared.
#[derive(Clone)]
pub struct WebhookSecret {
    bytes: Secret,
    kind: Kind,
}

impl WebhookSecret {
    /// How many bytes a secret must have.
    pub const LEAST: usize = 16;

    /// Reads a secret as the provider shows it.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if it is empty, not in this format, or has fewer than 16 bytes.
    pub fn new(format: SecretFormat, text: &str) -> Result<Self, ConfigError> {
        let secret = Self::insecure_short(format, text)?;
        // A hash is as long for a text that is easily guessed.
        let length = match format {
            SecretFormat::Sha1 => text.len(),
            _ => secret.bytes.len(),
        };
        if length < Self::LEAST {
            return Err(ConfigErrorKind::SecretShort.into());
        }
        Ok(secret)
    }

    /// Reads a secret that may have any length but none.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if it is empty or not in this format.
    ///
    /// # Security
    ///
    /// Who sees one delivery can try secrets until one fits, as fast as a machine can hash.
    pub fn insecure_short(format: SecretFormat, text: &str) -> Result<Self, ConfigError> {
        if format.is_empty(text) {
            return Err(ConfigErrorKind::SecretEmpty.into());
        }
        let bytes = format.read(text).map(Secret::from);
        let bytes = bytes.ok_or(ConfigErrorKind::SecretFormat)?;
        if bytes.is_empty() {
            return Err(ConfigErrorKind::SecretEmpty.into());
        }
        let kind = format.kind();
        Ok(Self { bytes, kind })
    }

    /// Whether it has the 24 to 64 bytes that Standard Webhooks asks for.
    #[must_use]
    pub fn is_of_advised_length(&self) -> bool {
        (24..=64).contains(&self.bytes.len())
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.bytes.expose_secret()
    }

    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret")
    }
}

fn without_prefix(text: &str) -> &str {
    let text = text.strip_prefix("v1,").unwrap_or(text);
    text.strip_prefix("whsec_").unwrap_or(text)
}

pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let padded = STANDARD.decode_to_vec(text);
    padded.or_else(|_| STANDARD_NO_PAD.decode_to_vec(text)).ok()
}

/// The secrets that are good at present, each with a label that logs may show.
///
/// While a secret is changed there are two: deliveries are accepted under either, and signed under
/// both.
#[derive(Clone, Debug)]
#[must_use]
pub struct SecretSet(Vec<Labelled>);

#[derive(Clone, Debug)]
pub(crate) struct Labelled {
    pub(crate) label: Box<str>,
    pub(crate) secret: WebhookSecret,
    pub(crate) until: Option<Timestamp>,
}

impl SecretSet {
    /// The present secret.
    pub fn new(label: &str, secret: WebhookSecret) -> Self {
        Self(Vec::new()).with(label, secret)
    }

    /// One more, good for as long as this set is.
    pub fn with(self, label: &str, secret: WebhookSecret) -> Self {
        self.and(label, secret, None)
    }

    /// One more, which is refused from this time on: the one before the present.
    pub fn with_old(self, label: &str, secret: WebhookSecret, until: Timestamp) -> Self {
        self.and(label, secret, Some(until))
    }

    fn and(mut self, label: &str, secret: WebhookSecret, until: Option<Timestamp>) -> Self {
        self.0.push(Labelled {
            label: label.into(),
            secret,
            until,
        });
        self
    }

    pub(crate) fn into_vec(self) -> Vec<Labelled> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: &[u8] = b"0123456789abcdef0123456789";
    const BASE64: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=";

    fn kind(format: SecretFormat, text: &str) -> ConfigErrorKind {
        WebhookSecret::new(format, text).unwrap_err().kind()
    }

    #[test]
    fn w01_an_empty_secret_is_refused() {
        use SecretFormat::{Base64, Hex, Utf8, Whsec};
        for format in [Base64, Hex, Utf8, Whsec] {
            for empty in ["", " ", "\t\n"] {
                assert_eq!(kind(format, empty), ConfigErrorKind::SecretEmpty);
            }
        }
        for empty in ["whsec_", "v1,whsec_"] {
            assert_eq!(kind(Whsec, empty), ConfigErrorKind::SecretEmpty);
        }
        for odd in [
            "whsec_%%%%",
            "whsec_MDEy MzQ1",
            "whsec_MDEyMzQ1Njc4OWFiY2RlZg==x",
        ] {
            assert_eq!(kind(Whsec, odd), ConfigErrorKind::SecretFormat, "{odd}");
        }
    }

    #[test]
    fn w02_formats_are_read_as_their_providers_write_them() {
        use SecretFormat::{Base64, Hex, Utf8, Whsec};
        let hex = const_hex::encode(BYTES);
        for (format, text) in [
            (Base64, BASE64.to_owned()),
            (Hex, hex.to_uppercase()),
            (Hex, hex),
            (Whsec, BASE64.to_owned()),
            (Whsec, format!("whsec_{BASE64}")),
            (Whsec, format!("v1,whsec_{BASE64}")),
        ] {
            let secret = WebhookSecret::new(format, &text).unwrap();
            assert_eq!(secret.expose(), BYTES, "{format:?} {text}");
        }
        let stripe = format!("whsec_{BASE64}");
        let verbatim = WebhookSecret::new(Utf8, &stripe).unwrap();
        assert_eq!(verbatim.expose(), stripe.as_bytes());
    }

    #[test]
    fn w03_padding_may_be_missing_and_nothing_may_follow() {
        let bare = BASE64.trim_end_matches('=');
        let secret = WebhookSecret::new(SecretFormat::Whsec, bare).unwrap();
        assert_eq!(secret.expose(), BYTES);
        assert!(secret.is_of_advised_length());
        for odd in [
            format!("{BASE64}A"),
            format!("{BASE64} "),
            format!("{bare}=="),
        ] {
            assert_eq!(
                kind(SecretFormat::Whsec, &odd),
                ConfigErrorKind::SecretFormat
            );
        }
        let short = WebhookSecret::new(SecretFormat::Utf8, "0123456789abcdef").unwrap();
        assert!(!short.is_of_advised_length());
    }

    #[test]
    fn w02_of_a_hashed_secret_the_text_must_be_long_enough() {
        let secret = WebhookSecret::new(SecretFormat::Sha1, "0123456789abcdef").unwrap();
        let hash = "fe5567e8d769550852182cdf69d74bb16dff8e29";
        assert_eq!(const_hex::encode(secret.expose()), hash);
        let short = kind(SecretFormat::Sha1, "0123456789abcde");
        assert_eq!(short, ConfigErrorKind::SecretShort);
        assert_eq!(kind(SecretFormat::Sha1, " "), ConfigErrorKind::SecretEmpty);
    }

    #[test]
    fn a_short_secret_must_be_asked_for() {
        assert_eq!(
            kind(SecretFormat::Utf8, "0123456789abcde"),
            ConfigErrorKind::SecretShort
        );
        assert!(WebhookSecret::insecure_short(SecretFormat::Utf8, "x").is_ok());
    }
}
