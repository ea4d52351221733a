//! Headers of tokens (RFC 7515 §4).

use super::object::Object;
use crate::scheme::{Algorithm, Hash};

/// What a header calls the algorithm (RFC 7518 §3.1, RFC 8037 §3.1); none if it has no name.
pub(super) fn name(algorithm: Algorithm) -> Option<&'static str> {
    Some(match algorithm {
        Algorithm::EcdsaP256Sha256Fixed => "ES256",
        Algorithm::EcdsaP384Sha384Fixed => "ES384",
        Algorithm::Ed25519 => "EdDSA",
        Algorithm::Hmac(Hash::Sha256) => "HS256",
        Algorithm::Hmac(Hash::Sha384) => "HS384",
        Algorithm::Hmac(Hash::Sha512) => "HS512",
        Algorithm::RsaPkcs1Sha256 => "RS256",
        Algorithm::RsaPssSha512 => "PS512",
        _ => return None,
    })
}

/// Whether a header is one of a token with claims.
pub(super) fn has_claims(header: &Object, alg: &str) -> bool {
    let has = |name| header.get(name).is_some();
    header.is("alg", alg) && !has("crit") && !has("b64")
}

/// Whether a header is one of a token whose payload is unencoded, and says that this must be
/// understood (RFC 7797 §6).
pub(super) fn is_unencoded(header: &Object, alg: &str) -> bool {
    let is = |name: &str, value| header.get(name) == Some(&value);
    header.is("alg", alg) && is("b64", false.into()) && is("crit", vec!["b64"].into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(header: &str) -> (bool, bool) {
        let header = Object::read(header.as_bytes()).unwrap();
        (has_claims(&header, "HS256"), is_unencoded(&header, "HS256"))
    }

    #[test]
    fn w43_the_algorithm_is_the_configured_one() {
        assert_eq!(
            judge(r#"{"alg":"HS256","kid":"x","typ":"y"}"#),
            (true, false)
        );
        for odd in ["none", "None", "hs256", "HS384", "RS256", "", " HS256"] {
            let header = format!(r#"{{"alg":"{odd}","b64":false,"crit":["b64"]}}"#);
            assert_eq!(judge(&header), (false, false), "{odd}");
            assert_eq!(judge(&format!(r#"{{"alg":"{odd}"}}"#)), (false, false));
        }
        for odd in [
            "{}",
            r#"{"alg":null}"#,
            r#"{"alg":["HS256"]}"#,
            r#"{"Alg":"HS256"}"#,
        ] {
            assert_eq!(judge(odd), (false, false), "{odd}");
        }
    }

    #[test]
    fn w43_what_must_be_understood_and_is_not_is_refused() {
        let judge = |rest: &str| judge(&format!(r#"{{"alg":"HS256",{rest}}}"#));
        assert_eq!(judge(r#""b64":false,"crit":["b64"]"#), (false, true));
        for odd in [
            r#""crit":["exp"]"#,
            r#""crit":[]"#,
            r#""crit":null"#,
            r#""b64":true"#,
            r#""b64":false"#,
            r#""b64":true,"crit":["b64"]"#,
            r#""b64":"false","crit":["b64"]"#,
            r#""b64":false,"crit":"b64""#,
            r#""b64":false,"crit":["b64","b64"]"#,
            r#""b64":false,"crit":["b64","exp"]"#,
        ] {
            assert_eq!(judge(odd), (false, false), "{odd}");
        }
    }
}
