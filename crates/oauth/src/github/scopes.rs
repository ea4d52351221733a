//! What GitHub's scopes include.

/// Scopes, each with one that includes it.
const INCLUDED: [(&str, &str); 12] = [
    ("public_repo", "repo"),
    ("read:org", "write:org"),
    ("read:user", "user"),
    ("repo:invite", "repo"),
    ("repo:status", "repo"),
    ("repo_deployment", "repo"),
    ("security_events", "repo"),
    ("user:email", "user"),
    ("user:follow", "user"),
    ("write:org", "admin:org"),
    ("read:public_key", "write:public_key"),
    ("write:public_key", "admin:public_key"),
];

/// Whether `wanted` is among `granted`, or included in one of them.
pub(super) fn is_granted<S: AsRef<str>>(wanted: &str, granted: &[S]) -> bool {
    let is_named = granted.iter().any(|scope| scope.as_ref() == wanted);
    let mut including = INCLUDED.iter().filter(|(scope, _)| *scope == wanted);
    // No scope includes itself by any way, so this ends.
    is_named || including.any(|(_, larger)| is_granted(larger, granted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o33_larger_scopes_include_smaller_ones() {
        for (wanted, granted, expected) in [
            ("user:email", &["user:email"][..], true),
            ("user:email", &["gist", "user"], true),
            ("user:email", &["read:user"], false),
            ("read:org", &["admin:org"], true),
            ("admin:org", &["read:org"], false),
            ("gist", &[], false),
            ("gist", &["gists"], false),
        ] {
            assert_eq!(
                is_granted(wanted, granted),
                expected,
                "{wanted} {granted:?}"
            );
        }
    }
}
