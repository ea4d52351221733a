//! HMAC-SHA256 (RFC 2104) on the compression function of `sha2`.
//!
//! Most providers sign by it. Of a small body the general state of the `hmac` crate takes half as
//! long again as SHA-256 does: its buffer is wiped byte by byte and each half of the key counts blocks of
//! its own. Here a half is eight words, and those are what is wiped.

use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize as _;

/// Bytes of a block and of a hash (FIPS 180-4 §1).
const BLOCK: usize = 64;
const HASH: usize = 32;

/// Where the count of bits stands in the last block (FIPS 180-4 §5.1.1).
const COUNT: usize = BLOCK - 8;

type Half = [u32; 8];

/// FIPS 180-4 §5.3.3.
const INITIAL: Half = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// A key of which both halves are hashed, and what was fed so far.
#[derive(Clone)]
pub(crate) struct HmacSha256 {
    inner: Half,
    outer: Half,
    /// What does not fill a block yet.
    rest: [u8; BLOCK],
    filled: usize,
    /// Bytes that the inner hash has taken or has in its rest, the key's block too.
    length: u64,
}

impl HmacSha256 {
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        if key.len() > BLOCK {
            copy(&mut block, &Sha256::digest(key));
        } else {
            copy(&mut block, key);
        }
        let keyed = Self {
            inner: half(&block, 0x36),
            outer: half(&block, 0x5c),
            rest: [0; BLOCK],
            filled: 0,
            length: 64,
        };
        block.zeroize();
        keyed
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(len);
        let mut bytes = bytes;
        if self.filled > 0 {
            let taken = self.keep(bytes);
            if self.filled < BLOCK {
                return;
            }
            compress256(&mut self.inner, &[self.rest]);
            self.filled = 0;
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        let (blocks, rest) = bytes.as_chunks();
        compress256(&mut self.inner, blocks);
        self.keep(rest);
    }

    /// Keeps what there is room for.
    fn keep(&mut self, bytes: &[u8]) -> usize {
        let room = self.rest.get_mut(self.filled..).unwrap_or_default();
        let taken = copy(room, bytes);
        self.filled += taken;
        taken
    }

    pub(crate) fn finish(mut self) -> [u8; HASH] {
        end(&mut self.inner, &mut self.rest, self.filled, self.length);
        let hash = bytes(&self.inner);
        copy(&mut self.rest, &hash);
        // The key's block and the inner hash.
        end(&mut self.outer, &mut self.rest, HASH, 96);
        bytes(&self.outer)
    }
}

impl Drop for HmacSha256 {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

/// A hash that has taken the key's block and nothing else.
fn half(block: &[u8; BLOCK], pad: u8) -> Half {
    let mut state = INITIAL;
    let mut padded = block.map(|byte| byte ^ pad);
    compress256(&mut state, &[padded]);
    padded.zeroize();
    state
}

/// Ends a hash whose last block is filled so far (FIPS 180-4 §5.1.1).
fn end(state: &mut Half, block: &mut [u8; BLOCK], filled: usize, length: u64) {
    let (mark, zeros) = match block.get_mut(filled..) {
        Some([mark, zeros @ ..]) => (mark, zeros),
        _ => return,
    };
    *mark = 0x80;
    zeros.fill(0);
    if filled >= COUNT {
        compress256(state, &[*block]);
        block.fill(0);
    }
    let count = length.wrapping_mul(8).to_be_bytes();
    copy(block.get_mut(COUNT..).unwrap_or_default(), &count);
    compress256(state, &[*block]);
}

fn bytes(state: &Half) -> [u8; HASH] {
    let mut bytes = [0; HASH];
    for (to, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
        *to = word.to_be_bytes();
    }
    bytes
}

/// Copies what there is room for, and says how much that is.
fn copy(to: &mut [u8], from: &[u8]) -> usize {
    let len = to.len().min(from.len());
    if let (Some(to), Some(from)) = (to.get_mut(..len), from.get(..len)) {
        to.copy_from_slice(from);
    }
    len
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use proptest::prelude::*;

    use super::*;

    fn reference(key: &[u8], message: &[u8]) -> [u8; HASH] {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    #[test]
    fn every_length_of_key_and_message_gives_what_the_hmac_crate_gives() {
        let bytes: Vec<u8> = (0..=255).cycle().take(400).collect();
        for key in 0..=200 {
            let keyed = HmacSha256::new(&bytes[..key]);
            for message in 0..=200 {
                let message = &bytes[200..200 + message];
                let mut mac = keyed.clone();
                mac.update(message);
                assert_eq!(mac.finish(), reference(&bytes[..key], message));
            }
        }
    }

    proptest! {
        #[test]
        fn w32_a_message_in_pieces_is_the_message(
            key: Vec<u8>,
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..12),
        ) {
            let mut mac = HmacSha256::new(&key);
            pieces.iter().for_each(|piece| mac.update(piece));
            prop_assert_eq!(mac.finish(), reference(&key, &pieces.concat()));
        }
    }
}
