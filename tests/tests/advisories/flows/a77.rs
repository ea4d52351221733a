//! GHSA-xmf8-cvqr-rfgj: an `Authorization` header that was not as expected stopped the server.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Request};
use portcullis_session::MemoryStore;
use portcullis_tests::{Masker, StoreKind};

use super::support::{Guarded, cookie_of, lifecycle, on_every_store, raw};

/// How many pairs of headers are tried: `PORTCULLIS_ROUNDS`, or 10,000.
fn rounds() -> u64 {
    let chosen = std::env::var("PORTCULLIS_ROUNDS").ok();
    chosen.map_or(10_000, |text| {
        text.parse().expect("PORTCULLIS_ROUNDS is a number")
    })
}

/// Pieces of which headers are made that are nearly right.
const PIECES: [&[u8]; 28] = [
    b"Bearer",
    b"bearer ",
    b"Bearer ",
    b"BEARER\t",
    b"Basic ",
    b"Digest ",
    b" ",
    b"  ",
    b",",
    b"=",
    b"==",
    b";",
    b"; ",
    b"\"",
    b"__Host-session",
    b"__Host-session=",
    b"session=",
    b"%",
    b"%00",
    b"\t",
    b"\xff",
    b"\xc3\xa9",
    b"\x80",
    b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    b"null",
    b"[object Object]",
    b"eyJhbGciOiJub25lIn0.e30.",
    b"a:b",
];

/// The numbers that tell which pieces; the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    fn value(&mut self) -> HeaderValue {
        let mut bytes = Vec::new();
        for _ in 0..self.roll(8) {
            bytes.extend_from_slice(PIECES[self.roll(PIECES.len())]);
        }
        for _ in 0..self.roll(4) {
            let byte = u8::try_from(self.roll(256)).expect("a byte");
            bytes.push(if byte < 32 || byte == 127 { b' ' } else { byte });
        }
        HeaderValue::from_bytes(&bytes).expect("a header value")
    }
}

async fn check(ask: impl AsyncFn(HeaderMap) -> u16, rounds: u64) {
    let mut dice = Dice(77);
    for _ in 0..rounds {
        let mut headers = HeaderMap::new();
        for name in ["authorization", "cookie"] {
            for _ in 0..dice.roll(3) {
                headers.append(name, dice.value());
            }
        }
        let asked = AssertUnwindSafe(ask(headers.clone())).catch_unwind().await;
        let status = asked.unwrap_or(0);
        assert_ne!(status, 0, "it panics for {headers:?}");
        assert_eq!(status, 401, "it is not refused: {headers:?}");
    }
}

#[tokio::test]
async fn a77_odd_credentials_are_those_of_nobody() {
    let lifecycle = lifecycle(MemoryStore::new());
    // Somebody is there who must not be found.
    cookie_of(&lifecycle, "usr_1").await;
    let guarded = Guarded::default();
    let ask = async |headers: HeaderMap| {
        let mut request = Request::new(String::new());
        *request.headers_mut() = headers;
        guarded.ask(&lifecycle, request).await
    };
    check(ask, rounds()).await;
    assert_eq!(guarded.reached(), 0);
}

/// The same through the server, by which some do not even get to a route.
async fn a77_the_server_goes_on_after_odd_credentials(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let mut dice = Dice(770);
    for _ in 0..300 {
        let mut request = b"GET /api/v1/me HTTP/1.1\r\nhost: localhost\r\n".to_vec();
        for name in ["authorization: ", "cookie: masker_session="] {
            request.extend_from_slice(name.as_bytes());
            let value = dice.value();
            request.extend(value.as_bytes().iter().filter(|byte| byte.is_ascii()));
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"connection: close\r\n\r\n");
        let request = String::from_utf8(request).unwrap();
        let (status, _) = raw(&masker.address(), &request).await;
        assert_eq!(status, 401, "{request:?}");
    }
    let alice = masker.signed_in(Masker::ALICE).await;
    assert_eq!(alice.get("/api/v1/me").await.status, 200);
}

on_every_store!(a77_the_server_goes_on_after_odd_credentials);

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// It takes for granted that there is something after `Bearer`.
    #[tokio::test]
    async fn what_follows_bearer_is_there() {
        let test = "a77_odd_credentials_are_those_of_nobody";
        let twin = Twin::new("a77 WhatFollowsIsThere", test, "it panics for");
        let ask = async |headers: HeaderMap| {
            let header = headers.get("authorization");
            let header = header.and_then(|header| header.to_str().ok());
            let bearer = header.filter(|header| header.starts_with("Bearer"));
            let token = bearer.map(|bearer| bearer.split(' ').nth(1).expect("a token"));
            if token == Some("right") { 200 } else { 401 }
        };
        twin.is_caught_async(check(ask, 10_000)).await;
    }

    /// It answers what it does not understand with an error of its own.
    #[tokio::test]
    async fn what_is_no_text_is_our_fault() {
        let test = "a77_odd_credentials_are_those_of_nobody";
        let twin = Twin::new("a77 NoTextIsOurFault", test, "it is not refused");
        let ask = async |headers: HeaderMap| {
            let is_text = headers.values().all(|value| value.to_str().is_ok());
            if is_text { 401 } else { 500 }
        };
        twin.is_caught_async(check(ask, 10_000)).await;
    }
}
