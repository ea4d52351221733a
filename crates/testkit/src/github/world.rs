//! What the stand-in remembers: apps, users, codes and grants.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::app::GithubApp;
use super::random;
use super::scopes::Scopes;
use super::tokens::AccessToken;
use super::user::User;

/// How long an authorization code works, in seconds; at this age it is dead.
const CODE_LIFE: u64 = 600;

pub(super) struct World {
    pub(super) apps: Vec<GithubApp>,
    pub(super) codes: HashMap<String, Code>,
    /// The scopes that a user ever gave to an app.
    pub(super) grants: BTreeMap<(String, u64), Scopes>,
    pub(super) next_token_id: u64,
    /// Organisations that enforce SAML single sign-on, in lower case.
    pub(super) sso: BTreeSet<String>,
    pub(super) tokens: Vec<AccessToken>,
    pub(super) users: BTreeMap<u64, User>,
}

/// What an authorization code stands for.
pub(super) struct Code {
    pub(super) challenge: Option<String>,
    pub(super) client_id: String,
    pub(super) issued: u64,
    pub(super) redirect_uri: String,
    /// Whether the request named the redirect URI, so that the exchange must as well.
    pub(super) redirect_uri_sent: bool,
    pub(super) scopes: Scopes,
    pub(super) user_id: u64,
}

impl World {
    pub(super) fn new(app: GithubApp, users: Vec<User>) -> Self {
        Self {
            apps: vec![app],
            codes: HashMap::new(),
            grants: BTreeMap::new(),
            next_token_id: 1,
            sso: BTreeSet::new(),
            tokens: Vec::new(),
            users: users.into_iter().map(|user| (user.id, user)).collect(),
        }
    }

    pub(super) fn app(&self, client_id: &str) -> Option<&GithubApp> {
        self.apps.iter().find(|app| app.client_id == client_id)
    }

    /// The app, if the secret is its own.
    pub(super) fn authenticated(&self, client_id: &str, secret: &str) -> Option<&GithubApp> {
        self.app(client_id)
            .filter(|app| app.client_secret == secret)
    }

    /// Adds an app, or replaces the one with the same client id.
    pub(super) fn register(&mut self, app: GithubApp) {
        self.apps.retain(|known| known.client_id != app.client_id);
        self.apps.push(app);
    }

    /// Remembers a grant, and makes the code that stands for it.
    ///
    /// Who asks for no scope gets all that the user gave before, as on GitHub.
    pub(super) fn issue_code(&mut self, mut code: Code) -> String {
        let given = self
            .grants
            .entry((code.client_id.clone(), code.user_id))
            .or_default();
        given.add(&code.scopes);
        if code.scopes.is_empty() {
            code.scopes = given.clone();
        }
        let now = code.issued;
        self.codes.retain(|_, code| code.is_alive(now));
        let value = random::code();
        self.codes.insert(value.clone(), code);
        value
    }

    /// Spends a code: whatever comes of it, it works no second time (RFC 6749 §4.1.2).
    pub(super) fn take_code(&mut self, value: &str, now: u64) -> Option<Code> {
        self.codes.remove(value).filter(|code| code.is_alive(now))
    }
}

impl Code {
    fn is_alive(&self, now: u64) -> bool {
        now < self.issued.saturating_add(CODE_LIFE)
    }
}
