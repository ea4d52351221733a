use std::io;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// One connection of HTTP/1.1 on which bytes go out as they are.
pub(crate) struct Wire {
    stream: BufReader<TcpStream>,
    address: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The lines of the head, names in lower case.
    pub(crate) head: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Wire {
    pub(crate) async fn to(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Self {
            stream: BufReader::new(stream),
            address: address.to_owned(),
        }
    }

    /// Writes the head of a request, with these lines besides.
    pub(crate) async fn send(
        &mut self,
        request: &str,
        lines: &[(&str, &[u8])],
        body: &[u8],
    ) -> io::Result<()> {
        let mut bytes = format!("{request} HTTP/1.1\r\nhost: {}\r\n", self.address).into_bytes();
        for (name, value) in lines {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        // A GET has no body, whatever is given.
        let body = if request.starts_with("GET ") {
            b""
        } else {
            body
        };
        if !request.starts_with("GET ") {
            bytes.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        self.stream.get_mut().write_all(&bytes).await
    }

    /// Reads an answer.
    pub(crate) async fn reply(&mut self) -> io::Result<Reply> {
        let first = self.line().await?;
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(first))?;
        let mut head = Vec::new();
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            head.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = head.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(0, |(_, value)| value.parse().expect("a length"));
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok(Reply { status, head, body })
    }

    /// Asks and waits for the answer.
    pub(crate) async fn ask(
        &mut self,
        request: &str,
        lines: &[(&str, &[u8])],
    ) -> io::Result<Reply> {
        self.send(request, lines, b"").await?;
        self.reply().await
    }

    /// Gets a path with one line of cookies.
    pub(crate) async fn get(&mut self, path: &str, cookie: &str) -> io::Result<Reply> {
        let line = ("cookie", cookie.as_bytes());
        self.ask(&format!("GET {path}"), &[line]).await
    }

    /// Posts to a path with one line of cookies, as a page of the same origin does.
    pub(crate) async fn post(&mut self, path: &str, cookie: &str) -> io::Result<Reply> {
        let origin = ("sec-fetch-site", &b"same-origin"[..]);
        let line = ("cookie", cookie.as_bytes());
        self.ask(&format!("POST {path}"), &[origin, line]).await
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Reply {
    /// A member of the JSON body; empty if it is not there.
    pub(crate) fn text(&self, pointer: &str) -> String {
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let found = json.pointer(pointer).and_then(|value| value.as_str());
        found.unwrap_or_default().to_owned()
    }

    /// The value of a cookie that is set, and the rest of its line.
    pub(crate) fn cookie(&self, name: &str) -> Option<(String, String)> {
        let mut lines = self.head.iter().filter(|(known, _)| known == "set-cookie");
        lines.find_map(|(_, line)| {
            let rest = line.strip_prefix(name)?.strip_prefix('=')?;
            let (value, rest) = rest.split_once(';').unwrap_or((rest, ""));
            Some((value.to_owned(), rest.to_owned()))
        })
    }
}
