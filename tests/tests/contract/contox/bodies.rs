//! Bodies that come slowly or without an end, and a store that cannot keep them.

use portcullis_tests::StoreKind;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::*;
use crate::support::on_every_store;

on_every_store!(
    a_body_without_a_length_has_a_mebibyte_at_most,
    a_body_that_does_not_come_ends_after_thirty_seconds,
);

/// A connection on which the head of a signed delivery was sent; its body has another length line.
async fn begun(scene: &Scene, length: &str) -> TcpStream {
    let time = scene.now().to_string();
    let mut stream = TcpStream::connect(scene.server.address()).await.unwrap();
    let head = format!(
        "POST {INGEST} HTTP/1.1\r\nhost: x\r\nx-contox-project: {}\r\nx-contox-timestamp: {time}\r\n\
         x-contox-signature: {}\r\n{length}\r\n\r\n",
        scene.project,
        signature(&scene.secret, &time, BODY),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn a_body_without_a_length_has_a_mebibyte_at_most(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let mut stream = begun(&scene, "transfer-encoding: chunked").await;
    let (mut reading, mut writing) = stream.split();
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x1_0000));
    // It has no end: the server ends it.
    let write = async { while writing.write_all(chunk.as_bytes()).await.is_ok() {} };
    let read = async {
        let mut answer = vec![0; 12];
        reading.read_exact(&mut answer).await.map(|_| answer)
    };
    tokio::select! {
        () = write => {}
        answer = read => assert_eq!(answer.unwrap(), b"HTTP/1.1 413"),
    }
    taken(&scene.send(scene.delivery(BODY)).await);
}

async fn a_body_that_does_not_come_ends_after_thirty_seconds(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let length = format!("content-length: {}", BODY.len());
    let mut stream = begun(&scene, &length).await;
    stream.write_all(&BODY.as_bytes()[..7]).await.unwrap();
    // From here on time passes whenever everybody waits.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let waited = begun.elapsed().as_secs();
    tokio::time::resume();
    assert!((29..=31).contains(&waited), "{waited} s");
    assert!(
        answer.starts_with("HTTP/1.1 400 Bad Request\r\n"),
        "{answer}"
    );
    let told = r#"{"error":"The body did not arrive in time."}"#;
    assert!(answer.ends_with(told), "{answer}");
    taken(&scene.send(scene.delivery(BODY)).await);
}

/// Somebody else holds the database for writing, and does not let go.
#[tokio::test]
async fn what_cannot_be_kept_is_503_and_may_be_sent_again() {
    let scene = Scene::new(StoreKind::Sqlite).await;
    let database = scene.server.database().unwrap();
    let other = rusqlite::Connection::open(database).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = scene.send(scene.delivery(BODY)).await;
    assert_eq!(answer.status, 503);
    let says = "The service is unavailable; try again later.";
    assert_eq!(answer.json(), json!({ "error": says }));
    // Who cannot sign is told nothing of it.
    let forged = scene.signed("a-secret-of-somebody-else", scene.now(), BODY);
    refused(&scene.send(forged).await);
    let path = format!("{}/rotate", secret_path(&scene.project));
    assert_eq!(scene.owner.post(&path).await.status, 503);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(secret(&scene.owner, &scene.project).await, scene.secret);
    taken(&scene.send(scene.delivery(BODY)).await);
}
