use std::time::Duration;

/// The name of the session cookie.
pub(crate) const NAME: &str = "__Host-session";

/// What answers requests with sessions.
pub(crate) trait Ask {
    /// One request with this `Cookie` line, empty for none.
    async fn ask(&self, cookies: &str, deed: Deed) -> Reply;
}

/// What keeps sessions, as seen from outside.
pub(crate) trait Door: Ask {
    /// How many sessions are stored.
    fn rows(&self) -> usize;

    /// How many calls the store has had.
    fn calls(&self) -> usize;

    /// Lets time pass.
    fn pass(&self, time: Duration);

    /// Says how the account of a user stands from now on.
    fn account(&self, user: &str, account: Account);
}

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    /// It may be used, by sessions that began under this stamp.
    Open(u8),
    /// It may not.
    Closed,
}

/// What the handler of a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Looks who it is.
    Look,
    /// Stores a value.
    Write,
    /// Signs this user in.
    LogIn(&'static str),
    /// Signs out.
    LogOut,
    /// Looks, then signs out.
    LookAndLogOut,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Whose request it was, if it looked.
    pub(crate) who: Option<String>,
    /// What it says of the cookie.
    pub(crate) said: Said,
}

/// What a response says of our cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Nothing,
    Removal,
    Token(String),
}

impl Reply {
    /// The token that it gives, if any.
    pub(crate) fn token(&self) -> Option<&str> {
        match &self.said {
            Said::Token(token) => Some(token),
            _ => None,
        }
    }
}

/// A `Cookie` line with a token of ours.
pub(crate) fn line(token: &str) -> String {
    format!("{NAME}={token}")
}

/// Signs a user in, in a browser with these cookies; gives the token.
pub(crate) async fn sign_in(door: &impl Ask, cookies: &str, user: &'static str) -> String {
    let reply = door.ask(cookies, Deed::LogIn(user)).await;
    let token = reply.token();
    token.expect("a login gives a token").to_owned()
}

/// Whose a request with this token is.
pub(crate) async fn who(door: &impl Ask, token: &str) -> Option<String> {
    door.ask(&line(token), Deed::Look).await.who
}
