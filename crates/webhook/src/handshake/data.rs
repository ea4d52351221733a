use http::StatusCode;

use crate::Source;

/// A handshake of a provider, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Handshake {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) source: Source<'static>,
    pub(super) when: When,
    /// What tells it from a delivery.
    pub(super) conditions: &'static [(Place, Is)],
    /// Where a token is that must be ours.
    pub(super) token: Option<Place>,
    pub(super) challenge: Option<Place>,
    pub(super) alphabet: Alphabet,
    pub(super) proof: Proof,
    pub(super) reply: Reply,
}

/// When it can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// With the body of a `POST` that nobody has signed.
    Body,
    /// With the head of a `GET` or `HEAD`.
    Get,
    /// With the head of a `POST`.
    Post,
    /// With a delivery whose signature was verified.
    Verified,
}

/// Where something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Header(&'static str),
    /// A JSON pointer (RFC 6901).
    Json(&'static str),
    /// A parameter of the query.
    Query(&'static str),
}

/// What something must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    EmptyList,
    Number(u64),
    Text(&'static str),
}

/// Which characters a challenge has, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// 1 to 1024 visible ASCII characters and spaces.
    Text,
    /// 1 to 128 of `A-Z a-z 0-9 _ -`.
    Token,
}

impl Alphabet {
    pub(super) fn has(self, challenge: &[u8]) -> bool {
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
        let is_text = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
        match self {
            Self::Text => (1..=1024).contains(&challenge.len()) && challenge.iter().all(is_text),
            Self::Token => (1..=128).contains(&challenge.len()) && challenge.iter().all(is_token),
        }
    }
}

/// What is computed of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    None,
    /// SHA-256 of challenge, token and URL, in hex.
    Hash,
    /// HMAC-SHA-256 under the secret of deliveries, in base64.
    HmacBase64,
    /// HMAC-SHA-256 under the secret of deliveries, in hex.
    HmacHex,
    /// HMAC-SHA-1 under the SHA-1 of a private key, in hex.
    HmacOfPair,
}

/// The answer, in which `{challenge}`, `{proof}` and `{public}` stand for what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Empty(StatusCode),
    Json(&'static str),
    Text(&'static str),
}

impl Handshake {
    pub(super) const fn new(
        name: &'static str,
        title: &'static str,
        when: When,
        reply: Reply,
    ) -> Self {
        Self {
            name,
            title,
            source: Source::Own,
            when,
            conditions: &[],
            token: None,
            challenge: None,
            alphabet: Alphabet::Text,
            proof: Proof::None,
            reply,
        }
    }

    pub(super) const fn from(mut self, source: Source<'static>) -> Self {
        self.source = source;
        self
    }

    pub(super) const fn only_if(mut self, conditions: &'static [(Place, Is)]) -> Self {
        self.conditions = conditions;
        self
    }

    pub(super) const fn with_token(mut self, place: Place) -> Self {
        self.token = Some(place);
        self
    }

    /// A challenge that is sent back.
    pub(super) const fn echo(mut self, place: Place) -> Self {
        self.challenge = Some(place);
        self
    }

    /// A challenge that something is computed of.
    pub(super) const fn prove(mut self, place: Place, proof: Proof) -> Self {
        self.challenge = Some(place);
        self.alphabet = Alphabet::Token;
        self.proof = proof;
        self
    }

    /// The name: that of the provider's scheme, if it has one.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What people call the provider.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Where the handshake is described.
    #[must_use]
    pub const fn source(&self) -> Source<'static> {
        self.source
    }

    /// Whether it comes by `GET`, and an endpoint must allow for that.
    #[must_use]
    pub const fn comes_by_get(&self) -> bool {
        matches!(self.when, When::Get)
    }

    /// Whether it is answered only in a delivery whose signature was verified.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        matches!(self.when, When::Verified)
    }
}
