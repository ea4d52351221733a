//! Our side of `cargo xtask bench sockets`: axum alone, or with sessions in SQLite, as a server.
//!
//! `portcullis-bench-server <bare|sqlite> <database>` writes its port to standard output and serves
//! until its standard input ends, which it does when whoever started it is gone.

use std::io::Read;

use axum::Router;
use axum::routing::get;
use portcullis_cookie::CookiePolicy;
use portcullis_core::{Authentication, Clock, Level, Method, SubjectId, SystemClock};
use portcullis_session::{Key, Lifecycle, Login, SessionPolicy};
use portcullis_sqlite::SqliteStore;
use portcullis_tower::{Authenticated, CurrentSession, SessionsLayer};
use tokio::net::TcpListener;

const LOGIN: Key<String> = Key::new("login");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let router = match &arguments[..] {
        [stack, _] if stack == "bare" => Router::new().route("/", get(|| async { "octo" })),
        [stack, path] if stack == "sqlite" => ours(path),
        _ => return Err("bare or sqlite, and the path of a database".into()),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(end_with_input);
    axum::serve(listener, router).await?;
    Ok(())
}

/// All defaults, the durable ones of the store among them.
fn ours(path: &str) -> Router {
    let policy = SessionPolicy::new(CookiePolicy::new("id").build().unwrap());
    let lifecycle = Lifecycle::new(SqliteStore::open(path).unwrap(), policy);
    Router::new()
        .route("/", get(read))
        .route("/login", get(log_in))
        .layer(SessionsLayer::new(lifecycle))
}

async fn read(_: Authenticated, session: CurrentSession) -> String {
    let login = session.value(LOGIN).await;
    login.expect("the store answers").unwrap_or_default()
}

async fn log_in(session: CurrentSession) {
    let how = Authentication {
        at: SystemClock.now(),
        method: Method::GITHUB,
        level: Level::Single,
    };
    let login = Login::new(SubjectId::new("42").unwrap(), how);
    let login = login.with_value(LOGIN, &"octo".to_owned()).unwrap();
    session.log_in(login).await.unwrap();
}

fn end_with_input() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    std::process::exit(0);
}
