use portcullis_core::Digest;

/// Something that happened to a sign-in; tells neither secrets nor names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OauthEvent<'a> {
    /// What happened.
    pub kind: OauthEventKind,
    /// The provider's name, as configured.
    pub provider: &'a str,
    /// The digest of issuer and id of the account, if it is known.
    pub subject: Option<Digest>,
    /// A stable code in snake case: `ok`, or why not.
    pub reason: &'static str,
    /// What the provider said in a redirect, for people: visible ASCII and spaces, at most 200
    /// characters. It came through the browser, so it must be escaped wherever it is shown.
    pub description: Option<&'a str>,
    pub(crate) is_error: bool,
}

/// What happened. Each kind has a severity to be logged with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OauthEventKind {
    /// The user said no at the provider: info.
    Denied,
    /// A sign-in or a link failed: error if the reason is the provider's or ours, else info.
    Failed,
    /// An account was linked to a user who was signed in: info.
    Linked,
    /// A user signed in: info.
    LoggedIn,
    /// A token could not be revoked and is left to expire: error.
    RevocationFailed,
    /// A token was revoked: info.
    Revoked,
}

impl OauthEvent<'_> {
    /// Whether somebody should look: the provider, the configuration or a store is at fault. What
    /// a user, or a stranger, can bring about alone is no error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.is_error
    }
}

/// Takes events; a function `Fn(&OauthEvent<'_>)` is one.
pub trait Observer: Send + Sync + 'static {
    /// Takes one event. Called while a request waits: be quick.
    fn observe(&self, event: &OauthEvent<'_>);
}

impl<F> Observer for F
where
    F: Fn(&OauthEvent<'_>) + Send + Sync + 'static,
{
    fn observe(&self, event: &OauthEvent<'_>) {
        self(event);
    }
}

/// Takes events and does nothing.
pub(crate) struct NoObserver;

impl Observer for NoObserver {
    fn observe(&self, _: &OauthEvent<'_>) {}
}
