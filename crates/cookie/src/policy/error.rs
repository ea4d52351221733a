/// A cookie policy that browsers would refuse, or that would not protect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .kind.text())]
pub struct PolicyError {
    kind: PolicyErrorKind,
}

/// What is wrong with a cookie policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PolicyErrorKind {
    /// The domain is not a DNS name of two labels or more, in ASCII and without a leading dot.
    Domain,
    /// Plain http was asked for on a host that is not this machine.
    InsecureHost,
    /// The name is empty or not a token (RFC 9110 §5.6.2).
    Name,
    /// `Partitioned` needs `Secure`.
    Partitioned,
    /// The path does not begin with `/`, or no request could match it.
    Path,
    /// The name's prefix asks for attributes that the policy does not have.
    Prefix,
    /// A retired variant is the cookie itself.
    Retired,
    /// `SameSite=None` needs `Secure`.
    SameSite,
    /// An attribute exceeds 1024 bytes, or name and attributes leave no room for a value.
    TooLong,
}

impl PolicyErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Domain => "the cookie's domain is not one that browsers take",
            Self::InsecureHost => "a cookie without secure is for localhost only",
            Self::Name => "the cookie's name is not a token",
            Self::Partitioned => "a partitioned cookie must be secure",
            Self::Path => "the cookie's path is not one that requests have",
            Self::Prefix => "the prefix of the cookie's name asks for other attributes",
            Self::Retired => "a retired cookie is the cookie itself",
            Self::SameSite => "a cookie with samesite=none must be secure",
            Self::TooLong => "the cookie's name and attributes are too long",
        }
    }
}

impl PolicyError {
    pub(super) const fn new(kind: PolicyErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> PolicyErrorKind {
        self.kind
    }
}

/// A value that a cookie cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .kind.text())]
pub struct CookieError {
    kind: CookieErrorKind,
}

/// What is wrong with a cookie's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CookieErrorKind {
    /// The line would exceed 4096 bytes, name and attributes included (RFC 6265 §6.1).
    TooLong,
    /// It has a byte that is not a `cookie-octet` (RFC 6265 §4.1.1).
    Value,
}

impl CookieErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::TooLong => "the cookie is too long",
            Self::Value => "the cookie's value has a byte that cookies cannot carry",
        }
    }
}

impl CookieError {
    pub(super) const fn new(kind: CookieErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> CookieErrorKind {
        self.kind
    }
}
