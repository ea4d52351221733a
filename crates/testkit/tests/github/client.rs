//! A small HTTP client: one request a connection.

use std::io;

use base64ct::{Base64, Encoding};
use portcullis_testkit::github::GithubStandIn;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::form_urlencoded::Serializer;

use super::flow::CLIENT;

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Whether the body has the announced length.
    pub(super) whole: bool,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(super) fn location(&self) -> &str {
        self.header("location").unwrap()
    }
}

/// Sends one request; none if the server closed the connection without an answer.
pub(super) async fn send(
    github: &GithubStandIn,
    head: &str,
    body: &str,
) -> io::Result<Option<Answer>> {
    let address = github.web_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await?;
    let length = body.len();
    let request = format!(
        "{head}host: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    // A connection that is reset after the head still gave what is in `bytes`.
    let _ = stream.read_to_end(&mut bytes).await;
    Ok(parse(&bytes))
}

pub(super) fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut answer = Answer {
        status,
        headers,
        body: bytes[end + 4..].to_vec(),
        whole: true,
    };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = joined_chunks(&answer.body);
    } else if let Some(length) = answer.header("content-length") {
        answer.whole = length.parse() == Ok(answer.body.len());
    }
    Some(answer)
}

pub(super) fn joined_chunks(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = rest
            .windows(2)
            .position(|window| window == b"\r\n")
            .unwrap();
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
}

pub(super) fn lines(headers: &[(&str, &str)]) -> String {
    headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect()
}

pub(super) async fn get(github: &GithubStandIn, path: &str, headers: &[(&str, &str)]) -> Answer {
    let head = format!("GET {path} HTTP/1.1\r\n{}", lines(headers));
    send(github, &head, "").await.unwrap().unwrap()
}

/// Calls the REST API as a client should.
pub(super) async fn api(github: &GithubStandIn, path: &str, token: &str) -> Answer {
    let authorization = format!("Bearer {token}");
    let headers = [("user-agent", "test"), ("authorization", &authorization)];
    get(github, &format!("/api/v3{path}"), &headers).await
}

pub(super) async fn post_form(
    github: &GithubStandIn,
    path: &str,
    pairs: &[(&str, &str)],
) -> Answer {
    maybe_post_form(github, path, pairs, &[("accept", "application/json")])
        .await
        .unwrap()
}

pub(super) async fn maybe_post_form(
    github: &GithubStandIn,
    path: &str,
    pairs: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Option<Answer> {
    let body = Serializer::new(String::new()).extend_pairs(pairs).finish();
    let head = format!(
        "POST {path} HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\n{}",
        lines(headers)
    );
    send(github, &head, &body).await.unwrap()
}

pub(super) async fn application(
    github: &GithubStandIn,
    method: &str,
    what: &str,
    credentials: &str,
    body: &str,
) -> Answer {
    let basic = Base64::encode_string(credentials.as_bytes());
    let head = format!(
        "{method} /api/v3/applications/{CLIENT}/{what} HTTP/1.1\r\nuser-agent: test\r\n\
         authorization: basic {basic}\r\ncontent-type: application/json\r\n"
    );
    send(github, &head, body).await.unwrap().unwrap()
}
