use std::time::Duration;

use super::{Encoding, Scheme, TOLERANCE};

/// A token that says what was sent: a compact JWS (RFC 7515 §7.1) in the header of the signature.
///
/// Its algorithm is that of the scheme: a token that names another one, or none, is refused, and so
/// is a token with `crit`, with a member twice, or with more than 8 KiB. `kid` chooses nothing: all
/// keys are tried. `exp` and `nbf` (RFC 7519 §4.1) are obeyed wherever they are, unless the scheme
/// judges [no age](Scheme::insecure_at_any_age); `jti` is the delivery's id. Tokens need the feature
/// `token`. Without it a verifier or signer of such a scheme is refused as
/// [`Unsupported`](crate::ConfigErrorKind::Unsupported).
///
/// ```
/// use portcullis_webhook::{Algorithm, Encoding, Hash, Scheme, Token};
///
/// const OURS: Scheme<'_> =
///     Scheme::new("ours", Algorithm::Hmac(Hash::Sha256), "x-token", Encoding::Base64Url)
///         .with_token(Token::new("body_sha256", Encoding::Hex).with_time("iat"));
/// # #[cfg(feature = "token")]
/// # assert!(OURS.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Token<'a> {
    pub(crate) body: TokenBody<'a>,
    pub(crate) request: TokenRequest<'a>,
    pub(crate) issuer: Option<&'a str>,
    pub(crate) time: Option<&'a str>,
    pub(crate) expiry: Option<Duration>,
    pub(crate) has_id: bool,
}

/// What a token says of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenBody<'a> {
    /// The body is what is signed, beside the token and unencoded (RFC 7797 §5.2).
    Detached,
    Hash {
        claim: &'a str,
        encoding: Encoding,
        /// Whether there is no such claim if there is no body.
        is_optional: bool,
    },
    Nothing,
}

/// What a token says of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenRequest<'a> {
    /// The URL itself is in `aud` (RFC 7519 §4.1.3).
    Audience,
    Nothing,
    /// The hash of method, path and query is in `qsh`; the path without this at its beginning.
    Query {
        context: &'a str,
    },
    /// The hash of the URL is in this claim.
    Url {
        claim: &'a str,
    },
}

impl<'a> Token<'a> {
    /// Describes a token with a claim that holds the SHA-256 of the body, encoded so.
    pub const fn new(claim: &'a str, encoding: Encoding) -> Self {
        Self::of(TokenBody::Hash {
            claim,
            encoding,
            is_optional: false,
        })
    }

    /// Describes a token that has no claims: what it signs is the body, beside it and unencoded
    /// (RFC 7797 §5.2).
    pub const fn detached() -> Self {
        Self::of(TokenBody::Detached)
    }

    /// Describes a token that says nothing of the body, which anybody who sees one delivery can
    /// send again with another body.
    ///
    /// # Security
    ///
    /// What is verified then is that somebody with the secret sent *something*.
    pub const fn insecure_without_body() -> Self {
        Self::of(TokenBody::Nothing)
    }

    const fn of(body: TokenBody<'a>) -> Self {
        Self {
            body,
            request: TokenRequest::Nothing,
            issuer: None,
            time: None,
            expiry: None,
            has_id: false,
        }
    }

    /// Says that the claim of the body's hash is not there if the body is empty.
    pub const fn with_optional_hash(mut self) -> Self {
        if let TokenBody::Hash { is_optional, .. } = &mut self.body {
            *is_optional = true;
        }
        self
    }

    /// Says that `aud` (RFC 7519 §4.1.3) is the URL.
    pub const fn with_audience(mut self) -> Self {
        self.request = TokenRequest::Audience;
        self
    }

    /// Says in which claim the SHA-256 of the URL is, in hex.
    pub const fn with_url_hash(mut self, claim: &'a str) -> Self {
        self.request = TokenRequest::Url { claim };
        self
    }

    /// Says that `qsh` is the hash of method, path and query as Atlassian has it: those of the URL if
    /// it is given, and otherwise those of the request.
    ///
    /// The path of a request that begins with `context`, which is the path of the URL under which
    /// the provider knows this service, is signed without it. A context is empty or begins with a
    /// slash and does not end with one.
    pub const fn with_query_hash(mut self, context: &'a str) -> Self {
        self.request = TokenRequest::Query { context };
        self
    }

    /// Says what `iss` (RFC 7519 §4.1.1) is.
    pub const fn with_issuer(mut self, issuer: &'a str) -> Self {
        self.issuer = Some(issuer);
        self
    }

    /// Says in which claim the time is, in seconds since 1970 (RFC 7519 §2): `iat` or `nbf`. In a
    /// [detached](Self::detached) token it is the member of the header that has it.
    pub const fn with_time(mut self, name: &'a str) -> Self {
        self.time = Some(name);
        self
    }

    /// Says how long after its time a signer lets a token expire (`exp`, RFC 7519 §4.1.4).
    pub const fn with_expiry(mut self, after: Duration) -> Self {
        self.expiry = Some(after);
        self
    }

    /// Says that a signer puts the delivery's id in (`jti`, RFC 7519 §4.1.7).
    pub const fn with_id(mut self) -> Self {
        self.has_id = true;
        self
    }

    pub(crate) const fn has_claims(&self) -> bool {
        !matches!(self.body, TokenBody::Detached)
    }

    /// What is signed, in the words of [`Scheme::with_message`].
    pub(crate) const fn message(&self) -> &'static str {
        let has_body = !matches!(self.body, TokenBody::Nothing);
        match (self.time.is_some(), self.request, has_body) {
            (false, TokenRequest::Nothing, false) => "",
            (false, TokenRequest::Nothing, true) => "{body}",
            (false, TokenRequest::Query { .. }, false) => "{method}{path}",
            (false, TokenRequest::Query { .. }, true) => "{method}{path}{body}",
            (false, _, false) => "{url}",
            (false, _, true) => "{url}{body}",
            (true, TokenRequest::Nothing, false) => "{timestamp}",
            (true, TokenRequest::Nothing, true) => "{timestamp}{body}",
            (true, TokenRequest::Query { .. }, false) => "{timestamp}{method}{path}",
            (true, TokenRequest::Query { .. }, true) => "{timestamp}{method}{path}{body}",
            (true, _, false) => "{timestamp}{url}",
            (true, _, true) => "{timestamp}{url}{body}",
        }
    }
}

impl<'a> Scheme<'a> {
    /// Says that the signature is one of a token, which says what is signed.
    ///
    /// It takes the place of message, timestamp and id. With a [time](Token::with_time) it may be
    /// up to 300 seconds old or early.
    pub const fn with_token(mut self, token: Token<'a>) -> Self {
        self.message = token.message();
        self.is_bodiless = matches!(token.body, TokenBody::Nothing);
        self.token = Some(token);
        match token.time {
            Some(_) => self.within(TOLERANCE, TOLERANCE),
            None => self.insecure_at_any_age(),
        }
    }
}
