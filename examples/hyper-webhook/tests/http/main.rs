//! The example over real connections.

#[cfg(test)]
mod world;

use bytes::Bytes;
use example_hyper_webhook::{Event, run};
use http::{Method, Request};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use world::{SECRET, World};

const OTHER: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn event(id: &str, body: &'static str) -> Event {
    Event {
        id: id.to_owned(),
        body: Bytes::from(body),
    }
}

#[tokio::test]
async fn what_is_signed_arrives_once_and_as_it_was_sent() {
    let mut world = World::new().await;
    assert_eq!(world.send(SECRET, "evt_1", "{\"a\": 1}\r\n").await, 202);
    assert_eq!(world.send(SECRET, "evt_1", "{\"a\": 1}\r\n").await, 200);
    assert_eq!(world.send(SECRET, "evt_2", "").await, 202);
    assert_eq!(
        world.events.recv().await,
        Some(event("evt_1", "{\"a\": 1}\r\n"))
    );
    assert_eq!(world.events.recv().await, Some(event("evt_2", "")));
}

#[tokio::test]
async fn who_has_another_secret_or_none_is_refused() {
    let mut world = World::new().await;
    assert_eq!(world.send(OTHER, "evt_1", "{}").await, 401);
    let client = Client::builder(TokioExecutor::new()).build_http();
    for (method, path, status) in [
        (Method::POST, "/webhook", 401),
        (Method::GET, "/webhook", 405),
        (Method::POST, "/", 404),
    ] {
        let mut request = Request::new(Full::<Bytes>::default());
        *request.uri_mut() = world.url(path);
        *request.method_mut() = method;
        let answer = client.request(request).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
    assert!(world.events.try_recv().is_err());
}

#[tokio::test]
async fn a_shutdown_ends_idle_connections_and_the_server() {
    let world = World::new().await;
    let mut idle = TcpStream::connect(&world.address).await.unwrap();
    assert_eq!(world.send(SECRET, "evt_1", "{}").await, 202);
    world.stop.send(()).unwrap();
    assert!(world.server.await.unwrap().is_ok());
    assert_eq!(idle.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn without_a_secret_there_is_no_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (inbox, _events) = mpsc::channel(1);
    assert!(run(listener, "whsec_", inbox, async {}).await.is_err());
}
