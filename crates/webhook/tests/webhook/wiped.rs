//! What is left of a secret in memory when it is needed no longer.
//!
//! It is looked for in all memory of this process but the stack: what a call leaves there of its
//! moves is out of reach, and the next call is over it.

use std::fs::{File, read_to_string};
use std::io::{Read as _, Seek as _, SeekFrom};

use portcullis_webhook::{
    Delivery, Head, SecretFormat, SecretSet, Signer, Verifier, WebhookSecret, schemes,
};
use sha2::block_api::compress256;
use zeroize::Zeroize as _;

use crate::support::{BODY, NOW};

/// What is looked for is kept like this, so that the search does not find itself.
const MASK: u8 = 0x5a;

/// How much is looked at in one go, and again in the next one: more than is looked for.
const PIECE: usize = 1 << 20;
const OVERLAP: usize = 64;

/// How far from here everything is stack.
const STACK: usize = 2 << 20;

struct Needle {
    name: &'static str,
    masked: Vec<u8>,
}

impl Needle {
    fn new(name: &'static str, bytes: &mut [u8]) -> Self {
        // Memory that was given back begins with what the allocator writes there.
        let masked = bytes.iter().skip(16).map(|byte| byte ^ MASK).collect();
        bytes.zeroize();
        Self { name, masked }
    }

    fn offsets<'b>(&'b self, bytes: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
        let first = self.masked[0] ^ MASK;
        let starts = bytes.iter().enumerate().filter(move |it| *it.1 == first);
        let starts = starts.map(|(offset, _)| offset);
        starts.filter(|offset| {
            let there = bytes[*offset..].iter().map(|byte| byte ^ MASK);
            there
                .take(self.masked.len())
                .eq(self.masked.iter().copied())
        })
    }
}

/// In how many places of the heap each of them is.
fn places(needles: &[Needle; 3]) -> [usize; 3] {
    let here = std::ptr::from_ref(&needles).addr();
    let maps = read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut bytes = vec![0; PIECE];
    let own = bytes.as_ptr_range();
    let own = own.start.addr()..own.end.addr();
    let mut places = [0; 3];
    for (start, end) in maps.lines().filter_map(writable) {
        // What lies across two pieces is found in the second one.
        for at in (start..end).step_by(PIECE - OVERLAP) {
            let read = &mut bytes[..PIECE.min(end - at)];
            let seek = SeekFrom::Start(at.try_into().unwrap());
            memory.seek(seek).unwrap();
            // A page that has gone meanwhile holds nothing.
            if memory.read_exact(read).is_ok() {
                let is_ours = |place: usize| own.contains(&place) || place.abs_diff(here) <= STACK;
                for (needle, places) in needles.iter().zip(&mut places) {
                    let found = needle.offsets(read).filter(|it| !is_ours(at + it));
                    *places += found.count();
                }
            }
            read.fill(0);
        }
    }
    places
}

/// The ends of a line of the map, if what is there can be written.
fn writable(line: &str) -> Option<(usize, usize)> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let address = |text| usize::from_str_radix(text, 16).ok();
    let is_special = rest.contains("[v");
    (rest.starts_with("rw") && !is_special).then_some((address(start)?, address(end)?))
}

/// The state of SHA-256 after the first block of an HMAC: with it anybody signs.
fn half(key: &[u8], pad: u8) -> Vec<u8> {
    let mut state = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19_u32,
    ];
    let mut block = [pad; 64];
    for (byte, key) in block.iter_mut().zip(key) {
        *byte ^= key;
    }
    compress256(&mut state, &[block]);
    block.zeroize();
    let bytes = state.iter().flat_map(|word| word.to_ne_bytes()).collect();
    state.zeroize();
    bytes
}

/// A secret that is in this memory nowhere else.
fn text() -> String {
    let letters = (0..40_u8).map(|place| (place.wrapping_mul(37) ^ MASK) % 26 + b'a');
    letters.map(char::from).collect()
}

fn secrets() -> SecretSet {
    let mut text = text();
    let secret = WebhookSecret::new(SecretFormat::Utf8, &text).unwrap();
    text.zeroize();
    SecretSet::new("one", secret)
}

#[test]
fn w05_nothing_of_a_secret_is_left_when_it_is_dropped() {
    let mut key = text().into_bytes();
    let mut halves = [half(&key, 0x36), half(&key, 0x5c)];
    let [inner, outer] = &mut halves;
    let needles = [
        Needle::new("the inner state", inner),
        Needle::new("the outer state", outer),
        Needle::new("the secret", &mut key),
    ];
    let scheme = schemes::GITHUB;
    let verifier = Verifier::new(&scheme, secrets()).unwrap();
    let signer = Signer::new(&scheme, secrets()).unwrap();
    let headers = signer.sign(Delivery::new("", NOW), BODY).unwrap();
    let head = Head::new(&headers);
    for _ in 0..3 {
        assert!(verifier.verify(head, BODY, NOW).is_ok());
        let mut check = verifier.begin(head, NOW).unwrap();
        check.update(BODY).unwrap();
        assert!(check.finish(head).is_ok());
    }
    let live = places(&needles);
    assert!(live.iter().all(|count| *count >= 2), "{live:?}");
    // Replaced and dropped: neither may leave it.
    drop(signer);
    let other = WebhookSecret::new(SecretFormat::Utf8, "another secret, which may stay");
    let other = SecretSet::new("two", other.unwrap());
    verifier.replace_secrets(other).unwrap();
    drop(verifier);
    for (needle, places) in needles.iter().zip(places(&needles)) {
        assert_eq!(places, 0, "{} is still there", needle.name);
    }
}
