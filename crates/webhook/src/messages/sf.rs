//! Structured fields (RFC 9651), read strictly.
//!
//! What is signed of them is their one canonical form. Everything is therefore read in that form
//! alone, save for the spaces between members: no number with a zero in front, no `?1` where a key
//! says as much. And nothing may be there twice, where the RFC would take the last (§4.2.2,
//! §4.2.3.2).

use std::borrow::Cow;

/// An item without parameters (§3.3), as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'t> {
    /// What is between the colons: the alphabet of base64, not decoded.
    Bytes(&'t str),
    /// A key that stands for itself: true.
    Flag,
    Integer(&'t str),
    /// What is between the quotation marks.
    Text(&'t str),
    /// Of another type.
    Other(&'t str),
}

/// Keys and values, none there twice (§3.1.2).
pub(super) type Params<'t> = Vec<(&'t str, Value<'t>)>;

/// An item with its parameters.
pub(super) type Item<'t> = (Value<'t>, Params<'t>);

/// What stands behind a key of a dictionary (§3.2).
#[derive(Debug)]
enum Member<'t> {
    Item(Value<'t>),
    List(Vec<Item<'t>>, Params<'t>),
}

/// An inner list with its parameters.
pub(super) type List<'t> = (Vec<Item<'t>>, Params<'t>);

/// Reads a dictionary of inner lists.
pub(super) fn lists(text: &str) -> Option<Vec<(&str, List<'_>)>> {
    let of = |(key, member)| match member {
        Member::List(items, params) => Some((key, (items, params))),
        Member::Item(_) => None,
    };
    dictionary(text)?.into_iter().map(of).collect()
}

/// Reads a dictionary of byte sequences, as they are written; their parameters say nothing here.
pub(super) fn byte_sequences(text: &str) -> Option<Vec<(&str, &str)>> {
    let of = |(key, member)| match member {
        Member::Item(Value::Bytes(text)) => Some((key, text)),
        Member::Item(_) | Member::List(..) => None,
    };
    dictionary(text)?.into_iter().map(of).collect()
}

/// Reads a dictionary; none if it is not one, or has a key twice.
fn dictionary(text: &str) -> Option<Vec<(&str, Member<'_>)>> {
    let mut rest = Reader(text.trim_matches(' '));
    let mut members = Vec::new();
    if rest.0.is_empty() {
        return Some(members);
    }
    loop {
        let key = rest.key()?;
        if members.iter().any(|(other, _)| *other == key) {
            return None;
        }
        members.push((key, rest.member()?));
        rest.skip(&[' ', '\t']);
        if rest.0.is_empty() {
            return Some(members);
        }
        rest.take(",")?;
        rest.skip(&[' ', '\t']);
    }
}

/// Whether it can be the key of a dictionary.
pub(super) fn is_key(text: &str) -> bool {
    let mut rest = Reader(text);
    rest.key().is_some() && rest.0.is_empty()
}

/// The text that stands in a string; its quotation marks and backslashes have a backslash before
/// them.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut escaped = false;
    let is_text = |char: &char| {
        escaped = *char == '\\' && !escaped;
        !escaped
    };
    text.chars().filter(is_text).collect()
}

/// Writes a string; none if it has other than visible ASCII and spaces (§4.1.6).
pub(super) fn string(text: &str) -> Option<String> {
    let is_text = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    is_text.then(|| format!("\"{escaped}\""))
}

/// What is left of a text.
struct Reader<'t>(&'t str);

impl<'t> Reader<'t> {
    fn skip(&mut self, chars: &[char]) {
        self.0 = self.0.trim_start_matches(chars);
    }

    fn take(&mut self, prefix: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(prefix)?;
        Some(())
    }

    /// The bytes from the front that are of a kind.
    fn while_is(&mut self, is: impl Fn(u8) -> bool) -> &'t str {
        let end = self.0.bytes().position(|byte| !is(byte));
        let end = end.unwrap_or(self.0.len());
        // ASCII alone is of any kind, so that a character is never cut.
        let (taken, rest) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        self.0 = rest;
        taken
    }

    /// A key (§4.2.3.3).
    fn key(&mut self) -> Option<&'t str> {
        let is_first = |byte: u8| byte.is_ascii_lowercase() || byte == b'*';
        let begins = self.0.bytes().next().is_some_and(is_first);
        let is_later = |byte: u8| is_first(byte) || byte.is_ascii_digit() || b"_-.".contains(&byte);
        let key = self.while_is(is_later);
        begins.then_some(key)
    }

    fn member(&mut self) -> Option<Member<'t>> {
        if self.take("=").is_none() {
            self.params()?;
            return Some(Member::Item(Value::Flag));
        }
        if self.0.starts_with('(') {
            let items = self.inner_list()?;
            return Some(Member::List(items, self.params()?));
        }
        let value = self.after_key()?;
        self.params()?;
        Some(Member::Item(value))
    }

    /// An inner list without its parameters (§4.2.1.2).
    fn inner_list(&mut self) -> Option<Vec<Item<'t>>> {
        self.take("(")?;
        let mut items = Vec::new();
        loop {
            self.skip(&[' ']);
            if self.take(")").is_some() {
                return Some(items);
            }
            items.push((self.value()?, self.params()?));
            if !self.0.starts_with([' ', ')']) {
                return None;
            }
        }
    }

    fn params(&mut self) -> Option<Params<'t>> {
        let mut params = Params::new();
        while self.take(";").is_some() {
            self.skip(&[' ']);
            let key = self.key()?;
            if params.iter().any(|(other, _)| *other == key) {
                return None;
            }
            let value = match self.take("=") {
                Some(()) => self.after_key()?,
                None => Value::Flag,
            };
            params.push((key, value));
        }
        Some(params)
    }

    /// A value that a key says of itself is not written.
    fn after_key(&mut self) -> Option<Value<'t>> {
        self.value().filter(|value| *value != Value::Other("?1"))
    }

    fn value(&mut self) -> Option<Value<'t>> {
        let all = self.0;
        match all.bytes().next()? {
            b'"' => self.string().map(Value::Text),
            b':' => self.bytes().map(Value::Bytes),
            b'-' | b'0'..=b'9' => self.number(),
            b'?' => {
                self.take("?0").or_else(|| self.take("?1"))?;
                self.since(all).map(Value::Other)
            }
            b'@' => {
                self.take("@")?;
                let is_whole = matches!(self.number()?, Value::Integer(_));
                self.since(all).filter(|_| is_whole).map(Value::Other)
            }
            b'%' => {
                self.take("%")?;
                self.string()?;
                self.since(all).map(Value::Other)
            }
            byte if byte.is_ascii_alphabetic() || byte == b'*' => {
                let is_token =
                    |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&byte);
                Some(Value::Other(self.while_is(is_token)))
            }
            _ => None,
        }
    }

    /// What was read of it.
    fn since(&self, all: &'t str) -> Option<&'t str> {
        all.get(..all.len().checked_sub(self.0.len())?)
    }

    /// A string (§4.2.5), without its quotation marks.
    fn string(&mut self) -> Option<&'t str> {
        self.take("\"")?;
        let mut escaped = false;
        let end = self.0.bytes().position(|byte| {
            let is_end = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            is_end
        })?;
        let (text, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.strip_prefix('"')?;
        is_string(text).then_some(text)
    }

    /// A byte sequence (§4.2.7), without its colons.
    fn bytes(&mut self) -> Option<&'t str> {
        self.take(":")?;
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        let text = self.while_is(is_base64);
        self.take(":")?;
        Some(text)
    }

    /// An integer or a decimal (§4.2.4).
    fn number(&mut self) -> Option<Value<'t>> {
        let all = self.0;
        let is_negative = self.take("-").is_some();
        let whole = self.digits();
        if whole.is_empty() || whole.starts_with('0') && whole != "0" {
            return None;
        }
        if self.take(".").is_none() {
            let is_integer = whole.len() <= 15 && !(is_negative && whole == "0");
            return self.since(all).filter(|_| is_integer).map(Value::Integer);
        }
        let fraction = self.digits();
        let is_short = fraction == "0" || !fraction.ends_with('0');
        let is_decimal = is_short && whole.len() <= 12 && (1..=3).contains(&fraction.len());
        self.since(all).filter(|_| is_decimal).map(Value::Other)
    }

    fn digits(&mut self) -> &'t str {
        self.while_is(|byte| byte.is_ascii_digit())
    }
}

/// Whether a backslash stands before nothing but a quotation mark or a backslash.
fn is_string(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_right = match byte {
            b'\\' => matches!(bytes.next(), Some(b'"' | b'\\')),
            byte => matches!(byte, b' '..=b'~'),
        };
        if !is_right {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(text: &str) -> Option<Value<'_>> {
        let text = dictionary(text)?;
        match text.as_slice() {
            [("a", Member::Item(value))] => Some(*value),
            _ => None,
        }
    }

    #[test]
    fn w46_items_are_of_their_types() {
        for (text, value) in [
            ("a", Value::Flag),
            ("a=1", Value::Integer("1")),
            ("a=-15", Value::Integer("-15")),
            ("a=0", Value::Integer("0")),
            ("a=999999999999999", Value::Integer("999999999999999")),
            ("a=1.5", Value::Other("1.5")),
            ("a=1.0", Value::Other("1.0")),
            ("a=\"b c\"", Value::Text("b c")),
            ("a=\"\\\"\\\\\"", Value::Text("\\\"\\\\")),
            ("a=\"\"", Value::Text("")),
            ("a=:AAA=:", Value::Bytes("AAA=")),
            ("a=::", Value::Bytes("")),
            ("a=b/c:d", Value::Other("b/c:d")),
            ("a=*b", Value::Other("*b")),
            ("a=?0", Value::Other("?0")),
            ("a=@1659578233", Value::Other("@1659578233")),
            ("a=%\"f%c3%bc\"", Value::Other("%\"f%c3%bc\"")),
            ("  a=1;b;c=2  ", Value::Integer("1")),
        ] {
            assert_eq!(item(text), Some(value), "{text}");
        }
    }

    #[test]
    fn w46_what_is_not_in_its_one_form_is_refused() {
        for odd in [
            "A=1",
            "1=1",
            "a =1",
            "a= 1",
            "a=",
            "a=01",
            "a=-0",
            "a=+1",
            "a=1.",
            "a=1.50",
            "a=.5",
            "a=1.2345",
            "a=1e3",
            "a=1000000000000000",
            "a=--1",
            "a=-",
            "a=?1",
            "a=?",
            "a=?2",
            "a=@1.5",
            "a=\"b",
            "a=\"\\b\"",
            "a=\"\u{e4}\"",
            "a=\"\t\"",
            "a=\"b\\\"",
            "a=:A",
            "a=:A-:",
            "a=: :",
            "a=(",
            "a=(\"b\"",
            "a=(\"b\"\"c\")",
            "a=(b,c)",
            "a=(b))",
            "a=1;",
            "a=1;B",
            "a=1;b=?1",
            "a=1 ;b",
            "a=1,",
            ",a=1",
            "a=1,,b=1",
            "a=1 b=1",
            "a=1;b=(1)",
            "\u{e4}=1",
            "a=\u{e4}",
        ] {
            assert!(dictionary(odd).is_none(), "{odd:?}");
        }
    }

    #[test]
    fn w46_nothing_is_there_twice() {
        for twice in [
            "a=1, a=2",
            "a, b, a",
            "a=1;b=1;b=2",
            "a=(b);c;c",
            "a=(b;c=1;c=2)",
        ] {
            assert!(dictionary(twice).is_none(), "{twice}");
        }
        assert_eq!(dictionary("a=1;b, b=1;a,\tc=(a a)").unwrap().len(), 3);
        assert!(dictionary(" ").unwrap().is_empty());
    }

    #[test]
    fn w46_inner_lists_have_items_with_parameters() {
        let members = dictionary("sig=(  \"a\"   \"b\";c;d=\"e\" );  created=1;tag=\"x\"").unwrap();
        let Some(("sig", Member::List(items, params))) = members.first() else {
            panic!("{members:?}");
        };
        let of_b = vec![("c", Value::Flag), ("d", Value::Text("e"))];
        assert_eq!(
            *items,
            [(Value::Text("a"), vec![]), (Value::Text("b"), of_b)]
        );
        let expected = [("created", Value::Integer("1")), ("tag", Value::Text("x"))];
        assert_eq!(*params, expected);
        let empty = dictionary("sig=()").unwrap();
        let [("sig", Member::List(items, params))] = empty.as_slice() else {
            panic!("{empty:?}");
        };
        assert!(items.is_empty() && params.is_empty());
    }

    #[test]
    fn w46_members_are_of_one_type() {
        let of_bytes = |text| byte_sequences(text).is_some();
        assert!(of_bytes("a=:AAAA:, b=:AAAA:;x"));
        assert!(lists("a=(), b=(1);x").is_some());
        assert!(lists("a=(), b=1").is_none());
        for odd in ["a=:AAAA:, b", "a=(:AAAA:)", "a=\"AAAA\"", "a=AAAA", "a=1"] {
            assert!(!of_bytes(odd), "{odd}");
        }
    }

    #[test]
    fn w46_labels_are_keys() {
        for key in ["sig1", "*", "a_b-c.d*", "x"] {
            assert!(is_key(key), "{key}");
        }
        for odd in ["", "1", "Sig", "a b", "a=", "-a", "\u{e4}", "a\u{e4}"] {
            assert!(!is_key(odd), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn w16_no_text_is_too_strange(
            text in "\\PC{0,40}",
            odd in "[a-c=();:\"?@%\\\\ ,.0-9-]{0,40}",
        ) {
            let _ = dictionary(&text);
            let _ = dictionary(&odd);
        }

        #[test]
        fn w46_strings_come_back(text in "[ -~]{0,40}") {
            let written = format!("a={}", string(&text).unwrap());
            let Some(Value::Text(read)) = item(&written) else {
                panic!("{written}");
            };
            prop_assert_eq!(unescaped(read), text);
        }

        #[test]
        fn w46_strings_are_ascii(text in "[ -~]{0,4}[^ -~][ -~]{0,4}") {
            prop_assert_eq!(string(&text), None);
        }
    }
}
