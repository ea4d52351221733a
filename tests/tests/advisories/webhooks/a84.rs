//! CVE-2026-48747 (Symfony's Mailomat): the request said by which algorithm it is to be checked.
//!
//! Here: the verifier has one algorithm, and no header changes it; a MAC by another one is refused
//! even if it is right, under the header of its own too.

use http::{HeaderMap, HeaderName};
use portcullis_webhook::{Encoding, Grammar, Hash, Head, Scheme, Verifier, schemes};

use super::support::{BODY, NOW, signed, verifier};

/// The MD5 HMAC of the body under the secret.
const MD5: &str = "bff03ad95b93d53b4e36634f5d54b0a9";

/// The SHA-256 of the body, which needs no secret.
const UNKEYED: &str = "c86ea47436d5119fffcf2d38c2c21d76d48f3fc54bda70c856b69f4a9e046160";

const HEADER: &str = "x-hub-signature-256";

/// The right MAC by this hash, in hex.
fn mac(hash: Hash) -> String {
    let scheme = Scheme::hmac("any", hash, "x-any", Encoding::Hex);
    let headers = signed(scheme, "", BODY);
    headers["x-any"].to_str().unwrap().to_owned()
}

/// Signatures that are right by some other algorithm, each as a sender would announce it.
fn others() -> Vec<String> {
    let mut all = vec![
        format!("md5={MD5}"),
        format!("none={UNKEYED}"),
        "none=".to_owned(),
        format!("sha256={UNKEYED}"),
        format!("sha256={MD5}"),
    ];
    for (name, hash) in [
        ("sha1", Hash::Sha1),
        ("sha384", Hash::Sha384),
        ("sha512", Hash::Sha512),
    ] {
        let mac = mac(hash);
        let cut: String = mac.chars().cycle().take(64).collect();
        let other = format!("{name}={mac}");
        all.extend([other, format!("sha256={mac}"), format!("sha256={cut}")]);
    }
    let right = mac(Hash::Sha256);
    let names = ["sha1", "sha512", "md5", "SHA256", "hmac-sha256", ""];
    all.extend(names.map(|name| format!("{name}={right}")));
    all
}

fn check(accepts: impl Fn(&HeaderMap) -> bool) {
    let good = signed(schemes::GITHUB, "", BODY);
    assert!(accepts(&good), "the right signature is refused");
    for other in others() {
        let mut headers = good.clone();
        headers.insert(HEADER, other.parse().unwrap());
        assert!(!accepts(&headers), "{other} is accepted");
        // A header that names the algorithm does not help either.
        for (name, value) in [
            ("x-hub-signature", &*other),
            ("x-signature-algorithm", "sha1"),
            ("algorithm", "none"),
        ] {
            let name: HeaderName = name.parse().unwrap();
            headers.insert(name, value.parse().unwrap());
        }
        assert!(!accepts(&headers), "{other} is accepted by its header");
        headers.remove(HEADER);
        assert!(
            !accepts(&headers),
            "{other} is accepted from another header"
        );
    }
}

fn github(headers: &HeaderMap) -> bool {
    let verifier = verifier(schemes::GITHUB);
    verifier.verify(Head::new(headers), BODY, NOW).is_ok()
}

#[test]
fn a84_w43_no_header_chooses_the_algorithm() {
    check(github);
}

/// Box says its algorithm in a header: it must be the one that is configured.
#[test]
fn a84_w43_an_algorithm_that_is_announced_is_the_configured_one() {
    let verifier: Verifier = verifier(schemes::BOX);
    let good = signed(schemes::BOX, "", BODY);
    let accepts = |headers: &HeaderMap| verifier.verify(Head::new(headers), BODY, NOW).is_ok();
    assert!(accepts(&good));
    for other in ["HmacSHA1", "HmacMD5", "none", "hmacsha256", ""] {
        let mut headers = good.clone();
        headers.insert("box-signature-algorithm", other.parse().unwrap());
        assert!(!accepts(&headers), "{other:?}");
    }
}

/// Older headers have verifiers of their own; those that look for one do not look for the other.
#[test]
fn a84_an_older_header_is_another_scheme() {
    let old = signed(schemes::GITHUB_SHA1, "", BODY);
    assert!(!github(&old));
    let verifier = verifier(schemes::GITHUB_SHA1);
    assert!(verifier.verify(Head::new(&old), BODY, NOW).is_ok());
    let new = signed(schemes::GITHUB, "", BODY);
    assert!(verifier.verify(Head::new(&new), BODY, NOW).is_err());
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// Takes the algorithm from what is before the equals sign.
    fn from_the_prefix(headers: &HeaderMap) -> bool {
        let text = headers.get(HEADER).map_or("", |it| it.to_str().unwrap());
        let Some((name, _)) = text.split_once('=') else {
            return false;
        };
        let (hash, prefix) = match name {
            "md5" => return text == format!("md5={MD5}"),
            "sha1" => (Hash::Sha1, "sha1="),
            "sha512" => (Hash::Sha512, "sha512="),
            _ => (Hash::Sha256, "sha256="),
        };
        let scheme = Scheme::hmac("any", hash, HEADER, Encoding::Hex);
        let verifier = verifier(scheme.with_grammar(Grammar::Whole(prefix)));
        verifier.verify(Head::new(headers), BODY, NOW).is_ok()
    }

    /// Falls back to the older header.
    fn or_the_older(headers: &HeaderMap) -> bool {
        let old = verifier(schemes::GITHUB_SHA1);
        let head = Head::new(headers);
        github(headers) || old.verify(head, BODY, NOW).is_ok()
    }

    const TEST: &str = "a84_w43_no_header_chooses_the_algorithm";

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn AlgorithmFromThePrefix() {
        let says = "md5=bff03ad95b93d53b4e36634f5d54b0a9 is accepted";
        Twin::new("a84 AlgorithmFromThePrefix", TEST, says).is_caught(|| check(from_the_prefix));
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn OlderHeaderWillDo() {
        let says = "is accepted by its header";
        Twin::new("a84 OlderHeaderWillDo", TEST, says).is_caught(|| check(or_the_older));
    }
}
