//! Access and refresh tokens.

use super::random;
use super::scopes::Scopes;
use super::world::World;

/// Seconds that the access token of a GitHub App lives: eight hours.
pub(super) const ACCESS_LIFE: u64 = 28_800;
/// Seconds that its refresh token lives: 183 days.
pub(super) const REFRESH_LIFE: u64 = 15_811_200;
/// Tokens that live at once per user, app and scopes; one more ends the oldest.
const TOKEN_CAP: usize = 10;

#[derive(Clone)]
pub(super) struct AccessToken {
    pub(super) client_id: String,
    pub(super) expires: Option<u64>,
    pub(super) id: u64,
    pub(super) refresh: Option<Refresh>,
    pub(super) scopes: Scopes,
    pub(super) user_id: u64,
    pub(super) value: String,
}

#[derive(Clone)]
pub(super) struct Refresh {
    pub(super) expires: u64,
    pub(super) value: String,
}

impl AccessToken {
    fn is_alive(&self, now: u64) -> bool {
        self.expires.is_none_or(|end| now < end)
    }

    /// Whether it is bound to a GitHub App: permissions take the place of scopes.
    pub(super) fn is_of_github_app(&self) -> bool {
        self.refresh.is_some()
    }
}

impl World {
    /// Makes a token for a user of an app, of the kind that the app has.
    pub(super) fn issue_token(
        &mut self,
        client_id: &str,
        user_id: u64,
        scopes: Scopes,
        now: u64,
    ) -> AccessToken {
        let rotating = self.app(client_id).is_some_and(|app| app.app_tokens);
        let token = AccessToken {
            client_id: client_id.to_owned(),
            expires: rotating.then(|| now.saturating_add(ACCESS_LIFE)),
            id: self.next_token_id,
            refresh: rotating.then(|| Refresh {
                expires: now.saturating_add(REFRESH_LIFE),
                value: format!("ghr_{}", random::alphanumeric(76)),
            }),
            scopes: if rotating { Scopes::default() } else { scopes },
            user_id,
            value: new_value(rotating),
        };
        self.next_token_id += 1;
        self.make_room(&token);
        self.tokens.push(token.clone());
        token
    }

    /// The token, if it lives and its user is still there.
    pub(super) fn live_token(&self, value: &str, now: u64) -> Option<&AccessToken> {
        self.tokens.iter().find(|token| {
            token.value == value && token.is_alive(now) && self.users.contains_key(&token.user_id)
        })
    }

    pub(super) fn live_tokens(&self, now: u64) -> usize {
        self.tokens
            .iter()
            .filter(|token| token.is_alive(now))
            .count()
    }

    /// Ends one token of an app, its refresh token with it; false if there was none.
    pub(super) fn revoke_token(&mut self, client_id: &str, value: &str) -> bool {
        let before = self.tokens.len();
        self.tokens
            .retain(|token| token.client_id != client_id || token.value != value);
        self.tokens.len() < before
    }

    /// Ends all that a user gave to an app.
    pub(super) fn revoke_grant(&mut self, client_id: &str, user_id: u64) {
        self.grants.remove(&(client_id.to_owned(), user_id));
        self.codes
            .retain(|_, code| code.client_id != client_id || code.user_id != user_id);
        self.tokens
            .retain(|token| token.client_id != client_id || token.user_id != user_id);
    }

    /// Renews by rotation: the refresh token and the access token beside it die (RFC 6749 §6).
    pub(super) fn rotate(
        &mut self,
        client_id: &str,
        refresh: &str,
        now: u64,
    ) -> Option<AccessToken> {
        let index = self.tokens.iter().position(|token| {
            let old = token.refresh.as_ref();
            token.client_id == client_id
                && old.is_some_and(|old| old.value == refresh && now < old.expires)
        })?;
        let old = self.tokens.remove(index);
        Some(self.issue_token(client_id, old.user_id, old.scopes, now))
    }

    /// Gives a token another value; the old one is dead.
    pub(super) fn reset_token(&mut self, client_id: &str, value: &str) -> Option<AccessToken> {
        let token = self
            .tokens
            .iter_mut()
            .find(|token| token.client_id == client_id && token.value == value)?;
        token.value = new_value(token.is_of_github_app());
        Some(token.clone())
    }

    fn make_room(&mut self, token: &AccessToken) {
        let alike = |other: &AccessToken| {
            other.client_id == token.client_id
                && other.user_id == token.user_id
                && other.scopes == token.scopes
        };
        if self.tokens.iter().filter(|other| alike(other)).count() >= TOKEN_CAP
            && let Some(oldest) = self.tokens.iter().position(alike)
        {
            self.tokens.remove(oldest);
        }
    }
}

fn new_value(rotating: bool) -> String {
    let prefix = if rotating { "ghu_" } else { "gho_" };
    format!("{prefix}{}", random::alphanumeric(36))
}
