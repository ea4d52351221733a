//! Prints what is delivered to port 3000 until Ctrl-C.
//!
//! `WEBHOOK_SECRET` is the secret that is shared with the sender, such as
//! `whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD`.

use tokio::net::TcpListener;
use tokio::sync::mpsc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = std::env::var("WEBHOOK_SECRET")?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://localhost:3000/webhook");
    let (inbox, mut events) = mpsc::channel(100);
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            println!("{event:?}");
        }
    });
    let stop = async {
        // Where there are no signals, it stops with the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    example_hyper_webhook::run(listener, &secret, inbox, stop).await?;
    Ok(())
}
