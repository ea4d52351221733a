//! A server of the example.

use std::time::Duration;

use bytes::Bytes;
use example_hyper_webhook::{Event, run};
use example_webhook_sender::Sender;
use http::{StatusCode, Uri};
use portcullis::tower::webhook::sign::DeliveryId;
use portcullis::webhook::ConfigError;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

pub(crate) const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A receiver, and what was delivered to it.
pub(crate) struct World {
    pub(crate) address: String,
    pub(crate) events: mpsc::Receiver<Event>,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) server: JoinHandle<Result<(), ConfigError>>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel();
        let (inbox, events) = mpsc::channel(10);
        let stopped = async { drop(stopped.await) };
        let server = tokio::spawn(run(listener, SECRET, inbox, stopped));
        Self {
            address,
            events,
            stop,
            server,
        }
    }

    pub(crate) fn url(&self, path: &str) -> Uri {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    pub(crate) async fn send(&self, secret: &str, id: &str, event: &'static str) -> StatusCode {
        let sender = Sender::new(secret, Duration::ZERO).unwrap();
        let (to, id) = (self.url("/webhook"), DeliveryId::new(id).unwrap());
        sender.send(&to, &id, Bytes::from(event)).await.unwrap()
    }
}
