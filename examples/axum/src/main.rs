//! Serves the example on port 3000.

use axum::{body::Body, http::Method};
use portcullis::tower::wiring;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = example_axum::app()?;
    // A guard that is missing, or lacks a layer, is found here and not by a visitor.
    wiring::check::<_, Body, _>(app.clone(), &[(Method::GET, "/me")]).await?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://localhost:3000");
    // Put a proxy in front, or see the hyper example: `axum::serve` knows no timeout for heads.
    axum::serve(listener, app).await?;
    Ok(())
}
