//! What was sealed opens, under its own name and purpose alone; changed in any bit, it does not.
//!
//! The input's first byte chooses: `o` opens the rest as it is, anything else seals the rest and
//! changes the bit that the first byte names.

use base64ct::{Base64UrlUnpadded, Encoding};
use portcullis_cookie::{KeyRing, Opened, SealKey, Sealer};
use portcullis_core::Random;

const NAME: &str = "__Host-flow";
const NONCE: [u8; 24] = *b"one nonce is good enough";

/// Checks the rule.
pub fn check(input: &[u8]) {
    match input.split_first() {
        Some((b'o', sealed)) => check_foreign(sealed),
        Some((choice, plaintext)) => check_own(plaintext, usize::from(*choice)),
        None => {}
    }
}

/// Whatever opens is a whole value, of which no other spelling opens.
fn check_foreign(sealed: &[u8]) {
    let Some(opened) = open(NAME, sealed) else {
        return;
    };
    let text = std::str::from_utf8(sealed).expect("base64 is ASCII");
    let bytes = Base64UrlUnpadded::decode_vec(text).expect("what opens is base64");
    assert_eq!(
        Base64UrlUnpadded::encode_string(&bytes),
        text,
        "not canonical"
    );
    let overhead = 1 + 4 + 24 + 16;
    assert_eq!(
        opened.plaintext().expose_secret().len() + overhead,
        bytes.len()
    );
    check_bound(sealed);
    (0..bytes.len() * 8)
        .step_by(7)
        .for_each(|bit| check_changed(&bytes, bit));
}

fn check_own(plaintext: &[u8], choice: usize) {
    let Ok(sealed) = sealer("oauth flow").seal(NAME, plaintext, &nonce()) else {
        assert!(plaintext.len() > 3027, "refused to seal a value that fits");
        return;
    };
    assert!(sealed.len() <= Sealer::MAX_CHARS);
    let opened = open(NAME, sealed.as_bytes()).expect("what was sealed opens");
    assert_eq!(opened.plaintext().expose_secret(), plaintext);
    check_bound(sealed.as_bytes());
    let bytes = Base64UrlUnpadded::decode_vec(&sealed).expect("base64");
    // Near either end, where the parts of fixed length are.
    let bits = bytes.len() * 8;
    check_changed(&bytes, choice % bits);
    check_changed(&bytes, bits - 1 - choice % bits);
}

/// It opens under no other name and for no other purpose, nor cut, nor lengthened.
fn check_bound(sealed: &[u8]) {
    assert!(open("__Host-other", sealed).is_none(), "under another name");
    let other = sealer("flash").open(NAME, sealed);
    assert!(other.is_none(), "for another purpose");
    assert!(
        open(NAME, &sealed[1..]).is_none() && open(NAME, &sealed[..sealed.len() - 1]).is_none()
    );
    assert!(open(NAME, &[sealed, b"="].concat()).is_none());
    assert!(open(NAME, &[sealed, b"AAAA"].concat()).is_none());
}

fn check_changed(bytes: &[u8], bit: usize) {
    let mut changed = bytes.to_vec();
    changed[bit / 8] ^= 1 << (bit % 8);
    let text = Base64UrlUnpadded::encode_string(&changed);
    assert!(
        open(NAME, text.as_bytes()).is_none(),
        "bit {bit} counts for nothing"
    );
}

fn open(name: &str, sealed: &[u8]) -> Option<Opened> {
    sealer("oauth flow").open(name, sealed)
}

fn sealer(purpose: &'static str) -> Sealer {
    let key = SealKey::try_from(&b"the key with which fuzzing seals"[..]).expect("a key");
    Sealer::new(KeyRing::new(key), purpose)
}

fn nonce() -> Random {
    Random::test(|bytes| {
        bytes.copy_from_slice(&NONCE[..bytes.len()]);
        Ok(())
    })
}
