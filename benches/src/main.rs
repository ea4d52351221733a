//! portcullis and its peers, measured side by side: `cargo xtask bench sessions`.
//!
//! The tables are `requests`, `parts`, `memory`, `durable` and `scaling`; `profile:<case>` runs one case
//! alone, and `timing`, which is no comparison, runs only when it is named.

mod durable;
mod memory;
mod parts;
mod requests;
mod scaling;
mod suite;
mod timing;

fn main() {
    let which: Vec<String> = std::env::args().skip(1).collect();
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
    if wants("parts") {
        parts::run();
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
}
