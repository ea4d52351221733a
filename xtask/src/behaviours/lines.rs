//! Numbers of lines, as names of tests begin with them.

use super::Family;

/// A letter and a number, such as s17.
pub(super) type Line = (char, u16);

/// The lines that a name speaks of: `s17_…` one, `s17_s18_…` two, most names none.
///
/// A number with more digits than the family's highest is part of a word, as in `s256_challenge`.
pub(super) fn lines_of(name: &str, families: &[Family]) -> Vec<Line> {
    let mut found = Vec::new();
    let mut rest = name;
    while let Some((head, tail)) = rest.split_once('_') {
        let Some(line) = line(head, families) else {
            break;
        };
        found.push(line);
        rest = tail;
    }
    found
}

fn line(word: &str, families: &[Family]) -> Option<Line> {
    let family = families
        .iter()
        .find(|family| word.starts_with(family.letter))?;
    let digits = word.strip_prefix(family.letter)?;
    let highest = family.lines.last().map_or(0, |(number, _)| *number);
    if !digits.bytes().all(|b| b.is_ascii_digit()) || digits.len() > highest.to_string().len() {
        return None;
    }
    Some((family.letter, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILIES: [Family; 2] = [
        Family {
            letter: 's',
            title: "",
            lines: &[(1, ""), (48, "")],
        },
        Family {
            letter: 'a',
            title: "",
            lines: &[(1, ""), (114, "")],
        },
    ];

    fn lines(name: &str) -> Vec<Line> {
        lines_of(name, &FAMILIES)
    }

    #[test]
    fn number_before_the_first_underscore_is_read() {
        assert_eq!(lines("s17_old_id"), [('s', 17)]);
        assert_eq!(lines("s07_limits"), [('s', 7)]);
        assert_eq!(lines("a103_static_sql"), [('a', 103)]);
    }

    #[test]
    fn several_numbers_are_read() {
        assert_eq!(lines("s13_s14_logout_wins"), [('s', 13), ('s', 14)]);
    }

    #[test]
    fn words_are_not_numbers() {
        for name in [
            "s256_challenge",
            "s17",
            "sa_1",
            "s_1",
            "x5_u",
            "session",
            "s1e2_x",
            "",
        ] {
            assert_eq!(lines(name), [], "{name}");
        }
    }
}
