//! XAES-256-GCM (<https://c2sp.org/XAES-256-GCM>): AES-256-GCM under a key of its own for each
//! message, so that nonces may be random without end.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cmac;
use aws_lc_rs::error::Unspecified;
use zeroize::Zeroizing;

pub(super) const NONCE_LEN: usize = 24;
pub(super) const TAG_LEN: usize = 16;

type Key = [u8; 32];

/// Encrypts `buffer` in place and appends the tag.
pub(super) fn seal(
    key: &Key,
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<(), Unspecified> {
    let (key, nonce) = message_key(key, nonce)?;
    key.seal_in_place_append_tag(nonce, Aad::from(aad), buffer)
}

/// Decrypts `sealed`, which ends with the tag, into a buffer of its own; nothing of it is given
/// unless all of it is authentic.
pub(super) fn open(
    key: &Key,
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    let (key, nonce) = message_key(key, nonce)?;
    let mut buffer = Zeroizing::new(sealed.to_vec());
    let len = key.open_in_place(nonce, Aad::from(aad), &mut buffer)?.len();
    buffer.truncate(len);
    Ok(buffer)
}

/// Derives the message's key from the first half of the nonce, by the counter mode of
/// NIST SP 800-108r1 §4.1 with CMAC-AES256; the second half is the nonce of AES-256-GCM.
fn message_key(key: &Key, nonce: &[u8; NONCE_LEN]) -> Result<(LessSafeKey, Nonce), Unspecified> {
    let (context, nonce) = nonce.split_first_chunk::<12>().ok_or(Unspecified)?;
    let mac = cmac::Key::new(cmac::AES_256, key)?;
    let mut derived = Zeroizing::new([0; 32]);
    for (half, counter) in derived.chunks_exact_mut(16).zip([1, 2]) {
        let mut block = [0, counter, b'X', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        if let Some(place) = block.last_chunk_mut::<12>() {
            *place = *context;
        }
        cmac::sign_to_buffer(&mac, &block, half)?;
    }
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*derived)?);
    Ok((key, Nonce::try_assume_unique_for_key(nonce)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &[u8; NONCE_LEN] = b"ABCDEFGHIJKLMNOPQRSTUVWX";

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The two vectors of <https://c2sp.org/XAES-256-GCM>: one for each value of the bit that
    /// decides how CMAC's subkey is made.
    #[test]
    fn published_vectors() {
        for (key, aad, expected) in [
            (
                [1; 32],
                &b""[..],
                "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271",
            ),
            (
                [3; 32],
                b"c2sp.org/XAES-256-GCM",
                "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
            ),
        ] {
            let mut buffer = b"XAES-256-GCM".to_vec();
            seal(&key, NONCE, aad, &mut buffer).unwrap();
            assert_eq!(hex(&buffer), expected);
            let opened = open(&key, NONCE, aad, &buffer).unwrap();
            assert_eq!(&**opened, b"XAES-256-GCM");
        }
    }

    #[test]
    fn each_byte_of_the_nonce_counts() {
        let mut sealed = b"text".to_vec();
        seal(&[3; 32], NONCE, b"", &mut sealed).unwrap();
        for place in 0..NONCE_LEN {
            let mut nonce = *NONCE;
            nonce[place] ^= 1;
            assert!(open(&[3; 32], &nonce, b"", &sealed).is_err(), "{place}");
        }
    }
}
