//! `behaviours`: which test holds which numbered line.

mod coverage;
mod lines;
mod rules;
mod scan;
mod table;

use std::fs;
use std::path::PathBuf;

use crate::failure::{Failure, report};
use crate::files::sources;
use crate::process::root;

use coverage::Coverage;

/// Numbered lines that share a letter.
struct Family {
    letter: char,
    title: &'static str,
    /// Number and statement, by rising number.
    lines: &'static [(u16, &'static str)],
}

const FOLDERS: [&str; 3] = ["crates", "examples", "tests"];

fn file() -> PathBuf {
    root().join("docs/BEHAVIOURS.md")
}

/// Writes the table; lines without a test are shown as such.
pub(crate) fn write() -> Result<(), Failure> {
    let coverage = coverage()?;
    let path = file();
    fs::create_dir_all(root().join("docs")).map_err(Failure::file(&path))?;
    fs::write(&path, table::text(&rules::FAMILIES, &coverage)).map_err(Failure::file(&path))?;
    for fault in coverage.faults(&rules::FAMILIES) {
        println!("{fault}");
    }
    Ok(())
}

/// Fails if a line has no test, a test has no line, or the written table is not this one.
pub(crate) fn check() -> Result<(), Failure> {
    let coverage = coverage()?;
    let mut faults = coverage.faults(&rules::FAMILIES);
    let written = fs::read_to_string(file()).unwrap_or_default();
    if written != table::text(&rules::FAMILIES, &coverage) {
        faults.push("docs/BEHAVIOURS.md is stale: run `cargo xtask behaviours`".to_owned());
    }
    report(&faults)
}

fn coverage() -> Result<Coverage, Failure> {
    let files = sources(&FOLDERS, &["rs"])?;
    Ok(Coverage::in_files(&files, &rules::FAMILIES))
}
