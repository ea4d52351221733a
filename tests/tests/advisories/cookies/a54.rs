//! CVE-2020-8184 (rack): names were percent-decoded, so that `%5F%5FHost-` became `__Host-`.
//!
//! Here: names are compared as the bytes that they are.

use portcullis_session::MemoryStore;

use super::support::{OURS, Ours, by_the_rules, is_never_ours};
use crate::answers::support::{COOKIE, headers, lifecycle, sign_in, who};

/// A name with some of its characters percent-encoded, in every usual way.
fn encoded(name: &str) -> Vec<String> {
    let upper = |byte: u8| format!("%{byte:02X}");
    let lower = |byte: u8| format!("%{byte:02x}");
    let twice = |byte: u8| format!("%25{byte:02X}");
    let wide = |byte: u8| format!("%u00{byte:02x}");
    let ways: [&dyn Fn(u8) -> String; 4] = [&upper, &lower, &twice, &wide];
    let mut names = Vec::new();
    for encode in ways {
        // One character, the beginning up to there, and the rest from there.
        for at in 0..name.len() {
            let from = |range: std::ops::Range<usize>| -> String {
                let each = name.bytes().enumerate().map(|(place, byte)| {
                    if range.contains(&place) {
                        encode(byte)
                    } else {
                        char::from(byte).to_string()
                    }
                });
                each.collect()
            };
            names.extend([from(at..at + 1), from(0..at + 1), from(at..name.len())]);
        }
    }
    names.extend([
        format!("{name}%00"),
        format!("{name}%20"),
        format!("%20{name}"),
    ]);
    names
}

fn forged() -> Vec<Vec<u8>> {
    let lines = encoded(OURS).into_iter();
    lines
        .map(|name| format!("{name}=evil").into_bytes())
        .collect()
}

#[test]
fn a54_an_encoded_name_is_another_name() {
    assert!(forged().len() > 100);
    is_never_ours(&Ours, &forged());
}

/// And so it signs nobody in, though its value be a living token.
#[tokio::test]
async fn a54_an_encoded_name_signs_nobody_in() {
    let lifecycle = lifecycle(MemoryStore::new());
    let token = sign_in(&lifecycle, "ada").await;
    let own = headers(&[format!("{COOKIE}={token}")]);
    assert_eq!(who(&lifecycle, &own).await.as_deref(), Some("ada"));
    for name in encoded(COOKIE) {
        let request = headers(&[format!("{name}={token}")]);
        assert_eq!(who(&lifecycle, &request).await, None, "{name}");
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::super::support::{Pair, Reader};
    use super::*;

    /// Decodes names before it looks at them.
    struct Decoding;

    impl Reader for Decoding {
        fn pairs(&self, line: &[u8]) -> Vec<Pair> {
            let pairs = by_the_rules(line, |piece| piece).into_iter();
            pairs.map(|(name, value)| (decoded(&name), value)).collect()
        }
    }

    fn decoded(name: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(name).replace('+', "%2B");
        let mut pairs = form_urlencoded::parse(text.as_bytes());
        pairs
            .next()
            .map_or(Vec::new(), |(name, _)| name.as_bytes().to_vec())
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn NamesAreDecoded() {
        let test = "a54_an_encoded_name_is_another_name";
        let says = "another cookie is read as ours";
        Twin::new("a54 NamesAreDecoded", test, says)
            .is_caught(|| is_never_ours(&Decoding, &forged()));
    }
}
