//! Signatures that are written or made in another way.

use portcullis_webhook::explain::{Finding, PrefixChange, ShownSecret, explain};
use portcullis_webhook::{Algorithm, Encoding, Grammar, Hash, Head, Scheme};

use crate::support::{BODY, GITHUB, NOW, SECRET, UTF8, found, sent};

#[test]
fn w49_the_signature_is_written_in_another_encoding() {
    use Encoding::{Base64, Base64Url, Base64UrlPadded, Hex};
    let of = |encoding| Scheme::hmac("ours", Hash::Sha256, "x-signature", encoding);
    for ours in [Base64, Base64Url, Base64UrlPadded, Hex] {
        for theirs in [Base64, Base64Url, Base64UrlPadded, Hex] {
            // What is the same in two alphabets is no fault.
            let headers = sent(of(theirs), UTF8, SECRET, NOW);
            let written = headers["x-signature"].to_str().unwrap();
            let same = sent(of(ours), UTF8, SECRET, NOW);
            if written != same["x-signature"] {
                let found = found(of(ours), &headers, BODY);
                assert_eq!(found, [Finding::Encoding(theirs)], "{ours:?}");
            }
        }
    }
}

#[test]
fn w49_the_prefix_of_the_signature_is_wrong() {
    let bare = GITHUB.with_grammar(Grammar::Whole(""));
    let upper = GITHUB.with_grammar(Grammar::Whole("SHA256="));
    let tagged = GITHUB.with_grammar(Grammar::Tagged("v1"));
    for (ours, theirs, change) in [
        (GITHUB, bare, PrefixChange::Missing),
        (bare, GITHUB, PrefixChange::Extra),
        (GITHUB, upper, PrefixChange::Other),
        (tagged, bare, PrefixChange::Missing),
        (tagged, GITHUB, PrefixChange::Other),
    ] {
        let headers = sent(theirs, UTF8, SECRET, NOW);
        assert_eq!(found(ours, &headers, BODY), [Finding::Prefix(change)]);
    }
}

#[test]
fn w49_upper_case_is_no_fault() {
    let mut headers = sent(GITHUB, UTF8, SECRET, NOW);
    let written = headers["x-hub-signature-256"].to_str().unwrap().to_owned();
    let upper = written.to_uppercase().replace("SHA256", "sha256");
    headers.insert("x-hub-signature-256", upper.parse().unwrap());
    let secrets = [ShownSecret::new(SECRET)];
    assert_eq!(
        explain(&GITHUB, &secrets, Head::new(&headers), BODY, NOW),
        []
    );
}

#[test]
fn w49_several_differences_of_a_signature_are_told_together() {
    let theirs = Scheme::hmac("x", Hash::Sha512, "x-hub-signature-256", Encoding::Base64);
    let headers = sent(theirs, UTF8, SECRET, NOW);
    let algorithm = Finding::Algorithm(Algorithm::Hmac(Hash::Sha512));
    let rest = [
        Finding::Encoding(Encoding::Base64),
        Finding::Prefix(PrefixChange::Missing),
    ];
    let [encoding, prefix] = rest;
    assert_eq!(found(GITHUB, &headers, BODY), [algorithm, encoding, prefix]);
}

#[test]
fn w49_the_signature_is_made_with_another_hash() {
    for hash in [Hash::Sha1, Hash::Sha384, Hash::Sha512] {
        let theirs = Scheme::hmac("x", hash, "x-hub-signature-256", Encoding::Hex);
        let headers = sent(
            theirs.with_grammar(Grammar::Whole("sha256=")),
            UTF8,
            SECRET,
            NOW,
        );
        let found = found(GITHUB, &headers, BODY);
        assert_eq!(found, [Finding::Algorithm(Algorithm::Hmac(hash))]);
    }
}
