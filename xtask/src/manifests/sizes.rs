//! The longest that a source file may be.

use crate::failure::Failure;
use crate::files::{Source, sources};

const MOST_LINES: usize = 400;
const FOLDERS: [&str; 5] = ["benches", "crates", "examples", "fuzz", "xtask"];

/// Source files that are too long.
pub(super) fn faults() -> Result<Vec<String>, Failure> {
    let mut files = sources(&FOLDERS, &["rs"])?;
    files.retain(|file| !is_test(&file.path));
    Ok(files.iter().filter_map(fault).collect())
}

fn fault(file: &Source) -> Option<String> {
    let lines = lines_of_code(&file.text);
    let path = &file.path;
    (lines > MOST_LINES).then(|| format!("{path}: {lines} lines, at most {MOST_LINES} are allowed"))
}

/// Tests are left out of the count.
fn is_test(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.clone().any(|part| part == "tests") || parts.next_back() == Some("tests.rs")
}

/// The lines before the test module at the end, if there is one.
fn lines_of_code(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let starts_tests = |pair: &[&str]| pair == ["#[cfg(test)]", "mod tests {"];
    lines
        .windows(2)
        .position(starts_tests)
        .unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, lines: usize, rest: &str) -> Source {
        Source {
            path: path.to_owned(),
            text: format!("{}{rest}", "\n".repeat(lines)),
        }
    }

    #[test]
    fn four_hundred_lines_are_allowed_and_no_more() {
        assert_eq!(fault(&source("a.rs", 400, "")), None);
        assert!(fault(&source("a.rs", 401, "")).is_some());
    }

    #[test]
    fn tests_are_left_out() {
        let tests = format!("#[cfg(test)]\nmod tests {{{}}}", "\n".repeat(500));
        assert_eq!(fault(&source("a.rs", 400, &tests)), None);
        assert!(is_test("crates/x/tests/a.rs") && is_test("crates/x/src/tests.rs"));
        assert!(!is_test("crates/testkit/src/lib.rs"));
    }
}
