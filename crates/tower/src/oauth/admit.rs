use http::HeaderMap;
use portcullis_core::{Refusal, SubjectId};
use portcullis_oauth::GithubIdentity;
use portcullis_session::Login;

/// What an application says to a GitHub account that wants in.
pub trait Admit: Clone + Send + Sync + 'static {
    /// Finds or makes the user of an account, and says how they are logged in.
    ///
    /// The user's key is the identity's issuer and number: neither login nor e-mail address.
    /// `headers` are those of the request, for the name of the device.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] to answer with: no session is then made.
    fn log_in(
        &self,
        identity: &GithubIdentity,
        headers: &HeaderMap,
    ) -> impl Future<Output = Result<Login, Refusal>> + Send;

    /// Links an account to a user who is signed in.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] to answer with: nothing is then linked.
    fn link(
        &self,
        subject: &SubjectId,
        identity: &GithubIdentity,
    ) -> impl Future<Output = Result<Linked, Refusal>> + Send;
}

/// What became of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Linked {
    /// The account is the user's now, or was already.
    Done,
    /// Another user has the account: nothing was changed.
    Taken,
}
