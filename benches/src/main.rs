//! portcullis and its peers, measured side by side: `cargo xtask bench sessions`.
//!
//! The tables of that group are `requests`, `parts`, `cookies`, `memory`, `durable` and `scaling`.
//! Only when they are named: `webhooks`, `sockets`, `build`, `timing`, which is no comparison, and
//! `profile:<case>` and `webhook:<scheme>`, one case alone, for a profiler.
//!
//! `PORTCULLIS_BENCH_HUGE` adds the largest sizes, and release builds to `build`;
//! `PORTCULLIS_BENCH_SHORT` shows in seconds that a table works, with figures that mean nothing.

use std::process::ExitCode;

mod build_cost;
mod cookies;
mod durable;
mod memory;
mod parts;
mod process;
mod requests;
mod scaling;
mod sockets;
mod suite;
mod timing;
mod webhooks;

fn main() -> ExitCode {
    let which: Vec<String> = std::env::args().skip(1).collect();
    match tables(&which) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the tables that are asked for.
fn tables(which: &[String]) -> Result<(), String> {
    let all = which.is_empty() || which.iter().any(|w| w == "sessions");
    let wants = |name: &str| all || which.iter().any(|w| w == name);
    if wants("requests") {
        requests::run();
    }
    if which.iter().any(|w| w == "timing") {
        timing::run();
    }
    if let Some(name) = which.iter().find_map(|w| w.strip_prefix("profile:")) {
        requests::profile(name);
    }
    if let Some(name) = which.iter().find_map(|w| w.strip_prefix("webhook:")) {
        webhooks::profile(name);
    }
    if wants("parts") {
        parts::run();
    }
    if wants("cookies") {
        cookies::run();
    }
    if wants("memory") {
        memory::run();
    }
    if wants("durable") {
        durable::run();
    }
    if wants("scaling") {
        scaling::run();
    }
    if which.iter().any(|w| w == "webhooks") {
        webhooks::run();
    }
    if which.iter().any(|w| w == "sockets") {
        sockets::run()?;
    }
    if which.iter().any(|w| w == "build") {
        build_cost::run()?;
    }
    Ok(())
}
