//! CVE-2025-58186 (Go), CVE-2026-25899 (Fiber): no limit on how many cookies a request has; and a
//! cookie that made the server allocate as much as it said.
//!
//! Here: a thousand cookies are read where they lie, and however many of them are ours, the store is
//! asked a few times at most. That reading allocates nothing is counted by
//! `s37_a_thousand_cookies_are_read_without_an_allocation` in `crates/cookie/tests/allocations.rs`:
//! counting needs a program of its own.

use std::sync::Arc;

use http::HeaderMap;
use portcullis_core::{Random, Token};
use portcullis_session::{DynSessionStore, Lifecycle};

use crate::answers::support::{COOKIE, Spy, grounds, headers, lifecycle, sign_in};

type Watched = Spy<Arc<dyn DynSessionStore>>;

const COOKIES: usize = 1_000;

/// So many tokens are looked up in one request at most, and the one that is found once more.
const MOST_CALLS: usize = 5;

/// Reads the cookies of headers.
type Reader = for<'a> fn(&'a HeaderMap) -> Vec<(&'a [u8], &'a [u8])>;

fn ours(headers: &HeaderMap) -> Vec<(&[u8], &[u8])> {
    portcullis_cookie::pairs(headers).collect()
}

/// A thousand cookies, some of which claim to be large.
fn many() -> HeaderMap {
    let each = (0..COOKIES).map(|at| match at % 4 {
        0 => format!("bomb{at}=x"),
        1 => format!("size{at}=4294967295"),
        2 => format!("c{at}=%7B%22a%22%3A1e999%7D"),
        _ => format!("{at}=\"{}\"", "[".repeat(20)),
    });
    headers(&[each.collect::<Vec<_>>().join("; ")])
}

fn check_reader(read: Reader) {
    let headers = many();
    let line = headers["cookie"].as_bytes().as_ptr_range();
    let cookies = read(&headers);
    assert_eq!(cookies.len(), COOKIES);
    for part in cookies.iter().flat_map(|(name, value)| [name, value]) {
        let part = part.as_ptr_range();
        let lies_there = line.start <= part.start && part.end <= line.end;
        assert!(lies_there, "a cookie is copied");
    }
}

/// Finds out who makes a request.
trait Finder {
    fn over(store: Watched) -> Self;
    async fn who(&self, headers: &HeaderMap) -> Option<String>;
}

impl Finder for Lifecycle {
    fn over(store: Watched) -> Self {
        lifecycle(store)
    }

    async fn who(&self, headers: &HeaderMap) -> Option<String> {
        crate::answers::support::who(self, headers).await
    }
}

async fn check_finder<F: Finder>() {
    for ground in grounds() {
        let spy = Spy::new(Arc::clone(&ground.store));
        let finder = F::over(spy.clone());
        let own = sign_in(&lifecycle(Arc::clone(&ground.store)), "ada").await;
        for count in [1, 2, 4, 5, 64, 65, COOKIES] {
            let token = || Token::generate(&Random::system()).unwrap().encode();
            let others = (0..count).map(|_| format!("{COOKIE}={}", token().expose_secret()));
            let others: Vec<String> = others.collect();
            spy.take();
            let user = finder.who(&headers(&[others.join("; ")])).await;
            assert_eq!(user, None);
            let calls = spy.take().calls;
            assert!(calls <= MOST_CALLS, "{count} cookies make {calls} calls");
        }
        // Cookies of others, and dead ones of ours that are no tokens, hide nothing and cost nothing.
        let mut line = many()["cookie"].to_str().unwrap().to_owned();
        line.push_str(&format!("; {COOKIE}=dead; {COOKIE}={own}; {COOKIE}=x"));
        spy.take();
        let user = finder.who(&headers(&[line])).await;
        assert_eq!(user.as_deref(), Some("ada"));
        assert_eq!(spy.take().calls, 1, "other cookies make calls");
    }
}

#[test]
fn a59_a_thousand_cookies_are_read_where_they_lie() {
    check_reader(ours);
}

#[tokio::test]
async fn a59_a_thousand_cookies_of_our_name_make_few_calls() {
    check_finder::<Lifecycle>().await;
}

mod with_a_fault {
    use portcullis_session::{Lookup, Renewal, SessionStore as _};
    use portcullis_tests::Twin;

    use super::*;
    use crate::answers::support::START;

    /// Makes a copy of each cookie.
    fn copying(headers: &HeaderMap) -> Vec<(&[u8], &[u8])> {
        let copy = |bytes: &[u8]| -> &'static [u8] { Vec::leak(bytes.to_vec()) };
        let cookies = portcullis_cookie::pairs(headers);
        cookies.map(|(n, v)| (copy(n), copy(v))).collect()
    }

    /// Looks each token up.
    struct Each(Watched);

    impl Finder for Each {
        fn over(store: Watched) -> Self {
            Self(store)
        }

        async fn who(&self, headers: &HeaderMap) -> Option<String> {
            for value in portcullis_cookie::values(headers, COOKIE) {
                let Ok(token) = Token::parse(value) else {
                    continue;
                };
                let found = self.0.load(&token.digest(), Renewal::Never, START).await;
                if let Lookup::Current { loaded, .. } = found.unwrap() {
                    return loaded.record.subject().map(|it| it.as_str().to_owned());
                }
            }
            None
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn EachIsCopied() {
        let test = "a59_a_thousand_cookies_are_read_where_they_lie";
        Twin::new("a59 EachIsCopied", test, "a cookie is copied")
            .is_caught(|| check_reader(copying));
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn EachIsLookedUp() {
        let test = "a59_a_thousand_cookies_of_our_name_make_few_calls";
        let says = "64 cookies make 64 calls";
        Twin::new("a59 EachIsLookedUp", test, says)
            .is_caught_async(check_finder::<Each>())
            .await;
    }
}
