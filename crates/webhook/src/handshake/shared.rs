use super::data::{Handshake, Proof};
use crate::secret::{Kind, Labelled};
use crate::{ConfigError, ConfigErrorKind, SecretSet, WebhookSecret};

/// What an endpoint and its provider both know.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Shared {
    /// eBay: a token of our choice, and the URL under which it knows the endpoint.
    Endpoint {
        /// The token.
        token: WebhookSecret,
        /// The URL, to the letter.
        url: Box<str>,
    },
    /// Braintree: a pair of keys, of which the private one is a secret as well.
    KeyPair {
        /// The public key, which the answer names.
        public: Box<str>,
        /// The private key.
        private: WebhookSecret,
    },
    /// Nothing: the challenge is sent back, or there is none.
    Nothing,
    /// The secrets of deliveries: LinkedIn, X, Zoom. The one that a handshake was signed with is
    /// taken, and the first if it is not signed.
    Secrets(SecretSet),
    /// Meta: a token of our choice.
    Token(WebhookSecret),
}

/// The same, once it is known to be what a handshake needs.
#[derive(Clone, Debug)]
pub(super) enum Held {
    Endpoint {
        token: WebhookSecret,
        url: Box<str>,
    },
    KeyPair {
        public: Box<str>,
        private: WebhookSecret,
    },
    Nothing,
    Secrets(Vec<Labelled>),
    Token(WebhookSecret),
}

impl Held {
    pub(super) fn new(handshake: &Handshake, shared: Shared) -> Result<Self, ConfigError> {
        let held = match (shared, handshake.proof) {
            (Shared::Endpoint { token, url }, Proof::Hash) => Self::Endpoint { token, url },
            (Shared::KeyPair { public, private }, Proof::HmacOfPair) => {
                Self::KeyPair { public, private }
            }
            (Shared::Nothing, Proof::None) if handshake.token.is_none() => Self::Nothing,
            (Shared::Nothing, _) => return Err(ConfigErrorKind::SecretMissing.into()),
            (Shared::Secrets(secrets), Proof::HmacBase64 | Proof::HmacHex) => {
                Self::Secrets(secrets.into_vec())
            }
            (Shared::Token(token), Proof::None) if handshake.token.is_some() => Self::Token(token),
            _ => return Err(ConfigErrorKind::SecretKind.into()),
        };
        // A public key is no secret.
        if held.secrets().any(|secret| secret.kind() != Kind::Shared) {
            return Err(ConfigErrorKind::SecretKind.into());
        }
        Ok(held)
    }

    fn secrets(&self) -> impl Iterator<Item = &WebhookSecret> {
        let (one, more) = match self {
            Self::Endpoint { token: one, .. }
            | Self::KeyPair { private: one, .. }
            | Self::Token(one) => (Some(one), &[][..]),
            Self::Nothing => (None, &[][..]),
            Self::Secrets(more) => (None, more.as_slice()),
        };
        let more = more.iter().map(|labelled| &labelled.secret);
        one.into_iter().chain(more)
    }

    /// The secret of deliveries: the one of this label, or the first.
    pub(super) fn secret(&self, label: Option<&str>) -> Option<&WebhookSecret> {
        let Self::Secrets(secrets) = self else {
            return None;
        };
        let named = secrets.iter().find(|it| Some(&*it.label) == label);
        Some(&named.or_else(|| secrets.first())?.secret)
    }
}
