//! A server of the example, and a browser for it.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use portcullis::cookie::PolicyError;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server, and a browser that holds its session cookie as long as it is told to.
pub(crate) struct World {
    pub(crate) address: String,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) server: JoinHandle<Result<(), PolicyError>>,
    client: Client<HttpConnector, Full<Bytes>>,
    pub(crate) cookie: Option<String>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(example_hyper::run(listener, async { drop(stopped.await) }));
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self {
            address,
            stop,
            server,
            client,
            cookie: None,
        }
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: &'static str,
    ) -> (StatusCode, String) {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        let mut request = request.body(Full::from(body)).unwrap();
        if let Some(cookie) = &self.cookie {
            request
                .headers_mut()
                .insert(header::COOKIE, cookie.parse().unwrap());
        }
        let response = self.client.request(request).await.unwrap();
        self.take_cookie(&response);
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn take_cookie<B>(&mut self, response: &Response<B>) {
        let Some(line) = response.headers().get(header::SET_COOKIE) else {
            return;
        };
        let line = line.to_str().unwrap();
        let cookie = line.split(';').next().unwrap_or_default().to_owned();
        self.cookie = (!line.contains("Max-Age=0")).then_some(cookie);
    }

    pub(crate) async fn get(&mut self, path: &str) -> (StatusCode, String) {
        self.send(Method::GET, path, "").await
    }
}
