//! Serves the example on port 3000 until Ctrl-C.

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://localhost:3000");
    let stop = async {
        // Where there are no signals, it stops with the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    example_hyper::run(listener, stop).await?;
    Ok(())
}
