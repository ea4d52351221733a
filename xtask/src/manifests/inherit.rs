//! What a member must take from the workspace.

use std::collections::BTreeSet;

use super::toml::{Entry, Manifest};

const PACKAGE: [&str; 4] = ["version", "edition", "rust-version", "license"];

/// The faults of one member's manifest.
pub(super) fn faults(path: &str, member: &Manifest, workspace: &Manifest) -> Vec<String> {
    let package = PACKAGE
        .iter()
        .filter(|key| !member.inherits("package", key));
    let mut faults: Vec<String> = package
        .map(|key| format!("{path}: {key} is not inherited from the workspace"))
        .collect();
    if !has_lints(member) {
        faults.push(format!(
            "{path}: lints are not inherited from the workspace"
        ));
    }
    for (table, name) in dependencies(member) {
        if lists(workspace, &name) && !member.inherits(&table, &name) {
            faults.push(format!(
                "{path}: {name} in [{table}] is not taken from the workspace"
            ));
        }
    }
    faults
}

fn has_lints(member: &Manifest) -> bool {
    let is_whole = |entry: &Entry| entry.table == "lints" && entry.key == "workspace";
    member
        .entries
        .iter()
        .any(|entry| is_whole(entry) && entry.value == "true")
}

/// Every dependency, with the table that it stands in.
fn dependencies(member: &Manifest) -> BTreeSet<(String, String)> {
    member.entries.iter().filter_map(dependency).collect()
}

fn dependency(entry: &Entry) -> Option<(String, String)> {
    if is_list(&entry.table) {
        let name = entry.key.split('.').next()?;
        return Some((entry.table.clone(), name.to_owned()));
    }
    let (table, name) = entry.table.rsplit_once('.')?;
    is_list(table).then(|| (table.to_owned(), name.to_owned()))
}

fn is_list(table: &str) -> bool {
    let last = table.rsplit('.').next().unwrap_or_default();
    matches!(
        last,
        "dependencies" | "dev-dependencies" | "build-dependencies"
    ) && !table.starts_with("workspace.")
}

fn lists(workspace: &Manifest, name: &str) -> bool {
    let is_it = |entry: &Entry| {
        let key = entry.key.split('.').next();
        entry.table == "workspace.dependencies" && key == Some(name)
            || entry.table == format!("workspace.dependencies.{name}")
    };
    workspace.entries.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = "[workspace.dependencies]\na = \"1\"\nb = { version = \"1\" }";
    const GOOD: &str = "[package]\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\n[lints]\nworkspace = true\n";

    fn faults_of(text: &str) -> Vec<String> {
        faults("x", &Manifest::parse(text), &Manifest::parse(WORKSPACE))
    }

    #[test]
    fn a_member_that_inherits_all_is_fine() {
        let rest = "[dependencies]\na.workspace = true\nother = \"1\"\n\
            [target.'cfg(unix)'.dev-dependencies]\nb = { workspace = true }\n";
        assert_eq!(faults_of(&format!("{GOOD}{rest}")), [""; 0]);
    }

    #[test]
    fn each_field_of_its_own_is_a_fault() {
        for line in GOOD.lines().filter(|line| line.contains("workspace")) {
            let others: Vec<_> = GOOD.lines().filter(|other| *other != line).collect();
            assert_eq!(faults_of(&others.join("\n")).len(), 1, "{line}");
        }
    }

    #[test]
    fn a_listed_dependency_with_a_version_of_its_own_is_a_fault() {
        for rest in [
            "[dependencies]\na = \"1\"",
            "[dev-dependencies]\nb = { version = \"1\", features = [] }",
            "[build-dependencies.a]\nversion = \"1\"",
            "[target.'cfg(unix)'.dependencies]\na = \"1\"",
        ] {
            assert_eq!(faults_of(&format!("{GOOD}{rest}")).len(), 1, "{rest}");
        }
    }
}
