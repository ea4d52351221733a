//! Debian packages, by apt-get, as root or through sudo.

use std::process::Command;

use crate::failure::Failure;
use crate::process::{run, succeeds};

const NOT_DEBIAN: &str = "there is no apt-get here: install Chromium as /usr/bin/chromium, and npm, \
by hand, then run this again";
const NOT_ROOT: &str = "installing Debian packages needs root or sudo, and here is neither: run \
`apt-get install chromium npm` as root, then run this again";

/// Installs one package from the newest package lists.
pub(super) fn install(package: &str) -> Result<(), Failure> {
    if !succeeds(Command::new("apt-get").arg("--version")) {
        return Err(Failure::ByHand(NOT_DEBIAN));
    }
    run(as_root()?.args(["apt-get", "update", "-q"]))?;
    run(as_root()?.args(["apt-get", "install", "-q", "-y", package]))
}

/// The beginning of a command line that root will run.
fn as_root() -> Result<Command, Failure> {
    let mut command = if is_root() {
        Command::new("env")
    } else if succeeds(Command::new("sudo").arg("--version")) {
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    } else {
        return Err(Failure::ByHand(NOT_ROOT));
    };
    command.arg("DEBIAN_FRONTEND=noninteractive");
    Ok(command)
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
