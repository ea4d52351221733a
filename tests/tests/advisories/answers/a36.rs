//! CVE-2020-13254 (Django): keys that came from a request reached the cache as they were, and
//! collided there.
//!
//! Here: whatever a cookie says, all that a store is asked for is the SHA-256 of 32 bytes that a
//! well-formed token stands for.

use std::collections::HashSet;
use std::sync::Arc;

use http::HeaderMap;
use portcullis_core::{Digest, Random, Token};
use portcullis_session::{DynSessionStore, Lifecycle};

use super::support::{COOKIE, Spy, base64, grounds, headers, lifecycle};

type Watched = Spy<Arc<dyn DynSessionStore>>;

/// Looks up the session of a request.
trait Finder {
    fn over(store: Watched) -> Self;
    async fn find(&self, headers: &HeaderMap);
}

impl Finder for Lifecycle {
    fn over(store: Watched) -> Self {
        lifecycle(store)
    }

    async fn find(&self, headers: &HeaderMap) {
        let user = self.session(headers).principal().await;
        assert_eq!(user.expect("the store answers"), None);
    }
}

fn tokens(count: usize) -> Vec<String> {
    let token = || Token::generate(&Random::system()).unwrap();
    let text = |token: Token| token.encode().expose_secret().to_owned();
    std::iter::repeat_with(token)
        .take(count)
        .map(text)
        .collect()
}

/// Values that somebody else's store would have taken for a key, or stumbled over.
fn hostile() -> Vec<Vec<u8>> {
    let mut values: Vec<Vec<u8>> = [
        "user:1",
        "*",
        "../../etc/passwd",
        "a b",
        "session:*",
        "' OR 1=1 --",
        "{slot}key",
        "key\tvalue",
        "%00",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    values.push(b"x".repeat(251));
    values.push(b"\xff\xfe".repeat(20));
    for length in 0..=64 {
        values.push(b"A".repeat(length).into_iter().chain(*b"!").collect());
        values.push(b"f".repeat(length.min(42)));
    }
    for base in tokens(8) {
        let padded = format!("{base}=");
        let standard = base.replacen(|it: char| it.is_ascii_alphanumeric(), "+", 1);
        values.extend([padded, standard, base[..42].to_owned()].map(String::into_bytes));
        // A last character whose two spare bits are not zero.
        values.push(format!("{}B", &base[..42]).into_bytes());
    }
    values
}

async fn check<F: Finder>() {
    for ground in grounds() {
        let spy = Spy::new(Arc::clone(&ground.store));
        let finder = F::over(spy.clone());
        for value in hostile() {
            let line = [COOKIE.as_bytes(), b"=", &value].concat();
            finder.find(&headers(&[line])).await;
            let seen = spy.take();
            let shown = value.escape_ascii();
            assert_eq!(seen.calls, 0, "the store was asked for {shown}");
        }
        let mut keys = HashSet::new();
        for token in tokens(1_000) {
            finder.find(&headers(&[format!("{COOKIE}={token}")])).await;
            let seen = spy.take();
            let hashed = Digest::of(&base64::decode(&token));
            assert_eq!(seen.keys, [hashed], "the key is not the hash of the token");
            keys.insert(hashed);
        }
        assert_eq!(keys.len(), 1_000, "two tokens have one key");
    }
}

#[tokio::test]
async fn a36_no_input_reaches_the_key_of_a_store_but_by_its_hash() {
    check::<Lifecycle>().await;
}

#[test]
fn a36_the_hash_is_sha_256() {
    // FIPS 180-4, of the 32 bytes zero.
    let token = Token::parse(&b"A".repeat(43)).unwrap();
    let known = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
    let digest = token.digest();
    let hex: Vec<String> = digest
        .as_bytes()
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect();
    assert_eq!(hex.concat(), known);
}

mod with_a_fault {
    use portcullis_session::{Renewal, SessionStore as _};
    use portcullis_tests::Twin;

    use super::super::support::START;
    use super::*;

    const TEST: &str = "a36_no_input_reaches_the_key_of_a_store_but_by_its_hash";

    /// Takes what the cookie says for the key.
    struct Raw(Watched);

    /// Hashes whatever the cookie says, a token or not.
    struct Unparsed(Watched);

    async fn load(store: &Watched, key: Digest) {
        let found = store.load(&key, Renewal::Never, START).await;
        drop(found.unwrap());
    }

    impl Finder for Raw {
        fn over(store: Watched) -> Self {
            Self(store)
        }

        async fn find(&self, headers: &HeaderMap) {
            for value in portcullis_cookie::values(headers, COOKIE) {
                let text = std::str::from_utf8(value).unwrap_or("");
                if Token::parse(value).is_ok() {
                    let bytes = base64::decode(text).try_into().unwrap();
                    load(&self.0, Digest::from_bytes(bytes)).await;
                }
            }
        }
    }

    impl Finder for Unparsed {
        fn over(store: Watched) -> Self {
            Self(store)
        }

        async fn find(&self, headers: &HeaderMap) {
            for value in portcullis_cookie::values(headers, COOKIE) {
                load(&self.0, Digest::of(value)).await;
            }
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn CookieIsTheKey() {
        let says = "the key is not the hash of the token";
        Twin::new("a36 CookieIsTheKey", TEST, says)
            .is_caught_async(check::<Raw>())
            .await;
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn AnythingIsLookedUp() {
        Twin::new("a36 AnythingIsLookedUp", TEST, "the store was asked for")
            .is_caught_async(check::<Unparsed>())
            .await;
    }
}
