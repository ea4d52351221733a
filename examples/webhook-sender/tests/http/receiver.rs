//! A receiver that answers what it is told to.

use std::time::Duration;

use bytes::Bytes;
use example_webhook_sender::{SendError, Sender};
use portcullis::tower::webhook::sign::DeliveryId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub(crate) const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Sends one event to the receiver that listens here.
pub(crate) async fn send(listener: &TcpListener) -> Result<u16, SendError> {
    let sender = Sender::new(SECRET, Duration::ZERO).unwrap();
    let address = listener.local_addr().unwrap();
    let to = format!("http://{address}/webhook").parse().unwrap();
    let id = DeliveryId::new("evt_1").unwrap();
    let status = sender.send(&to, &id, Bytes::from("{\"type\":\"paid\"}"));
    status.await.map(|status| status.as_u16())
}

/// Answers a connection each, in this order; what was sent is the requests' heads.
pub(crate) async fn answer(listener: &TcpListener, answers: &[&str]) -> Vec<String> {
    let mut heads = Vec::new();
    for answer in answers {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"{\"type\":\"paid\"}") {
            head.push(stream.read_u8().await.unwrap());
        }
        heads.push(String::from_utf8(head).unwrap());
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
    heads
}
