//! A delivery that is to be explained.

use std::fmt;

use portcullis_core::Timestamp;

use crate::{Head, Receipt, Scheme, SecretFormat, SecretSet, Verifier, WebhookSecret};

/// A secret as the provider shows it, in the scheme's format or not.
#[derive(Clone, Copy)]
#[must_use]
pub struct ShownSecret<'a> {
    text: &'a str,
    until: Option<Timestamp>,
}

impl<'a> ShownSecret<'a> {
    /// A secret that is good at present.
    pub const fn new(text: &'a str) -> Self {
        Self { text, until: None }
    }

    /// Says from when on it is refused.
    pub const fn with_end(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }

    pub(super) const fn text(self) -> &'a str {
        self.text
    }

    /// When it ended, if it has.
    pub(super) fn ended(self, now: Timestamp) -> Option<Timestamp> {
        self.until.filter(|until| *until <= now)
    }

    pub(super) fn read(self, format: SecretFormat) -> Option<WebhookSecret> {
        WebhookSecret::insecure_short(format, self.text).ok()
    }
}

impl fmt::Debug for ShownSecret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShownSecret")
    }
}

pub(super) struct Case<'r> {
    pub(super) scheme: Scheme<'r>,
    pub(super) secrets: &'r [ShownSecret<'r>],
    pub(super) head: Head<'r>,
    pub(super) body: &'r [u8],
    pub(super) now: Timestamp,
}

impl Case<'_> {
    /// Whether the delivery fits once scheme, head and body are these, and under which secret: its
    /// index.
    pub(super) fn fits(
        &self,
        scheme: Scheme<'_>,
        head: Head<'_>,
        body: &[u8],
    ) -> Option<(usize, Receipt)> {
        let formats = std::iter::repeat(scheme.secret_format());
        let secrets = self.secrets.iter().zip(formats).enumerate();
        let mut read = secrets.filter_map(|(index, (secret, format))| {
            let secret = secret.read(format)?;
            Some((index, secret))
        });
        read.find_map(|(index, secret)| Some((index, fits(scheme, secret, head, body)?)))
    }
}

/// What is known of a delivery, whatever its age and length, if its signature fits.
pub(super) fn fits(
    scheme: Scheme<'_>,
    secret: WebhookSecret,
    head: Head<'_>,
    body: &[u8],
) -> Option<Receipt> {
    let scheme = scheme.insecure_at_any_age().with_body_limit(u64::MAX);
    let verifier = Verifier::new(&scheme, SecretSet::new("", secret)).ok()?;
    let verified = verifier.verify(head, body, Timestamp::UNIX_EPOCH).ok()?;
    Some(verified.receipt().clone())
}
