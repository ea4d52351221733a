//! A delivery that is to be explained.

use std::fmt;

use portcullis_core::Timestamp;

use crate::{
    Head, Receipt, Scheme, SecretFormat, SecretSet, Verifier, VerifyErrorKind, WebhookSecret,
};

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

/// A signature that fits.
pub(super) struct Fit {
    /// By which of the secrets.
    pub(super) index: usize,
    /// When the delivery was sent, if that is known.
    pub(super) at: Option<Timestamp>,
}

impl Case<'_> {
    /// Whether the delivery fits once scheme, head and body are these.
    pub(super) fn fits(&self, scheme: Scheme<'_>, head: Head<'_>, body: &[u8]) -> Option<Fit> {
        self.secrets.iter().enumerate().find_map(|(index, shown)| {
            let secret = shown.read(scheme.secret_format())?;
            let at = fits(scheme, secret, head, body)?;
            Some(Fit { index, at })
        })
    }

    /// For what the delivery is refused, if nothing but this secret and the present counts.
    pub(super) fn refusal(&self, index: usize) -> Option<VerifyErrorKind> {
        let secret = self.secrets.get(index)?.read(self.scheme.secret_format())?;
        let scheme = self.scheme.with_body_limit(u64::MAX);
        verdict(scheme, secret, self.head, self.body, self.now)?.err()
    }

    /// Whether the head, or the body of a scheme that has its signature there, cannot be read.
    pub(super) fn is_malformed(&self) -> bool {
        (0..self.secrets.len()).any(|index| self.refusal(index) == Some(VerifyErrorKind::Malformed))
    }
}

/// When a delivery was sent, as far as that is known, if its signature fits: whatever its age and
/// length are.
pub(super) fn fits(
    scheme: Scheme<'_>,
    secret: WebhookSecret,
    head: Head<'_>,
    body: &[u8],
) -> Option<Option<Timestamp>> {
    let scheme = scheme.insecure_at_any_age().with_body_limit(u64::MAX);
    match verdict(scheme, secret, head, body, Timestamp::UNIX_EPOCH)? {
        Ok(receipt) => Some(receipt.at()),
        // Of a token that says so itself: its signature was found right before its age was judged.
        Err(VerifyErrorKind::Early | VerifyErrorKind::Stale) => Some(None),
        Err(_) => None,
    }
}

/// None if the secret cannot be one of the scheme.
fn verdict(
    scheme: Scheme<'_>,
    secret: WebhookSecret,
    head: Head<'_>,
    body: &[u8],
    now: Timestamp,
) -> Option<Result<Receipt, VerifyErrorKind>> {
    let verifier = Verifier::new(&scheme, SecretSet::new("", secret)).ok()?;
    let verified = verifier.verify(head, body, now);
    Some(match verified {
        Ok(verified) => Ok(verified.receipt().clone()),
        Err(error) => Err(error.kind()),
    })
}
