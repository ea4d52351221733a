//! CVE-2024-47764 (npm cookie): name, path and domain could carry a `;`, and add attributes.
//!
//! Here: each of the 256 byte values, at each place of each field, gives a line from which another
//! parser reads exactly what was put in, or no line.

use cookie_store::RawCookie;
use portcullis_cookie::{CookiePolicy, Lifetime};

/// What goes into a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Domain,
    Name,
    Path,
    Value,
}

const FIELDS: [Field; 4] = [Field::Name, Field::Path, Field::Domain, Field::Value];

/// Writes a line with one field of somebody else's choice; none if it cannot be.
type Writer = fn(Field, &str) -> Option<String>;

fn ours(field: Field, text: &str) -> Option<String> {
    let name = if field == Field::Name { text } else { "name" };
    let value = if field == Field::Value { text } else { "value" };
    let policy = CookiePolicy::new(name);
    let policy = match field {
        Field::Path => policy.with_path(text),
        Field::Domain => policy.with_domain(text),
        Field::Name | Field::Value => policy,
    };
    let header = policy.build().ok()?.set(value, Lifetime::Browser).ok()?;
    Some(header.to_str().expect("visible ASCII").to_owned())
}

/// Each of the first 256 characters, alone, first, in the middle and last.
fn texts(field: Field) -> Vec<String> {
    let (head, tail) = match field {
        Field::Domain => ("sub.exa", "mple.org"),
        Field::Name => ("na", "me"),
        Field::Path => ("/pa", "th"),
        Field::Value => ("val", "ue"),
    };
    let each = (0..=u8::MAX).map(char::from).flat_map(|it| {
        [
            it.to_string(),
            format!("{it}{head}{tail}"),
            format!("{head}{it}{tail}"),
            format!("{head}{tail}{it}"),
            format!("{head}{it}; Domain=evil.example; {tail}"),
            format!("{head}{it}\r\nSet-Cookie: evil=1"),
        ]
    });
    each.chain([format!("{head}{tail}")]).collect()
}

fn check(write: Writer) {
    for field in FIELDS {
        let mut written = 0;
        for text in texts(field) {
            let Some(line) = write(field, &text) else {
                continue;
            };
            let shown = line.escape_debug();
            let plain = line.bytes().all(|byte| (0x20..0x7f).contains(&byte));
            assert!(plain, "the line is no header: {shown}");
            // HttpOnly, Secure, SameSite, Path, and the domain where there is one.
            let attributes = 4 + usize::from(field == Field::Domain);
            let found = line.matches(';').count();
            assert_eq!(found, attributes, "a field adds attributes: {shown}");
            let cookie = RawCookie::parse(line.as_str()).expect("a cookie");
            let read = match field {
                Field::Domain => cookie.domain().unwrap_or_default().to_owned(),
                Field::Name => cookie.name().to_owned(),
                Field::Path => cookie.path().unwrap_or_default().to_owned(),
                Field::Value => cookie.value().to_owned(),
            };
            let same = read == text || (field == Field::Domain && read.eq_ignore_ascii_case(&text));
            assert!(same, "what is read is not what was put in: {shown}");
            written += 1;
        }
        assert!(written > 60, "{field:?} is written {written} times");
    }
}

#[test]
fn a53_a_line_says_what_was_put_into_it() {
    check(ours);
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a53_a_line_says_what_was_put_into_it";

    /// Puts name, path and domain in as they are, as that package did.
    fn unchecked(field: Field, text: &str) -> Option<String> {
        if field == Field::Value {
            return ours(field, text);
        }
        let part = |it: Field, otherwise: &str| {
            let text = if it == field { text } else { otherwise };
            text.to_owned()
        };
        let domain = if field == Field::Domain {
            format!("; Domain={text}")
        } else {
            String::new()
        };
        let (name, path) = (part(Field::Name, "name"), part(Field::Path, "/"));
        let line = format!("{name}=value; HttpOnly; Secure; SameSite=Lax; Path={path}{domain}");
        let is_header = line.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        (is_header && text.trim() == text).then_some(line)
    }

    /// Cuts what may not be in there out.
    fn cleaned(field: Field, text: &str) -> Option<String> {
        let kept: String = text
            .chars()
            .filter(|it| it.is_ascii_alphanumeric() || "./-_".contains(*it))
            .collect();
        ours(field, &kept)
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn FieldsAreNotChecked() {
        let says = "a field adds attributes";
        Twin::new("a53 FieldsAreNotChecked", TEST, says).is_caught(|| check(unchecked));
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn FieldsAreCleaned() {
        let says = "what is read is not what was put in";
        Twin::new("a53 FieldsAreCleaned", TEST, says).is_caught(|| check(cleaned));
    }
}
