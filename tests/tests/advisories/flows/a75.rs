//! CVE-2026-45075: a check written for GET that HEAD skipped.

use http::{Method, Request};
use portcullis_session::CachedStore;
use portcullis_tests::{Masker, Store, StoreKind};

use super::support::{Guarded, cookie_of, lifecycle, on_every_store, raw};

/// All methods of RFC 9110, of WebDAV some, and some that nobody knows.
const METHODS: [&str; 24] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "CONNECT",
    "QUERY",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "PURGE",
    "get",
    "head",
    "GeT",
    "X",
    "FOO-BAR_BAZ.QUX",
];

/// What came of a request.
struct Outcome {
    status: u16,
    reached: bool,
}

/// Asks by a method, as somebody who is signed in or as nobody.
async fn check(ask: impl AsyncFn(Method, bool) -> Outcome) {
    for name in METHODS {
        let method = || Method::from_bytes(name.as_bytes()).unwrap();
        let stranger = ask(method(), false).await;
        assert!(!stranger.reached, "a {name} of nobody reaches the handler");
        assert_eq!(stranger.status, 401, "{name}");
        let user = ask(method(), true).await;
        assert!(
            user.reached && user.status == 200,
            "{name}: {}",
            user.status
        );
    }
}

async fn a75_the_decision_is_the_same_for_every_method(kind: StoreKind) {
    let store = Store::new(kind).sessions;
    let cached = CachedStore::new(store.clone());
    for lifecycle in [lifecycle(store), lifecycle(cached)] {
        let cookie = cookie_of(&lifecycle, "usr_1").await;
        check(async |method: Method, signed_in: bool| {
            let guarded = Guarded::default();
            let mut request = Request::builder().method(method).uri("/");
            if signed_in {
                request = request.header("cookie", &cookie);
            }
            let request = request.body(String::new()).unwrap();
            let status = guarded.ask(&lifecycle, request).await;
            let reached = guarded.reached() == 1;
            Outcome { status, reached }
        })
        .await;
    }
}

async fn a75_the_server_lets_no_method_through(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    for path in [
        "/api/v1/me",
        "/api/v1/agents",
        "/api/v1/agents/x",
        "/api/v1/x",
    ] {
        for method in METHODS.into_iter().filter(|method| *method != "CONNECT") {
            let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
            let request = format!("{head}content-length: 0\r\nconnection: close\r\n\r\n");
            let (status, _) = raw(&masker.address(), &request).await;
            assert_eq!(status, 401, "{method} {path}");
        }
    }
}

on_every_store!(
    a75_the_decision_is_the_same_for_every_method,
    a75_the_server_lets_no_method_through,
);

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    async fn is_caught(name: &'static str, checked: fn(&Method) -> bool, says: &'static str) {
        let test = "a75_the_decision_is_the_same_for_every_method";
        let ask = async |method: Method, signed_in: bool| {
            let reached = signed_in || !checked(&method);
            let status = if reached { 200 } else { 401 };
            Outcome { status, reached }
        };
        Twin::new(name, test, says)
            .is_caught_async(check(ask))
            .await;
    }

    #[tokio::test]
    async fn heads_are_no_gets() {
        let says = "a HEAD of nobody reaches the handler";
        is_caught("a75 HeadsAreNoGets", |method| method != Method::HEAD, says).await;
    }

    #[tokio::test]
    async fn methods_by_a_list() {
        let known = |method: &Method| {
            let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT];
            known.contains(method) || [Method::DELETE, Method::PATCH].contains(method)
        };
        let says = "a OPTIONS of nobody reaches the handler";
        is_caught("a75 MethodsByAList", known, says).await;
    }
}
