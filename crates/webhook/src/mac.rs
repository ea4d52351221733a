//! The keyed state of an algorithm, and signatures as bytes.

use constant_time_eq::constant_time_eq_n;
use hmac::{EagerHash, Hmac, KeyInit, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::scheme::{Algorithm, Hash};

/// What a message is fed into. A clone goes on from where this one is.
#[derive(Clone)]
pub(crate) enum Mac {
    HmacSha1(Hmac<Sha1>),
    HmacSha256(Hmac<Sha256>),
    HmacSha384(Hmac<Sha384>),
    HmacSha512(Hmac<Sha512>),
    Sha1(Sha1),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

macro_rules! each {
    ($mac:expr, $state:ident => $keyed:expr, $plain:expr) => {
        match $mac {
            Mac::HmacSha1($state) => $keyed,
            Mac::HmacSha256($state) => $keyed,
            Mac::HmacSha384($state) => $keyed,
            Mac::HmacSha512($state) => $keyed,
            Mac::Sha1($state) => $plain,
            Mac::Sha256($state) => $plain,
            Mac::Sha384($state) => $plain,
            Mac::Sha512($state) => $plain,
        }
    };
}

impl Mac {
    /// None if the algorithm has a pair of keys instead.
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Option<Self> {
        Some(match algorithm {
            Algorithm::Hmac(Hash::Sha1) => Self::HmacSha1(keyed(key)),
            Algorithm::Hmac(Hash::Sha256) => Self::HmacSha256(keyed(key)),
            Algorithm::Hmac(Hash::Sha384) => Self::HmacSha384(keyed(key)),
            Algorithm::Hmac(Hash::Sha512) => Self::HmacSha512(keyed(key)),
            Algorithm::Plain(Hash::Sha1) => Self::Sha1(Sha1::new()),
            Algorithm::Plain(Hash::Sha256) => Self::Sha256(Sha256::new()),
            Algorithm::Plain(Hash::Sha384) => Self::Sha384(Sha384::new()),
            Algorithm::Plain(Hash::Sha512) => Self::Sha512(Sha512::new()),
            Algorithm::EcdsaP256Sha256
            | Algorithm::EcdsaP256Sha256Fixed
            | Algorithm::Ed25519
            | Algorithm::RsaPkcs1Sha256
            | Algorithm::RsaPssSha512 => return None,
        })
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        each!(self, state => hmac::Mac::update(state, bytes), sha2::Digest::update(state, bytes));
    }

    pub(crate) fn finish(self) -> Tag {
        each!(
            self,
            state => Tag::new(&state.finalize().into_bytes()),
            Tag::new(&state.finalize())
        )
    }
}

fn keyed<H: EagerHash>(key: &[u8]) -> Hmac<H> {
    Hmac::new_from_slice(key).expect("an hmac takes keys of any length")
}

/// A signature, or what one should be: at most 64 bytes.
#[derive(Clone, Copy)]
pub(crate) struct Tag {
    bytes: [u8; Self::MOST],
    len: usize,
}

impl Tag {
    pub(crate) const MOST: usize = 64;

    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut tag = Self {
            bytes: [0; Self::MOST],
            len: bytes.len().min(Self::MOST),
        };
        for (to, from) in tag.bytes.iter_mut().zip(bytes) {
            *to = *from;
        }
        tag
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Whether both are the same, in a time that does not depend on their bytes.
    pub(crate) fn ct_eq(&self, other: &Self) -> bool {
        // What is behind the end of either is zero.
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
