//! Rust source as words and signs, without comments, strings and characters.
//!
//! Only as much of the language as is needed to tell code from text that speaks about code.

use std::iter::Peekable;
use std::str::Chars;

/// A piece of source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Word(String),
    Sign(char),
}

impl Token {
    /// Whether this is the sign `sign`.
    pub(crate) fn is(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }

    /// The word, unless this is a sign.
    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Sign(_) => None,
        }
    }
}

/// Splits source into tokens; what is not Rust gives some tokens, too.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut reader = Reader {
        rest: source.chars().peekable(),
        found: Vec::new(),
    };
    while let Some(next) = reader.rest.next() {
        reader.take(next);
    }
    reader.found
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    found: Vec<Token>,
}

impl Reader<'_> {
    fn take(&mut self, next: char) {
        match next {
            '/' if self.rest.peek() == Some(&'/') => self.skip_line(),
            '/' if self.rest.peek() == Some(&'*') => self.skip_block(),
            '"' => self.skip_string(),
            '\'' => self.skip_character(),
            _ if next.is_alphanumeric() || next == '_' => self.take_word(next),
            _ if next.is_whitespace() => {}
            _ => self.found.push(Token::Sign(next)),
        }
    }

    fn take_word(&mut self, first: char) {
        let mut word = String::from(first);
        while let Some(more) = self.rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
            word.push(more);
        }
        if matches!(word.as_str(), "r" | "br" | "cr") && self.skip_raw_string() {
            return;
        }
        self.found.push(Token::Word(word));
    }

    fn skip_line(&mut self) {
        while self.rest.next_if(|c| *c != '\n').is_some() {}
    }

    fn skip_block(&mut self) {
        let mut depth = 0;
        let mut last = '/';
        for next in self.rest.by_ref() {
            match (last, next) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    last = next;
                    continue;
                }
            }
            if depth == 0 {
                return;
            }
            last = ' ';
        }
    }

    fn skip_string(&mut self) {
        while let Some(next) = self.rest.next() {
            match next {
                '\\' => drop(self.rest.next()),
                '"' => return,
                _ => {}
            }
        }
    }

    /// `'x'` and `'\n'` are characters; `'a` is a lifetime, whose name is left to be a word.
    fn skip_character(&mut self) {
        let mut ahead = self.rest.clone();
        let first = ahead.next();
        if first == Some('\\') {
            self.rest.next();
            self.rest.next();
            while self.rest.next_if(|c| *c != '\'').is_some() {}
            self.rest.next();
        } else if ahead.next() == Some('\'') {
            self.rest.next();
            self.rest.next();
        }
    }

    /// After `r`: skips `"…"` or `#"…"#` and says whether there was one.
    fn skip_raw_string(&mut self) -> bool {
        let hashes = self.rest.clone().take_while(|c| *c == '#').count();
        if self.rest.clone().nth(hashes) != Some('"') {
            return false;
        }
        self.rest.nth(hashes);
        while let Some(next) = self.rest.next() {
            if next == '"' && self.rest.clone().take(hashes).filter(|c| *c == '#').count() == hashes
            {
                self.rest.by_ref().take(hashes).for_each(drop);
                return true;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        tokens(source)
            .iter()
            .filter_map(Token::word)
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn text_is_not_code() {
        let source = r####"
            // fn s1_a
            /* fn s2_a /* nested */ fn s3_a */
            /// fn s4_a
            fn s5_a() { call("fn s6_a \" fn s7_a", r#"fn s8_a " fn s9_a"#, b"fn s10_a"); }
        "####;
        assert_eq!(words(source), ["fn", "s5_a", "call", "b"]);
    }

    #[test]
    fn characters_and_lifetimes_are_told_apart() {
        assert_eq!(
            words(r#"fn a<'x>(c: &'x u8) { '\''; '\u{1F600}'; '\\'; 'q'; '"'; '\"'; end }"#),
            ["fn", "a", "x", "c", "x", "u8", "end"]
        );
    }

    #[test]
    fn raw_identifiers_are_words() {
        assert_eq!(words("r#fn r b"), ["r", "fn", "r", "b"]);
    }
}
