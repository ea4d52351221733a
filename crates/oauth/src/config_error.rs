/// A configuration that cannot work, or would not protect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .kind.text())]
pub struct ConfigError {
    kind: ConfigErrorKind,
}

/// What is wrong with a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// The address of the API is not an https URL without query, fragment, user and password, or
    /// it is missing although that of the website was changed.
    ApiBase,
    /// The version of the API is not a date such as `2022-11-28`.
    ApiVersion,
    /// The client id is not 1 to 100 letters, digits, `-`, `_` and `.`.
    ClientId,
    /// The client secret is empty or not visible ASCII.
    ClientSecret,
    /// The flow cookie cannot be set.
    Cookie,
    /// The issuer is empty or not visible ASCII.
    Issuer,
    /// The login page or the default place to return to is not a path on this site.
    Page,
    /// The provider's name is not 1 to 32 of `a` to `z`, `0` to `9` and `-`.
    Provider,
    /// The redirect URI is not an https URL without fragment, user and password.
    RedirectUri,
    /// An allowed origin is not an origin.
    ReturnOrigin,
    /// A scope is not a `scope-token` (RFC 6749 §3.3), or has a comma in it.
    Scope,
    /// An organisation's or a team's name is not one that GitHub gives.
    Team,
    /// The user agent is empty or not visible ASCII and spaces.
    UserAgent,
    /// The address of the website is not an https URL without query, fragment, user and password.
    WebBase,
}

impl ConfigErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::ApiBase => "the api's address is not an https url, or missing",
            Self::ApiVersion => "the api's version is not a date",
            Self::ClientId => "the client id is malformed",
            Self::ClientSecret => "the client secret is empty or not visible ascii",
            Self::Cookie => "the flow cookie cannot be set",
            Self::Issuer => "the issuer is not visible ascii",
            Self::Page => "a page is not a path on this site",
            Self::Provider => "the provider's name is not lower case ascii",
            Self::RedirectUri => "the redirect uri is not an https url",
            Self::ReturnOrigin => "an allowed origin is not an origin",
            Self::Scope => "a scope is not a scope token",
            Self::Team => "the name of an organisation or a team is malformed",
            Self::UserAgent => "the user agent is not visible ascii",
            Self::WebBase => "the website's address is not an https url",
        }
    }
}

impl ConfigError {
    pub(crate) const fn new(kind: ConfigErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ConfigErrorKind {
        self.kind
    }
}
