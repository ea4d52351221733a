//! The example over real connections.

#[cfg(test)]
mod receiver;

use std::time::Duration;

use bytes::Bytes;
use example_hyper_webhook::Event;
use example_webhook_sender::{SendError, Sender};
use portcullis::tower::webhook::sign::DeliveryId;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use receiver::{SECRET, answer, send};

fn id(head: &str) -> Option<&str> {
    head.lines().find(|line| line.starts_with("webhook-id: "))
}

#[tokio::test]
async fn the_other_example_takes_what_this_one_sends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (inbox, mut events) = mpsc::channel(1);
    let address = listener.local_addr().unwrap();
    let server = example_hyper_webhook::run(listener, SECRET, inbox, std::future::pending());
    let server = tokio::spawn(server);
    let sender = Sender::new(SECRET, Duration::ZERO).unwrap();
    let to = format!("http://{address}/webhook").parse().unwrap();
    let id = DeliveryId::new("evt_1").unwrap();
    let status = sender.send(&to, &id, Bytes::from("{}")).await.unwrap();
    assert_eq!(status, 202);
    let event = Event {
        id: "evt_1".to_owned(),
        body: Bytes::from("{}"),
    };
    assert_eq!(events.recv().await, Some(event));
    server.abort();
}

/// An answer that is lost, one that asks for patience, and one that is good.
#[tokio::test]
async fn what_is_not_taken_is_sent_again_with_the_same_id() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let answers = [
        "",
        "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 202 Accepted\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    ];
    let (status, heads) = tokio::join!(send(&listener), answer(&listener, &answers));
    assert_eq!(status.unwrap(), 202);
    for head in &heads {
        assert_eq!(id(head), Some("webhook-id: evt_1"));
    }
}

#[tokio::test]
async fn what_is_refused_is_not_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refusal = ["HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"];
    let (status, heads) = tokio::join!(send(&listener), answer(&listener, &refusal));
    assert_eq!((status.unwrap(), heads.len()), (401, 1));
}

#[tokio::test]
async fn after_three_attempts_it_is_over() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (status, heads) = tokio::join!(send(&listener), answer(&listener, &["", "", ""]));
    assert!(matches!(status, Err(SendError::Client(_))));
    assert_eq!(heads.len(), 3);
}
