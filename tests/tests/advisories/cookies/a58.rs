//! CVE-2024-52804 (Tornado): cookies were parsed in time that grew with the square of the header.
//!
//! Here: what a reader hands out of 64 KiB is at most what there is, and in proportion to what it
//! hands out of 8 KiB; no byte is handed out twice. How long that takes is for the benchmark.

use http::HeaderMap;
use portcullis_cookie::{Pairs, pairs};

use crate::answers::support::headers;

/// Reads the cookies of headers where they lie.
trait Reader {
    fn read<'a>(&self, headers: &'a HeaderMap) -> Vec<(&'a [u8], &'a [u8])>;
}

struct Ours;

impl Reader for Ours {
    fn read<'a>(&self, headers: &'a HeaderMap) -> Vec<(&'a [u8], &'a [u8])> {
        pairs(headers).collect()
    }
}

/// What a header is made of, over and over.
const HOSTILE: [&str; 16] = [
    "a=1;",
    "a=\"1;",
    "a=\"\\073\\\\;",
    "a=\"\\;",
    "=",
    ";",
    "\"",
    "=\"",
    "; =",
    " ",
    "\t;",
    "a",
    "a=;\t",
    "$Version=1;",
    "a=b,",
    "\\\"",
];

/// How many bytes are handed out, and how many cookies.
fn work(reader: &impl Reader, unit: &str, length: usize) -> (usize, usize) {
    let mut line = unit.repeat(length / unit.len() + 1);
    line.truncate(length);
    let headers = headers(&[line]);
    let read = reader.read(&headers);
    let bytes = read.iter().map(|(name, value)| name.len() + value.len());
    (bytes.sum(), read.len())
}

fn check(reader: &impl Reader) {
    const SMALL: usize = 8 * 1024;
    for unit in HOSTILE {
        let (little, few) = work(reader, unit, SMALL);
        let (much, many) = work(reader, unit, Pairs::MAX_BYTES);
        assert!(
            much <= Pairs::MAX_BYTES && little <= SMALL,
            "{unit:?} hands {much} bytes of 64 KiB out"
        );
        assert!(
            much <= 12 * little.max(SMALL / 8) && many <= 12 * few.max(1),
            "{unit:?} is read with more work than in proportion"
        );
    }
}

#[test]
fn a58_the_work_grows_with_the_header_and_not_faster() {
    check(&Ours);
}

/// What is not handed out is not looked at, either: a reader that stops, has stopped.
#[test]
fn a58_no_byte_is_handed_out_twice() {
    for unit in HOSTILE {
        let headers = headers(&[unit.repeat(Pairs::MAX_BYTES / unit.len())]);
        let mut end = std::ptr::null();
        for (name, value) in pairs(&headers) {
            for part in [name, value] {
                let range = part.as_ptr_range();
                assert!(end <= range.start, "{unit:?} hands bytes out twice");
                end = range.end;
            }
        }
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// Looks for the end of a quoted value all the way to the end of the header, for each anew.
    struct Quoting;

    impl Reader for Quoting {
        fn read<'a>(&self, headers: &'a HeaderMap) -> Vec<(&'a [u8], &'a [u8])> {
            let line = headers["cookie"].as_bytes();
            let mut read = Vec::new();
            let mut start = 0;
            for piece in line.split(|byte| *byte == b';') {
                if let Some(at) = piece.iter().position(|byte| *byte == b'=') {
                    let value = &piece[at + 1..];
                    let is_open = value.first() == Some(&b'"') && !value.ends_with(b"\"");
                    let value = if is_open {
                        &line[start + at + 1..]
                    } else {
                        value
                    };
                    read.push((&piece[..at], value));
                }
                start += piece.len() + 1;
            }
            read
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn QuotesAreFollowedToTheEnd() {
        let test = "a58_the_work_grows_with_the_header_and_not_faster";
        let says = "bytes of 64 KiB out";
        Twin::new("a58 QuotesAreFollowedToTheEnd", test, says).is_caught(|| check(&Quoting));
    }
}
