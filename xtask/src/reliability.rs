//! `chaos`: the long form of the experiments, and the tables of docs/RELIABILITY.md.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::{Failure, report};
use crate::files;
use crate::process::{cargo, root, run};

/// The variables of the long form.
const LONG: [(&str, &str); 4] = [
    ("PORTCULLIS_CHAOS", "long"),
    ("PORTCULLIS_ORDERS", "20000"),
    ("PORTCULLIS_ROUNDS", "100000"),
    ("PORTCULLIS_SCHEDULES", "10000"),
];

/// Runs everything in its long form, which takes most of an hour, then writes the tables.
pub(crate) fn chaos() -> Result<(), Failure> {
    run(
        long(cargo().args(["test", "--profile", "long", "-p", "portcullis-tests"])).args([
            "--all-features",
            "--test",
            "chaos",
            "--test",
            "races",
            "--no-fail-fast",
        ]),
    )?;
    shuttle(true)?;
    write()
}

/// Tries the orders of threads in the store in memory, often or not.
pub(crate) fn shuttle(is_long: bool) -> Result<(), Failure> {
    let mut command = cargo();
    command.args(["test", "--manifest-path", "tests/shuttle/Cargo.toml"]);
    command.args(["--target-dir", "target/shuttle"]);
    if is_long {
        long(&mut command);
    }
    run(&mut command)
}

fn long(command: &mut Command) -> &mut Command {
    command.envs(LONG)
}

fn file() -> PathBuf {
    root().join("docs/RELIABILITY.md")
}

/// Writes the tables from what the last runs have left in `artifacts`.
pub(crate) fn write() -> Result<(), Failure> {
    let path = file();
    let mut text = files::read(&path)?.text;
    let tables = [
        ("experiments", experiments()?),
        ("races", races(&artifact("stress.txt")?)),
        ("orders", orders(&artifact("interleaver.txt")?)),
    ];
    let mut faults = Vec::new();
    for (name, table) in &tables {
        match between(&text, name) {
            Some((before, after)) => text = format!("{before}\n{table}\n{after}"),
            None => faults.push(format!("docs/RELIABILITY.md has no place for `{name}`")),
        }
    }
    report(&faults)?;
    fs::write(&path, text).map_err(Failure::file(&path))
}

fn artifact(name: &str) -> Result<String, Failure> {
    Ok(files::read(&root().join("artifacts").join(name))?.text)
}

/// What is before and after a table, with the comments that mark its place.
fn between<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let (begin, end) = (
        format!("<!-- {name} -->\n"),
        format!("<!-- end of {name} -->"),
    );
    let start = text.find(&begin)? + begin.len();
    let stop = start + text.get(start..)?.find(&end)?;
    Some((text.get(..start)?, text.get(stop..)?))
}

/// Of each experiment, what it had to hit and what it found; a file each.
fn experiments() -> Result<String, Failure> {
    let mut rows = Vec::new();
    for path in files::files_in(&root().join("artifacts/chaos"), "txt")? {
        rows.extend(files::read(&path)?.text.lines().map(cells));
    }
    Ok(experiments_of(&rows))
}

fn experiments_of(rows: &[String]) -> String {
    let head =
        "| experiment | what was done | number to hit | found |\n| --- | --- | --- | --- |\n";
    rows.iter()
        .fold(head.to_owned(), |table, row| table + row + "\n")
}

fn cells(line: &str) -> String {
    format!("| {} |", line.split('\t').collect::<Vec<_>>().join(" | "))
}

fn races(report: &str) -> String {
    let head = "| race | store | found |\n| --- | --- | --- |\n";
    let rows = report.lines().filter_map(|line| {
        let (race, rest) = line
            .split_once("  ")
            .or_else(|| line.split_once(" memory "))?;
        let (store, found) = rest.trim().split_once(' ')?;
        Some(format!("| {race} | {store} | {} |\n", found.trim()))
    });
    head.to_owned() + &rows.collect::<String>()
}

/// Cases and orders of one line of the specification on one store.
#[derive(Clone, Copy, Default)]
struct Sum {
    cases: u64,
    orders: u64,
    unfinished: u64,
}

/// The interleaver's report, a row a line of the specification.
fn orders(report: &str) -> String {
    let mut sums = BTreeMap::<(&str, &str), Sum>::new();
    for (line, store, orders, is_left) in report.lines().skip(1).filter_map(case) {
        let sum = sums.entry((line, store)).or_default();
        sum.cases += 1;
        sum.orders += orders;
        sum.unfinished += u64::from(is_left);
    }
    let head = "| line | store | cases | orders tried | cases with more orders | failures |\n\
                | --- | --- | --: | --: | --: | --: |\n";
    sums.iter()
        .fold(head.to_owned(), |table, ((line, store), sum)| {
            let Sum {
                cases,
                orders,
                unfinished,
            } = sum;
            table + &format!("| {line} | {store} | {cases} | {orders} | {unfinished} | 0 |\n")
        })
}

/// A row of the report: `s13 <words> <store> <orders> <steps> [and more]`.
fn case(row: &str) -> Option<(&str, &str, u64, bool)> {
    let whole = row.strip_suffix(" and more");
    let mut words = whole.unwrap_or(row).split_whitespace();
    // The sums at the end are of a store, not of a line.
    let line = words.next().filter(|line| !line.ends_with(':'))?;
    let _steps = words.next_back()?;
    let orders = words.next_back()?.parse().ok()?;
    Some((line, words.next_back()?, orders, whole.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_summed_by_line_and_store() {
        let report = "line case store orders steps\n\
                      s13   log out against a read   memory   6   6\n\
                      s13   log out against a write  memory   100   8 and more\n\
                      memory: 2 cases, 106 orders, 0 failures\n";
        let table = orders(report);
        assert!(table.ends_with("| s13 | memory | 2 | 106 | 1 | 0 |\n"));
        assert_eq!(table.lines().count(), 3, "{table}");
    }

    #[test]
    fn races_are_rows() {
        let report = "two logins in one browser          sqlite  2000 rounds, 2.8 s\n";
        let row = "| two logins in one browser | sqlite | 2000 rounds, 2.8 s |\n";
        assert!(races(report).ends_with(row));
    }

    #[test]
    fn experiments_are_rows() {
        let rows = [cells("12\tkill\t0 lost\t0 of 5")];
        assert!(experiments_of(&rows).ends_with("| 12 | kill | 0 lost | 0 of 5 |\n"));
    }

    #[test]
    fn a_table_goes_where_its_comments_are() {
        let text = "a\n<!-- x -->\nold\n<!-- end of x -->\nb";
        let found = between(text, "x");
        assert_eq!(found, Some(("a\n<!-- x -->\n", "<!-- end of x -->\nb")));
        assert_eq!(between(text, "y"), None);
    }
}
