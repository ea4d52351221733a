//! Words that must not be committed.

use crate::failure::Failure;
use crate::files::{Source, sources};

/// Spelled in two parts, so that this file does not hold them.
const FORBIDDEN: [&str; 3] = [
    concat!("to", "do!"),
    concat!("unimpl", "emented!"),
    concat!("#[", "ignore"),
];
const EXTENSIONS: [&str; 4] = ["md", "rs", "toml", "yml"];

/// Every line with such a word, in the whole tree.
pub(super) fn faults() -> Result<Vec<String>, Failure> {
    let files = sources(&[""], &EXTENSIONS)?;
    Ok(files.iter().flat_map(in_file).collect())
}

fn in_file(file: &Source) -> Vec<String> {
    let numbered = file.text.lines().zip(1..);
    let bad = numbered.filter(|(line, _)| FORBIDDEN.iter().any(|word| line.contains(word)));
    bad.map(|(line, number)| format!("{}:{number}: {}", file.path, line.trim()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_found_with_its_line() {
        for word in FORBIDDEN {
            let text = format!("fn a() {{\n    {word}]()\n}}");
            let faults = in_file(&Source {
                path: "a.rs".to_owned(),
                text,
            });
            assert_eq!(faults, [format!("a.rs:2: {word}]()")]);
        }
    }
}
