//! Secrets that are ready for use.

use std::hint;

use crate::mac::Mac;
use crate::public_key::{PrivateKey, PublicKey};
use crate::scheme::Algorithm;
use crate::secret::{Kind, WebhookSecret};
use crate::{ConfigError, ConfigErrorKind};

/// A secret, ready for use: what an algorithm needs of it.
#[expect(
    clippy::large_enum_variant,
    reason = "there are few, they lie in one slice, and a MAC is cloned from there for each delivery"
)]
pub(crate) enum Keyed<K> {
    /// Half of a pair of keys.
    Half(K),
    /// The state of a MAC in which the secret is.
    Mac(Mac),
}

impl Keyed<PublicKey> {
    pub(crate) fn verifying(
        algorithm: Algorithm,
        secret: &WebhookSecret,
    ) -> Result<Self, ConfigError> {
        Self::new(algorithm, secret, Kind::Public, PublicKey::new)
    }
}

impl Keyed<PrivateKey> {
    pub(crate) fn signing(
        algorithm: Algorithm,
        secret: &WebhookSecret,
    ) -> Result<Self, ConfigError> {
        Self::new(algorithm, secret, Kind::Private, PrivateKey::new)
    }
}

impl<K> Keyed<K> {
    /// A public key that stood for a shared secret would be a secret that everybody knows.
    fn new(
        algorithm: Algorithm,
        secret: &WebhookSecret,
        half: Kind,
        read: impl FnOnce(Algorithm, &[u8]) -> Result<K, ConfigError>,
    ) -> Result<Self, ConfigError> {
        let kind = if algorithm.is_public_key() {
            half
        } else {
            Kind::Shared
        };
        if secret.kind() != kind {
            return Err(ConfigErrorKind::SecretKind.into());
        }
        sweep();
        match Mac::new(algorithm, secret.expose()) {
            Some(mac) => Ok(Self::Mac(mac)),
            None => read(algorithm, secret.expose()).map(Self::Half),
        }
    }
}

/// Overwrites what earlier calls left on the stack: the state of a MAC is as large as the largest of
/// them, and where it is smaller, what was on the stack goes with it to where it is kept.
#[inline(never)]
fn sweep() {
    hint::black_box([0_u8; 16 * 1_024]);
}
