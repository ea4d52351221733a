//! CVE-2024-40634, CVE-2025-59537, CVE-2025-59538 (Argo CD): whoever reached the webhook, without a
//! signature, could send a body that filled the memory, or an event that made the server panic.
//!
//! Here: a body is hashed as it comes and refused at the limit, and beside the one copy that the
//! limit allows it takes less than 1 MiB; what is no JSON is looked at once it is known to be the
//! provider's. The memory is every byte that the thread of the server holds at once, counted by its
//! allocator; the client is on another thread.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};

use axum::body::Body;
use axum::routing::post;
use axum::{Router, serve};
use http::{HeaderMap, Method, Request};
use portcullis_tests::{Ask, Browser};
use portcullis_tower::webhook::VerifiedJson;
use portcullis_webhook::schemes;
use serde_json::Value;
use tower::ServiceExt as _;

use super::support::{Handled, Service, head, layer, measured, signed};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// How a client sends a body.
#[derive(Clone, Copy, Debug)]
enum Sent {
    /// It says how long it is.
    Announced,
    /// In chunks of 64 KiB.
    Chunks,
    /// In chunks of one byte.
    Crumbs,
}

/// Sends a body of so many bytes, for as long as it is taken; gives the status of the answer.
fn send(address: SocketAddr, headers: &HeaderMap, sent: Sent, total: u64) -> Option<u16> {
    let stream = TcpStream::connect(address).ok()?;
    let (mut to, from) = (stream.try_clone().ok()?, BufReader::new(stream));
    let framing = match sent {
        Sent::Announced => format!("content-length: {total}\r\n\r\n"),
        Sent::Chunks | Sent::Crumbs => "transfer-encoding: chunked\r\n\r\n".to_owned(),
    };
    let head = [head("/in", headers), framing.into_bytes()].concat();
    to.write_all(&head).ok()?;
    let bytes = vec![b'x'; 65_536];
    let (block, worth) = match sent {
        Sent::Announced => (bytes, 65_536),
        Sent::Chunks => ([b"10000\r\n", &*bytes, b"\r\n"].concat(), 65_536),
        Sent::Crumbs => (b"1\r\nx\r\n".repeat(8_192), 8_192),
    };
    let mut left = total;
    while left > 0 && to.write_all(&block).is_ok() {
        left = left.saturating_sub(worth);
    }
    let status = from.lines().next()?.ok()?;
    status.split(' ').nth(1)?.parse().ok()
}

/// A service of ours or another one, for deliveries of at most so many bytes.
fn check(service: impl Fn(Handled, u64) -> Service, total: u64) {
    // A byte at a time takes its time: of these fewer are allowed.
    for (sent, limit) in [
        (Sent::Announced, MIB),
        (Sent::Chunks, MIB),
        (Sent::Crumbs, MIB / 8),
    ] {
        let handled = Handled::default();
        let headers = signed(schemes::SLACK, "", b"another body");
        let client = move |address| send(address, &headers, sent, total);
        let (held, status) = measured(service(handled.clone(), limit), client);
        println!("{sent:?}: {} KiB", held / 1_024);
        let kept = match sent {
            Sent::Announced => 0,
            Sent::Chunks | Sent::Crumbs => limit,
        };
        assert!(held < kept + MIB, "{sent:?} takes {} MiB", held / MIB);
        assert_eq!((status, handled.count()), (Some(413), 0), "{sent:?}");
    }
}

#[test]
fn a86_a_body_of_a_gigabyte_is_refused_at_the_limit() {
    let ours = |handled: Handled, limit| {
        let scheme = schemes::SLACK.with_body_limit(limit);
        handled.behind(layer(scheme))
    };
    check(ours, GIB);
}

/// Of an honest body there is one copy, however it is cut.
#[test]
fn a86_an_honest_body_is_kept_once() {
    let length = usize::try_from(MIB).unwrap();
    let headers = signed(schemes::SLACK, "", &vec![b'x'; length]);
    for sent in [Sent::Announced, Sent::Chunks] {
        let (handled, headers) = (Handled::default(), headers.clone());
        let service = handled.behind(layer(schemes::SLACK));
        let client = move |address| {
            let stream = TcpStream::connect(address).unwrap();
            let (mut to, from) = (stream.try_clone().unwrap(), BufReader::new(stream));
            let body = vec![b'x'; length];
            let bytes = match sent {
                Sent::Announced => super::support::with_length("/in", &headers, &body),
                _ => super::support::chunked("/in", &headers, &body, 7_000, ""),
            };
            to.write_all(&bytes).unwrap();
            from.lines().next().unwrap().unwrap()
        };
        let (held, answer) = measured(service, client);
        println!("{sent:?}: {} KiB", held / 1_024);
        assert_eq!((&*answer, handled.count()), ("HTTP/1.1 200 OK", 1));
        // The handler collects what it gets into one piece: that is the second MiB.
        assert!(held < 3 * MIB, "{sent:?} takes {held} bytes");
    }
}

/// Events that have made parsers panic, or run out of stack.
fn events() -> Vec<Vec<u8>> {
    let deep = [b"[".repeat(200_000), br#"{"a":"#.repeat(100_000)];
    let odd: [&[u8]; 8] = [
        b"",
        b"{",
        b"null",
        b"\xff\xfe",
        br#"{"repository":null}"#,
        br#"{"type":"\ud800"}"#,
        br#"{"type":1e999999}"#,
        br#"{"commits":[{"added":[null]}]}"#,
    ];
    let odd = odd.iter().map(|event| event.to_vec());
    deep.into_iter().chain(odd).collect()
}

async fn check_events(app: Router) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = app.clone();
    tokio::spawn(async move { serve(listener, served).await });
    let browser = Browser::new(&format!("http://localhost:{port}"));
    for event in events() {
        for is_signed in [false, true] {
            let of = if is_signed { &*event } else { b"another body" };
            let headers = signed(schemes::GITHUB, "", of);
            let ask = Ask::new(Method::POST, "/in").body(event.clone());
            let ask = headers
                .iter()
                .fold(ask, |ask, (name, value)| ask.with(name.as_str(), value));
            let answer = browser.try_ask(ask).await;
            let status = answer.map_or(0, |answer| answer.status.as_u16());
            let wanted: &[u16] = if is_signed { &[200, 400, 422] } else { &[401] };
            let start = String::from_utf8_lossy(&event[..event.len().min(20)]);
            let what = if is_signed {
                "a malformed event"
            } else {
                "a forgery"
            };
            assert!(
                wanted.contains(&status),
                "{what} is answered {status}: {start}"
            );
        }
    }
}

fn typed() -> Router {
    #[derive(serde::Deserialize)]
    struct Event {
        r#type: String,
    }

    let handler = async |delivery: VerifiedJson<Event>| delivery.into_value().r#type;
    Router::new().route("/in", post(handler))
}

#[tokio::test]
async fn a86_a_malformed_event_is_refused_after_the_verdict() {
    check_events(typed().layer(layer(schemes::GITHUB))).await;
    let any = post(async |delivery: VerifiedJson<Value>| delivery.value().to_string());
    check_events(
        Router::new()
            .route("/in", any)
            .layer(layer(schemes::GITHUB)),
    )
    .await;
}

/// Nothing of a forgery is read but its bytes: not even the way to the handler is asked for.
#[tokio::test]
async fn a86_a_forgery_without_headers_is_refused_unread() {
    let app = typed().layer(layer(schemes::GITHUB));
    let never = Body::from_stream(futures_util::stream::pending::<std::io::Result<Vec<u8>>>());
    let request = Request::post("/in").body(never).unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 401);
}

mod with_a_fault {
    use axum::Router;
    use bytes::Bytes;
    use http::{Response, StatusCode};
    use http_body_util::{BodyExt as _, Full};
    use portcullis_tests::Twin;
    use portcullis_webhook::Head;
    use tower::service_fn;
    use tower::util::BoxCloneService;

    use super::*;
    use crate::webhooks::support::{NOW, verifier};

    /// Has the whole body in memory before it judges it.
    fn whole(_: Handled, _: u64) -> Service {
        BoxCloneService::new(service_fn(
            async |request: Request<hyper::body::Incoming>| {
                let (parts, body) = request.into_parts();
                let body = body.collect().await;
                let body = body.map(|it| it.to_bytes()).unwrap_or_default();
                let verdict = verifier(schemes::SLACK).verify(Head::of(&parts), body, NOW);
                let mut response = Response::new(Full::<Bytes>::default());
                *response.status_mut() =
                    verdict.map_or_else(|it| it.kind().status(), |_| StatusCode::OK);
                Ok(response)
            },
        ))
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn WholeBodyFirst() {
        let test = "a86_a_body_of_a_gigabyte_is_refused_at_the_limit";
        Twin::new("a86 WholeBodyFirst", test, "Announced takes")
            .is_caught(|| check(whole, 16 * MIB));
    }

    /// Reads the event to find out whose secret it is to be checked with.
    fn parsing() -> Router {
        let handler = async |headers: HeaderMap, body: Bytes| {
            let event: Value = serde_json::from_slice(&body).expect("an event");
            let _ = event["repository"]["url"].as_str().expect("a repository");
            let verdict = verifier(schemes::GITHUB).verify(Head::new(&headers), body, NOW);
            verdict.map_or_else(|it| it.kind().status(), |_| StatusCode::OK)
        };
        Router::new().route("/in", post(handler))
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn EventFirst() {
        let test = "a86_a_malformed_event_is_refused_after_the_verdict";
        Twin::new("a86 EventFirst", test, "a forgery is answered 0")
            .is_caught_async(check_events(parsing()))
            .await;
    }
}
