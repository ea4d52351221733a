//! One key, one use: what verifies webhooks seals no cookie, and the other way round.

use std::marker::PhantomData;

use portcullis_cookie::{KeyRing, SealKey, Sealer};
use portcullis_core::{Digest, Random, Token};
use portcullis_webhook::{
    Encoding, Hash, Head, Scheme, SecretFormat, SecretSet, Verifier, WebhookSecret, schemes,
};

use super::support::{BODY, NOW, hex, signed, verifier};

/// Of two types, to ask whether one becomes the other.
struct Probe<T, U>(PhantomData<(T, U)>);

impl<T: Into<U>, U> Probe<T, U> {
    const fn is_converted(&self) -> bool {
        true
    }
}

/// What is asked where there is no `Into`: a method of the type itself comes first.
trait Otherwise {
    fn is_converted(&self) -> bool {
        false
    }
}

impl<T, U> Otherwise for &Probe<T, U> {}

macro_rules! conversions {
    ($($from:ty => [$($to:ty),+]),+ $(,)?) => {
        [$($((
            concat!(stringify!($from), " to ", stringify!($to)),
            (&Probe::<$from, $to>(PhantomData)).is_converted(),
        )),+),+]
    };
}

#[test]
fn w42_keys_of_one_use_do_not_become_keys_of_another() {
    let conversions = conversions![
        WebhookSecret => [SealKey, KeyRing, Token, Vec<u8>, String, Digest],
        SecretSet => [SealKey, KeyRing, Token, Vec<u8>, String],
        SealKey => [WebhookSecret, SecretSet, Token, Vec<u8>, String, Digest],
        KeyRing => [WebhookSecret, SecretSet, Token, Vec<u8>, String],
        Token => [WebhookSecret, SecretSet, SealKey, KeyRing, Vec<u8>, String],
    ];
    for (what, is_converted) in conversions {
        assert!(!is_converted, "{what}");
    }
    // That the question can be answered with yes.
    let [(_, is_converted)] = conversions![&'static str => [String]];
    assert!(is_converted);
}

/// Somebody configures the same 32 bytes in both places: neither signs for the other.
#[test]
fn w42_the_same_bytes_as_two_keys_prove_two_things() {
    let bytes: Vec<u8> = (1..=32).map(|byte: u8| byte.wrapping_mul(37)).collect();
    let ring = KeyRing::new(SealKey::try_from(&*bytes).unwrap());
    let sealer = Sealer::new(ring, "w42");
    let secret = WebhookSecret::new(SecretFormat::Hex, &hex(&bytes)).unwrap();
    let scheme = Scheme::hmac("own", Hash::Sha256, "x-signature", Encoding::Base64Url);
    let scheme = scheme.with_secret(SecretFormat::Hex);
    let verifier = Verifier::new(&scheme, SecretSet::new("one", secret)).unwrap();

    let sealed = sealer.seal("state", BODY, &Random::system()).unwrap();
    assert!(sealer.open("state", sealed.as_bytes()).is_some());
    // A signature has 43 characters: none of what is sealed serves as one, of nothing in it.
    for start in 0..=sealed.len() - 43 {
        let signature = &sealed[start..start + 43];
        for body in [BODY, b"state", b"w42", &sealed.as_bytes()[..start]] {
            let value = signature.parse().unwrap();
            let headers = http::HeaderMap::from_iter([("x-signature".parse().unwrap(), value)]);
            assert!(verifier.verify(Head::new(&headers), body, NOW).is_err());
        }
    }
    let signer = portcullis_webhook::Signer::new(
        &scheme,
        SecretSet::new(
            "one",
            WebhookSecret::new(SecretFormat::Hex, &hex(&bytes)).unwrap(),
        ),
    );
    let delivery = portcullis_webhook::Delivery::new("", NOW);
    let headers = signer.unwrap().sign(delivery, BODY).unwrap();
    assert!(verifier.verify(Head::new(&headers), BODY, NOW).is_ok());
    let signature = headers["x-signature"].as_bytes();
    assert!(sealer.open("state", signature).is_none());
    let both = [signature, sealed.as_bytes()].concat();
    assert!(sealer.open("state", &both).is_none());
}

/// What a store is asked for a delivery is never what it is asked for a session: were the id of a
/// delivery somebody's token, it would still be another key.
#[test]
fn w42_a_delivery_is_no_session_to_a_store() {
    let token = Token::generate(&Random::system()).unwrap();
    let text = token.encode();
    let id = text.expose_secret();
    let headers = signed(schemes::STANDARD_WEBHOOKS, id, BODY);
    let verifier = verifier(schemes::STANDARD_WEBHOOKS);
    let verified = verifier.verify(Head::new(&headers), BODY, NOW).unwrap();
    assert_eq!(verified.receipt().id(), Some(id));
    for endpoint in ["", "/in", id] {
        let digest = verified.receipt().digest(endpoint);
        assert_ne!(digest, token.digest());
        assert_ne!(digest, Digest::of(id.as_bytes()));
    }
}
