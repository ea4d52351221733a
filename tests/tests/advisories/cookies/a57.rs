//! CVE-2016-7401 (Django): the server's parser saw another cookie than the browser had, so that a
//! third party could set the one against forged requests.
//!
//! Here: 10,000 headers of what servers may write, and of what others put beside it, are read alike
//! by ours, by the `cookie` crate and by the splitting of a browser (RFC 6265bis §5.8.3); and what a
//! browser's jar sends, ours reads as the jar has it.

use cookie_store::{CookieStore, RawCookie};
use portcullis_cookie::{CookiePolicy, Lifetime};
use portcullis_core::Digest;
use url::Url;

use super::support::{OURS, Ours, Pair, Reader, by_the_rules};

const LINES: u32 = 10_000;

/// Bytes that a seed chooses, always the same.
struct Dice {
    seed: u64,
    bytes: Vec<u8>,
}

impl Dice {
    fn new(seed: u64) -> Self {
        let bytes = Vec::new();
        Self { seed, bytes }
    }

    fn below(&mut self, limit: usize) -> usize {
        let byte = self.bytes.pop().unwrap_or_else(|| {
            self.seed += 1;
            self.bytes = Digest::of(&self.seed.to_be_bytes()).as_bytes().to_vec();
            self.bytes.pop().expect("32 bytes")
        });
        usize::from(byte) % limit
    }

    /// Up to this many of these characters.
    fn text(&mut self, alphabet: &[u8], least: usize, most: usize) -> String {
        let length = least + self.below(most - least + 1);
        (0..length)
            .map(|_| char::from(alphabet[self.below(alphabet.len())]))
            .collect()
    }
}

const NAMES: &[u8] = b"ab_-.!#$%&'*+^`|~AZ09";
/// `cookie-octet` (RFC 6265 §4.1.1), what parsers trip over most often.
const VALUES: &[u8] = b"ab09!#$%&'()*+-./:<=>?@[]^_`{|}~";

/// A header, and the cookies that it is made of.
fn line(dice: &mut Dice) -> (String, Vec<(String, String)>) {
    let count = 1 + dice.below(6);
    let mut cookies: Vec<(String, String)> = (0..count)
        .map(|_| (dice.text(NAMES, 1, 6), dice.text(VALUES, 0, 8)))
        .collect();
    // Now and then ours, or something that tries to look like it within a value.
    let at = dice.below(count);
    match dice.below(3) {
        0 => OURS.clone_into(&mut cookies[at].0),
        1 => cookies[at].1 = format!("{}]{OURS}=evil", dice.text(VALUES, 0, 4)),
        _ => {}
    }
    let pieces: Vec<String> = cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    (pieces.join("; "), cookies)
}

fn text((name, value): Pair) -> (String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("ASCII");
    (text(name), text(value))
}

fn check(reader: &impl Reader) {
    let mut dice = Dice::new(57);
    for _ in 0..LINES {
        let (line, written) = line(&mut dice);
        let read = reader.pairs(line.as_bytes()).into_iter();
        let read: Vec<_> = read.map(text).collect();
        assert_eq!(read, written, "what is read is not what was written");
        let theirs = RawCookie::split_parse(line.as_str()).map(|it| it.expect("a cookie"));
        let theirs: Vec<_> = theirs
            .map(|it| (it.name().to_owned(), it.value().to_owned()))
            .collect();
        assert_eq!(read, theirs, "the cookie crate reads something else");
        let split = by_the_rules(line.as_bytes(), |piece| piece).into_iter();
        let split: Vec<_> = split.map(text).collect();
        assert_eq!(read, split, "a browser splits it in another way");
    }
}

/// What goes out, comes back.
fn check_jar(reader: &impl Reader) {
    let policy = CookiePolicy::host("sid").build().unwrap();
    let url = Url::parse("https://app.example.org/").unwrap();
    let mut dice = Dice::new(5_757);
    for _ in 0..500 {
        let mut jar = CookieStore::new();
        let value = dice.text(VALUES, 1, 40);
        let set = policy.set(&value, Lifetime::Browser).unwrap();
        // Another application of the domain plants what it can, before and after.
        let mut plant = |jar: &mut CookieStore| {
            let (name, planted) = (dice.text(NAMES, 1, 6), dice.text(VALUES, 0, 8));
            let line = format!("{name}={planted}]{OURS}=evil; Domain=example.org; Path=/");
            // What the jar does not take, it does not send.
            let _ = jar.parse(&line, &url);
        };
        plant(&mut jar);
        jar.parse(set.to_str().unwrap(), &url).expect("our cookie");
        plant(&mut jar);
        let sent = jar.get_request_values(&url);
        let sent: Vec<String> = sent.map(|(n, v)| format!("{n}={v}")).collect();
        let read = reader.values(sent.join("; ").as_bytes(), OURS);
        assert_eq!(read, [value.as_bytes()], "the jar has another cookie");
    }
}

#[test]
fn a57_others_read_what_we_read() {
    check(&Ours);
}

#[test]
fn a57_the_jar_has_what_we_read() {
    check_jar(&Ours);
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// Ends a cookie at what cannot be in a value by its own rules, and reads on from there, as
    /// Python's `SimpleCookie` did.
    struct SimpleCookie;

    impl Reader for SimpleCookie {
        fn pairs(&self, line: &[u8]) -> Vec<Pair> {
            let line: Vec<u8> = line
                .iter()
                .map(|byte| if *byte == b']' { b';' } else { *byte })
                .collect();
            by_the_rules(&line, |piece| piece)
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn BracketEndsACookie() {
        let says = "what is read is not what was written";
        Twin::new(
            "a57 BracketEndsACookie",
            "a57_others_read_what_we_read",
            says,
        )
        .is_caught(|| check(&SimpleCookie));
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn BracketBeginsACookie() {
        let says = "the jar has another cookie";
        Twin::new(
            "a57 BracketBeginsACookie",
            "a57_the_jar_has_what_we_read",
            says,
        )
        .is_caught(|| check_jar(&SimpleCookie));
    }
}
