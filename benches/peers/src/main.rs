//! The peer of `cargo xtask bench sockets`: axum, tower-sessions and its SQLite store, as a server.
//!
//! `portcullis-bench-peers <database>` writes its port to standard output and serves until its
//! standard input ends, which it does when whoever started it is gone.

use std::io::Read;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, Session, SessionManagerLayer};
use tower_sessions_sqlx_store::SqliteStore;
use tower_sessions_sqlx_store::sqlx::SqlitePool;
use tower_sessions_sqlx_store::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("the path of a database")?;
    let store = SqliteStore::new(SqlitePool::connect_with(options(&path)).await?);
    store.migrate().await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(end_with_input);
    axum::serve(listener, router(store)).await?;
    Ok(())
}

/// As durable as `portcullis-sqlite` is by itself; what is not named is left as sqlx has it.
fn options(path: &str) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
}

fn router(store: SqliteStore) -> Router {
    // The life of our own default policy.
    let month = Expiry::OnInactivity(Duration::days(30));
    Router::new()
        .route("/", get(read))
        .route("/login", get(log_in))
        .layer(SessionManagerLayer::new(store).with_expiry(month))
}

async fn read(session: Session) -> String {
    let login = session.get::<String>("login").await;
    login.expect("the store answers").unwrap_or_default()
}

async fn log_in(session: Session) {
    session.insert("user", 42).await.expect("a number");
    session.insert("login", "octo").await.expect("a string");
}

fn end_with_input() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    std::process::exit(0);
}
