//! Secrets of these tests alone, as each scheme has them.

use portcullis_webhook::{KeyFormat, Scheme, SecretFormat, SecretSet, Verifier, WebhookSecret};

/// A private key and its public one.
type Pair = (&'static str, &'static str);

const HEX: Pair = (
    "0101010101010101010101010101010101010101010101010101010101010101",
    "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
);

const BASE64: Pair = (
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=",
);

const DER: Pair = (
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmrDXeDI2oTeyYZsux2Jf1EtP4BPrxqmv/FihsuL2qlWh\
     RANCAARtyrM/Qfkj6SbykKYPyyIPbqUWXf7N+siq4hFAfhcFXA+WpsaIYTFXy7RULK8O4kKnJTTCJBKRqMLxQDqLVboq",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbcqzP0H5I+km8pCmD8siD26lFl3+zfrIquIRQH4XBVwPlqbGiGExV8u0\
     VCyvDuJCpyU0wiQSkajC8UA6i1W6Kg==",
);

const PEM: [Pair; 4] = [
    (
        include_str!("ed25519.pem"),
        include_str!("ed25519_public.pem"),
    ),
    (include_str!("p256.pem"), include_str!("p256_public.pem")),
    (include_str!("p384.pem"), include_str!("p384_public.pem")),
    (include_str!("rsa.pem"), include_str!("rsa_public.pem")),
];

fn secret(format: SecretFormat, text: &str) -> SecretSet {
    SecretSet::new("one", WebhookSecret::new(format, text).unwrap())
}

/// The first pair of this format that the scheme takes.
fn pair(scheme: &Scheme<'_>, format: KeyFormat) -> Pair {
    let takes = |pair: &Pair| {
        let key = WebhookSecret::new(SecretFormat::Public(format), pair.1);
        key.is_ok_and(|key| Verifier::new(scheme, SecretSet::new("one", key)).is_ok())
    };
    match format {
        KeyFormat::Der => DER,
        KeyFormat::Hex => HEX,
        KeyFormat::Pem => PEM.into_iter().find(takes).unwrap(),
        _ => BASE64,
    }
}

fn of(scheme: &Scheme<'_>, format: SecretFormat) -> SecretSet {
    let text = match format {
        SecretFormat::Base64 | SecretFormat::Whsec => BASE64.0,
        SecretFormat::Hex => HEX.0,
        SecretFormat::Private(format) => pair(scheme, format).0,
        SecretFormat::Public(format) => pair(scheme, format).1,
        _ => "a secret that is shared with nobody else",
    };
    secret(format, text)
}

/// What a scheme signs with.
pub(crate) fn signing(scheme: &Scheme<'_>) -> SecretSet {
    of(scheme, scheme.signing_format())
}

/// What it is verified with.
pub(crate) fn verifying(scheme: &Scheme<'_>) -> SecretSet {
    of(scheme, scheme.secret_format())
}
