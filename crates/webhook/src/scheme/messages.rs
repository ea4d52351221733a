use std::time::Duration;

use super::{Encoding, Headers, Scheme, TOLERANCE};

/// A part of a request that a signature by RFC 9421 covers (§2).
///
/// Of the URL are those that say so: the one that was configured or given, as the sender wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Component<'a> {
    /// `@authority`: host and port of the URL (§2.2.3).
    Authority,
    /// A header field in lower case, with all of its values (§2.1). `content-digest` is the one
    /// that stands for the body (RFC 9530).
    Field(&'a str),
    /// `@method` (§2.2.1).
    Method,
    /// `@path` of the URL, or of the request if no URL is given (§2.2.6).
    Path,
    /// `@query`, likewise (§2.2.7).
    Query,
    /// `@query-param`, likewise, of the parameter with this name (§2.2.8). It must be there once.
    QueryParam(&'a str),
    /// `@request-target`: path and query, likewise (§2.2.5).
    RequestTarget,
    /// `@scheme` of the URL (§2.2.4).
    Scheme,
    /// `@target-uri`: the URL (§2.2.2).
    ///
    /// Who signs `@authority`, `@path` and, if there is a query, `@query` has signed as much.
    TargetUri,
}

/// What the `keyid` of a signature must be.
///
/// A key is never looked up by it: those that count are the ones that were configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyIds<'a> {
    /// It is not judged, and none is written.
    Any,
    /// The label of the secret that the signature fits.
    Label,
    /// This one.
    One(&'a str),
}

/// What a signature by RFC 9421 must cover, and what must be said with it.
///
/// It must cover the body, which is what `content-digest` does, and the time of signing, `created`;
/// what says otherwise begins with `insecure_`. What more it covers is verified as well. A `nonce`,
/// if there is one, is the delivery's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct MessagePolicy<'a> {
    pub(crate) components: &'a [Component<'a>],
    pub(crate) label: Option<&'a str>,
    pub(crate) key_ids: KeyIds<'a>,
    pub(crate) tag: Option<&'a str>,
    pub(crate) expiry: Option<Duration>,
    pub(crate) has_nonce: bool,
    pub(crate) has_created: bool,
    pub(crate) has_host: bool,
    /// Whether it is that of an early draft, in which Keygen signs.
    pub(crate) is_draft: bool,
}

impl<'a> MessagePolicy<'a> {
    /// Asks for signatures that cover these at least; a signer covers them in this order.
    pub const fn new(components: &'a [Component<'a>]) -> Self {
        Self {
            components,
            label: None,
            key_ids: KeyIds::Any,
            tag: None,
            expiry: None,
            has_nonce: false,
            has_created: true,
            has_host: false,
            is_draft: false,
        }
    }

    /// Says which label a signature must have (§4.1). If not said any will do, and a signer takes
    /// `sig1` for its first secret, `sig2` for its second. With one label there is one signature.
    pub const fn with_label(mut self, label: &'a str) -> Self {
        self.label = Some(label);
        self
    }

    /// Says what the `keyid` must be; [`KeyIds::Any`] if not said.
    pub const fn with_key_ids(mut self, key_ids: KeyIds<'a>) -> Self {
        self.key_ids = key_ids;
        self
    }

    /// Says what the `tag` must be, which tells one use of a key from another. Not judged if not
    /// said.
    pub const fn with_tag(mut self, tag: &'a str) -> Self {
        self.tag = Some(tag);
        self
    }

    /// Asks for `expires`; a signer writes a time that is so many whole seconds after `created`.
    ///
    /// It is obeyed wherever it is, asked for or not; the second itself is allowed.
    pub const fn with_expiry(mut self, after: Duration) -> Self {
        self.expiry = Some(after);
        self
    }

    /// Asks for a `nonce`. A signer always writes the delivery's id as one, if it has an id.
    pub const fn with_nonce(mut self) -> Self {
        self.has_nonce = true;
        self
    }

    /// Allows signatures without `created`, whose age cannot be judged; one that is there is
    /// judged.
    ///
    /// # Security
    ///
    /// A copy of such a delivery can be sent for ever: remember each.
    pub const fn insecure_without_created(mut self) -> Self {
        self.has_created = false;
        self
    }

    /// Takes host and port from `Host` where no URL was given; the scheme is then `https`.
    ///
    /// # Security
    ///
    /// Whoever sends a request chooses its `Host`: what was signed for another of the provider's
    /// receivers passes here, if it has your key.
    pub const fn insecure_with_host(mut self) -> Self {
        self.has_host = true;
        self
    }

    /// Whether a URL must be given.
    const fn needs_url(&self) -> bool {
        let mut rest = self.components;
        while let [component, others @ ..] = rest {
            let is_of_url = matches!(
                component,
                Component::Authority | Component::Scheme | Component::TargetUri
            );
            if is_of_url {
                return !self.has_host;
            }
            rest = others;
        }
        false
    }
}

impl<'a> Scheme<'a> {
    /// Says that requests are signed by RFC 9421, and what such a signature must cover.
    ///
    /// It takes the place of header, encoding, message, timestamp and id. Its `created` may be up
    /// to 300 seconds old or early. At most 16 signatures are looked at, 64 components of each, and
    /// 4096 bytes of each of `Signature-Input`, `Signature` and `Content-Digest`.
    ///
    /// Needs the feature `message-signatures`. Without it a verifier or signer of such a scheme is
    /// refused as [`Unsupported`](crate::ConfigErrorKind::Unsupported).
    pub const fn with_message_policy(mut self, policy: MessagePolicy<'a>) -> Self {
        self.headers = Headers::One("signature");
        self.encoding = Encoding::Base64;
        self.message = match policy.needs_url() {
            true => "{url}{body}",
            false => "{body}",
        };
        self.messages = Some(policy);
        match policy.has_created {
            true => self.within(TOLERANCE, TOLERANCE),
            false => self.insecure_at_any_age(),
        }
    }

    /// Says that requests are signed as Keygen does, who has one list of what is signed.
    pub(crate) const fn with_draft(self) -> Self {
        let mut policy = MessagePolicy::new(&[
            Component::Method,
            Component::TargetUri,
            Component::Field("content-digest"),
        ]);
        policy.is_draft = true;
        let headers = self.headers;
        let mut scheme = self.with_message_policy(policy);
        scheme.headers = headers;
        scheme
    }
}
