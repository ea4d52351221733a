//! Secrets that are read in another way, or have ended.

use std::time::Duration;

use portcullis_core::Timestamp;
use portcullis_webhook::explain::{Finding, SecretChange, ShownSecret, explain};
use portcullis_webhook::{Head, SecretFormat};

use crate::support::{BODY, GITHUB, NOW, OTHER, SECRET, STANDARD, UTF8, found_with, sent};

#[test]
fn w49_the_secret_is_meant_in_another_format() {
    use SecretFormat::{Base64, Hex, Utf8, Whsec};
    let hex = "4142434445464748494a4b4c4d4e4f505152535455565758";
    let base64 = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=";
    for (ours, theirs, secret) in [
        (Utf8, Whsec, SECRET),
        (Utf8, Base64, base64),
        (Utf8, Hex, hex),
        (Whsec, Utf8, SECRET),
        (Base64, Utf8, base64),
        (Base64, Hex, hex),
        (Hex, Utf8, hex),
        (Hex, Utf8, base64),
        (Base64, Utf8, "not what base64 looks like"),
    ] {
        let scheme = GITHUB.with_secret(ours);
        let headers = sent(scheme, theirs, secret, NOW);
        let found = found_with(scheme, secret, Head::new(&headers), BODY);
        let [
            Finding::Secret {
                index,
                format,
                change,
            },
        ] = found.as_slice()
        else {
            panic!("{ours:?} {theirs:?}: {found:?}");
        };
        assert_eq!((*index, *format, *change), (0, theirs, SecretChange::None));
    }
}

#[test]
fn w49_the_secret_has_something_around_it() {
    let bare = "a secret that nobody knows";
    for (kept, change) in [
        (format!(" {bare}"), SecretChange::Trimmed),
        (format!("{bare}\n"), SecretChange::Trimmed),
        (format!("{bare}\r"), SecretChange::Trimmed),
        (format!("\"{bare}\""), SecretChange::Unquoted),
        (format!("'{bare}'"), SecretChange::Unquoted),
        (format!("whsec_{bare}"), SecretChange::WithoutPrefix),
    ] {
        let headers = sent(GITHUB, UTF8, bare, NOW);
        let found = found_with(GITHUB, &kept, Head::new(&headers), BODY);
        let (index, format) = (0, UTF8);
        assert_eq!(
            found,
            [Finding::Secret {
                index,
                format,
                change
            }],
            "{kept:?}"
        );
    }
    let headers = sent(GITHUB, UTF8, &format!("{bare}\n"), NOW);
    let found = found_with(GITHUB, bare, Head::new(&headers), BODY);
    let (index, format, change) = (0, UTF8, SecretChange::WithNewline);
    assert_eq!(
        found,
        [Finding::Secret {
            index,
            format,
            change
        }]
    );
}

#[test]
fn w49_the_secret_that_fits_is_counted() {
    let headers = sent(GITHUB, UTF8, "a secret that nobody knows", NOW);
    let secrets = [OTHER, " a secret that nobody knows"].map(ShownSecret::new);
    let found = explain(&GITHUB, &secrets, Head::new(&headers), BODY, NOW);
    let (format, change) = (UTF8, SecretChange::Trimmed);
    assert_eq!(
        found,
        [Finding::Secret {
            index: 1,
            format,
            change
        }]
    );
}

#[test]
fn w49_a_secret_that_cannot_be_read_is_told() {
    let headers = sent(STANDARD, SecretFormat::Whsec, OTHER, NOW);
    let found = found_with(STANDARD, "whsec_%%%%", Head::new(&headers), BODY);
    assert_eq!(found, [Finding::SecretUnreadable { index: 0 }]);
}

#[test]
fn w49_a_secret_that_has_ended_is_told() {
    let headers = sent(GITHUB, UTF8, SECRET, NOW);
    let ended = ShownSecret::new(SECRET).with_end(Timestamp::from_secs(1_699_999_940));
    let secrets = [ShownSecret::new(OTHER), ended];
    let found = explain(&GITHUB, &secrets, Head::new(&headers), BODY, NOW);
    let ago = Duration::from_secs(60);
    assert_eq!(found, [Finding::OldSecret { index: 1, ago }]);
    let ends = ShownSecret::new(SECRET).with_end(NOW.after(Duration::from_millis(1)));
    let found = explain(&GITHUB, &[ends], Head::new(&headers), BODY, NOW);
    assert_eq!(found, []);
}

#[test]
fn w04_findings_show_neither_secret_nor_signature() {
    let secret = "a secret that nobody knows";
    let headers = sent(GITHUB, UTF8, secret, NOW);
    let signature = headers["x-hub-signature-256"].to_str().unwrap();
    let signature = signature.strip_prefix("sha256=").unwrap();
    for (kept, body) in [
        (secret, &b"{}"[..]),
        ("\"a secret that nobody knows\"", BODY),
    ] {
        for finding in found_with(GITHUB, kept, Head::new(&headers), body) {
            let shown = format!("{finding} {finding:?} {:?}", ShownSecret::new(kept));
            assert!(
                !shown.contains(secret) && !shown.contains(signature),
                "{shown}"
            );
        }
    }
}
