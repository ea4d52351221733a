//! The checksum of Ethernet, gzip and PNG (ISO/IEC 3309, as in RFC 1952 §8): no hash, and no secret.

/// The state of a checksum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crc32(u32);

/// What each byte adds, the polynomial reflected.
const TABLE: [u32; 256] = {
    let (mut table, mut byte) = ([0; 256], 0_u32);
    let mut rest: &mut [u32] = &mut table;
    while let [entry, behind @ ..] = rest {
        let (mut value, mut bit) = (byte, 0);
        while bit < 8 {
            let low = value & 1;
            value = (value >> 1) ^ (low * 0xedb8_8320);
            bit += 1;
        }
        *entry = value;
        byte += 1;
        rest = behind;
    }
    table
};

impl Crc32 {
    pub(crate) const fn new() -> Self {
        Self(u32::MAX)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let [low, ..] = (self.0 ^ u32::from(*byte)).to_le_bytes();
            let entry = TABLE.get(usize::from(low)).copied();
            self.0 = (self.0 >> 8) ^ entry.unwrap_or_default();
        }
    }

    pub(crate) const fn finish(self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pieces: &[&[u8]]) -> u32 {
        let mut crc = Crc32::new();
        pieces.iter().for_each(|piece| crc.update(piece));
        crc.finish()
    }

    #[test]
    fn w32_the_checksum_of_known_texts_in_any_pieces() {
        assert_eq!(of(&[]), 0);
        assert_eq!(of(&[b"123456789"]), 0xcbf4_3926);
        assert_eq!(of(&[b"1234", b"", b"56789"]), 0xcbf4_3926);
        let fox = b"The quick brown fox jumps over the lazy dog";
        assert_eq!(of(&[fox]), 0x414f_a339);
        assert_eq!(of(&[&[0; 32]]), 0x190a_55ad);
        assert_eq!(of(&[&[0xff; 32]]), 0xff6c_ab0b);
    }
}
