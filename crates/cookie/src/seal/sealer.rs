use std::fmt;
use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding};
use portcullis_core::{Random, Secret};
use zeroize::Zeroizing;

use super::key::KeyId;
use super::xaes::{self, NONCE_LEN, TAG_LEN};
use super::{KeyRing, SealError, SealErrorKind};

const VERSION: u8 = 1;
const KEY_ID_LEN: usize = size_of::<KeyId>();

/// Seals and opens cookie values for one purpose; clones share the keys.
///
/// What was sealed is URL-safe base64 without padding (RFC 4648 §5) of
///
/// | bytes | what |
/// | --- | --- |
/// | 1 | version, `0x01` |
/// | 4 | key id: the first bytes of SHA-256 over the parts `portcullis seal key id` and the key |
/// | 24 | nonce, random |
/// | any | ciphertext, as long as the plaintext |
/// | 16 | tag |
///
/// encrypted by [XAES-256-GCM](https://c2sp.org/XAES-256-GCM): AES-256-GCM under a key derived for
/// each message. The associated data is the version, then the parts purpose and cookie name. Each
/// part is preceded by its length as eight bytes, most significant first.
///
/// ```
/// use portcullis_cookie::{KeyRing, SealKey, Sealer};
/// use portcullis_core::Random;
///
/// let random = Random::system();
/// let ring = KeyRing::new(SealKey::generate(&random)?);
/// let flows = Sealer::new(ring.clone(), "oauth flow");
///
/// let sealed = flows.seal("__Host-flow", b"state", &random)?;
/// let opened = flows.open("__Host-flow", sealed.as_bytes()).unwrap();
/// assert_eq!(opened.plaintext().expose_secret(), b"state");
///
/// // Neither under another name nor for another purpose.
/// assert!(flows.open("__Host-other", sealed.as_bytes()).is_none());
/// assert!(Sealer::new(ring, "flash").open("__Host-flow", sealed.as_bytes()).is_none());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// A sealed value hides what it says, not how long it is. It does not age and can be sent again:
/// put the time into the plaintext, and mark what may be used once.
///
/// With 192 random bits of nonce, 2^80 values may be sealed under one key before two nonces are
/// equal with a chance of 2^-32; plain AES-256-GCM allows 2^32 (NIST SP 800-38D §8.3), which a busy
/// service reaches.
#[derive(Clone)]
pub struct Sealer {
    ring: Arc<KeyRing>,
    purpose: &'static str,
}

impl Sealer {
    /// How many characters a sealed value has at most: no cookie takes more (RFC 6265 §6.1).
    pub const MAX_CHARS: usize = 4096;

    /// Makes a sealer whose values no sealer of another `purpose` opens, though the keys be the
    /// same.
    #[must_use]
    pub fn new(ring: KeyRing, purpose: &'static str) -> Self {
        Self {
            ring: Arc::new(ring),
            purpose,
        }
    }

    /// Seals `plaintext` into a value for the cookie called `name`, with the newest key.
    ///
    /// # Errors
    ///
    /// [`SealError`] if there are no random bytes, or if the value would exceed
    /// [`Sealer::MAX_CHARS`]: 3027 bytes of plaintext are the most.
    pub fn seal(&self, name: &str, plaintext: &[u8], random: &Random) -> Result<String, SealError> {
        if plaintext.len() > Self::max_plaintext() {
            return Err(SealError::new(SealErrorKind::TooLong));
        }
        let key = self.ring.newest();
        let nonce = random.bytes::<NONCE_LEN>()?;
        // As long as the result, so that no copy of the plaintext is left by growing.
        let mut body = Vec::with_capacity(plaintext.len() + TAG_LEN);
        body.extend_from_slice(plaintext);
        let mut body = Zeroizing::new(body);
        xaes::seal(key.expose(), &nonce, &self.associated(name), &mut body)
            .map_err(|_| SealError::new(SealErrorKind::Cipher))?;
        let sealed = [&[VERSION][..], &key.id(), &nonce, &body].concat();
        Ok(Base64UrlUnpadded::encode_string(&sealed))
    }

    /// Opens the value of the cookie called `name`.
    ///
    /// Whatever is wrong with it, the answer is `None`: the cookie is then as good as absent.
    #[must_use]
    pub fn open(&self, name: &str, sealed: &[u8]) -> Option<Opened> {
        if sealed.len() > Self::MAX_CHARS {
            return None;
        }
        let mut buffer = vec![0; sealed.len()];
        let sealed = Base64UrlUnpadded::decode(sealed, &mut buffer).ok()?;
        let (&[version], sealed) = sealed.split_first_chunk::<1>()?;
        let (id, sealed) = sealed.split_first_chunk::<KEY_ID_LEN>()?;
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>()?;
        if version != VERSION {
            return None;
        }
        let associated = self.associated(name);
        let mut keys = self.ring.keys().filter(|(key, _)| key.id() == *id);
        keys.find_map(|(key, by_older_key)| {
            let mut plaintext = xaes::open(key.expose(), nonce, &associated, body).ok()?;
            Some(Opened {
                plaintext: std::mem::take(&mut *plaintext).into(),
                by_older_key,
            })
        })
    }

    const fn max_plaintext() -> usize {
        Self::MAX_CHARS / 4 * 3 - 1 - KEY_ID_LEN - NONCE_LEN - TAG_LEN
    }

    fn associated(&self, name: &str) -> Vec<u8> {
        let mut associated = vec![VERSION];
        for part in [self.purpose, name] {
            // A length that does not fit into 64 bits cannot be.
            let len = u64::try_from(part.len()).unwrap_or(u64::MAX);
            associated.extend_from_slice(&len.to_be_bytes());
            associated.extend_from_slice(part.as_bytes());
        }
        associated
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

/// What a sealed value said; made by [`Sealer::open`] alone, so it is authentic.
pub struct Opened {
    plaintext: Secret,
    by_older_key: bool,
}

impl Opened {
    /// The plaintext.
    #[must_use]
    pub fn plaintext(&self) -> &Secret {
        &self.plaintext
    }

    /// The plaintext, to be kept.
    #[must_use]
    pub fn into_plaintext(self) -> Secret {
        self.plaintext
    }

    /// Whether an older key sealed it: seal it anew and send it once, so that the key can go.
    #[must_use]
    pub fn by_older_key(&self) -> bool {
        self.by_older_key
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened")
    }
}
