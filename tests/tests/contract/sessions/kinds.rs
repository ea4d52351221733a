//! Line 31: every kind of response.

use http::Method;
use portcullis_tests::{Ask, Browser, Site};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Stack, on_every_stack};
use crate::support::set_cookie;

on_every_stack!(
    s48_s31_every_kind_of_response_carries_the_cookie,
    s48_s31_a_stream_is_not_buffered,
    s48_s31_a_connection_can_be_upgraded,
);

async fn s48_s31_every_kind_of_response_carries_the_cookie(stack: Stack) {
    let site = stack.start().await;
    for (method, kind, status, body) in [
        (Method::GET, "page", 200, "a page that is long"),
        (Method::HEAD, "page", 200, ""),
        (Method::GET, "empty", 204, ""),
        (Method::GET, "redirect", 303, ""),
        (Method::GET, "error", 409, "an error of its own"),
        (Method::GET, "not-modified", 304, ""),
        (Method::GET, "cookies", 200, "a page that is long"),
    ] {
        let browser = site.browser();
        let answer = browser
            .ask(Ask::new(method.clone(), &format!("/kind/{kind}")))
            .await;
        assert_eq!(answer.status, status, "{method} {kind}");
        assert!(answer.text().starts_with(body), "{method} {kind}");
        assert_eq!(answer.body.is_empty(), body.is_empty(), "{method} {kind}");
        assert!(
            set_cookie(&answer, Site::COOKIE).is_some(),
            "{method} {kind}"
        );
        // What was written was committed with the head.
        assert_eq!(
            browser.get("/value/a").await.text(),
            kind,
            "{method} {kind}"
        );
    }
    if stack.1 {
        let ask = Ask::get("/kind/page").with("accept-encoding", "gzip");
        let answer = site.browser().ask(ask).await;
        assert_eq!(answer.header("content-encoding"), "gzip");
        assert!(answer.body.starts_with(b"\x1f\x8b") && answer.body.len() < 100);
        assert!(set_cookie(&answer, Site::COOKIE).is_some());
    }
}

async fn s48_s31_a_stream_is_not_buffered(stack: Stack) {
    let site = stack.start().await;
    for kind in ["stream", "events"] {
        let gate = site.gates.gate(kind);
        let mut response = site
            .browser()
            .stream(Ask::get(&format!("/kind/{kind}")))
            .await;
        let line = response.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .to_owned();
        let first = response.chunk().await.unwrap().unwrap();
        assert_eq!(&first[..], b"data: one\n\n", "{kind}");
        // The rest is still to come, and what was written can be read already.
        let browser = Browser::new(&site.base);
        browser.plant(&line);
        assert_eq!(browser.get("/value/a").await.text(), kind);
        gate.open();
        let second = response.chunk().await.unwrap().unwrap();
        assert_eq!(&second[..], b"data: two\n\n", "{kind}");
        assert!(response.chunk().await.unwrap().is_none(), "{kind}");
    }
}

async fn s48_s31_a_connection_can_be_upgraded(stack: Stack) {
    let site = stack.start().await;
    let mut stream = TcpStream::connect(site.address()).await.unwrap();
    let request = "GET /kind/upgrade HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\n\
        upgrade: echo\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    assert!(head.contains("\r\nset-cookie: __host-session="), "{head}");
    stream.write_all(b"hello").await.unwrap();
    let mut echo = [0; 5];
    stream.read_exact(&mut echo).await.unwrap();
    assert_eq!(&echo, b"hello");
}
