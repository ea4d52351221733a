use base64_simd::STANDARD;
use constant_time_eq::constant_time_eq_n;
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::data::Proof;
use super::shared::Held;

/// What is computed of a challenge; none if the secret is not there.
pub(super) fn proof(
    proof: Proof,
    held: &Held,
    label: Option<&str>,
    challenge: &str,
) -> Option<String> {
    let hmac = || Some(mac::<Sha256>(held.secret(label)?.expose(), challenge));
    match (proof, held) {
        (Proof::None, _) => Some(String::new()),
        (Proof::HmacBase64, _) => Some(STANDARD.encode_to_string(hmac()?)),
        (Proof::HmacHex, _) => Some(const_hex::encode(hmac()?)),
        (Proof::Hash, Held::Endpoint { token, url }) => {
            let hash = Sha256::new().chain_update(challenge);
            let hash = hash.chain_update(token.expose()).chain_update(&**url);
            Some(const_hex::encode(hash.finalize()))
        }
        (Proof::HmacOfPair, Held::KeyPair { private, .. }) => {
            let key = Zeroizing::new(<[u8; 20]>::from(Sha1::digest(private.expose())));
            Some(const_hex::encode(mac::<Sha1>(&*key, challenge)))
        }
        (Proof::Hash | Proof::HmacOfPair, _) => None,
    }
}

fn mac<H: EagerHash>(key: &[u8], challenge: &str) -> Vec<u8> {
    let mac = Hmac::<H>::new_from_slice(key).expect("an hmac takes keys of any length");
    mac.chain_update(challenge).finalize().into_bytes().to_vec()
}

/// Whether two texts are the same, in a time that does not depend on the first one's bytes, nor on
/// how long it is by more than the steps of the hash.
pub(super) fn is_same(ours: &[u8], theirs: &[u8]) -> bool {
    let [ours, theirs] = [ours, theirs].map(|text| <[u8; 32]>::from(Sha256::digest(text)));
    constant_time_eq_n(&ours, &theirs)
}
