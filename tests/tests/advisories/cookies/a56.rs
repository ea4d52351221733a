//! CVE-2022-31629 (PHP): `.`, space and `[` in names became `_`, so that `..Host-x` forged a
//! prefix. CVE-2023-4639 (Undertow): a quoted value swallowed the cookies that followed it.
//!
//! Here: names are not mangled, and a `"` does not span a `;`.

use super::support::{OURS, Ours, Pair, Reader, by_the_rules, is_never_ours};

/// Names that become ours where characters are taken for others.
fn mangled() -> Vec<Vec<u8>> {
    let mut names = vec![
        OURS.to_uppercase(),
        OURS.to_lowercase(),
        format!("{OURS}[]"),
        format!("{OURS}[0]"),
        format!("$Version=1,{OURS}"),
        format!("\"{OURS}\""),
        format!("\\{OURS}"),
        format!("{OURS}\\"),
    ];
    for (from, to) in [
        ('_', ". [+-"),
        ('-', "._ \u{2010}\u{2212}"),
        ('H', "h\u{ff28}"),
        ('s', "\u{17f}S"),
    ] {
        for to in to.chars() {
            let to = to.to_string();
            names.push(OURS.replace(from, &to));
            names.push(OURS.replacen(from, &to, 1));
        }
    }
    names.extend(["\u{b}", "\u{c}", "\0"].map(|it| format!("{OURS}{it}")));
    // What no header can carry needs no reader.
    let carried = |it: &String| it.bytes().all(|byte| byte >= 0x20 && byte != 0x7f);
    let names = names.into_iter().filter(carried);
    names
        .map(|name| format!("{name}=evil").into_bytes())
        .collect()
}

/// Quotes that are opened before our cookie, and closed after it, or never.
const QUOTED: [&str; 8] = [
    r#"evil="a; __Host-sid=own; b""#,
    r#"evil="a; __Host-sid=own"#,
    r#"evil="; __Host-sid=own; c=""#,
    r#"evil="\"; __Host-sid=own; c="\"""#,
    r#"a="b; c="d; __Host-sid=own; e="f"#,
    r#""evil=a; __Host-sid=own; b""#,
    r#"evil='a; __Host-sid=own; b'"#,
    r#"evil="a;" __Host-sid="evil"; __Host-sid=own"#,
];

fn check_names(reader: &impl Reader) {
    is_never_ours(reader, &mangled());
}

fn check_quotes(reader: &impl Reader) {
    for line in QUOTED {
        let found = reader.values(line.as_bytes(), OURS);
        let own = found.iter().any(|value| value == b"own");
        assert!(own, "a quote swallows our cookie: {line}");
    }
}

#[test]
fn a56_names_are_not_mangled() {
    check_names(&Ours);
}

#[test]
fn a56_a_quote_does_not_span_a_semicolon() {
    check_quotes(&Ours);
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// Makes `_` of what cannot be in the name of a variable.
    struct Php;

    impl Reader for Php {
        fn pairs(&self, line: &[u8]) -> Vec<Pair> {
            let pairs = by_the_rules(line, |piece| piece).into_iter();
            let mangle = |byte: u8| if b". [".contains(&byte) { b'_' } else { byte };
            pairs
                .map(|(name, value)| (name.into_iter().map(mangle).collect(), value))
                .collect()
        }
    }

    /// Looks for the end of a quoted value behind the next `;`, too.
    struct Undertow;

    impl Reader for Undertow {
        fn pairs(&self, line: &[u8]) -> Vec<Pair> {
            let mut is_quoted = false;
            let pieces = line.split(|byte| {
                is_quoted ^= *byte == b'"';
                *byte == b';' && !is_quoted
            });
            pieces
                .flat_map(|piece| super::super::support::pair(piece.trim_ascii()))
                .collect()
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn NamesAreMangled() {
        let says = "another cookie is read as ours";
        Twin::new("a56 NamesAreMangled", "a56_names_are_not_mangled", says)
            .is_caught(|| check_names(&Php));
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn QuoteSpansSemicolons() {
        let test = "a56_a_quote_does_not_span_a_semicolon";
        let says = "a quote swallows our cookie";
        Twin::new("a56 QuoteSpansSemicolons", test, says).is_caught(|| check_quotes(&Undertow));
    }
}
