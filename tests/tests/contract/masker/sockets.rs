//! Connections: both versions of HTTP, time limits, and the way to stop.

use std::time::Duration;

use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use portcullis_tests::{Masker, StoreKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::on_every_store;

on_every_store!(s35_cookie_lines_of_http_2_are_one_header);

/// HTTP/2 lets a client send each cookie in a line of its own (RFC 9113 §8.2.3).
async fn s35_cookie_lines_of_http_2_are_one_header(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.signed_in(Masker::ALICE).await;
    let ours = format!(
        "{}={}",
        Masker::COOKIE,
        browser.cookie(Masker::COOKIE).unwrap()
    );
    let stream = TcpStream::connect(masker.address()).await.unwrap();
    let shaken = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (mut client, connection) = shaken.unwrap();
    tokio::spawn(connection);
    for lines in [
        vec!["a=1", &ours, "b=2"],
        vec![&ours],
        vec!["a=1; b=2", &ours],
    ] {
        let mut request = Request::get(format!("{}/api/v1/me", masker.base));
        for line in &lines {
            request = request.header("cookie", *line);
        }
        let answer = client.send_request(request.body(Empty::<bytes::Bytes>::new()).unwrap());
        let answer = answer.await.unwrap();
        assert_eq!(
            (answer.status(), answer.version()),
            (StatusCode::OK, http::Version::HTTP_2)
        );
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(
            body.windows(9).any(|window| window == b"alice-dev"),
            "{} lines",
            lines.len()
        );
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let masker = Masker::start(StoreKind::Memory).await;
    let mut slow = TcpStream::connect(masker.address()).await.unwrap();
    slow.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\nx-slow: ")
        .await
        .unwrap();
    // From here on time passes whenever everybody waits.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let mut answer = Vec::new();
    let read = slow.read_to_end(&mut answer).await;
    let waited = begun.elapsed();
    tokio::time::resume();
    assert!(read.is_err() || answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"));
    let limit = Duration::from_secs(9)..Duration::from_secs(30);
    assert!(limit.contains(&waited), "{waited:?}");
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_server_stops() {
    let mut masker = Masker::start(StoreKind::Sqlite).await;
    let browser = masker.signed_in(Masker::ALICE).await;
    let cookie = browser.cookie(Masker::COOKIE).unwrap();
    let address = masker.address();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let (body, half) = (r#"{"name":"late"}"#, 7);
    let head = format!(
        "POST /api/v1/agents HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\ncookie: masker_session={cookie}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The handler asks for the body: the request is under way.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&body.as_bytes()[..half]).await.unwrap();

    masker.stop();
    while TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!masker.is_stopped(), "it waits for the request");
    stream.write_all(&body.as_bytes()[half..]).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    masker.stopped().await;
}
