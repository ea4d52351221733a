//! The table as Markdown, the same for the same tree on every machine.

use std::fmt::Write;

use super::Family;
use super::coverage::{Coverage, Place};

const INTRODUCTION: &str = "\
# Behaviours and their tests

Made by `cargo xtask behaviours`; do not edit. Each line of the specification has a number, each test
begins with the number of the line that it holds, and `.ci/run` fails while a line has no test.
";

/// Writes the whole file.
pub(super) fn text(families: &[Family], coverage: &Coverage) -> String {
    let mut out = String::from(INTRODUCTION);
    for family in families {
        out.push_str(&section(family, coverage));
    }
    out.push_str(&suites(coverage));
    out
}

fn section(family: &Family, coverage: &Coverage) -> String {
    let mut out = format!(
        "\n## {}\n\n| line | rule | tests |\n| --- | --- | --- |\n",
        family.title
    );
    for (number, rule) in family.lines {
        let letter = family.letter;
        let cells: Vec<_> = coverage.of((letter, *number)).map(cell).collect();
        let cells = if cells.is_empty() {
            "none yet".to_owned()
        } else {
            cells.join("<br>")
        };
        line(
            &mut out,
            format_args!("| {letter}{number} | {rule} | {cells} |"),
        );
    }
    out
}

fn cell((name, path): &Place) -> String {
    format!("`{name}` in [{path}](../{path})")
}

fn suites(coverage: &Coverage) -> String {
    let mut out = String::new();
    if coverage.suites.is_empty() {
        return out;
    }
    out.push_str("\n## Suites\n\nThe tests of a suite run once for each of its callers.\n\n");
    for (suite, callers) in &coverage.suites {
        let callers: Vec<_> = callers
            .iter()
            .map(|path| format!("[{path}](../{path})"))
            .collect();
        line(
            &mut out,
            format_args!("- `{suite}!`: {}", callers.join(", ")),
        );
    }
    out
}

fn line(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{line}");
}
