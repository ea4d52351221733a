//! A server of the example, and a browser for it.

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;

/// A browser that holds the session cookie, as long as it is told to.
pub(crate) struct Browser {
    client: Client<HttpConnector, Body>,
    base: String,
    pub(crate) cookie: Option<String>,
}

impl Browser {
    /// Starts a server of its own.
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = example_axum::app().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            base,
            cookie: None,
        }
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: &'static str,
    ) -> (StatusCode, String) {
        let form = "application/x-www-form-urlencoded";
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        let mut request = request
            .header(header::CONTENT_TYPE, form)
            .body(Body::from(body))
            .unwrap();
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

    pub(crate) async fn log_in(&mut self) {
        let (status, _) = self.send(Method::POST, "/login", "name=ada").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
}
