//! A GitHub of which one answer is 100 MiB long, and that counts how much of it is taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_core::Secret;
use portcullis_tests::Browser;
use server::{GithubApp, Server, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const LENGTH: u64 = 100 << 20;

/// The example server in front of such a GitHub.
pub(super) struct Flood {
    base: String,
    taken: Arc<AtomicU64>,
    over: Arc<Notify>,
    tasks: [JoinHandle<()>; 2],
}

impl Flood {
    /// `endpoint` is the end of the path that is answered so.
    pub(super) async fn start(endpoint: &'static str, declared: bool) -> Self {
        // Small buffers, so that what is counted is what is read.
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(16 << 10).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(16).unwrap();
        let github = format!("http://{}", listener.local_addr().unwrap());
        let (taken, over) = (Arc::<AtomicU64>::default(), Arc::<Notify>::default());
        let told = (Arc::clone(&taken), Arc::clone(&over));
        let playing = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(play(stream, endpoint, declared, told.clone()));
            }
        });
        let settings = Settings {
            github: Some(GithubApp {
                client_id: "client".to_owned(),
                client_secret: Secret::from("client-secret".to_owned()),
            }),
            github_web_url: Some(github.clone()),
            github_api_url: Some(github),
            ..Settings::in_memory()
        };
        let server = Server::start(settings).await.expect("the server starts");
        let base = format!("http://localhost:{}", server.address().port());
        let serving = tokio::spawn(server.run_until(std::future::pending()));
        let tasks = [playing, serving];
        Self {
            base,
            taken,
            over,
            tasks,
        }
    }

    /// Signs in, which fails; gives how many bytes of the long body were taken.
    pub(super) async fn sign_in(&self) -> u64 {
        let browser = Browser::new(&self.base);
        let started = browser.get("/api/v1/auth/github").await;
        let query = started.location().split(['?', '&']);
        let state = query
            .clone()
            .find(|pair| pair.starts_with("state="))
            .unwrap();
        let callback = format!("/api/v1/auth/github/callback?code=abc&{state}");
        let answer = browser.get(&callback).await;
        assert_eq!(answer.refusal(), (502, "bad_upstream".to_owned()));
        assert_eq!(browser.cookies(), [""; 0]);
        self.over.notified().await;
        self.taken.load(Ordering::SeqCst)
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Answers one connection's requests.
async fn play(
    mut stream: TcpStream,
    endpoint: &str,
    declared: bool,
    (taken, over): (Arc<AtomicU64>, Arc<Notify>),
) {
    while let Some(path) = request(&mut stream).await {
        if !path.ends_with(endpoint) {
            let token = r#"{"access_token":"gho_abc","token_type":"bearer","scope":"user:email"}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{token}",
                token.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            continue;
        }
        let length = if declared {
            format!("content-length: {LENGTH}")
        } else {
            "connection: close".to_owned()
        };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{length}\r\n\r\n");
        let _ = stream.write_all(head.as_bytes()).await;
        let spaces = [b' '; 4096];
        while taken.load(Ordering::SeqCst) < LENGTH && stream.write_all(&spaces).await.is_ok() {
            taken.fetch_add(4096, Ordering::SeqCst);
        }
        over.notify_one();
        return;
    }
}

/// Reads a request; gives its path.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |text| text.parse::<usize>().unwrap());
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    head.split(' ').nth(1).map(str::to_owned)
}
