#![doc = include_str!("../README.md")]

mod args;
mod failure;
mod input;
mod output;
mod webhook;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};
use output::Outcome;

fn main() -> ExitCode {
    // A command line that clap cannot read ends the process with status 2.
    let Args {
        command: Command::Webhook { command },
    } = Args::parse();
    match webhook::run(&command) {
        Ok(outcome) => outcome.into(),
        Err(failure) if failure.is_closed_pipe() => Outcome::Done.into(),
        Err(failure) => {
            eprintln!("error: {}", failure.text());
            Outcome::Usage.into()
        }
    }
}
