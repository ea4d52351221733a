use std::io;
use std::net::SocketAddr;

use http::HeaderMap;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// The first lines of a `POST` with these headers; a blank line is still to come.
pub(crate) fn head(path: &str, headers: &HeaderMap) -> Vec<u8> {
    let mut bytes = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes
}

/// A whole `POST` whose body has its length.
pub(crate) fn with_length(path: &str, headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let length = format!("content-length: {}\r\n\r\n", body.len()).into_bytes();
    [&head(path, headers), &length, body].concat()
}

/// A whole `POST` whose body comes in chunks of this size, with these lines of trailers.
pub(crate) fn chunked(
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
    size: usize,
    trailers: &str,
) -> Vec<u8> {
    let mut bytes = head(path, headers);
    bytes.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
    for piece in body.chunks(size) {
        let length = format!("{:x}\r\n", piece.len()).into_bytes();
        bytes.extend([&length, piece, b"\r\n"].concat());
    }
    bytes.extend(format!("0\r\n{trailers}\r\n").into_bytes());
    bytes
}

/// One connection on which bytes go out as they are.
pub(crate) struct Wire(BufReader<TcpStream>);

impl Wire {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Writes bytes; fails when the other side has gone.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes).await
    }

    /// Says that nothing more comes.
    pub(crate) async fn end(&mut self) {
        // It may have ended already.
        let _ = self.0.get_mut().shutdown().await;
    }

    /// The status and the body of the next answer; none if there is no more.
    pub(crate) async fn reply(&mut self) -> Option<(u16, Vec<u8>)> {
        let first = self.line().await?;
        let status = first.split(' ').nth(1)?.parse().ok()?;
        let mut length = 0;
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':')?;
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.ok()?;
        Some((status, body))
    }

    /// The statuses of all answers that still come.
    pub(crate) async fn rest(&mut self) -> Vec<u16> {
        let mut all = Vec::new();
        while let Some((status, _)) = self.reply().await {
            all.push(status);
        }
        all
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).await.ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }
}
