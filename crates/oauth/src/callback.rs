use std::fmt;

use http::{HeaderMap, HeaderValue};
use portcullis_core::{Digest, Refusal, SubjectId};

use crate::{FlowReceipt, GithubIdentity, Intent, LeftoverToken, ReturnPath};

/// What is known of a request to the callback.
#[derive(Clone, Copy)]
pub struct CallbackFacts<'a> {
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The query as it came, without `?`.
    pub query: Option<&'a str>,
    /// The session that the request has, if it is alive.
    pub session: Option<LiveSession<'a>>,
}

impl fmt::Debug for CallbackFacts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackFacts")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// A session that is alive.
#[derive(Clone, Copy, Debug)]
pub struct LiveSession<'a> {
    /// Whose it is.
    pub subject: &'a SubjectId,
    /// The digest that names it, made as for [`Intent::Link`].
    pub session: &'a Digest,
    /// Receipts of the flows that ended in it, if the application keeps any.
    pub receipts: &'a [FlowReceipt],
}

/// What is to be answered to a request to the callback, always with `Cache-Control: no-store`.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallbackOutcome {
    /// The provider says who it is: make the session, then answer 303 to `return_to`.
    Completed(Box<Completed>),
    /// Answer 303; no session is touched.
    Redirect {
        /// Where to.
        location: HeaderValue,
        /// `Set-Cookie` headers that remove the flow.
        clear_cookies: Vec<HeaderValue>,
    },
    /// Answer what the refusal says; its `login_url` leads to a new sign-in.
    Refused {
        /// Why; its source is a [`SignInError`](crate::SignInError).
        refusal: Refusal,
        /// `Set-Cookie` headers that remove the flow.
        clear_cookies: Vec<HeaderValue>,
    },
}

/// A sign-in that the provider has confirmed.
///
/// 1. With [`Intent::LogIn`]: rotate the session's id, or make a session; whatever user it had
///    before is replaced, never merged.
/// 2. With [`Intent::Link`]: link the account, unless another user has it: then refuse by
///    [`GithubSignIn::refuse_link`](crate::GithubSignIn::refuse_link).
/// 3. Say so by [`GithubSignIn::confirm`](crate::GithubSignIn::confirm), and answer 303 to
///    `return_to`, with `clear_cookies`.
/// 4. Whether or not it went well, drop `token`, or keep it by [`LeftoverToken::keep`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Completed {
    /// Who it is.
    pub identity: GithubIdentity,
    /// What the flow was for.
    pub intent: Intent,
    /// Where the flow wanted to return to.
    pub return_to: ReturnPath,
    /// `Set-Cookie` headers that remove the flow.
    pub clear_cookies: Vec<HeaderValue>,
    /// To be kept in the session, so that a second look at the callback's address leads on.
    pub receipt: FlowReceipt,
    /// The provider's token; it is queued to be revoked when it is dropped.
    pub token: LeftoverToken,
}
