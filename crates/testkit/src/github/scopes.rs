//! Sets of scopes, with GitHub's rule that a wide one swallows the narrow ones inside it.

use std::collections::BTreeSet;

/// A set of scopes, in alphabetical order as GitHub shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scopes(BTreeSet<String>);

/// Wide scopes and those that each includes.
const INCLUDED: [(&str, &[&str]); 3] = [
    ("admin:org", &["read:org", "write:org"]),
    ("user", &["read:user", "user:email", "user:follow"]),
    ("write:org", &["read:org"]),
];

impl Scopes {
    /// Reads a list joined by white space or commas.
    pub(super) fn parse(text: &str) -> Self {
        text.split(|c: char| c.is_whitespace() || c == ',')
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether one of `accepted` was granted, by itself or inside a wider one.
    pub(super) fn allow(&self, accepted: &[&str]) -> bool {
        accepted.iter().any(|scope| self.holds(scope))
    }

    pub(super) fn joined(&self, separator: &str) -> String {
        self.0
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(separator)
    }

    /// Keeps only those that are listed.
    pub(super) fn reduce(&mut self, listed: &[String]) {
        self.0.retain(|scope| listed.contains(scope));
    }

    pub(super) fn add(&mut self, others: &Self) {
        *self = self.0.union(&others.0).cloned().collect();
    }

    fn holds(&self, scope: &str) -> bool {
        let wider = INCLUDED
            .iter()
            .filter(|(_, narrow)| narrow.contains(&scope));
        self.0.contains(scope) || wider.into_iter().any(|(wide, _)| self.0.contains(*wide))
    }
}

impl FromIterator<String> for Scopes {
    fn from_iter<I: IntoIterator<Item = String>>(scopes: I) -> Self {
        let mut set: BTreeSet<String> = scopes.into_iter().collect();
        for (wide, narrow) in INCLUDED {
            if set.contains(wide) {
                set.retain(|scope| !narrow.contains(&scope.as_str()));
            }
        }
        Self(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_scope_swallows_the_narrow_and_still_allows_them() {
        let scopes = Scopes::parse("user:email user,gist");
        assert_eq!(scopes.joined(","), "gist,user");
        assert!(scopes.allow(&["user:email"]));
        assert!(!scopes.allow(&["read:org"]));
    }

    #[test]
    fn reduced_scopes_are_those_listed() {
        let mut scopes = Scopes::parse("read:org user:email");
        scopes.reduce(&["read:org".to_owned(), "repo".to_owned()]);
        assert_eq!(scopes, Scopes::parse("read:org"));
    }
}
