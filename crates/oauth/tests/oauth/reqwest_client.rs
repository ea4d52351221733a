//! The adapter against a server that does what it is told, byte by byte.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use portcullis_oauth::{HttpClient, HttpError, HttpErrorKind, Limits, ReqwestClient};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const LIMITS: Limits = Limits {
    timeout: Duration::from_secs(5),
    max_body: 100,
};

/// What a server does with one connection after it has read the request.
enum Act {
    Send(&'static [u8]),
    /// Sends this, then keeps the connection open and silent.
    SendAndStall(&'static [u8]),
    /// Sends this, then the same byte for ever.
    SendForever(&'static [u8]),
}

/// A server for one connection; its task ends with the request's head.
async fn server(act: Act) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        match act {
            Act::Send(bytes) => stream.write_all(bytes).await.unwrap(),
            Act::SendAndStall(bytes) => {
                stream.write_all(bytes).await.unwrap();
                // Until the client goes away.
                while !matches!(stream.read(&mut [0; 64]).await, Ok(0) | Err(_)) {}
            }
            Act::SendForever(bytes) => {
                stream.write_all(bytes).await.unwrap();
                while stream.write_all(&[b' '; 64]).await.is_ok() {}
            }
        }
        String::from_utf8(head).unwrap()
    });
    (format!("http://{address}/path?query"), task)
}

async fn send(uri: &str, limits: Limits) -> Result<http::Response<Bytes>, HttpError> {
    let request = Request::get(uri)
        .header("x-test", "1")
        .body(Bytes::new())
        .unwrap();
    ReqwestClient::new().unwrap().send(request, limits).await
}

async fn outcome(act: Act, limits: Limits) -> Result<(u16, String), HttpErrorKind> {
    let (uri, _server) = server(act).await;
    let answer = send(&uri, limits).await.map_err(|error| error.kind())?;
    let body = String::from_utf8(answer.body().to_vec()).unwrap();
    Ok((answer.status().as_u16(), body))
}

#[tokio::test]
async fn an_answer_comes_back_whole() {
    let (uri, server) = server(Act::Send(
        b"HTTP/1.1 201 x\r\ncontent-length: 2\r\nx-a: b\r\n\r\nok",
    ))
    .await;
    let answer = send(&uri, LIMITS).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.body()[..]),
        (201, &b"ok"[..])
    );
    assert_eq!(answer.headers()["x-a"], "b");
    let head = server.await.unwrap();
    assert!(head.starts_with("GET /path?query HTTP/1.1\r\n"));
    assert!(head.contains("x-test: 1") && !head.contains("referer"));
}

#[tokio::test]
async fn o34_redirects_are_not_followed() {
    let redirect = b"HTTP/1.1 302 x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(
        outcome(Act::Send(redirect), LIMITS).await,
        Ok((302, String::new()))
    );
}

#[tokio::test]
async fn o34_the_cap_holds_whatever_the_length_says() {
    let declared = b"HTTP/1.1 200 x\r\ncontent-length: 104857600\r\n\r\n";
    let undeclared = b"HTTP/1.1 200 x\r\nconnection: close\r\n\r\n";
    for head in [&declared[..], undeclared] {
        let told = outcome(Act::SendForever(head), LIMITS).await;
        assert_eq!(told, Err(HttpErrorKind::TooLarge));
    }
    let exact = b"HTTP/1.1 200 x\r\nconnection: close\r\n\r\n1234567890";
    let limits = |max_body| Limits { max_body, ..LIMITS };
    assert_eq!(
        outcome(Act::Send(exact), limits(10)).await,
        Ok((200, "1234567890".to_owned()))
    );
    assert_eq!(
        outcome(Act::Send(exact), limits(9)).await,
        Err(HttpErrorKind::TooLarge)
    );
}

#[tokio::test]
async fn o35_silence_ends_by_the_timeout() {
    let limits = Limits {
        timeout: Duration::from_millis(100),
        ..LIMITS
    };
    for stalled in [
        &b""[..],
        b"HTTP/1.1 200 x\r\n",
        b"HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\nhalf",
    ] {
        let told = outcome(Act::SendAndStall(stalled), limits).await;
        assert_eq!(told, Err(HttpErrorKind::TimedOut));
    }
}

#[tokio::test]
async fn o36_no_connection_is_told_from_a_broken_one() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let told = send(&format!("http://{closed}/"), LIMITS)
        .await
        .unwrap_err();
    assert_eq!(told.kind(), HttpErrorKind::Connect);
    for broken in [
        &b""[..],
        b"junk\r\n\r\n",
        b"HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\nhalf",
    ] {
        assert_eq!(
            outcome(Act::Send(broken), LIMITS).await,
            Err(HttpErrorKind::Broken)
        );
    }
}

#[tokio::test]
async fn o34_plain_http_goes_to_loopback_addresses_alone() {
    for uri in [
        "http://github.com/",
        "http://192.0.2.1/",
        "http://localhost.example/",
        "ftp://127.0.0.1/",
        "/path",
    ] {
        let told = send(uri, LIMITS).await.unwrap_err();
        assert_eq!(told.kind(), HttpErrorKind::Insecure, "{uri}");
    }
}
