use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use portcullis_cookie::{KeyRing, Sealer};
use portcullis_core::{Digest, Timestamp};

use super::sealed::{decode, encode};
use super::{DynTokenStore, Swap, TokenStore};
use crate::{AccessToken, GithubSignIn, ProviderTokens, SignInError, SignInErrorKind};

/// Under which purpose tokens are sealed.
const PURPOSE: &str = "portcullis oauth tokens";

/// How long before its end a token is renewed.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// How often a new text is tried to be put in place of one that changes meanwhile.
const ATTEMPTS: u32 = 3;

/// Keeps the provider's tokens for applications that go on calling it: sealed at rest, renewed
/// five minutes before they end. Clones share the store.
///
/// Applications that sign users in and no more need none: they let
/// [`Completed::token`](crate::Completed::token) be revoked.
///
/// Each user's tokens stand under a key that the application chooses, such as
/// [`GithubIdentity::digest`](crate::GithubIdentity::digest).
#[derive(Clone)]
pub struct TokenVault {
    pub(super) sign_in: GithubSignIn,
    pub(super) store: Arc<dyn DynTokenStore>,
    sealer: Sealer,
}

/// Tokens as they were found in the store.
pub(super) struct Found {
    pub(super) text: String,
    pub(super) tokens: ProviderTokens,
}

impl TokenVault {
    /// Makes a vault for the tokens of a sign-in, sealed by `keys`.
    #[must_use]
    pub fn new(sign_in: GithubSignIn, keys: KeyRing, store: impl TokenStore) -> Self {
        Self {
            sign_in,
            store: Arc::new(store),
            sealer: Sealer::new(keys, PURPOSE),
        }
    }

    /// Keeps a user's tokens. Those that were there are replaced, and queued to be revoked.
    ///
    /// # Errors
    ///
    /// [`SignInErrorKind::Store`] if the store is ill, [`SignInErrorKind::Internal`] if there are
    /// no random bytes or the tokens are too long to be sealed.
    pub async fn put(&self, key: &Digest, tokens: &ProviderTokens) -> Result<(), SignInError> {
        let new = self.seal(key, tokens)?;
        self.replace(key, Some(&new)).await.map(drop)
    }

    /// Gives up a user's tokens, as at a sign-out: they are queued to be revoked. Tells whether
    /// there were any.
    ///
    /// # Errors
    ///
    /// [`SignInErrorKind::Store`] if the store is ill.
    pub async fn remove(&self, key: &Digest) -> Result<bool, SignInError> {
        self.replace(key, None).await
    }

    /// A user's access token, good for five minutes more if GitHub lets us; `None` if there is
    /// none, or none that our keys open.
    ///
    /// A token near its end is renewed first. Of all calls for one user, on all nodes, one renews;
    /// the others take the old token while it is good, and wait otherwise. The new pair is stored
    /// before the old one is given up.
    ///
    /// Do not drop the future on a client's whim: GitHub kills the old pair as soon as it answers,
    /// and a drop in that very moment loses the new one. Run it in a task of its own.
    ///
    /// # Errors
    ///
    /// 1. [`SignInErrorKind::RefreshRefused`] (401) if the authorization has ended. The tokens are
    ///    gone: end the session.
    /// 2. [`SignInErrorKind::Store`] (503) if the store is ill, or somebody holds the lock too long.
    /// 3. Those of calls to GitHub: 502, 503 and 504.
    pub async fn access(&self, key: &Digest) -> Result<Option<AccessToken>, SignInError> {
        let Some(found) = self.load(key).await? else {
            return Ok(None);
        };
        if !needs_renewal(&found.tokens, self.sign_in.now()) {
            return Ok(Some(found.tokens.access));
        }
        self.renewed(key, found).await
    }

    pub(super) async fn load(&self, key: &Digest) -> Result<Option<Found>, SignInError> {
        let text = self.store.dyn_load(key).await?;
        Ok(text.and_then(|text| {
            let tokens = self.open(key, &text)?;
            Some(Found { text, tokens })
        }))
    }

    pub(super) fn seal(
        &self,
        key: &Digest,
        tokens: &ProviderTokens,
    ) -> Result<String, SignInError> {
        let plaintext = encode(tokens).ok_or(SignInErrorKind::Internal)?;
        self.sealer
            .seal(&name(key), plaintext.expose_secret(), &self.sign_in.random)
            .map_err(|error| SignInError::new(SignInErrorKind::Internal).with_source(error))
    }

    fn open(&self, key: &Digest, text: &str) -> Option<ProviderTokens> {
        let opened = self.sealer.open(&name(key), text.as_bytes())?;
        decode(opened.plaintext().expose_secret())
    }

    /// Puts `new` in place of whatever is there; tells whether something was.
    async fn replace(&self, key: &Digest, new: Option<&str>) -> Result<bool, SignInError> {
        for _ in 0..ATTEMPTS {
            let old = self.store.dyn_load(key).await?;
            let swap = self.store.dyn_swap(key, old.as_deref(), new).await?;
            if swap == Swap::Done {
                let tokens = old.as_deref().and_then(|old| self.open(key, old));
                if let Some(tokens) = tokens {
                    self.sign_in.revoke_later(tokens.access);
                }
                return Ok(old.is_some());
            }
        }
        Err(SignInErrorKind::Store.into())
    }
}

/// Whether a token is near its end.
pub(super) fn needs_renewal(tokens: &ProviderTokens, now: Timestamp) -> bool {
    tokens.expires.is_some_and(|end| end <= now.after(EARLY))
}

/// Whether a token is good at this moment.
pub(super) fn is_good(tokens: &ProviderTokens, now: Timestamp) -> bool {
    tokens.expires.is_none_or(|end| now < end)
}

/// Under which name a user's tokens are sealed, so that one user's do not open as another's.
fn name(key: &Digest) -> String {
    Base64UrlUnpadded::encode_string(key.as_bytes())
}

impl fmt::Debug for TokenVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenVault")
    }
}
