//! Finds the names of tests in source files.

use std::collections::{BTreeMap, BTreeSet};

use super::Family;
use super::lines::lines_of;
use crate::files::Source;
use crate::tokens::{Token, tokens};

/// What the files say about names that begin with the number of a line.
#[derive(Default)]
pub(super) struct Sightings {
    pub(super) names: BTreeMap<String, Name>,
    /// Macros whose names end in `_suite`, and the files that call them.
    pub(super) suites: BTreeMap<String, BTreeSet<String>>,
}

/// The files in which a name was seen, by what it was there.
#[derive(Default)]
pub(super) struct Name {
    /// A function with a test attribute.
    pub(super) tests: BTreeSet<String>,
    /// A function without one.
    pub(super) bodies: BTreeSet<String>,
    /// A word inside a macro that is neither called nor part of a path.
    pub(super) in_macros: BTreeSet<String>,
    /// Whether code other than an import and the function itself says the name.
    pub(super) is_used: bool,
}

/// Reads all files.
pub(super) fn scan(files: &[Source], families: &[Family]) -> Sightings {
    let mut found = Sightings::default();
    for file in files {
        let tokens = tokens(&file.text);
        let mut walk = Walk::new(&file.path, &tokens, families);
        walk.read(&mut found);
    }
    found
}

/// One pass over the tokens of one file.
struct Walk<'a> {
    path: &'a str,
    tokens: &'a [Token],
    families: &'a [Family],
    at: usize,
    depth: usize,
    /// The depth around the outermost macro that is open.
    macro_depth: Option<usize>,
    is_import: bool,
    has_test_attribute: bool,
}

impl<'a> Walk<'a> {
    fn new(path: &'a str, tokens: &'a [Token], families: &'a [Family]) -> Self {
        Self {
            path,
            tokens,
            families,
            at: 0,
            depth: 0,
            macro_depth: None,
            is_import: false,
            has_test_attribute: false,
        }
    }

    fn read(&mut self, found: &mut Sightings) {
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Sign('#') => self.attribute(),
                Token::Sign(sign) => self.sign(*sign),
                Token::Word(word) => self.word(word, found),
            }
            self.at += 1;
        }
    }

    /// Steps to the end of an attribute and remembers whether it makes a test.
    fn attribute(&mut self) {
        if !self.sign_after(0, '[') {
            return;
        }
        let inside = self.tokens.get(self.at + 2..).unwrap_or_default();
        let path = inside
            .iter()
            .take_while(|token| !token.is('(') && !token.is(']'));
        let last = path.filter_map(Token::word).last().unwrap_or_default();
        self.has_test_attribute |= last == "test" || last.ends_with("_test");
        self.at += 1;
        let mut open = 1_usize;
        while let (1.., Some(token)) = (open, self.tokens.get(self.at + 1)) {
            self.at += 1;
            open += usize::from(token.is('['));
            open -= usize::from(token.is(']'));
        }
    }

    fn sign(&mut self, sign: char) {
        match sign {
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' => {
                self.depth = self.depth.saturating_sub(1);
                self.macro_depth = self.macro_depth.filter(|around| *around < self.depth);
            }
            ';' => self.is_import = false,
            _ => {}
        }
        if matches!(sign, ';' | '{' | '}') {
            self.has_test_attribute = false;
        }
    }

    fn word(&mut self, word: &str, found: &mut Sightings) {
        self.is_import |= word == "use" && !self.sign_after(0, '<');
        if self.sign_after(0, '!') && !self.sign_after(1, '=') {
            self.open_macro(word, found);
        }
        if !lines_of(word, self.families).is_empty() {
            self.note(found.names.entry(word.to_owned()).or_default());
        }
        if self.follows_fn() {
            self.has_test_attribute = false;
        }
    }

    fn open_macro(&mut self, name: &str, found: &mut Sightings) {
        if self.macro_depth.is_none() && name.ends_with("_suite") {
            found
                .suites
                .entry(name.to_owned())
                .or_default()
                .insert(self.path.to_owned());
        }
        self.macro_depth.get_or_insert(self.depth);
    }

    fn note(&self, name: &mut Name) {
        let path = self.path.to_owned();
        if self.follows_fn() {
            let kind = if self.has_test_attribute {
                &mut name.tests
            } else {
                &mut name.bodies
            };
            kind.insert(path);
        } else if !self.is_import {
            name.is_used = true;
            if self.macro_depth.is_some() && !self.sign_after(0, '(') && !self.sign_after(0, ':') {
                name.in_macros.insert(path);
            }
        }
    }

    fn follows_fn(&self) -> bool {
        let before = self
            .at
            .checked_sub(1)
            .and_then(|before| self.tokens.get(before));
        before.and_then(Token::word) == Some("fn")
    }

    /// Whether, `skipped` tokens after the present one, there is this sign.
    fn sign_after(&self, skipped: usize, sign: char) -> bool {
        self.tokens
            .get(self.at + 1 + skipped)
            .is_some_and(|token| token.is(sign))
    }
}
