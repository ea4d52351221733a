use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding};
use portcullis_core::{Digest, Random, Secret};
use zeroize::Zeroizing;

use super::{SealKeyError, SealKeyErrorKind};

/// A random key has 30 different bytes on average; fewer than these come once in 2^120 keys.
const FEWEST_DIFFERENT_BYTES: usize = 8;

/// SHA-256 of keys that anybody can read somewhere: the examples of these pages, and the bytes
/// 0 to 31 and 1 to 32, with which test vectors and tutorials like to begin.
const PUBLISHED: [&str; 3] = [
    "33f1444e646794a4a1a9221e74b8a0c935c29b792e8b8ba0487d12c221a31a64",
    "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd",
    "ae216c2ef5247a3782c135efa279a3e4cdc61094270f5d2be58c6204b7a612c9",
];

/// A key that seals and opens cookie values: 256 bits of a random source.
///
/// It cannot be printed or compared, and its memory is wiped when the last clone is dropped (best
/// effort). As text it is 43 characters of URL-safe base64 without padding (RFC 4648 §5).
///
/// ```
/// use portcullis_cookie::{SealKey, SealKeyErrorKind};
/// use portcullis_core::Random;
///
/// let key = SealKey::generate(&Random::system())?;
/// let again: SealKey = key.encode().expose_str()?.parse()?;
///
/// // There is no default key, and one copied from here is refused.
/// let copied = "cG9ydGN1bGxpcyBleGFtcGxlIGtleTogbm90IHVzZWQ".parse::<SealKey>();
/// assert_eq!(copied.unwrap_err().kind(), SealKeyErrorKind::Published);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail,E0369
/// # use portcullis_cookie::SealKey;
/// # fn are_same(one: SealKey, other: SealKey) -> bool {
/// one == other // not comparable
/// # }
/// ```
#[derive(Clone)]
pub struct SealKey {
    bytes: Arc<Zeroizing<[u8; Self::BYTES]>>,
    id: KeyId,
}

/// Which key sealed a value; tells nothing of the key that can be used.
pub(super) type KeyId = [u8; 4];

impl SealKey {
    /// How many bytes a key has.
    pub const BYTES: usize = 32;

    /// Makes a new key.
    ///
    /// # Errors
    ///
    /// [`SealKeyErrorKind::Random`] if there are no random bytes, [`SealKeyErrorKind::Weak`] if
    /// they are not random.
    pub fn generate(random: &Random) -> Result<Self, SealKeyError> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        random.fill(&mut *bytes)?;
        Self::new(bytes)
    }

    /// The key as text, to be kept where secrets are kept.
    #[must_use]
    pub fn encode(&self) -> Secret {
        Base64UrlUnpadded::encode_string(self.expose()).into()
    }

    pub(super) fn expose(&self) -> &[u8; Self::BYTES] {
        &self.bytes
    }

    pub(super) fn id(&self) -> KeyId {
        self.id
    }

    fn new(bytes: Zeroizing<[u8; Self::BYTES]>) -> Result<Self, SealKeyError> {
        if different_bytes(&*bytes) < FEWEST_DIFFERENT_BYTES {
            return Err(SealKeyError::new(SealKeyErrorKind::Weak));
        }
        if is_published(&*bytes) {
            return Err(SealKeyError::new(SealKeyErrorKind::Published));
        }
        let [a, b, c, d, ..] = *Digest::of_parts(&[b"portcullis seal key id", &*bytes]).as_bytes();
        Ok(Self {
            bytes: Arc::new(bytes),
            id: [a, b, c, d],
        })
    }
}

/// Takes the 32 bytes of a key.
impl TryFrom<&[u8]> for SealKey {
    type Error = SealKeyError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        let bytes: &[u8; Self::BYTES] = bytes
            .try_into()
            .map_err(|_| SealKeyError::new(SealKeyErrorKind::Length))?;
        Self::new(Zeroizing::new(*bytes))
    }
}

/// Reads a key as [`SealKey::encode`] writes it.
impl FromStr for SealKey {
    type Err = SealKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        match Base64UrlUnpadded::decode(text, &mut *bytes) {
            Ok(decoded) if decoded.len() == Self::BYTES => Self::new(bytes),
            _ => Err(SealKeyError::new(SealKeyErrorKind::Text)),
        }
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey")
    }
}

fn is_published(key: &[u8]) -> bool {
    let digest = Digest::of(key);
    let hex: String = digest
        .as_bytes()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    PUBLISHED.contains(&hex.as_str())
}

fn different_bytes(bytes: &[u8]) -> usize {
    (0..=u8::MAX).filter(|byte| bytes.contains(byte)).count()
}
