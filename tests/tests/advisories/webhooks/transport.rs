//! Deliveries on their way through HTTP, and through other layers of tower.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use portcullis_session::MemoryStore;
use portcullis_tower::webhook::{Replays, VerifiedBody};
use portcullis_webhook::schemes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tower::util::BoxCloneService;
use tower::{Service as _, ServiceBuilder, ServiceExt, service_fn};
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;

use super::support::{
    BODY, Handled, Served, Service, Wire, chunked, head, layer, measured, runtime, signed,
    with_length,
};

#[tokio::test]
async fn w10_trailers_come_through_http() {
    let handled = Handled::default();
    let served = Served::start(handled.behind(layer(schemes::GITHUB))).await;
    let headers = signed(schemes::GITHUB, "", BODY);
    let mut wire = Wire::to(served.address).await;
    let request = chunked("/in", &headers, BODY, 4, "x-checksum: 7\r\n");
    wire.send(&request).await.unwrap();
    let (status, body) = wire.reply().await.unwrap();
    let body = String::from_utf8(body).unwrap();
    assert_eq!((status, &*body), (200, "15 {\"x-checksum\": \"7\"}"));
    // What was signed is the body, in whatever pieces, and no trailer.
    let forged = chunked("/in", &headers, b"other", 4, "x-checksum: 7\r\n");
    wire.send(&forged).await.unwrap();
    assert_eq!(wire.reply().await.unwrap().0, 401);
    assert_eq!(handled.count(), 1);
}

/// A client that sends a byte a second, by a clock of its own that nobody has to wait for.
#[tokio::test(start_paused = true)]
async fn w31_a_body_of_a_byte_a_second_ends_at_the_deadline() {
    const DEADLINE: Duration = Duration::from_secs(30);
    let handled = Handled::default();
    let layer = layer(schemes::SLACK).with_deadline(|| sleep(DEADLINE));
    let service = TowerToHyperService::new(handled.behind(layer));
    let (near, far) = tokio::io::duplex(1_024);
    tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(far), service));
    let (mut from, mut to) = tokio::io::split(near);
    let headers = signed(schemes::SLACK, "", BODY);
    let start = [&head("/in", &headers), &b"content-length: 1000\r\n\r\n"[..]].concat();
    to.write_all(&start).await.unwrap();
    let begun = Instant::now();
    let sender = tokio::spawn(async move {
        let mut sent = 0;
        while to.write_all(b"x").await.is_ok() && sent < 1_000 {
            sent += 1;
            sleep(Duration::from_secs(1)).await;
        }
        sent
    });
    let mut answer = Vec::new();
    from.read_to_end(&mut answer).await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), DEADLINE.as_secs());
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    drop(from);
    assert!(sender.await.unwrap() <= 32, "it is cut off");
    assert_eq!(handled.count(), 0);
}

/// 16 MiB of nothing, in gzip.
fn bomb() -> Vec<u8> {
    let zeros = service_fn(async |_: Request<Full<Bytes>>| {
        let body = Full::new(Bytes::from(vec![0; 16 << 20]));
        Ok::<_, Infallible>(Response::new(body))
    });
    let packing = ServiceBuilder::new()
        .layer(CompressionLayer::new())
        .service(zeros);
    let request = Request::get("/").header("accept-encoding", "gzip");
    let request = request.body(Full::default()).unwrap();
    let response = packing.oneshot(request).now_or_never().unwrap().unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let body = response.into_body().collect().now_or_never().unwrap();
    body.unwrap().to_bytes().to_vec()
}

/// Sends one signed body of gzip; gives the most memory held at once, status and answer.
fn send_gzip(service: Service, body: &[u8]) -> (u64, u16, Vec<u8>) {
    let mut headers = signed(schemes::SLACK, "", body);
    headers.insert("content-encoding", "gzip".parse().unwrap());
    headers.insert("connection", "close".parse().unwrap());
    let bytes = with_length("/in", &headers, body);
    let (held, reply) = measured(service, move |address| {
        runtime().block_on(async {
            let mut wire = Wire::to(address).await;
            wire.send(&bytes).await.unwrap();
            wire.reply().await.unwrap()
        })
    });
    (held, reply.0, reply.1)
}

#[test]
fn w33_a_bomb_is_verified_as_it_came_and_not_inflated() {
    let (bomb, handled) = (bomb(), Handled::default());
    assert!(bomb.len() < 32 * 1_024, "{}", bomb.len());
    let (held, status, answer) = send_gzip(handled.behind(layer(schemes::SLACK)), &bomb);
    assert_eq!((status, handled.count()), (200, 1));
    assert_eq!(answer, format!("{} ", bomb.len()).into_bytes());
    assert!(held < 512 * 1_024, "{held} bytes are held");
}

/// A layer that inflates, outside of ours, where it must not be: no honest delivery passes, which
/// shows at the first one; and a bomb goes off up to our limit and no further.
#[test]
fn w33_behind_a_layer_that_inflates_nothing_passes() {
    let misplaced = |handled: &Handled| -> Service {
        let inflating = ServiceBuilder::new()
            .map_response(|it: Response<_>| it.map(|_| Full::<Bytes>::default()))
            .map_err(|error| -> Infallible { panic!("{error}") })
            .layer(RequestDecompressionLayer::new())
            .layer(layer(schemes::SLACK))
            .service(handled.handler());
        BoxCloneService::new(inflating)
    };
    // "a" in gzip.
    let small =
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x04\x00\x43\xbe\xb7\xe8\x01\x00\x00\x00";
    let handled = Handled::default();
    assert_eq!(
        send_gzip(handled.behind(layer(schemes::SLACK)), small).1,
        200
    );
    let handled = Handled::default();
    assert_eq!(send_gzip(misplaced(&handled), small).1, 401);
    let (held, status, _) = send_gzip(misplaced(&handled), &bomb());
    assert_eq!((status, handled.count()), (413, 0));
    assert!(held < 3 << 20, "{held} bytes are held");
}

/// What is kept in the request by the layers around: none of it is needed here.
fn delivery(headers: &HeaderMap) -> Request<Full<Bytes>> {
    let mut request = Request::post("/in").body(Full::from(BODY)).unwrap();
    *request.headers_mut() = headers.clone();
    request
}

/// A handler that lets others run, and knows how many of it run at once at most.
#[derive(Clone, Default)]
struct Busy {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    all: Arc<AtomicUsize>,
}

impl Busy {
    async fn handle(self, _: Request<VerifiedBody>) -> Result<Response<Full<Bytes>>, Infallible> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        self.all.fetch_add(1, Ordering::SeqCst);
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        Ok(Response::default())
    }
}

#[tokio::test]
async fn w35_a_limit_of_concurrency_holds_behind_the_layer() {
    let busy = Busy::default();
    let inner = busy.clone();
    let service = ServiceBuilder::new()
        .layer(layer(schemes::GITHUB))
        .concurrency_limit(3)
        .service_fn(move |request| inner.clone().handle(request));
    let headers = signed(schemes::GITHUB, "", BODY);
    let mut all = JoinSet::new();
    for _ in 0..64 {
        all.spawn(service.clone().oneshot(delivery(&headers)));
    }
    for response in all.join_all().await {
        assert_eq!(response.unwrap().status(), 200);
    }
    let of = |count: &AtomicUsize| count.load(Ordering::SeqCst);
    assert_eq!((of(&busy.all), of(&busy.most)), (64, 3));
    // The same service, ready and called again and again.
    let mut one = service;
    for _ in 0..8 {
        let ready = ServiceExt::<Request<Full<Bytes>>>::ready(&mut one)
            .await
            .unwrap();
        let response = ready.call(delivery(&headers)).await.unwrap();
        assert_eq!(response.status(), 200);
    }
}

#[tokio::test]
async fn w35_a_buffer_may_be_inside_and_outside() {
    let busy = Busy::default();
    let inner = busy.clone();
    let service = ServiceBuilder::new()
        .buffer(4)
        .layer(layer(schemes::GITHUB))
        .buffer(2)
        .concurrency_limit(1)
        .service_fn(move |request| inner.clone().handle(request));
    let good = signed(schemes::GITHUB, "", BODY);
    let bad = signed(schemes::GITHUB, "", b"another body");
    let mut all = JoinSet::new();
    for number in 0..64 {
        let headers = if number % 2 == 0 { &good } else { &bad };
        all.spawn(service.clone().oneshot(delivery(headers)));
    }
    let mut statuses = Vec::new();
    for response in all.join_all().await {
        statuses.push(response.unwrap().status().as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[200; 32], [401; 32]].concat());
    assert_eq!(busy.most.load(Ordering::SeqCst), 1);
}

/// A body that never comes, and is `Send` but not `Sync`.
struct Never(Cell<u32>);

impl Body for Never {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.set(self.0.get() + 1);
        Poll::Pending
    }
}

/// Who leaves in the middle takes no place with him and uses nothing up.
#[tokio::test]
async fn w35_a_request_that_is_dropped_leaves_nothing() {
    let busy = Busy::default();
    let inner = busy.clone();
    let service = ServiceBuilder::new()
        .layer(layer(schemes::GITHUB).with_memory(MemoryStore::new(), "/in", Replays::Refuse))
        .concurrency_limit(1)
        .service_fn(move |request| inner.clone().handle(request));
    let headers = signed(schemes::GITHUB, "", BODY);
    for _ in 0..10 {
        let mut request = Request::post("/in").body(Never(Cell::new(0))).unwrap();
        *request.headers_mut() = headers.clone();
        let mut asked = pin!(service.clone().oneshot(request));
        tokio::select! {
            biased;
            _ = &mut asked => panic!("it has no body"),
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(busy.all.load(Ordering::SeqCst), 0);
    let whole = service.clone().oneshot(delivery(&headers)).await.unwrap();
    assert_eq!(whole.status(), 200, "it is no copy of anything");
    let again = service.oneshot(delivery(&headers)).await.unwrap();
    assert_eq!(again.status(), 401, "this one is");
}

#[tokio::test]
async fn w35_futures_are_send_though_bodies_are_not_sync() {
    fn is_send<T: Send>(it: T) -> T {
        it
    }
    let handler = service_fn(async |_: Request<VerifiedBody>| {
        pending::<Result<Response<Full<Bytes>>, Infallible>>().await
    });
    let service = ServiceBuilder::new()
        .layer(layer(schemes::GITHUB))
        .service(handler);
    let mut request = Request::post("/in").body(Never(Cell::new(0))).unwrap();
    *request.headers_mut() = signed(schemes::GITHUB, "", BODY);
    let asked = is_send(service.oneshot(request));
    assert!(asked.now_or_never().is_none());
}
