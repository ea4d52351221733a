//! The keyed state of an algorithm, and signatures as bytes.

use constant_time_eq::constant_time_eq_n;
use hmac::{Hmac, KeyInit};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::hmac_sha256::HmacSha256;
use crate::scheme::{Algorithm, Hash};

/// What a message is fed into.
pub(crate) trait Sink {
    fn absorb(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn absorb(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// The state of a MAC or of a hash. A clone goes on from where this one is.
#[derive(Clone)]
pub(crate) enum Mac {
    HmacSha1(Keyed<Hmac<Sha1>>),
    HmacSha256(HmacSha256),
    HmacSha384(Keyed<Hmac<Sha384>>),
    HmacSha512(Keyed<Hmac<Sha512>>),
    Sha1(Plain<Sha1>),
    Sha256(Plain<Sha256>),
    Sha384(Plain<Sha384>),
    Sha512(Plain<Sha512>),
}

/// One of those states.
trait State: Sink {
    fn tag(self) -> Tag;
}

macro_rules! each {
    ($mac:expr, $state:ident => $use:expr) => {
        match $mac {
            Mac::HmacSha1($state) => $use,
            Mac::HmacSha256($state) => $use,
            Mac::HmacSha384($state) => $use,
            Mac::HmacSha512($state) => $use,
            Mac::Sha1($state) => $use,
            Mac::Sha256($state) => $use,
            Mac::Sha384($state) => $use,
            Mac::Sha512($state) => $use,
        }
    };
}

impl Mac {
    /// None if the algorithm has a pair of keys instead.
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Option<Self> {
        Some(match algorithm {
            Algorithm::Hmac(Hash::Sha1) => Self::HmacSha1(Keyed::new(key)),
            Algorithm::Hmac(Hash::Sha256) => Self::HmacSha256(HmacSha256::new(key)),
            Algorithm::Hmac(Hash::Sha384) => Self::HmacSha384(Keyed::new(key)),
            Algorithm::Hmac(Hash::Sha512) => Self::HmacSha512(Keyed::new(key)),
            Algorithm::Plain(Hash::Sha1) => Self::Sha1(Plain(Sha1::new())),
            Algorithm::Plain(Hash::Sha256) => Self::Sha256(Plain(Sha256::new())),
            Algorithm::Plain(Hash::Sha384) => Self::Sha384(Plain(Sha384::new())),
            Algorithm::Plain(Hash::Sha512) => Self::Sha512(Plain(Sha512::new())),
            Algorithm::EcdsaP256Sha256
            | Algorithm::EcdsaP256Sha256Fixed
            | Algorithm::EcdsaP384Sha384Fixed
            | Algorithm::Ed25519
            | Algorithm::RsaPkcs1Sha256
            | Algorithm::RsaPssSha512 => return None,
        })
    }

    /// What comes of a message that `feed` feeds in one go.
    pub(crate) fn of<E>(
        &self,
        feed: impl FnOnce(&mut dyn Sink) -> Result<(), E>,
    ) -> Result<Tag, E> {
        // Each is copied at its own size and once, the whole enum not at all.
        each!(self, state => {
            let mut state = state.clone();
            feed(&mut state)?;
            Ok(state.tag())
        })
    }

    pub(crate) fn finish(self) -> Tag {
        each!(self, state => state.tag())
    }
}

impl Sink for Mac {
    fn absorb(&mut self, bytes: &[u8]) {
        each!(self, state => state.absorb(bytes));
    }
}

impl Sink for HmacSha256 {
    fn absorb(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

impl State for HmacSha256 {
    fn tag(self) -> Tag {
        Tag::new(&self.finish())
    }
}

#[derive(Clone)]
pub(crate) struct Keyed<M>(M);

impl<M: KeyInit> Keyed<M> {
    fn new(key: &[u8]) -> Self {
        Self(M::new_from_slice(key).expect("an hmac takes keys of any length"))
    }
}

impl<M: hmac::Mac> Sink for Keyed<M> {
    fn absorb(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

impl<M: hmac::Mac> State for Keyed<M> {
    fn tag(self) -> Tag {
        Tag::new(&self.0.finalize().into_bytes())
    }
}

#[derive(Clone)]
pub(crate) struct Plain<H>(H);

impl<H: Digest> Sink for Plain<H> {
    fn absorb(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

impl<H: Digest> State for Plain<H> {
    fn tag(self) -> Tag {
        Tag::new(&self.0.finalize())
    }
}

/// A signature, or what one should be: at most 64 bytes. What is behind its end is zero.
#[derive(Clone, Copy)]
pub(crate) struct Tag {
    bytes: [u8; Self::MOST],
    len: usize,
}

impl Tag {
    pub(crate) const MOST: usize = 64;

    /// The first 64 bytes of these.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut tag = Self::zeros(bytes.len());
        let all = tag.as_mut().iter_mut().zip(bytes);
        all.for_each(|(to, from)| *to = *from);
        tag
    }

    /// So many bytes, 64 at most, that are to be written.
    pub(crate) fn zeros(len: usize) -> Self {
        Self {
            bytes: [0; Self::MOST],
            len: len.min(Self::MOST),
        }
    }

    pub(crate) fn as_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.len).unwrap_or_default()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The first 32 bytes.
    pub(crate) fn half(&self) -> [u8; 32] {
        self.bytes.first_chunk().copied().unwrap_or_default()
    }

    /// Whether both are the same, in a time that does not depend on their bytes.
    pub(crate) fn ct_eq(&self, other: &Self) -> bool {
        let is_same = match self.len.max(other.len) {
            0..=32 => same::<32>(self, other),
            _ => same::<64>(self, other),
        };
        is_same & (self.len == other.len)
    }
}

fn same<const N: usize>(one: &Tag, two: &Tag) -> bool {
    match (one.bytes.first_chunk::<N>(), two.bytes.first_chunk::<N>()) {
        (Some(one), Some(two)) => constant_time_eq_n(one, two),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w18_tags_are_the_same_in_every_byte_or_not_at_all() {
        for len in [0, 20, 32, 48, 64] {
            let tag = Tag::new(&vec![7; len]);
            assert!(tag.ct_eq(&Tag::new(&vec![7; len])));
            for place in 0..len {
                let mut other = vec![7; len];
                other[place] ^= 0x80;
                assert!(!tag.ct_eq(&Tag::new(&other)), "byte {place} of {len}");
            }
        }
    }

    #[test]
    fn w18_tags_of_other_lengths_differ() {
        let tag = Tag::new(&[0; 20]);
        for len in [0, 1, 19, 21, 32, 64] {
            assert!(!tag.ct_eq(&Tag::new(&vec![0; len])), "{len}");
        }
    }
}
