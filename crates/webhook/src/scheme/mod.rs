//! How a provider signs, as data.

mod algorithm;
mod field;
mod form;
mod grammar;
mod json;
mod messages;
mod source;
mod token;

pub use algorithm::{Algorithm, Encoding, Hash};
pub use field::{Headers, Timestamps, Unit};
pub use form::Form;
pub use grammar::Grammar;
pub use json::Json;
pub use messages::{Component, KeyIds, MessagePolicy};
pub use source::Source;
pub use token::Token;
#[cfg(feature = "token")]
pub(crate) use token::{TokenBody, TokenRequest};

use std::time::Duration;

use crate::plan::Plan;
use crate::{ConfigError, SecretFormat};

/// How a provider signs its webhooks: where the signature stands, what it covers, how it is made.
///
/// A scheme is data and can be a constant; [`schemes`](crate::schemes) has those of many providers.
/// Whoever signs in a way of their own describes it with the same words:
///
/// ```
/// use portcullis_webhook::{Encoding, Hash, Scheme, SecretFormat, Timestamps, Unit};
///
/// const OURS: Scheme<'_> = Scheme::hmac("ours", Hash::Sha512, "x-signature", Encoding::Base64)
///     .with_message("{timestamp}.{method}.{url}.{body}")
///     .with_timestamp(Timestamps::Header("x-timestamp", Unit::Seconds))
///     .with_secret(SecretFormat::Base64);
/// # assert!(OURS.check().is_ok());
/// ```
///
/// # What is signed
///
/// The message is text with these parts in it; everything else stands for itself.
///
/// | part | is |
/// | --- | --- |
/// | `{body}` | the body, byte for byte as received |
/// | `{form}` | fields of the body, in the place of `{body}`: see [`Form`] |
/// | `{crc32}` | the CRC-32 of the body as a decimal number, in the place of `{body}` |
/// | `{timestamp}` | the timestamp's text, byte for byte as received |
/// | `{id}` | the value of the id's header |
/// | `{endpoint}` | the id of the endpoint: see [`with_endpoint`](Self::with_endpoint) |
/// | `{method}` | the method, in upper case |
/// | `{url}` | the URL that was configured or given, never one from `Host` |
/// | `{path}` | path and query of the request |
/// | `{query:NAME}` | the value of a parameter of the request's query that must be there, decoded |
/// | `{lower-query:NAME}` | the same in lower case |
/// | `{header:NAME}` | the value of a header that must be there |
/// | `{headers:NAME}` | the headers that this one names, itself and that of the timestamp among them, as `name:value`, sorted, a `;` between them |
/// | `{json:PLACE}` | what is at this place of the body: see [`Json`] |
/// | `{secret}` | the secret itself, for plain hashes |
/// | `[…{…}…]` | one header or parameter with the text around it, or nothing if it is missing or empty; a value that has the first character behind it is refused |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Scheme<'a> {
    pub(crate) name: &'a str,
    pub(crate) title: &'a str,
    pub(crate) algorithm: Algorithm,
    pub(crate) encoding: Encoding,
    pub(crate) headers: Headers<'a>,
    pub(crate) grammar: Grammar<'a>,
    pub(crate) message: &'a str,
    pub(crate) form: Option<Form<'a>>,
    pub(crate) json: Option<Json<'a>>,
    pub(crate) messages: Option<MessagePolicy<'a>>,
    pub(crate) token: Option<Token<'a>>,
    pub(crate) is_bodiless: bool,
    pub(crate) timestamps: Option<Timestamps<'a>>,
    pub(crate) past: Option<Duration>,
    pub(crate) future: Option<Duration>,
    pub(crate) id: Option<&'a str>,
    pub(crate) alias: Option<(&'a str, &'a str)>,
    pub(crate) endpoint: Option<&'a str>,
    pub(crate) fixed: &'a [(&'a str, &'a str)],
    pub(crate) secret: SecretFormat,
    pub(crate) body_limit: u64,
    pub(crate) source: Source<'a>,
}

/// How far a timestamp may be from now if nothing else is said.
const TOLERANCE: Duration = Duration::from_secs(300);

/// How long a body may be if nothing else is said: 1 MiB.
const BODY_LIMIT: u64 = 1 << 20;

impl<'a> Scheme<'a> {
    /// Describes a scheme in which a header holds an HMAC (RFC 2104) of the body and nothing else.
    ///
    /// The secret is taken as it is written, the body may have 1 MiB.
    pub const fn hmac(name: &'a str, hash: Hash, header: &'a str, encoding: Encoding) -> Self {
        Self::new(name, Algorithm::Hmac(hash), header, encoding)
    }

    /// Describes a scheme that signs the body alone by this algorithm.
    pub const fn new(
        name: &'a str,
        algorithm: Algorithm,
        header: &'a str,
        encoding: Encoding,
    ) -> Self {
        Self {
            name,
            title: name,
            algorithm,
            encoding,
            headers: Headers::One(header),
            grammar: Grammar::Whole(""),
            message: "{body}",
            form: None,
            json: None,
            messages: None,
            token: None,
            is_bodiless: false,
            timestamps: None,
            past: None,
            future: None,
            id: None,
            alias: None,
            endpoint: None,
            fixed: &[],
            secret: SecretFormat::Utf8,
            body_limit: BODY_LIMIT,
            source: Source::Own,
        }
    }

    /// Describes a scheme in which an HMAC stands in the body, a JSON text, and covers parts of it:
    /// say which with [`with_message`](Self::with_message), and that you know it with
    /// [`insecure_without_body`](Self::insecure_without_body).
    ///
    /// Needs the feature `json`.
    pub const fn json(name: &'a str, hash: Hash, json: Json<'a>, encoding: Encoding) -> Self {
        let mut scheme = Self::hmac(name, hash, "", encoding);
        scheme.headers = Headers::Body;
        scheme.json = Some(json);
        scheme
    }

    /// Says what people call the provider; its name if not said.
    pub const fn with_title(mut self, title: &'a str) -> Self {
        self.title = title;
        self
    }

    /// Says how signatures stand in their header.
    pub const fn with_grammar(mut self, grammar: Grammar<'a>) -> Self {
        self.grammar = grammar;
        self
    }

    /// Says that signatures stand in more than one header.
    pub const fn with_headers(mut self, headers: Headers<'a>) -> Self {
        self.headers = headers;
        self
    }

    /// Says what is signed; the table above has the words.
    pub const fn with_message(mut self, message: &'a str) -> Self {
        self.message = message;
        self
    }

    /// Says that not the body is signed but fields of the form that it is: where `{form}` stands in
    /// the message.
    ///
    /// Needs the feature `form`.
    pub const fn with_form(mut self, form: Form<'a>) -> Self {
        if form.signed.is_some() {
            self.headers = Headers::Body;
        }
        self.form = Some(form);
        self
    }

    /// Allows a message without the body, or with no more of it than `{crc32}`, which anybody who sees
    /// one delivery can send again with another body.
    ///
    /// # Security
    ///
    /// What is verified then is that somebody with the secret sent *something*.
    pub const fn insecure_without_body(mut self) -> Self {
        self.is_bodiless = true;
        self
    }

    /// Says where the timestamp is; it may then be up to 300 seconds old or early.
    pub const fn with_timestamp(mut self, timestamps: Timestamps<'a>) -> Self {
        self.timestamps = Some(timestamps);
        self.within(TOLERANCE, TOLERANCE)
    }

    /// Says how old, and how early, a timestamp may be; the limits themselves are allowed.
    pub const fn within(mut self, past: Duration, future: Duration) -> Self {
        self.past = Some(past);
        self.future = Some(future);
        self
    }

    /// Says that timestamps are signed but that their age is not judged.
    pub const fn insecure_at_any_age(mut self) -> Self {
        self.past = None;
        self.future = None;
        self
    }

    /// Says in which header the delivery's id is.
    pub const fn with_id(mut self, header: &'a str) -> Self {
        self.id = Some(header);
        self
    }

    /// Says that each header whose name begins with `with` may begin with `instead` as well.
    pub const fn with_alias(mut self, with: &'a str, instead: &'a str) -> Self {
        self.alias = Some((with, instead));
        self
    }

    /// Says which id the provider gave to this endpoint, for a message that has `{endpoint}`.
    pub const fn with_endpoint(mut self, id: &'a str) -> Self {
        self.endpoint = Some(id);
        self
    }

    /// Says which headers must be there with which value, such as the version of the scheme.
    pub const fn with_fixed(mut self, headers: &'a [(&'a str, &'a str)]) -> Self {
        self.fixed = headers;
        self
    }

    /// Says how the secret is written.
    pub const fn with_secret(mut self, format: SecretFormat) -> Self {
        self.secret = format;
        self
    }

    /// Says how many bytes a body may have; 1 MiB if not said.
    pub const fn with_body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Says where the scheme is described.
    pub const fn with_source(mut self, source: Source<'a>) -> Self {
        self.source = source;
        self
    }

    /// The name, as the command line has it.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// What people call the provider.
    #[must_use]
    pub const fn title(&self) -> &'a str {
        self.title
    }

    /// Where the scheme is described.
    #[must_use]
    pub const fn source(&self) -> Source<'a> {
        self.source
    }

    /// How its secrets are written.
    #[must_use]
    pub const fn secret_format(&self) -> SecretFormat {
        self.secret
    }

    /// How the secrets of a signer are written: like those of a verifier, save that it has the
    /// private key where a verifier has the public one.
    #[must_use]
    pub const fn signing_format(&self) -> SecretFormat {
        match self.secret {
            SecretFormat::Public(format) => SecretFormat::Private(format),
            shared => shared,
        }
    }

    /// Whether a [`Signer`](crate::Signer) can be made in this build: not of a public-key algorithm
    /// if the feature `public-key` is off, nor of a form, a JSON text, a token or the components of a
    /// request if `form`, `json`, `token` or `message-signatures` is. The same holds of a verifier.
    #[must_use]
    pub const fn can_sign(&self) -> bool {
        self.algorithm.is_supported()
            && (self.form.is_none() || cfg!(feature = "form"))
            && (self.json.is_none() || cfg!(feature = "json"))
            && (self.messages.is_none() || cfg!(feature = "message-signatures"))
            && (self.token.is_none() || cfg!(feature = "token"))
    }

    /// Whether the signature stands in the body, so that [`Signer::sign_body`](crate::Signer::sign_body)
    /// makes it and [`Signer::sign`](crate::Signer::sign) cannot.
    #[must_use]
    pub const fn signs_into_body(&self) -> bool {
        matches!(self.headers, Headers::Body)
    }

    /// Whether a verifier keeps the body in memory, up to its limit, instead of hashing it as it
    /// arrives: with a [`Form`], with [`Json`], and with [`Algorithm::Ed25519`] where the body is what
    /// is signed, and not its hash as in a [`Token`] or by a [`MessagePolicy`].
    #[must_use]
    pub const fn needs_whole_body(&self) -> bool {
        // Of a token with claims, or of components, the body is not what is signed: its hash is.
        let is_hashed = match &self.token {
            Some(token) => token.has_claims(),
            None => self.messages.is_some(),
        };
        matches!(self.algorithm, Algorithm::Ed25519) && !is_hashed
            || self.form.is_some()
            || self.json.is_some()
    }

    /// How many bytes a body may have.
    #[must_use]
    pub const fn body_limit(&self) -> u64 {
        self.body_limit
    }

    /// Whether the URL is signed, which must then be given.
    #[must_use]
    pub fn signs_url(&self) -> bool {
        let is_in_form = self.form.is_some_and(|form| form.has_sorted_url);
        self.message.contains("{url}") || is_in_form
    }

    /// How long a delivery can be accepted again: the time for which its id must be remembered.
    /// None if the scheme judges no age.
    #[must_use]
    pub fn lifetime(&self) -> Option<Duration> {
        Some(self.past?.saturating_add(self.future?))
    }

    /// Whether this scheme can be verified and signed at all.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if it cannot: a header's name is none, the message has an unknown part or
    /// leaves out what it must have, an age is to be judged without a signed timestamp, the
    /// secret is of another kind than the algorithm needs or this build does not have the algorithm.
    pub fn check(&self) -> Result<(), ConfigError> {
        Plan::new(self).map(drop)
    }
}
