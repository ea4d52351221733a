//! Deliveries through HTTP/2, where a connection has many requests at a time.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use portcullis_webhook::schemes;

use super::support::{BODY, Handled, layer, signed};

type Outgoing = UnsyncBoxBody<Bytes, Infallible>;

/// A connection to the layer, with a limit of 1 MiB.
async fn connect(handled: &Handled) -> SendRequest<Outgoing> {
    let (near, far) = tokio::io::duplex(1 << 16);
    let service = TowerToHyperService::new(handled.behind(layer(schemes::SLACK)));
    let server = http2::Builder::new(TokioExecutor::new());
    tokio::spawn(server.serve_connection(TokioIo::new(far), service));
    let connected = handshake(TokioExecutor::new(), TokioIo::new(near)).await;
    let (client, connection) = connected.unwrap();
    tokio::spawn(connection);
    client
}

fn request(headers: &HeaderMap, body: Outgoing) -> Request<Outgoing> {
    let mut request = Request::post("http://localhost/in").body(body).unwrap();
    *request.headers_mut() = headers.clone();
    request
}

fn frames(frames: impl IntoIterator<Item = Frame<Bytes>, IntoIter: Send + 'static>) -> Outgoing {
    let frames = frames.into_iter().map(Ok);
    StreamBody::new(stream::iter(frames)).boxed_unsync()
}

/// Sends one delivery; gives the status and the handler's answer.
async fn ask(client: &mut SendRequest<Outgoing>, request: Request<Outgoing>) -> (u16, String) {
    client.ready().await.unwrap();
    let response = client.send_request(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn w10_trailers_come_through_http_2() {
    let handled = Handled::default();
    let mut client = connect(&handled).await;
    let headers = signed(schemes::SLACK, "", BODY);
    let trailers = HeaderMap::from_iter([("x-checksum".parse().unwrap(), "7".parse().unwrap())]);
    let pieces = BODY
        .chunks(4)
        .map(|piece| Frame::data(Bytes::from_static(piece)));
    let body = frames(pieces.chain([Frame::trailers(trailers)]));
    let answer = ask(&mut client, request(&headers, body)).await;
    assert_eq!(answer, (200, "15 {\"x-checksum\": \"7\"}".to_owned()));
}

/// A body of a gigabyte ends at the limit, and its connection goes on.
#[tokio::test]
async fn w30_a100_a_body_without_an_end_is_reset_and_the_connection_goes_on() {
    let handled = Handled::default();
    let mut client = connect(&handled).await;
    let headers = signed(schemes::SLACK, "", BODY);
    let sent = Arc::new(AtomicUsize::new(0));
    for _ in 0..3 {
        sent.store(0, Ordering::SeqCst);
        let counted = Arc::clone(&sent);
        let piece = Bytes::from(vec![b'x'; 16_384]);
        let endless = (0..65_536).map(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            Frame::data(piece.clone())
        });
        let refused = ask(&mut client, request(&headers, frames(endless))).await;
        assert_eq!(refused, (413, String::new()));
        let sent = sent.load(Ordering::SeqCst) * 16_384;
        assert!(sent < 4 << 20, "{sent} bytes were sent");
        // Unread, by its head.
        let unsigned = frames([Frame::data(Bytes::from_static(BODY))]);
        let refused = ask(&mut client, request(&HeaderMap::new(), unsigned)).await;
        assert_eq!(refused, (401, String::new()));
        let honest = frames([Frame::data(Bytes::from_static(BODY))]);
        let taken = ask(&mut client, request(&headers, honest)).await;
        assert_eq!(taken, (200, "15 ".to_owned()));
    }
    assert_eq!(handled.count(), 3);
}
