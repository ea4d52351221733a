//! The PyPI packages of `tests/peers`, exactly as the lock file pins them, in an environment of their
//! own.

use std::fs;
use std::process::Command;

use super::locked::{Locked, folder};
use crate::failure::Failure;
use crate::process::{run, succeeds};

const PIP: Locked = Locked {
    lock: "requirements.txt",
    stamp: ".venv/installed-requirements.txt",
};

/// Whether there is a Python that can make environments with a pip in them.
pub(super) fn is_there() -> bool {
    succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"]))
}

/// Whether what is installed is what the lock file says.
pub(super) fn packages_are_there() -> bool {
    PIP.is_installed()
}

/// Installs the packages: those alone whose hashes the lock file has, and none that would have to be
/// built, which would run scripts of theirs.
pub(super) fn install_packages() -> Result<(), Failure> {
    let environment = folder().join(".venv");
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&environment))?;
    let ignored = environment.join(".gitignore");
    fs::write(&ignored, "*\n").map_err(Failure::file(&ignored))?;
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-compile"]);
    pip.args(["--disable-pip-version-check", "--require-hashes"]);
    run(pip.args(["--only-binary", ":all:", "-r"]).arg(PIP.lock()))?;
    PIP.installed()
}
