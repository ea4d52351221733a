use std::fmt;
use std::sync::Arc;

use portcullis_core::{Random, RandomError};

/// The id of a delivery: 1 to 255 visible ASCII characters without a full stop.
///
/// Put it into the extensions of a request, so that every attempt to send it has the same id.
/// Cloning it does not allocate.
///
/// A full stop stands between the parts of what Standard Webhooks signs: with one in the id, the
/// same bytes could be cut in two ways.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DeliveryId(Arc<str>);

/// The text is no id of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of 1 to 255 visible ascii characters without a full stop")]
#[non_exhaustive]
pub struct DeliveryIdError;

impl DeliveryId {
    /// Takes an id.
    ///
    /// # Errors
    ///
    /// [`DeliveryIdError`] if it is not 1 to 255 visible ASCII characters without a full stop.
    pub fn new(id: &str) -> Result<Self, DeliveryIdError> {
        let is_good = |byte: u8| byte.is_ascii_graphic() && byte != b'.';
        if (1..=255).contains(&id.len()) && id.bytes().all(is_good) {
            Ok(Self(id.into()))
        } else {
            Err(DeliveryIdError)
        }
    }

    /// Makes an id: `msg_` and 128 random bits in hexadecimal.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if there are no random bytes.
    pub fn generate(random: &Random) -> Result<Self, RandomError> {
        let bits = u128::from_be_bytes(random.bytes()?);
        Ok(Self(format!("msg_{bits:032x}").into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeliveryId({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_visible_and_has_no_full_stop() {
        let longest = "a".repeat(255);
        for good in ["a", "msg_1", "{}:\"", &longest] {
            assert_eq!(DeliveryId::new(good).unwrap().as_str(), good);
        }
        let long = "a".repeat(256);
        for bad in ["", "a.b", "a b", "a\n", "\u{e4}", "\u{7f}", &long] {
            assert_eq!(DeliveryId::new(bad), Err(DeliveryIdError), "{bad:?}");
        }
    }

    #[test]
    fn an_id_that_is_made_is_one() {
        let made = DeliveryId::generate(&Random::system()).unwrap();
        assert_eq!(made.as_str().len(), 36);
        assert_eq!(DeliveryId::new(made.as_str()), Ok(made));
    }
}
