//! The npm packages of `tests/peers`, exactly as the lock file pins them.

use std::process::Command;

use super::locked::{Locked, folder};
use crate::failure::Failure;
use crate::process::run;

const NPM: Locked = Locked {
    lock: "package-lock.json",
    stamp: "node_modules/.installed-lock.json",
};

/// Whether what is installed is what the lock file says.
pub(super) fn are_there() -> bool {
    NPM.is_installed()
}

/// Installs the packages without running any script of theirs, and tries the Node among them.
pub(super) fn install() -> Result<(), Failure> {
    let mut npm = Command::new("npm");
    npm.arg("ci").arg("--prefix").arg(folder());
    run(npm.args([
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]))?;
    run(Command::new(folder().join("node_modules/.bin/node")).arg("--version"))?;
    NPM.installed()
}
