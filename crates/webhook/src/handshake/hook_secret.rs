use std::fmt;

use http::{HeaderName, HeaderValue, Method, StatusCode, request};

use super::Answer;
use crate::{SecretFormat, WebhookSecret};

const SECRET: HeaderName = HeaderName::from_static("x-hook-secret");

const SIGNATURE: &str = "x-hook-signature";

/// How long a secret may be, in bytes.
const MOST: usize = 256;

/// The secret that Asana sends ahead of its deliveries.
///
/// # Security
///
/// Nobody has signed it: whoever is first at an endpoint that awaits a secret gives it theirs. Await
/// one only while Asana is being asked for a webhook, under a path that nobody can guess, and never
/// put it in the place of another one.
pub struct HookSecret {
    secret: WebhookSecret,
    echo: HeaderValue,
}

impl HookSecret {
    /// Reads the secret of a request; none if it brings none, or a signature, or what is no secret:
    /// then it is a delivery.
    #[must_use]
    pub fn read(head: &request::Parts) -> Option<Self> {
        let mut values = head.headers.get_all(SECRET).iter();
        let (first, second) = (values.next()?, values.next());
        let is_delivery = head.headers.contains_key(SIGNATURE) || second.is_some();
        if is_delivery || head.method != Method::POST || first.len() > MOST {
            return None;
        }
        let secret = WebhookSecret::new(SecretFormat::Utf8, first.to_str().ok()?).ok()?;
        let mut echo = first.clone();
        echo.set_sensitive(true);
        Some(Self { secret, echo })
    }

    /// The secret, and the answer that is due once it is kept.
    pub fn into_parts(self) -> (WebhookSecret, Answer) {
        let answer = Answer::empty(StatusCode::OK).with_header(SECRET, self.echo);
        (self.secret, answer)
    }
}

impl fmt::Debug for HookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HookSecret")
    }
}
