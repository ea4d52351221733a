//! Points of Ed25519 that no honest signer has.

/// The points of small order by their y, the sign of x aside: orders 4, 1, 8, 8 and 2.
const SMALL: [[u8; 32]; 5] = [
    [0; 32],
    [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0,
    ],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x7f,
    ],
];

/// Whether an encoded point has small order, so that a signature under it fits messages that nobody
/// signed, or is not in its one form (RFC 8032 §5.1.3: y below 2^255 - 19).
pub(crate) fn is_refused(point: &[u8; 32]) -> bool {
    let mut y = *point;
    let [least, middle @ .., most] = &mut y;
    // The sign of x.
    *most &= 0x7f;
    let is_beyond = *most == 0x7f && *least >= 0xed && middle.iter().all(|byte| *byte == 0xff);
    is_beyond || SMALL.contains(&y)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    /// Both signs of x, and every form of y.
    fn weak() -> impl Iterator<Item = [u8; 32]> + Clone {
        let mut beyond = [SMALL[4], SMALL[4]];
        beyond[0][0] = 0xed;
        beyond[1][0] = 0xee;
        let points = SMALL.into_iter().chain(beyond);
        points.flat_map(|point| {
            let mut other = point;
            other[31] |= 0x80;
            [point, other]
        })
    }

    /// S is 0 and R of small order: whoever has no key can write this down.
    fn is_forged(key: &[u8; 32], message: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, key);
        weak().any(|r| key.verify(message, &[r, [0; 32]].concat()).is_ok())
    }

    /// The library takes forgeries under these keys, which is why the table is there.
    #[test]
    fn w44_keys_of_small_order_are_refused() {
        let mut forged = 0;
        for key in weak() {
            assert!(is_refused(&key), "{key:x?}");
            let takes = (0..64_u8).any(|message| is_forged(&key, &[message]));
            forged += usize::from(takes);
        }
        // Encodings of x = 0 with a sign are refused by the library itself, or are not.
        assert!(forged >= 8, "{forged}");
    }

    #[test]
    fn w44_y_that_is_not_below_p_is_refused() {
        for least in 0..=255 {
            let mut point = [0xff; 32];
            (point[0], point[31]) = (least, 0x7f);
            assert_eq!(is_refused(&point), least >= 0xec, "{least:x}");
            point[31] = 0xff;
            assert_eq!(is_refused(&point), least >= 0xec, "{least:x}");
            point[30] = 0xfe;
            assert!(!is_refused(&point), "{least:x}");
        }
    }
}
