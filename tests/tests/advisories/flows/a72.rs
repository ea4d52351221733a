//! RUSTSEC-2024-0421: two spellings of a host that are one after decoding.

use portcullis_oauth::{ReturnOrigin, ReturnPath};
use portcullis_tests::workspace;

/// Hosts that are another than the one beside them.
const DIFFERENT: [(&str, &str); 20] = [
    ("app.example", "xn--app-.example"),
    ("app.example", "xn--app.example"),
    ("app.example", "XN--APP-.example"),
    ("app.example", "app.xn--example-"),
    ("app.example", "xn--app-.xn--example-"),
    ("app.example", "xn--.app.example"),
    ("app.example", "app.example."),
    ("app.example", "app.example.evil.example"),
    ("app.example", "app-example"),
    ("app.example", "app.examp1e"),
    ("app.example", "\u{430}pp.example"),
    ("app.example", "xn--pp-7kc.example"),
    ("app.example", "app.ex\u{430}mple"),
    ("app.example", "app\u{2024}example.evil.example"),
    ("b\u{fc}cher.example", "bucher.example"),
    ("b\u{fc}cher.example", "xn--bcher-kvb.example"),
    ("xn--bcher-kva.example", "xn--xn--bcher-kva-.example"),
    ("fa\u{df}.example", "fass.example"),
    ("127.0.0.1", "127.0.0.1.example"),
    ("127.0.0.1", "xn--127-.0.0.1"),
];

/// Spellings of one host, all of which the standard of browsers takes for one.
const SAME: [(&str, &str); 5] = [
    ("app.example", "APP.Example"),
    ("app.example", "app\u{3002}example"),
    ("app.example", "\u{ff41}pp.example"),
    ("b\u{fc}cher.example", "xn--bcher-kva.example"),
    ("127.0.0.1", "2130706433"),
];

fn check(same: impl Fn(&str, &str) -> bool) {
    for (host, other) in DIFFERENT {
        assert!(same(host, host), "{host:?} is not itself");
        assert!(!same(host, other), "{host:?} and {other:?} are one");
        assert!(!same(other, host), "{other:?} and {host:?} are one");
    }
    for (host, other) in SAME {
        assert!(same(host, other), "{host:?} and {other:?} are two");
    }
}

fn origin(host: &str) -> Option<ReturnOrigin> {
    ReturnOrigin::parse(&format!("https://{host}")).ok()
}

#[test]
fn a72_two_origins_are_one_if_browsers_say_so() {
    check(|host, other| origin(host).is_some() && origin(host) == origin(other));
}

/// Of the spellings of an allowed host one is written, so that nobody need decode any.
#[test]
fn a72_an_address_has_the_one_spelling() {
    let pairs = DIFFERENT.into_iter().chain(SAME);
    for (host, other) in pairs {
        let allowed: Vec<ReturnOrigin> = origin(host).into_iter().collect();
        assert_eq!(allowed.len(), 1, "{host}");
        let parsed = ReturnPath::parse_with(&format!("https://{other}/"), &allowed);
        let is_canonical = other == "xn--bcher-kva.example" && host.starts_with("b\u{fc}cher");
        assert_eq!(parsed.is_ok(), is_canonical, "{other:?} for {host:?}");
    }
}

#[test]
fn a72_no_label_that_decodes_to_plain_letters_is_a_host() {
    for host in [
        "xn--app-.example",
        "xn--app.example",
        "xn--.example",
        "xn--a-.b.example",
    ] {
        assert!(origin(host).is_none(), "{host}");
    }
}

#[test]
fn a72_idna_is_new_enough() {
    let lock = std::fs::read_to_string(workspace().join("Cargo.lock")).unwrap();
    let after = lock.split("name = \"idna\"\nversion = \"").skip(1);
    let versions: Vec<&str> = after.filter_map(|rest| rest.split('"').next()).collect();
    assert!(!versions.is_empty());
    for version in versions {
        let numbers: Vec<u32> = version
            .split('.')
            .map(|part| part.parse().unwrap())
            .collect();
        assert!(numbers >= vec![1, 0, 3], "idna {version}");
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;
    use url::Url;

    use super::*;

    const TEST: &str = "a72_two_origins_are_one_if_browsers_say_so";

    fn host(text: &str) -> Option<String> {
        let url = Url::parse(&format!("https://{text}")).ok()?;
        url.host_str().map(str::to_owned)
    }

    /// A label of plain letters in disguise is those letters.
    fn undisguised(text: &str) -> String {
        let label = |label: &str| {
            let lower = label.to_lowercase();
            let plain = lower
                .strip_prefix("xn--")
                .and_then(|label| label.strip_suffix('-'));
            plain.map_or(label.to_owned(), str::to_owned)
        };
        let labels: Vec<String> = text.split('.').map(label).collect();
        labels.join(".")
    }

    #[test]
    fn plain_letters_are_decoded() {
        let says = "\"app.example\" and \"xn--app-.example\" are one";
        Twin::new("a72 PlainLettersAreDecoded", TEST, says).is_caught(|| {
            check(|one, other| {
                let (one, other) = (host(&undisguised(one)), host(&undisguised(other)));
                one.is_some() && one == other
            });
        });
    }

    #[test]
    fn a_beginning_is_enough() {
        let says = "are one";
        Twin::new("a72 ABeginningIsEnough", TEST, says).is_caught(|| {
            check(|one, other| match (host(one), host(other)) {
                (Some(one), Some(other)) => other.starts_with(&one),
                _ => false,
            });
        });
    }
}
