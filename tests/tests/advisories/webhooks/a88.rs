//! JSON that was read and written again before its signature was checked: honest deliveries failed,
//! and where two parsers differ, what was verified was not what was used.
//!
//! Here: the bytes that came are the only input. Bodies that no writer of JSON would write pass as
//! they are, and nothing else passes in their place, however equal it reads.

use http::HeaderMap;
use portcullis_webhook::{Head, Verifier, schemes};
use serde_json::Value;

use super::support::{NOW, signed, verifier};

/// Bodies that change if they are read and written again, or that cannot be read at all.
const BODIES: [&[u8]; 14] = [
    b"\xef\xbb\xbf{\"a\":1}",
    b"{\r\n  \"a\": 1\r\n}\r\n",
    br#"{"a":1,"a":2}"#,
    br#"{"b":1, "a":2}"#,
    br#"{"a":1} {"a":2}"#,
    b"{\"a\":1}\n",
    b"{\"a\":1}\0",
    br#"{"a":"\u00e4\/"}"#,
    "{\"a\":\"\u{e4}\"}".as_bytes(),
    br#"{"a":1.0,"b":1e2,"c":12345678901234567890123}"#,
    b"{\"a\":\"\xff\"}",
    br#"payload=%7B%22a%22%3A1%7D&a=1"#,
    b"",
    b"  ",
];

/// What a careless hop makes of a body, and what reads as the same.
fn rewritten(body: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(body);
    let bare = text.trim_start_matches('\u{feff}');
    let mut others: Vec<Vec<u8>> = [
        text.trim().to_owned(),
        bare.to_owned(),
        text.replace("\r\n", "\n"),
        text.replace('\n', "\r\n"),
        text.trim_end_matches('\0').to_owned(),
        text.to_string(),
        format!("{text}\n"),
        format!("{text} "),
        format!("\u{feff}{text}"),
        text.replace("\"a\":1,", ""),
        text.replace("\\u00e4", "\u{e4}"),
        text.replace("\\/", "/"),
    ]
    .map(String::into_bytes)
    .into();
    // The first value of several too, as a parser takes it that stops there.
    let mut values = serde_json::Deserializer::from_str(bare).into_iter::<Value>();
    if let Some(Ok(value)) = values.next() {
        others.push(serde_json::to_vec(&value).unwrap());
        others.push(serde_json::to_vec_pretty(&value).unwrap());
    }
    others.retain(|other| other != body);
    others
}

fn check(accepts: impl Fn(&HeaderMap, &[u8]) -> bool) {
    for body in BODIES {
        let (headers, shown) = (signed(schemes::GITHUB, "", body), body.escape_ascii());
        assert!(
            accepts(&headers, body),
            "an honest body is refused: {shown}"
        );
        for other in rewritten(body) {
            let is_taken = accepts(&headers, &other);
            let other = other.escape_ascii();
            assert!(!is_taken, "{other} passes in the place of {shown}");
        }
    }
}

#[test]
fn a88_the_bytes_that_came_are_what_is_verified() {
    let verifier = verifier(schemes::GITHUB);
    check(|headers, body| verifier.verify(Head::new(headers), body, NOW).is_ok());
}

/// In pieces too: no cut falls together with one of the text's.
#[test]
fn a88_bytes_in_pieces_are_the_same_bytes() {
    let verifier: Verifier = verifier(schemes::GITHUB);
    check(|headers, body| {
        let mut check = verifier.begin(Head::new(headers), NOW).unwrap();
        for piece in body.chunks(3) {
            check.update(piece).unwrap();
        }
        check.finish(Head::new(headers)).is_ok()
    });
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a88_the_bytes_that_came_are_what_is_verified";

    /// Verifies what it writes of what it has read.
    fn written_again(headers: &HeaderMap, body: &[u8]) -> bool {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return false;
        };
        let body = serde_json::to_vec(&value).unwrap();
        let head = Head::new(headers);
        verifier(schemes::GITHUB).verify(head, body, NOW).is_ok()
    }

    /// Takes the body for text, whose ends do not matter.
    fn as_text(headers: &HeaderMap, body: &[u8]) -> bool {
        let verifier = verifier(schemes::GITHUB);
        let accepts = |body: &[u8]| verifier.verify(Head::new(headers), body, NOW).is_ok();
        let text = String::from_utf8_lossy(body);
        accepts(body) || accepts(format!("{}\n", text.trim_end()).as_bytes())
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn JsonIsWrittenAgain() {
        Twin::new("a88 JsonIsWrittenAgain", TEST, "an honest body is refused")
            .is_caught(|| check(written_again));
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn EndOfTheTextDoesNotCount() {
        let says = "passes in the place of";
        Twin::new("a88 EndOfTheTextDoesNotCount", TEST, says).is_caught(|| check(as_text));
    }
}
