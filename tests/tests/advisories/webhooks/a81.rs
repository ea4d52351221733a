//! RUSTSEC-2024-0010 / CVE-2024-21491 (svix): signatures were compared for as long as the shorter
//! one is, so that an empty one always passed.
//!
//! Here: of all signatures of 0 to 200 bytes, in hex and in base64, the right one alone passes.

use http::HeaderMap;
use portcullis_webhook::{Encoding, Hash, Head, Scheme, Verifier, schemes};

use super::support::{BODY, NOW, hex, of_base64, signed, to_base64, unhex, verifier};

/// Who takes deliveries.
trait Receiver {
    fn new(case: &Case) -> Self;
    fn accepts(&self, headers: &HeaderMap) -> bool;
}

impl Receiver for Verifier {
    fn new(case: &Case) -> Self {
        verifier(case.scheme)
    }

    fn accepts(&self, headers: &HeaderMap) -> bool {
        self.verify(Head::new(headers), BODY, NOW).is_ok()
    }
}

/// A scheme, and how its signature is written.
#[derive(Clone, Copy)]
struct Case {
    scheme: Scheme<'static>,
    header: &'static str,
    prefix: &'static str,
    is_hex: bool,
}

const fn own(header: &'static str, hash: Hash, is_hex: bool) -> Case {
    let encoding = match is_hex {
        true => Encoding::Hex,
        false => Encoding::Base64,
    };
    Case {
        scheme: Scheme::hmac("own", hash, header, encoding),
        header,
        prefix: "",
        is_hex,
    }
}

const CASES: [Case; 6] = [
    Case {
        scheme: schemes::GITHUB,
        header: "x-hub-signature-256",
        prefix: "sha256=",
        is_hex: true,
    },
    Case {
        scheme: schemes::STANDARD_WEBHOOKS,
        header: "webhook-signature",
        prefix: "v1,",
        is_hex: false,
    },
    own("x-signature", Hash::Sha1, true),
    own("x-signature", Hash::Sha384, false),
    own("x-signature", Hash::Sha512, true),
    own("x-signature", Hash::Sha512, false),
];

impl Case {
    fn signed(&self) -> HeaderMap {
        signed(self.scheme, "msg_1", BODY)
    }

    fn read(&self, headers: &HeaderMap) -> Vec<u8> {
        let text = headers[self.header].to_str().unwrap();
        let text = text.strip_prefix(self.prefix).unwrap();
        match self.is_hex {
            true => unhex(text),
            false => of_base64(text),
        }
    }

    fn write(&self, bytes: &[u8]) -> String {
        let text = match self.is_hex {
            true => hex(bytes),
            false => to_base64(bytes),
        };
        format!("{}{text}", self.prefix)
    }
}

/// What is right as far as it goes, and then goes on with itself or with zeros.
fn forged(right: &[u8], length: usize) -> [Vec<u8>; 2] {
    let again = right.iter().copied().cycle().take(length);
    let zeros = right.iter().copied().chain(std::iter::repeat(0));
    [again.collect(), zeros.take(length).collect()]
}

fn check<R: Receiver>() {
    for case in CASES {
        let receiver = R::new(&case);
        let mut headers = case.signed();
        assert!(receiver.accepts(&headers), "the right signature is refused");
        let right = case.read(&headers);
        for length in 0..=200 {
            for forged in forged(&right, length) {
                let text = case.write(&forged);
                headers.insert(case.header, text.parse().unwrap());
                let is_right = forged == right;
                assert_eq!(
                    receiver.accepts(&headers),
                    is_right,
                    "{length} bytes are taken for a signature"
                );
            }
        }
        let text = case.write(&right);
        for length in 0..text.len() {
            headers.insert(case.header, text[..length].parse().unwrap());
            assert!(!receiver.accepts(&headers), "{length} characters are taken");
        }
    }
}

#[test]
fn a81_only_a_signature_of_exactly_its_length_passes() {
    check::<Verifier>();
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a81_only_a_signature_of_exactly_its_length_passes";

    /// The right signature, and how what is given is compared with it.
    struct Comparing<const BY: usize> {
        case: Case,
        right: Vec<u8>,
    }

    const SHORTER: usize = 0;
    const PREFIX: usize = 1;

    impl<const BY: usize> Receiver for Comparing<BY> {
        fn new(case: &Case) -> Self {
            let right = case.read(&case.signed());
            Self { case: *case, right }
        }

        fn accepts(&self, headers: &HeaderMap) -> bool {
            let text = headers[self.case.header].to_str().unwrap();
            if !text.starts_with(self.case.prefix) {
                return false;
            }
            let given = self.case.read(headers);
            match BY {
                SHORTER => given.iter().zip(&self.right).all(|(a, b)| a == b),
                _ => given.starts_with(&self.right),
            }
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn ShorterLengthDecides() {
        let says = "0 bytes are taken for a signature";
        Twin::new("a81 ShorterLengthDecides", TEST, says).is_caught(check::<Comparing<SHORTER>>);
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn WhatFollowsIsIgnored() {
        let says = "33 bytes are taken for a signature";
        Twin::new("a81 WhatFollowsIsIgnored", TEST, says).is_caught(check::<Comparing<PREFIX>>);
    }
}
