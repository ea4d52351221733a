//! CVE-2013-0263 (rack), CVE-2018-1000119 (rack-protection), CVE-2017-14775 (Laravel): a token or
//! a MAC was compared with `==`, which tells by its time how much is equal.
//!
//! Here: what is secret cannot be compared at all; and nobody compares what was taken out of it.
//! That lookups take the same time is for the benchmark of timing.

use std::marker::PhantomData;

use portcullis_cookie::{KeyRing, Opened, SealKey, Sealer};
use portcullis_core::{Digest, EncodedToken, Secret, Token};
use portcullis_oauth::{AccessToken, Completed, GithubSignIn, ProviderTokens, RefreshToken};

use super::support::{Source, code, sources};

/// Of a type, to ask whether it can be compared.
struct Probe<T>(PhantomData<T>);

impl<T: PartialEq> Probe<T> {
    const fn is_comparable(&self) -> bool {
        true
    }
}

/// What is asked where the type has no `PartialEq`: a method of the type itself comes first.
trait Otherwise {
    fn is_comparable(&self) -> bool {
        false
    }
}

impl<T> Otherwise for &Probe<T> {}

macro_rules! types {
    ($($type:ty),+ $(,)?) => {
        [$((stringify!($type), (&Probe::<$type>(PhantomData)).is_comparable())),+]
    };
}

fn check_types(types: &[(&str, bool)]) {
    for (name, is_comparable) in types {
        assert!(!is_comparable, "{name} is secret and has a ==");
    }
}

/// What compares two values, beside `==`.
const COMPARISONS: [&str; 6] = [" == ", " != ", ".eq(", ".ne(", ".cmp(", "assert_eq!"];

/// Lines of code, each with those that only go on with it.
fn whole(text: &str) -> Vec<(usize, String)> {
    let mut whole: Vec<(usize, String)> = Vec::new();
    for (line, text) in code(text) {
        let text = text.trim();
        let goes_on = ["==", "!=", "."].iter().any(|it| text.starts_with(it));
        match whole.last_mut().filter(|_| goes_on) {
            Some((_, before)) => before.extend([" ", text]),
            None => whole.push((line, text.to_owned())),
        }
    }
    whole
}

fn check_sources(sources: &[Source]) {
    for source in sources {
        for (line, text) in whole(&source.text) {
            let compares = COMPARISONS.iter().any(|it| text.contains(it));
            let shows = text.contains("expose_secret()") || text.contains("expose_str()");
            let at = format!("{}:{line}", source.path);
            assert!(!(compares && shows), "a secret is compared at {at}: {text}");
        }
    }
}

#[test]
fn a40_what_is_secret_has_no_equality() {
    check_types(&types![
        Token,
        EncodedToken,
        Secret,
        SealKey,
        KeyRing,
        Sealer,
        Opened,
        AccessToken,
        RefreshToken,
        ProviderTokens,
        Completed,
        GithubSignIn,
    ]);
}

#[test]
fn a40_nobody_compares_what_was_taken_out_of_a_secret() {
    check_sources(&sources());
}

/// Where digests decide, they are compared in constant time, all of them.
#[test]
fn a40_the_comparison_of_digests_looks_at_every_bit() {
    let digest = Digest::of(b"token");
    for bit in 0..256 {
        let mut bytes = *digest.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(!digest.ct_eq(&Digest::from_bytes(bytes)), "bit {bit}");
    }
    assert!(digest.ct_eq(&Digest::of(b"token")));
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// A tag that somebody made comparable.
    #[derive(PartialEq)]
    struct Tag([u8; 32]);

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn TagHasAnEquality() {
        assert!(Tag([0; 32]) == Tag([0; 32]));
        let test = "a40_what_is_secret_has_no_equality";
        Twin::new("a40 TagHasAnEquality", test, "Tag is secret and has a ==")
            .is_caught(|| check_types(&types![Token, Tag]));
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn SecretIsCompared() {
        let text = "
            fn verify(tag: &Token, given: &Token) -> bool {
                tag.encode().expose_secret()
                    == given.encode().expose_secret()
            }";
        let mut with_it = sources();
        with_it.push(Source {
            path: "verify.rs".to_owned(),
            text: text.to_owned(),
        });
        let test = "a40_nobody_compares_what_was_taken_out_of_a_secret";
        let says = "a secret is compared at verify.rs:3";
        Twin::new("a40 SecretIsCompared", test, says).is_caught(|| check_sources(&with_it));
    }
}
