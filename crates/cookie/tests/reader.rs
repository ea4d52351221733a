//! How a request's cookies are read.

use http::header::{COOKIE, HeaderMap, HeaderValue};
use portcullis_cookie::{Pairs, pairs, values};
use proptest::prelude::*;

type Pair<'a> = (&'a [u8], &'a [u8]);

fn headers<L: AsRef<[u8]>>(lines: &[L]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(
            COOKIE,
            HeaderValue::from_bytes(line.as_ref()).expect("bytes of a header"),
        );
    }
    headers
}

fn texts<L: AsRef<[u8]>>(lines: &[L], name: &str) -> Vec<String> {
    values(&headers(lines), name)
        .map(|value| value.escape_ascii().to_string())
        .collect()
}

const OURS: &str = "__Host-x";

#[test]
fn s33_forged_names_are_other_names() {
    let forged: [&[u8]; 22] = [
        b"%5F%5FHost-x=y",
        b"%5f%5fHost-x=y",
        b"__Host%2Dx=y",
        b"__Host-x%00=y",
        b"__host-x=y",
        b"__HOST-X=y",
        "\u{2000}__Host-x=y".as_bytes(),
        "\u{a0}__Host-x=y".as_bytes(),
        "\u{feff}__Host-x=y".as_bytes(),
        b"\xa0__Host-x=y",
        b"\x85__Host-x=y",
        "__Host-x\u{2000}=y".as_bytes(),
        b"=__Host-x=y",
        b" =__Host-x=y",
        b"==__Host-x=y",
        b"__Host-x",
        b"$Version=1,__Host-x=y",
        b"$Version=\"1\" __Host-x=y",
        b"\"__Host-x\"=y",
        b"__Host-x.=y",
        b"__Host_x=y; __Host.x=y; __Host-x[]=y",
        b"a=__Host-x=y",
    ];
    for line in forged {
        assert!(texts(&[line], OURS).is_empty(), "{}", line.escape_ascii());
        // And each of them beside ours leaves ours as it is.
        for joined in [[line, &b"__Host-x=ours"[..]], [b"__Host-x=ours", line]] {
            assert_eq!(texts(&[joined.join(&b"; "[..])], OURS), ["ours"]);
        }
    }
}

#[test]
fn s33_no_legacy_attribute_changes_the_cookie_beside_it() {
    let line = "$Version=1; __Host-x=y; $Path=/; $Domain=.example.com";
    assert_eq!(texts(&[line], OURS), ["y"]);
    assert_eq!(texts(&[line], "$Path"), ["/"]);
}

#[test]
fn s33_space_and_tab_are_cut_off_and_nothing_else() {
    let line = "a=1;\t __Host-x \t= \t two words\t ; b=2";
    assert_eq!(texts(&[line], OURS), ["two words"]);
    assert_eq!(
        texts(&["__Host-x=\u{a0}y\u{2000}"], OURS),
        ["\\xc2\\xa0y\\xe2\\x80\\x80"]
    );
}

#[test]
fn s33_a_value_is_given_as_it_came() {
    for (line, value) in [
        ("__Host-x=", ""),
        ("__Host-x==", "="),
        ("__Host-x=a=b==", "a=b=="),
        ("__Host-x=%41%3b", "%41%3b"),
        ("__Host-x=a,b", "a,b"),
        ("__Host-x=\"q\"", "\\\"q\\\""),
        ("__Host-x=\"q", "\\\"q"),
    ] {
        assert_eq!(texts(&[line], OURS), [value], "{line}");
    }
}

#[test]
fn s33_a_quote_does_not_span_a_semicolon() {
    let line = "evil=\"a; __Host-x=ours; b\"; c=\"; __Host-x=too";
    assert_eq!(texts(&[line], OURS), ["ours", "too"]);
    assert_eq!(texts(&[line], "evil"), ["\\\"a"]);
}

#[test]
fn s34_cookies_of_others_never_hide_ours() {
    let strange: [&[u8]; 9] = [
        b"lang=\xff\xfe",
        b"\xff\xfe=1",
        "größe=süß".as_bytes(),
        b"noequals",
        b"=nameless",
        b"=",
        b";;;",
        b"{\"json\":\"a=b\"}",
        b"\t \t",
    ];
    for other in strange {
        for line in [
            [other, &b"__Host-x=ours"[..]].join(&b"; "[..]),
            [&b"__Host-x=ours"[..], other].join(&b";"[..]),
        ] {
            assert_eq!(texts(&[&line], OURS), ["ours"], "{}", line.escape_ascii());
        }
        assert_eq!(texts(&[other, b"__Host-x=ours"], OURS), ["ours"]);
        assert_eq!(texts(&[b"__Host-x=ours", other], OURS), ["ours"]);
    }
}

#[test]
fn s35_several_headers_read_like_one() {
    let several = ["a=1; __Host-x=first", "", "b=2", "__Host-x=second; a=3"];
    let joined = [several.join("; ")];
    assert_eq!(texts(&several, OURS), ["first", "second"]);
    assert_eq!(texts(&joined, OURS), ["first", "second"]);
    assert!(pairs(&headers(&several)).eq(pairs(&headers(&joined))));
}

#[test]
fn s35_no_cookie_spans_two_headers() {
    assert!(texts(&["__Host-x", "=y"], OURS).is_empty());
    assert_eq!(texts(&["__Host-x=\"a", "b\""], OURS), ["\\\"a"]);
}

#[test]
fn s36_duplicates_are_all_given_in_order() {
    let lines = ["id=a; id=; id=b", "other=1; id=a", "id=\u{fc}; id"];
    assert_eq!(texts(&lines, "id"), ["a", "", "b", "a", "\\xc3\\xbc"]);
    assert_eq!(values(&headers(&lines), "id").take(2).count(), 2);
}

#[test]
fn s36_flow_cookies_are_found_by_the_beginning_of_their_name() {
    let headers = headers(&[
        "__Host-oauth-a=1; __Host-oauth=2",
        "x__Host-oauth-b=3; __Host-oauth-c=4",
    ]);
    let found: Vec<Pair<'_>> = pairs(&headers)
        .filter(|(name, _)| name.starts_with(b"__Host-oauth-"))
        .collect();
    assert_eq!(
        found,
        [
            (&b"__Host-oauth-a"[..], &b"1"[..]),
            (b"__Host-oauth-c", b"4")
        ]
    );
}

#[test]
fn s37_no_name_reads_what_is_not_a_cookie() {
    let lines = ["a=1;=2; =3;4; ", "b = c"];
    for name in ["", " ", "a=1", "a;", "b ", "4", "=", ";"] {
        assert!(texts(&lines, name).is_empty(), "{name:?}");
    }
    assert!(values(&HeaderMap::new(), "a").next().is_none());
}

#[test]
fn s37_bytes_beyond_64_kib_are_not_looked_at() {
    let filler = |len| format!("f={}", "x".repeat(len - 2));
    // The last cookie ends with the last byte that is looked at, then one byte after it.
    let max = Pairs::MAX_BYTES;
    for (len, seen) in [(max - 5, true), (max - 4, false)] {
        let joined = format!("{}; a=1", filler(len));
        assert_eq!(texts(&[&joined], "a").len(), usize::from(seen));
        assert_eq!(texts(&[&*filler(len), "a=1"], "a").len(), usize::from(seen));
        assert_eq!(texts(&[&joined, "; a=2"], "a").len(), usize::from(seen));
    }
    // A cookie that is cut is passed over, not shortened.
    assert!(texts(&[filler(max + 1)], "f").is_empty());
    assert_eq!(texts(&[filler(max)], "f").len(), 1);
}

#[test]
fn s37_every_byte_is_handed_out_once_at_most() {
    let unit = [
        "a=1;",
        ";",
        "=",
        " ",
        "\"",
        "a",
        "a=;\t",
        "==;",
        "a=\"; b=\"",
    ];
    for unit in unit {
        let line = unit.repeat(Pairs::MAX_BYTES / unit.len());
        let headers = headers(&[&line]);
        let semicolons = line.bytes().filter(|byte| *byte == b';').count();
        let mut end = 0;
        let mut count = 0;
        for (name, value) in pairs(&headers) {
            for part in [name, value] {
                let range = part.as_ptr_range();
                assert!(end <= range.start as usize, "read twice: {unit:?}");
                end = range.end as usize;
            }
            count += 1;
        }
        assert!(count <= semicolons + 1, "{unit:?}");
    }
}

/// The rules of `Pairs` once more, by other means: on one joined line, with owned text.
fn oracle(lines: &[Vec<u8>]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let strip = |bytes: &[u8]| -> Vec<u8> {
        let start = bytes.iter().position(|b| !blank(b)).unwrap_or(bytes.len());
        let end = bytes
            .iter()
            .rposition(|b| !blank(b))
            .map_or(start, |at| at + 1);
        bytes[start..end].to_vec()
    };
    let joined = lines.join(&b"; "[..]);
    joined
        .split(|byte| *byte == b';')
        .filter_map(|piece| {
            let at = piece.iter().position(|byte| *byte == b'=')?;
            Some((strip(&piece[..at]), strip(&piece[at + 1..])))
        })
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

/// Bytes that a header can carry, those that matter here most often.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        6 => prop::sample::select(&b"ab=; \t\"%$,"[..]),
        1 => (0x20_u8..=0xff).prop_filter("DEL is no header byte", |byte| *byte != 0x7f),
    ];
    prop::collection::vec(byte, 0..40)
}

proptest! {
    #[test]
    fn s37_any_header_is_read_as_the_oracle_reads_it(lines in prop::collection::vec(line(), 0..5)) {
        let headers = headers(&lines);
        let expected = oracle(&lines);
        let read: Vec<_> = pairs(&headers).map(|(n, v)| (n.to_vec(), v.to_vec())).collect();
        prop_assert_eq!(&read, &expected);
        for name in ["a", "b", "ab", ""] {
            let of_name = expected.iter().filter(|(n, _)| n == name.as_bytes());
            prop_assert!(values(&headers, name).eq(of_name.map(|(_, value)| value.as_slice())));
        }
    }

    /// CVE-2016-7401: what two parsers read differently, an attacker can use.
    #[test]
    fn s33_what_servers_may_write_the_cookie_crate_reads_alike(
        cookies in prop::collection::vec(
            ("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}", "[!#-+\\--:<-\\[\\]-~]{0,12}"),
            1..8,
        ),
    ) {
        let line = cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        let headers = headers(&[&line]);
        let ours: Vec<_> = pairs(&headers)
            .map(|(n, v)| (String::from_utf8_lossy(n).into_owned(), String::from_utf8_lossy(v).into_owned()))
            .collect();
        prop_assert_eq!(&ours, &cookies);
        let theirs: Vec<_> = cookie::Cookie::split_parse(&line)
            .map(|cookie| cookie.map(|c| (c.name().to_owned(), c.value().to_owned())).unwrap())
            .collect();
        prop_assert_eq!(ours, theirs);
    }
}
