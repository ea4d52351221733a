//! The example over real connections.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use portcullis::cookie::PolicyError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server, and a browser that holds its session cookie as long as it is told to.
struct World {
    address: String,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), PolicyError>>,
    client: Client<HttpConnector, Full<Bytes>>,
    cookie: Option<String>,
}

impl World {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(example_hyper::serve(listener, async {
            drop(stopped.await)
        }));
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self {
            address,
            stop,
            server,
            client,
            cookie: None,
        }
    }

    async fn send(
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

    async fn get(&mut self, path: &str) -> (StatusCode, String) {
        self.send(Method::GET, path, "").await
    }
}

fn fine(body: &str) -> (StatusCode, String) {
    (StatusCode::OK, body.to_owned())
}

#[tokio::test]
async fn visits_are_counted_and_survive_the_login() {
    let mut world = World::new().await;
    assert_eq!(world.get("/").await, fine("visit 1\n"));
    assert_eq!(world.get("/").await, fine("visit 2\n"));
    assert_eq!(
        world.send(Method::POST, "/login", "name=ada").await,
        fine("logged in\n")
    );
    assert_eq!(world.get("/").await, fine("visit 3\n"));
}

#[tokio::test]
async fn s23_a_cookie_is_of_no_use_after_the_logout() {
    let mut world = World::new().await;
    world.send(Method::POST, "/login", "name=ada").await;
    assert_eq!(world.get("/me").await, fine("you are ada\n"));
    let kept = world.cookie.clone();
    assert_eq!(
        world.send(Method::POST, "/logout", "").await,
        fine("logged out\n")
    );
    assert_eq!(world.cookie, None);
    world.cookie = kept;
    assert_eq!(world.get("/me").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn strangers_and_nonsense_are_refused_in_json() {
    let mut world = World::new().await;
    let long: &str = Box::leak("name=".repeat(300).into_boxed_str());
    for (method, path, body, status, code) in [
        (Method::GET, "/me", "", 401, "unauthenticated"),
        (
            Method::POST,
            "/login",
            "name=two words",
            422,
            "unprocessable",
        ),
        (Method::POST, "/login", long, 413, "too_large"),
        (Method::GET, "/logout", "", 405, "method_not_allowed"),
        (Method::GET, "/nowhere", "", 404, "not_found"),
    ] {
        let (told, json) = world.send(method, path, body).await;
        assert_eq!(told, status, "{path}");
        assert!(
            json.starts_with(&format!(r#"{{"error":{{"code":"{code}""#)),
            "{json}"
        );
    }
    assert_eq!(world.cookie, None);
}

#[tokio::test]
async fn a_shutdown_ends_idle_connections_and_the_server() {
    let mut world = World::new().await;
    let mut idle = TcpStream::connect(&world.address).await.unwrap();
    assert_eq!(world.get("/").await, fine("visit 1\n"));
    world.stop.send(()).unwrap();
    assert!(world.server.await.unwrap().is_ok());
    assert_eq!(idle.read(&mut [0]).await.unwrap(), 0);
}

/// The clock is the runtime's and jumps whenever there is nothing else to do.
#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let world = World::new().await;
    let mut slow = TcpStream::connect(&world.address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: loc")
        .await
        .unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
    world.server.abort();
}
