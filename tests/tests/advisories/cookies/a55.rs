//! CVE-2023-23934 (Werkzeug): the nameless cookie `=__Host-x=bad`, which any sibling may set, was
//! read as `__Host-x`.
//!
//! Here: a cookie without a name is none of ours, whatever stands behind its `=`.

use super::support::{OURS, Ours, Pair, Reader, by_the_rules, is_never_ours, pair};

/// Nameless cookies, and such as begin oddly.
fn forged() -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    for before in [
        "=",
        " =",
        "= ",
        "\t=",
        "==",
        "===",
        "=;=",
        "=\"",
        "\"\"=",
        "=,",
        "= =",
        "\u{a0}=",
        "\u{2000}=",
        "\u{feff}=",
        "''=",
        "=x; =",
    ] {
        lines.push(format!("{before}{OURS}=evil").into_bytes());
        lines.push(format!("{before}{OURS}=").into_bytes());
        lines.push(format!("{before}{OURS}").into_bytes());
    }
    for alone in [OURS, "=", "", "; ;", "=evil", "a; =evil", "=;"] {
        lines.push(alone.as_bytes().to_vec());
    }
    lines.push([b"\xa0=", OURS.as_bytes(), b"=evil"].concat());
    lines.push([b"\x85", OURS.as_bytes(), b"=evil"].concat());
    lines
}

fn check(reader: &impl Reader) {
    is_never_ours(reader, &forged());
    for line in forged() {
        let nameless = reader.pairs(&line).iter().any(|(name, _)| name.is_empty());
        assert!(!nameless, "a nameless cookie is given");
    }
}

#[test]
fn a55_a_nameless_cookie_is_none_of_ours() {
    check(&Ours);
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// Cuts `=` off at the beginning.
    struct Stripping;

    impl Reader for Stripping {
        fn pairs(&self, line: &[u8]) -> Vec<Pair> {
            by_the_rules(line, |piece| {
                let start = piece.iter().position(|byte| *byte != b'=');
                piece[start.unwrap_or(piece.len())..].to_vec()
            })
        }
    }

    /// Gives cookies without a name, to be taken for what they say.
    struct Nameless;

    impl Reader for Nameless {
        fn pairs(&self, line: &[u8]) -> Vec<Pair> {
            let pieces = line.split(|byte| *byte == b';');
            pieces.filter_map(pair).collect()
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn LeadingEqualsSignIsStripped() {
        let test = "a55_a_nameless_cookie_is_none_of_ours";
        let says = "another cookie is read as ours";
        Twin::new("a55 LeadingEqualsSignIsStripped", test, says).is_caught(|| check(&Stripping));
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn NamelessIsGiven() {
        let test = "a55_a_nameless_cookie_is_none_of_ours";
        let says = "a nameless cookie is given";
        Twin::new("a55 NamelessIsGiven", test, says).is_caught(|| check(&Nameless));
    }
}
