//! The proxy.

use std::time::{Duration, Instant};

use portcullis_testkit::interleave::{Line, Proxy, Wire};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A proxy before a server that says everything it hears once more.
async fn echo() -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.into_split();
                // It ends when the other side does.
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    Proxy::start(address).await.unwrap()
}

async fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.unwrap()
}

async fn say(stream: &mut TcpStream, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut heard = vec![0; text.len()];
    stream.read_exact(&mut heard).await.unwrap();
    String::from_utf8_lossy(&heard).into_owned()
}

fn to_client(line: Line) -> Wire {
    Wire {
        to_client: line,
        ..Wire::default()
    }
}

#[tokio::test]
async fn by_default_bytes_pass() {
    let proxy = echo().await;
    let mut stream = connect(&proxy).await;
    assert_eq!(say(&mut stream, "hello").await, "hello");
    assert_eq!(say(&mut stream, "again").await, "again");
}

#[tokio::test]
async fn a_byte_is_wrong_where_it_should_be() {
    let proxy = echo().await;
    let mut stream = connect(&proxy).await;
    assert_eq!(say(&mut stream, "first").await, "first");
    // Counted from now on, in either direction.
    for wire in [
        to_client(Line::new().with_corrupt_at(2)),
        Wire {
            to_server: Line::new().with_corrupt_at(2),
            ..Wire::default()
        },
    ] {
        proxy.set(wire);
        assert_eq!(say(&mut stream, "second").await, "se\u{fffd}ond");
        assert_eq!(say(&mut stream, "third").await, "third");
    }
}

#[tokio::test]
async fn a_connection_is_cut_where_it_should_be() {
    let proxy = echo().await;
    let mut stream = connect(&proxy).await;
    proxy.set(to_client(Line::new().with_cut_at(3)));
    stream.write_all(b"hello").await.unwrap();
    let mut heard = Vec::new();
    // Whether the end is orderly or not does not matter.
    let _ = stream.read_to_end(&mut heard).await;
    assert_eq!(heard, b"hel");
    proxy.set(Wire::default());
    assert_eq!(say(&mut connect(&proxy).await, "hello").await, "hello");
}

#[tokio::test]
async fn what_is_held_passes_when_it_is_let_go() {
    let proxy = echo().await;
    let mut stream = connect(&proxy).await;
    proxy.set(to_client(Line::new().with_hold()));
    stream.write_all(b"hello").await.unwrap();
    let mut heard = [0; 5];
    tokio::select! {
        biased;
        _ = stream.read_exact(&mut heard) => panic!("it was not held"),
        () = async {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    proxy.set(Wire::default());
    stream.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"hello");
}

#[tokio::test]
async fn what_is_delayed_comes_late() {
    let proxy = echo().await;
    let mut stream = connect(&proxy).await;
    let delay = Duration::from_millis(30);
    proxy.set(to_client(Line::new().with_delay(delay)));
    let since = Instant::now();
    assert_eq!(say(&mut stream, "hello").await, "hello");
    assert!(since.elapsed() >= delay);
}

#[tokio::test]
async fn its_end_is_the_end_of_all_connections() {
    let proxy = echo().await;
    let mut stream = connect(&proxy).await;
    assert_eq!(say(&mut stream, "hello").await, "hello");
    drop(proxy);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(rest.is_empty());
}
