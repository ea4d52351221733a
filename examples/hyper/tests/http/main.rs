//! The example over real connections.

#[cfg(test)]
mod world;

use http::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use world::World;

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
