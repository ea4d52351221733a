//! The example over real connections.

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use portcullis::tower::wiring;
use tokio::net::TcpListener;

/// A browser that holds the session cookie, as long as it is told to.
struct Browser {
    client: Client<HttpConnector, Body>,
    base: String,
    cookie: Option<String>,
}

impl Browser {
    /// Starts a server of its own.
    async fn new() -> Self {
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

    async fn send(
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

    async fn get(&mut self, path: &str) -> (StatusCode, String) {
        self.send(Method::GET, path, "").await
    }

    async fn log_in(&mut self) {
        let (status, _) = self.send(Method::POST, "/login", "name=ada").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn visits_are_counted_and_survive_the_login() {
    let mut browser = Browser::new().await;
    assert!(browser.get("/").await.1.starts_with("<p>Visit 1</p>"));
    assert!(browser.get("/").await.1.starts_with("<p>Visit 2</p>"));
    browser.log_in().await;
    assert!(browser.get("/").await.1.starts_with("<p>Visit 3</p>"));
}

#[tokio::test]
async fn s23_a_cookie_is_of_no_use_after_the_logout() {
    let mut browser = Browser::new().await;
    browser.log_in().await;
    assert_eq!(
        browser.get("/me").await,
        (StatusCode::OK, "you are ada".to_owned())
    );
    let kept = browser.cookie.clone();

    let (status, _) = browser.send(Method::POST, "/logout", "").await;
    assert_eq!((status, &browser.cookie), (StatusCode::SEE_OTHER, &None));
    browser.cookie = kept;
    assert_eq!(browser.get("/me").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn strangers_and_nonsense_are_refused_in_json() {
    let mut browser = Browser::new().await;
    for (method, path, body, status, code) in [
        (Method::GET, "/me", "", 401, "unauthenticated"),
        (
            Method::POST,
            "/login",
            "name=two+words",
            422,
            "unprocessable",
        ),
        (Method::GET, "/logout", "", 405, "method_not_allowed"),
        (Method::GET, "/nowhere", "", 404, "not_found"),
    ] {
        let (told, json) = browser.send(method, path, body).await;
        assert_eq!(told, status, "{path}");
        assert!(
            json.starts_with(&format!(r#"{{"error":{{"code":"{code}""#)),
            "{json}"
        );
    }
    assert_eq!(browser.cookie, None);
}

#[tokio::test]
async fn s45_the_guard_has_all_it_needs() {
    let app = example_axum::app().unwrap();
    let guarded = [(Method::GET, "/me")];
    assert_eq!(wiring::check::<_, Body, _>(app, &guarded).await, Ok(()));
}
