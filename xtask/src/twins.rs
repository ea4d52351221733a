//! `twins`: which test found which faulty implementation.

use std::collections::BTreeMap;

use crate::failure::{Failure, report};
use crate::process::{cargo, output};

/// The modules in which twins are tested.
const MODULE: &str = "with_a_fault";

/// Runs every twin's test and prints what caught it; fails if one was caught by nothing.
pub(crate) fn list() -> Result<(), Failure> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--all-features"]);
    command.args(["--test", "twins", "--test", "races", "--test", "advisories"]);
    let said = output(command.args(["--", MODULE, "--show-output"]))?;
    let found = Found::read(&said);
    print!("{}", found.table());
    report(&found.faults())
}

/// What a run has said.
#[derive(Default)]
struct Found {
    /// Of each twin, the tests that caught it.
    twins: BTreeMap<String, Vec<String>>,
    /// Of each test of twins, how many it has caught.
    tests: BTreeMap<String, usize>,
}

impl Found {
    fn read(said: &str) -> Self {
        let mut found = Self::default();
        let mut test = None;
        for line in said.lines() {
            if let Some(name) = passed(line) {
                found.tests.entry(name.to_owned()).or_default();
            } else if let Some(name) = section(line) {
                test = Some(name);
            } else if let Some((twin, by)) = caught(line) {
                let all = found.twins.entry(twin.to_owned()).or_default();
                all.push(by.to_owned());
                if let Some(count) = test.and_then(|name| found.tests.get_mut(name)) {
                    *count += 1;
                }
            }
        }
        found
    }

    fn table(&self) -> String {
        let row = |(twin, by): (&String, &Vec<String>)| format!("{twin:<44} {}\n", by.join(", "));
        let rows: String = self.twins.iter().map(row).collect();
        format!("{rows}{} twins caught\n", self.twins.len())
    }

    fn faults(&self) -> Vec<String> {
        if self.tests.is_empty() {
            return vec!["no test of a twin was run".to_owned()];
        }
        let dead = self.tests.iter().filter(|(_, caught)| **caught == 0);
        dead.map(|(test, _)| format!("{test} catches no twin"))
            .collect()
    }
}

/// The test of twins that this line says has passed.
fn passed(line: &str) -> Option<&str> {
    let name = line.strip_prefix("test ")?.strip_suffix(" ... ok")?;
    name.split("::").any(|part| part == MODULE).then_some(name)
}

/// The test whose output begins after this line.
fn section(line: &str) -> Option<&str> {
    line.strip_prefix("---- ")?.strip_suffix(" stdout ----")
}

/// The twin that this line says was caught, and by what.
fn caught(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("twin ")?.split_once(": caught by ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
test a::with_a_fault::Upsert ... ok
test a::with_a_fault::dead ... ok
test a::other ... ok

---- a::with_a_fault::Upsert stdout ----
twin Upsert: caught by s13_a
twin Upsert: caught by s13_b
";

    #[test]
    fn twins_and_what_caught_them_are_read() {
        let found = Found::read(SAID);
        assert_eq!(found.twins["Upsert"], ["s13_a", "s13_b"]);
        assert!(found.table().ends_with("1 twins caught\n"));
    }

    #[test]
    fn a_test_that_catches_nothing_is_told() {
        let faults = Found::read(SAID).faults();
        assert_eq!(faults, ["a::with_a_fault::dead catches no twin"]);
    }

    #[test]
    fn a_run_without_twins_is_told() {
        assert_eq!(Found::read("").faults(), ["no test of a twin was run"]);
    }
}
