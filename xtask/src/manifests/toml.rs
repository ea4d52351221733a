//! A reader of manifests, as far as the checks need one.
//!
//! It knows tables, dotted keys, inline tables and values over several lines, not all of TOML.
//! What it misreads does not look inherited, so a check that errs reports too much.

/// One `key = value`, with the table that it stands in.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) table: String,
    pub(super) key: String,
    pub(super) value: String,
}

/// The entries of a manifest, in their order.
pub(super) struct Manifest {
    pub(super) entries: Vec<Entry>,
}

impl Manifest {
    /// Reads a manifest.
    pub(super) fn parse(text: &str) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        let mut table = String::new();
        let mut is_open = false;
        for line in text.lines().map(without_comment) {
            if is_open {
                let Some(last) = entries.last_mut() else {
                    break;
                };
                last.value.push_str(line);
                is_open = nesting(&last.value) > 0;
            } else if let Some(header) = header(line) {
                table = header.replace('"', "");
            } else if let Some((key, value)) = line.split_once('=') {
                let (key, value) = (key.trim().replace('"', ""), value.trim().to_owned());
                is_open = nesting(&value) > 0;
                entries.push(Entry {
                    table: table.clone(),
                    key,
                    value,
                });
            }
        }
        Self { entries }
    }

    /// Whether `key` of `table` is taken from the workspace.
    pub(super) fn inherits(&self, table: &str, key: &str) -> bool {
        self.entries.iter().any(|entry| {
            let dotted = entry.table == table && entry.key == format!("{key}.workspace");
            let nested = entry.table == format!("{table}.{key}") && entry.key == "workspace";
            let inline = entry.table == table && entry.key == key;
            (dotted || nested) && entry.value == "true" || inline && says_workspace(&entry.value)
        })
    }

    /// The strings of a list.
    pub(super) fn strings(&self, table: &str, key: &str) -> Vec<&str> {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.table == table && entry.key == key);
        let value = entry.map_or("", |entry| entry.value.as_str());
        value.split('"').skip(1).step_by(2).collect()
    }
}

/// Whether an inline table holds `workspace = true`.
fn says_workspace(value: &str) -> bool {
    let inside = value
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    inside.unwrap_or_default().split(',').any(|part| {
        let pair = part.split_once('=');
        pair.is_some_and(|(key, value)| key.trim() == "workspace" && value.trim() == "true")
    })
}

fn header(line: &str) -> Option<&str> {
    let inside = line.trim().strip_prefix('[')?.strip_suffix(']')?;
    Some(inside.trim_start_matches('[').trim_end_matches(']').trim())
}

fn without_comment(line: &str) -> &str {
    let mut is_quoted = false;
    let end = line.find(|c| {
        is_quoted ^= c == '"';
        c == '#' && !is_quoted
    });
    line.split_at(end.unwrap_or(line.len())).0
}

/// How many brackets are open at the end of a value.
fn nesting(value: &str) -> usize {
    let outside = || value.split('"').step_by(2).flat_map(str::chars);
    let opened = outside().filter(|c| matches!(c, '[' | '{')).count();
    opened.saturating_sub(outside().filter(|c| matches!(c, ']' | '}')).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
[workspace]
members = [
    "crates/*", # "not/this"
    "xtask",
]
[package] # with a comment
version.workspace = true
edition = "2024"
license = { workspace = true }
[dependencies]
a.workspace = true
b = { workspace = true, features = ["x", "y"] }
c = { version = "1", features = ["workspace = true"] }
[dependencies.d]
workspace = true
"#;

    #[test]
    fn each_way_to_inherit_is_seen() {
        let manifest = Manifest::parse(TEXT);
        for (table, key) in [
            ("package", "version"),
            ("package", "license"),
            ("dependencies", "a"),
            ("dependencies", "b"),
            ("dependencies", "d"),
        ] {
            assert!(manifest.inherits(table, key), "{table} {key}");
        }
    }

    #[test]
    fn what_only_looks_inherited_is_not() {
        let manifest = Manifest::parse(TEXT);
        for (table, key) in [
            ("package", "edition"),
            ("dependencies", "c"),
            ("package", "lints"),
        ] {
            assert!(!manifest.inherits(table, key), "{table} {key}");
        }
    }

    #[test]
    fn lists_may_span_lines() {
        assert_eq!(
            Manifest::parse(TEXT).strings("workspace", "members"),
            ["crates/*", "xtask"]
        );
    }
}
