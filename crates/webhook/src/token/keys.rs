//! What is signed, under every key there is.

use portcullis_core::Timestamp;

use crate::keyed::Keyed;
use crate::mac::{Mac, Sink, Tag};
use crate::public_key::Message;
use crate::ready::Key;

/// What is signed, as it arrives.
pub(super) enum Signing {
    /// One a key.
    Macs(Vec<Mac>),
    Public(Message),
}

impl Signing {
    pub(super) fn new(keys: &[Key]) -> Self {
        if let Some(Keyed::Half(key)) = keys.first().map(|key| &key.keyed) {
            return Self::Public(key.message());
        }
        let macs = keys.iter().filter_map(|key| match &key.keyed {
            Keyed::Mac(mac) => Some(mac.clone()),
            Keyed::Half(_) => None,
        });
        Self::Macs(macs.collect())
    }

    /// Looks under which keys the signature fits. All are tried, in a time that does not depend on
    /// the bytes of a MAC.
    pub(super) fn finish(self, keys: &[Key], signature: &[u8]) -> Fits {
        let mut fits = Vec::new();
        match self {
            Self::Macs(macs) => {
                let signature = Tag::new(signature);
                fits.extend(macs.into_iter().map(|mac| {
                    let tag = mac.finish();
                    tag.ct_eq(&signature).then_some(tag)
                }));
            }
            Self::Public(message) => {
                let message = message.finish();
                fits.extend(keys.iter().map(|key| match &key.keyed {
                    Keyed::Half(key) if key.accepts(&message, signature) => Some(message.tag()),
                    _ => None,
                }));
            }
        }
        Fits(fits)
    }
}

impl Sink for Signing {
    fn absorb(&mut self, bytes: &[u8]) {
        match self {
            Self::Macs(macs) => macs.iter_mut().for_each(|mac| mac.absorb(bytes)),
            Self::Public(message) => message.absorb(bytes),
        }
    }
}

/// For each key what is the same for the same message alone, if the signature fits.
pub(super) struct Fits(Vec<Option<Tag>>);

impl Fits {
    pub(super) fn any(&self) -> bool {
        self.0.iter().any(Option::is_some)
    }

    /// The first key that fits and is good.
    pub(super) fn first(&self, keys: &[Key], now: Timestamp) -> Option<(usize, Tag)> {
        let fits = self.0.iter().zip(keys).enumerate();
        let mut good = fits.filter(|(_, (_, key))| key.is_good(now));
        good.find_map(|(index, (tag, _))| Some((index, (*tag)?)))
    }
}
