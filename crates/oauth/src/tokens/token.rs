use portcullis_core::{Secret, Timestamp};

/// An access token of the provider: whoever has it acts for the user.
#[derive(Clone, Debug)]
pub struct AccessToken(Secret);

impl AccessToken {
    /// How long a token may be, in bytes.
    pub const MAX_BYTES: usize = 1024;

    /// Takes a token; `None` unless it is 1 to 1024 visible ASCII characters.
    #[must_use]
    pub fn new(token: &str) -> Option<Self> {
        is_token(token).then(|| Self(Secret::from(token)))
    }

    /// Shows the token. Keep it no longer than the call that needs it.
    ///
    /// # Panics
    ///
    /// Never: it is ASCII.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.0.expose_str().expect("a token is ASCII")
    }
}

/// A refresh token of the provider, good for one use.
#[derive(Clone, Debug)]
pub struct RefreshToken(Secret);

impl RefreshToken {
    /// Takes a token; `None` unless it is 1 to 1024 visible ASCII characters.
    #[must_use]
    pub fn new(token: &str) -> Option<Self> {
        is_token(token).then(|| Self(Secret::from(token)))
    }

    /// Shows the token. Keep it no longer than the call that needs it.
    ///
    /// # Panics
    ///
    /// Never: it is ASCII.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.0.expose_str().expect("a token is ASCII")
    }
}

fn is_token(text: &str) -> bool {
    (1..=AccessToken::MAX_BYTES).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What the provider gave for a code or for a refresh token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProviderTokens {
    /// The access token.
    pub access: AccessToken,
    /// When the access token ends; `None` if it does not by itself.
    pub expires: Option<Timestamp>,
    /// The refresh token, if there is one: tokens of a GitHub App that expire have one.
    pub refresh: Option<RefreshToken>,
    /// When the refresh token ends.
    pub refresh_expires: Option<Timestamp>,
}
