//! The command line.

use std::path::PathBuf;

use clap::{Args as Arguments, Parser, Subcommand};
use http::Method;

/// Authentication tools for the command line.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Signs and verifies webhook deliveries.
    Webhook {
        #[command(subcommand)]
        command: Webhook,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// Lists the schemes: name, title, what the row rests on and where that is, a tab between them.
    Schemes,
    /// Prints the headers that go with a body, one `name: value` a line.
    Sign(Sign),
    /// Prints `verified`, or `refused:` and why; the exit status is 0 or 1.
    Verify(Verify),
}

#[derive(Arguments, Debug)]
pub(crate) struct Sign {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The delivery's id; a random one if not given.
    #[arg(long, value_name = "I")]
    pub(crate) id: Option<String>,
    /// When it is sent, in seconds since 1970; now if not given.
    #[arg(long, value_name = "T")]
    pub(crate) timestamp: Option<u64>,
}

#[derive(Arguments, Debug)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The file with the headers, one `name: value` a line.
    #[arg(long, value_name = "H")]
    pub(crate) headers_file: PathBuf,
    /// What time it is, in seconds since 1970; the clock's if not given.
    #[arg(long, value_name = "T")]
    pub(crate) now: Option<u64>,
    /// Says what is likely wrong with a delivery that is refused. Not for the sender's eyes.
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Arguments, Debug)]
pub(crate) struct Common {
    /// The name of the scheme.
    #[arg(long, value_name = "S")]
    pub(crate) scheme: String,
    /// The file with the secret as the provider shows it, one a line; of a scheme with public keys,
    /// the public key to verify and the private one to sign.
    #[arg(long, value_name = "F")]
    pub(crate) secret_file: PathBuf,
    /// The file with the body, byte for byte; standard input if not given.
    #[arg(long, value_name = "B")]
    pub(crate) body_file: Option<PathBuf>,
    /// The URL that the provider sends to, for schemes that sign it.
    #[arg(long, value_name = "U")]
    pub(crate) url: Option<String>,
    /// The method.
    #[arg(long, value_name = "M", default_value = "POST")]
    pub(crate) method: Method,
}
