//! `setup`: installs what is missing, and says what and why.

mod debian;
mod locked;
mod peers;
mod python;

use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::process::{cargo, run, succeeds};

const CHROMIUM: &str = "/usr/bin/chromium";
const DENY: &str = "cargo-deny@0.20.2";
const FUZZ: &str = "cargo-fuzz@0.13.2";

/// One thing that must be on the machine.
struct Need {
    name: &'static str,
    why: &'static str,
    by: For,
    is_there: fn() -> bool,
    install: fn() -> Result<(), Failure>,
}

/// Who needs a thing.
#[derive(PartialEq)]
enum For {
    Checks,
    Fuzzing,
    Tests,
}

/// In the order of installation: the peers need npm and Python.
const NEEDS: [Need; 7] = [
    Need {
        name: "Chromium (Debian package chromium)",
        why: "the browser that the end-to-end tests drive",
        by: For::Tests,
        is_there: || Path::new(CHROMIUM).exists(),
        install: || debian::install("chromium"),
    },
    Need {
        name: "npm (Debian package npm)",
        why: "fetches the npm packages below",
        by: For::Tests,
        is_there: || succeeds(Command::new("npm").arg("--version")),
        install: || debian::install("npm"),
    },
    Need {
        name: "npm packages of tests/peers (Node 22, emulate, playwright-core, senders of webhooks)",
        why: "software by others that the tests speak with, as the lock file pins it",
        by: For::Tests,
        is_there: peers::are_there,
        install: peers::install,
    },
    Need {
        name: "Python's venv (Debian package python3-venv)",
        why: "holds the PyPI packages below",
        by: For::Tests,
        is_there: python::is_there,
        install: || debian::install("python3-venv"),
    },
    Need {
        name: "PyPI packages of tests/peers (cryptography, senders of webhooks)",
        why: "software by others that the tests speak with, as the lock file pins it",
        by: For::Tests,
        is_there: python::packages_are_there,
        install: python::install_packages,
    },
    Need {
        name: DENY,
        why: "checks licences, duplicates, sources and advisories; only .ci/run needs it",
        by: For::Checks,
        is_there: || succeeds(cargo().args(["deny", "--version"])),
        install: || install_lightly(&[DENY, "--no-default-features"]),
    },
    Need {
        name: FUZZ,
        why: "builds and runs the fuzz targets; only `cargo xtask fuzz` needs it",
        by: For::Fuzzing,
        is_there: || succeeds(cargo().args(["fuzz", "--version"])),
        install: || install_lightly(&[FUZZ]),
    },
];

/// Installs whatever tests and checks need and is missing.
pub(crate) fn everything() -> Result<(), Failure> {
    let installed = install_missing(|need| need.by != For::Fuzzing)?;
    if installed == 0 {
        println!("setup: everything is there");
    }
    Ok(())
}

/// Installs whatever the tests need and is missing; silent when nothing is.
pub(crate) fn for_tests() -> Result<(), Failure> {
    install_missing(|need| need.by == For::Tests).map(drop)
}

/// Installs whatever fuzzing needs and is missing; silent when nothing is.
pub(crate) fn for_fuzzing() -> Result<(), Failure> {
    install_missing(|need| need.by == For::Fuzzing).map(drop)
}

fn install_missing(wanted: fn(&Need) -> bool) -> Result<usize, Failure> {
    let mut installed = 0;
    for need in NEEDS
        .iter()
        .filter(|need| wanted(need) && !(need.is_there)())
    {
        println!("setup: installs {}: {}", need.name, need.why);
        (need.install)()?;
        installed += 1;
    }
    Ok(installed)
}

/// Builds it lightly optimised: it runs for a second, and its build is most of a first run.
fn install_lightly(what: &[&str]) -> Result<(), Failure> {
    let mut command = cargo();
    command
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    run(command.args(["install", "--locked"]).args(what))
}
