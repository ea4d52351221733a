//! RUSTSEC-2025-0037, RUSTSEC-2026-0033, RUSTSEC-2026-0034 (pingora): the rest of a body that nobody
//! had read was taken for the next request, also after an early upgrade and with the chunks of
//! HTTP/1.0.
//!
//! Here: a delivery is refused by its head, and its body is a request of its own. Whatever the
//! refusal: no byte of it is taken for one, and what follows on the connection is answered as it
//! should be, or nothing is because it is closed.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, Request};
use hyper::body::Incoming;
use portcullis_webhook::schemes;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::util::BoxCloneService;
use tower::{ServiceExt as _, service_fn};

use super::support::{BODY, Handled, Served, Service, Wire, head, layer, signed, with_length};

/// The requests that a server has seen, as method and path.
type Seen = Arc<Mutex<Vec<String>>>;

/// A server that tells what requests it sees.
struct Watched {
    address: SocketAddr,
    seen: Seen,
    _server: Option<Served>,
    _task: Option<JoinHandle<Result<(), Infallible>>>,
}

impl Watched {
    /// Ours. A body that takes its time is given up at once.
    async fn ours() -> Self {
        let layer = layer(schemes::SLACK).with_deadline(tokio::task::yield_now);
        let inner = Handled::default().behind(layer);
        let seen = Seen::default();
        let noted = Arc::clone(&seen);
        let service: Service =
            BoxCloneService::new(service_fn(move |request: Request<Incoming>| {
                let line = format!("{} {}", request.method(), request.uri().path());
                noted.lock().unwrap().push(line);
                inner.clone().oneshot(request)
            }));
        let server = Served::start(service).await;
        Self {
            address: server.address,
            seen,
            _server: Some(server),
            _task: None,
        }
    }
}

/// A request that nobody has sent: it is in bodies alone.
fn smuggled() -> Vec<u8> {
    with_length("/smuggled", &signed(schemes::SLACK, "", BODY), BODY)
}

fn set(headers: &HeaderMap, name: &'static str, value: &'static str) -> HeaderMap {
    let mut headers = headers.clone();
    headers.insert(name, value.parse().unwrap());
    headers
}

/// Requests that are refused before their body is read, by name, with their body.
fn refused() -> Vec<(&'static str, Vec<u8>)> {
    let good = signed(schemes::SLACK, "", BODY);
    let (none, body) = (HeaderMap::new(), smuggled());
    let malformed = set(&good, "x-slack-signature", "v0=00");
    let get = |bytes: Vec<u8>| [b"PUT", &bytes[4..]].concat();
    let old = |headers: &HeaderMap| {
        let text = String::from_utf8(head("/in", headers)).unwrap();
        text.replace("HTTP/1.1", "HTTP/1.0").into_bytes()
    };
    let chunks = [
        format!("{:x}\r\n", body.len()).as_bytes(),
        &body,
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    let chunked =
        |head: Vec<u8>| [&head, &b"transfer-encoding: chunked\r\n\r\n"[..], &chunks].concat();
    let mut announced = head("/in", &good);
    announced.extend(b"content-length: 99999999\r\n\r\n");
    announced.extend(&body);
    vec![
        ("no headers", with_length("/in", &none, &body)),
        ("no headers, chunks", chunked(head("/in", &none))),
        ("malformed", with_length("/in", &malformed, &body)),
        ("malformed, chunks", chunked(head("/in", &malformed))),
        ("another method", get(with_length("/in", &good, &body))),
        ("a forgery", with_length("/in", &good, &body)),
        ("too long", announced),
        (
            "an upgrade",
            with_length(
                "/in",
                &set(&set(&none, "upgrade", "h2c"), "connection", "upgrade"),
                &body,
            ),
        ),
        (
            "another upgrade",
            with_length(
                "/in",
                &set(
                    &set(&none, "upgrade", "websocket"),
                    "connection",
                    "Upgrade, keep-alive",
                ),
                &body,
            ),
        ),
        ("HTTP/1.0 with chunks", chunked(old(&none))),
        ("HTTP/1.0 kept alive", {
            let kept = set(&none, "connection", "keep-alive");
            [
                &old(&kept),
                format!("content-length: {}\r\n\r\n", body.len()).as_bytes(),
                &body,
            ]
            .concat()
        }),
        (
            "two lengths",
            [
                &head("/in", &none),
                &b"content-length: 0\r\ncontent-length: 200\r\n\r\n"[..],
                &body,
            ]
            .concat(),
        ),
        (
            "length and chunks",
            chunked([&head("/in", &none), &b"content-length: 4\r\n"[..]].concat()),
        ),
        (
            "an expectation",
            with_length("/in", &set(&none, "expect", "100-continue"), &body),
        ),
    ]
}

async fn check<F: Future<Output = Watched>>(server: impl Fn() -> F) {
    for (what, bytes) in refused() {
        // At once, or in two parts: the answer may be out before the body is.
        let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").unwrap() + 4;
        for cut in [bytes.len(), end, end + 7] {
            let server = server().await;
            let mut wire = Wire::to(server.address).await;
            let (first, second) = bytes.split_at(cut);
            let mut answers = Vec::new();
            // Writing fails when the connection is closed, which is allowed.
            let mut is_open = wire.send(first).await.is_ok();
            if !second.is_empty() {
                answers.extend(wire.reply().await.map(|it| it.0));
                is_open = wire.send(second).await.is_ok();
            }
            let good = with_length("/next", &signed(schemes::SLACK, "", BODY), BODY);
            if is_open {
                let _ = wire.send(&good).await;
            }
            wire.end().await;
            answers.extend(wire.rest().await);
            let seen = server.seen.lock().unwrap().clone();
            let is_smuggled = seen.iter().any(|it| it.contains("/smuggled"));
            assert!(
                !is_smuggled,
                "{what}: the body is taken for a request: {seen:?}"
            );
            let expected: [&[&str]; 2] = [&["/in", "/next"], &["/in"]];
            let paths: Vec<_> = seen.iter().filter_map(|it| it.split(' ').nth(1)).collect();
            assert!(
                expected.contains(&&*paths) || paths.is_empty(),
                "{what}: {seen:?}"
            );
            println!("{what}, {cut} of {}: {answers:?}, {paths:?}", bytes.len());
            if let Some(first) = answers.first() {
                assert!((400..500).contains(first), "{what}: {answers:?}");
            }
            assert!(answers.len() <= 2, "{what}: {answers:?}");
            if paths.contains(&"/next") {
                assert_eq!(
                    answers.last(),
                    Some(&200),
                    "{what}: the next one is answered"
                );
            }
        }
    }
}

#[tokio::test]
async fn a100_no_byte_of_a_refused_body_is_the_next_request() {
    let within = tokio::time::timeout(Duration::from_secs(60), check(Watched::ours));
    within.await.expect("a connection hangs");
}

/// After a refusal whose body was read, the connection goes on.
#[tokio::test]
async fn a100_a_refused_delivery_does_not_end_the_connection() {
    let server = Watched::ours().await;
    let mut wire = Wire::to(server.address).await;
    let good = signed(schemes::SLACK, "", BODY);
    for _ in 0..3 {
        let forged = with_length("/forged", &good, b"another body");
        wire.send(&forged).await.unwrap();
        assert_eq!(wire.reply().await.map(|it| it.0), Some(401));
        wire.send(&with_length("/good", &good, BODY)).await.unwrap();
        assert_eq!(wire.reply().await.map(|it| it.0), Some(200));
    }
    let seen = server.seen.lock().unwrap().clone();
    assert_eq!(seen, ["POST /forged", "POST /good"].repeat(3));
}

mod with_a_fault {
    use portcullis_tests::Twin;
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

    use super::*;

    /// Answers as soon as it has the head, and goes on with what comes next.
    async fn undrained() -> Watched {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Seen::default();
        let noted = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let (mut line, mut is_first) = (String::new(), true);
            while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
                let words: Vec<_> = line.trim().split(' ').collect();
                if let (true, [method, path, _]) = (is_first, &*words) {
                    noted.lock().unwrap().push(format!("{method} {path}"));
                    let answer = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
                    let _ = stream.write_all(answer).await;
                }
                is_first = line.trim().is_empty();
                line.clear();
            }
            Ok(())
        });
        Watched {
            address,
            seen,
            _server: None,
            _task: Some(task),
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn RestIsTheNextRequest() {
        let test = "a100_no_byte_of_a_refused_body_is_the_next_request";
        let says = "the body is taken for a request";
        Twin::new("a100 RestIsTheNextRequest", test, says)
            .is_caught_async(check(undrained))
            .await;
    }
}
