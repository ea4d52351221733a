//! The npm packages of `tests/peers`, exactly as the lock file pins them.
//!
//! A copy of the lock file inside `node_modules` says which state was installed; it is written
//! last, so a broken installation is never taken for a whole one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::process::{root, run};

fn folder() -> PathBuf {
    root().join("tests/peers")
}

fn lock() -> PathBuf {
    folder().join("package-lock.json")
}

fn stamp() -> PathBuf {
    folder().join("node_modules/.installed-lock.json")
}

/// Whether what is installed is what the lock file says.
pub(super) fn are_there() -> bool {
    match (fs::read(lock()), fs::read(stamp())) {
        (Ok(wanted), Ok(installed)) => wanted == installed,
        _ => false,
    }
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
    fs::copy(lock(), stamp())
        .map(drop)
        .map_err(Failure::file(&stamp()))
}
