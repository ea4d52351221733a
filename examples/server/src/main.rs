//! An example server: the layers of portcullis, stacked, behind real HTTP.
//!
//! `cargo run -p server` needs no account anywhere: without a real GitHub it plays one on a
//! loopback port. The variables are in the README.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    server::log::start();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("server: {}", server::log::chain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let settings = server::Settings::from_env()?;
    let server = server::Server::start(settings).await?;
    // Before anybody is told that the server runs, and may stop it.
    let stop = server::signal();
    // The first line of standard output, for whoever waits for the port.
    println!("listening on http://{}", server.address());
    for note in server.notes() {
        println!("{note}");
    }
    server.run_until(stop).await;
    Ok(())
}
