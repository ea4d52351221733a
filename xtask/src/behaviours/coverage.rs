//! Judges which names are tests, and of which lines.
//!
//! What counts, if a name begins with a line's number:
//! 1. a function with a test attribute (`#[test]`, `#[tokio::test]`);
//! 2. a function without one, the body of a suite, if some code other than an import names it;
//! 3. a name inside a macro that makes functions, when no function has that name.

use std::collections::{BTreeMap, BTreeSet};

use super::Family;
use super::lines::{Line, lines_of};
use super::scan::{Name, scan};
use crate::files::Source;

/// A name and its file.
pub(super) type Place = (String, String);

/// Where the tests are.
pub(super) struct Coverage {
    by_line: BTreeMap<Line, BTreeSet<Place>>,
    idle: BTreeSet<Place>,
    /// Suite macros, and the files that call them.
    pub(super) suites: BTreeMap<String, BTreeSet<String>>,
}

impl Coverage {
    /// Reads all files; a name is judged by what they say together.
    pub(super) fn in_files(files: &[Source], families: &[Family]) -> Self {
        let seen = scan(files, families);
        let (by_line, idle) = Default::default();
        let mut found = Self {
            by_line,
            idle,
            suites: seen.suites,
        };
        for (name, sightings) in seen.names {
            found.add(&name, &sightings, families);
        }
        found
    }

    /// The tests of one line, by name.
    pub(super) fn of(&self, line: Line) -> impl Iterator<Item = &Place> {
        self.by_line.get(&line).into_iter().flatten()
    }

    /// What stands between this tree and a full table.
    pub(super) fn faults(&self, families: &[Family]) -> Vec<String> {
        let lines_in = |family: &Family| {
            let letter = family.letter;
            family
                .lines
                .iter()
                .map(move |(number, _)| (letter, *number))
                .collect::<Vec<_>>()
        };
        let required: Vec<Line> = families.iter().flat_map(lines_in).collect();
        let bare = required
            .iter()
            .filter(|line| !self.by_line.contains_key(line));
        let bare = bare.map(|(letter, number)| format!("{letter}{number} has no test"));
        let stray = self
            .by_line
            .iter()
            .filter(|(line, _)| !required.contains(line));
        let stray = stray.flat_map(|(_, places)| places);
        let stray = stray.map(|(name, path)| format!("{path}: {name} is of no known line"));
        let idle = self
            .idle
            .iter()
            .map(|(name, path)| format!("{path}: {name} is never run"));
        bare.chain(stray).chain(idle).collect()
    }

    fn add(&mut self, name: &str, seen: &Name, families: &[Family]) {
        let place = |path: &String| (name.to_owned(), path.clone());
        if seen.tests.is_empty() && !seen.is_used {
            self.idle.extend(seen.bodies.iter().map(place));
            return;
        }
        let mut places: BTreeSet<_> = seen.tests.union(&seen.bodies).map(place).collect();
        if places.is_empty() {
            places.extend(seen.in_macros.iter().map(place));
        }
        for line in lines_of(name, families)
            .into_iter()
            .filter(|_| !places.is_empty())
        {
            self.by_line
                .entry(line)
                .or_default()
                .extend(places.iter().cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILIES: [Family; 1] = [Family {
        letter: 's',
        title: "",
        lines: &[(1, "one"), (2, "two"), (10, "ten")],
    }];

    fn read(texts: &[&str]) -> Coverage {
        let named = |(index, text): (usize, &&str)| Source {
            path: format!("{index}.rs"),
            text: (*text).to_owned(),
        };
        let files: Vec<_> = texts.iter().enumerate().map(named).collect();
        Coverage::in_files(&files, &FAMILIES)
    }

    fn of(tests: &Coverage, number: u16) -> Vec<String> {
        tests
            .of(('s', number))
            .map(|(name, path)| format!("{path} {name}"))
            .collect()
    }

    #[test]
    fn functions_with_a_test_attribute_count() {
        let tests = read(&["
            #[test] fn s1_a() {}
            #[tokio::test(start_paused = true)] #[should_panic(expected = \"[\")]
            async fn s02_b() {}"]);
        assert_eq!(of(&tests, 1), ["0.rs s1_a"]);
        assert_eq!(of(&tests, 2), ["0.rs s02_b"]);
        assert_eq!(tests.faults(&FAMILIES), ["s10 has no test"]);
    }

    #[test]
    fn text_that_speaks_of_a_test_does_not_count() {
        let tests = read(&["// #[test] fn s1_a() {}\n#[cfg(test)] mod tests { use x::s2_b; }"]);
        assert_eq!(of(&tests, 1), [""; 0]);
        assert_eq!(of(&tests, 2), [""; 0]);
    }

    #[test]
    fn an_attribute_belongs_to_the_next_function_alone() {
        let tests = read(&["#[test] fn other() {} fn s1_a() {}"]);
        assert!(
            tests
                .faults(&FAMILIES)
                .contains(&"0.rs: s1_a is never run".to_owned())
        );
    }

    #[test]
    fn a_suite_body_counts_once_something_runs_it() {
        let body = "pub async fn s1_a<S>(store: S) {}";
        let import = "use suite::s1_a;";
        let run = "macro_rules! m { () => { tests! { s1_a } } }";
        assert_eq!(of(&read(&[body, import]), 1), [""; 0]);
        assert_eq!(of(&read(&[body, import, run]), 1), ["0.rs s1_a"]);
    }

    #[test]
    fn a_name_that_a_macro_makes_counts() {
        let tests = read(&[
            "each! { s1_a => |x| y(x), }",
            "let t = s2_b;",
            "each!(s10_c());",
        ]);
        assert_eq!(of(&tests, 1), ["0.rs s1_a"]);
        assert_eq!(of(&tests, 2), [""; 0]);
        assert_eq!(of(&tests, 10), [""; 0]);
    }

    #[test]
    fn a_number_out_of_range_is_reported() {
        let tests = read(&["#[test] fn s77_x() {}"]);
        assert!(
            tests
                .faults(&FAMILIES)
                .contains(&"0.rs: s77_x is of no known line".to_owned())
        );
    }

    #[test]
    fn callers_of_suites_are_known() {
        let tests = read(&[
            "macro_rules! store_suite { () => {} }",
            "store_suite!(make);",
        ]);
        let callers: Vec<_> = tests.suites.into_iter().collect();
        assert_eq!(
            callers,
            [(
                "store_suite".to_owned(),
                BTreeSet::from(["1.rs".to_owned()])
            )]
        );
    }
}
