//! `manifests --check`: the house rules that no lint knows.
//!
//! 1. Every member takes version, edition, rust-version, licence and lints from the workspace.
//! 2. A dependency that the workspace lists is taken from there.
//! 3. A source file has at most 400 lines, tests left out.
//! 4. No line says that something is still to be done, or switches a test off.

mod inherit;
mod sizes;
mod toml;
mod words;

use std::path::PathBuf;

use crate::failure::{Failure, report};
use crate::files::{folders_in, read};
use crate::process::root;

use toml::Manifest;

/// Prints every fault; fails if there is one.
pub(crate) fn check() -> Result<(), Failure> {
    let workspace = Manifest::parse(&read(&root().join("Cargo.toml"))?.text);
    let mut faults = Vec::new();
    for folder in members(&workspace)? {
        let source = read(&folder.join("Cargo.toml"))?;
        let member = Manifest::parse(&source.text);
        faults.extend(inherit::faults(&source.path, &member, &workspace));
    }
    faults.extend(sizes::faults()?);
    faults.extend(words::faults()?);
    report(&faults)
}

/// The folders of the members, `dir/*` spelled out.
fn members(workspace: &Manifest) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for member in workspace.strings("workspace", "members") {
        match member.strip_suffix("/*") {
            Some(parent) => found.extend(folders_in(&root().join(parent))?),
            None => found.push(root().join(member)),
        }
    }
    found.retain(|folder| folder.join("Cargo.toml").exists());
    Ok(found)
}
