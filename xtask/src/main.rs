//! The developer's command, run as `cargo xtask <subcommand>`.
//!
//! It needs the standard library alone, so that it builds in seconds on a fresh clone.

mod behaviours;
mod failure;
mod files;
mod fuzz;
mod manifests;
mod process;
mod reliability;
mod setup;
mod suite;
mod tokens;
mod twins;

use std::process::ExitCode;

use failure::Failure;

const USAGE: &str = "\
cargo xtask setup              install what the tests and the checks need
cargo xtask test [args…]       set up what is missing, then run every test; args go to cargo test
cargo xtask bench [name]       run the benchmarks, or one group (sessions) or table of them
cargo xtask fuzz [seconds]     run every fuzz target for 30 seconds, or as many as are given
cargo xtask twins              list the faulty twins and the tests that catch them
cargo xtask shuttle            try the orders of threads in the store in memory
cargo xtask chaos              run the faults and races in their long form, write docs/RELIABILITY.md
cargo xtask chaos --write      write that file's tables from what the last runs have left
cargo xtask behaviours         write docs/BEHAVIOURS.md
cargo xtask behaviours --check fail if a line has no test or that file is stale
cargo xtask manifests --check  fail if a manifest or a source file breaks the house rules";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["setup"] => setup::everything(),
        ["test", rest @ ..] => suite::test(rest),
        ["bench"] => suite::bench(None),
        ["bench", name] => suite::bench(Some(name)),
        ["fuzz"] => fuzz::all(None),
        ["fuzz", seconds] => fuzz::all(Some(seconds)),
        ["twins"] => twins::list(),
        ["shuttle"] => reliability::shuttle(false),
        ["chaos"] => reliability::chaos(),
        ["chaos", "--write"] => reliability::write(),
        ["behaviours"] => behaviours::write(),
        ["behaviours", "--check"] => behaviours::check(),
        ["manifests", "--check"] => manifests::check(),
        _ => Err(Failure::Usage(USAGE)),
    }
}
