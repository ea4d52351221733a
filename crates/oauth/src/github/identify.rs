//! From a code to a user: all that is asked of GitHub for one sign-in.

use std::sync::Arc;

use portcullis_core::{EncodedToken, Secret};

use super::scopes::is_granted;
use crate::upstream::Upstream;
use crate::{AccessToken, GithubIdentity, LeftoverToken, SignInError, SignInErrorKind};

impl Upstream<'_> {
    /// Exchanges the code and asks who the token is for, whatever was known before: the browser
    /// may be signed in to another account than last time.
    ///
    /// From the moment that there is a token, every way out queues it to be revoked.
    pub(crate) async fn identify(
        &self,
        code: &Secret,
        verifier: &EncodedToken,
    ) -> Result<(GithubIdentity, LeftoverToken), SignInError> {
        let granted = self.exchange(code, verifier).await?;
        let queue = Arc::clone(&self.sign_in.revocations);
        let leftover = LeftoverToken::new(granted.tokens, queue);
        let token = leftover.access().ok_or(SignInErrorKind::Internal)?;
        if let Some(scopes) = &granted.scopes {
            self.check_scopes(token, scopes)?;
        }
        let (mut identity, told) = self.user(token).await?;
        if granted.scopes.is_none() {
            self.check_scopes(token, &told.unwrap_or_default())?;
        }
        let config = &self.sign_in.config;
        identity.email = self.email(token, config.email_rule()).await?;
        self.check_membership(token, config.teams()).await?;
        Ok((identity, leftover))
    }

    fn check_scopes(&self, token: &AccessToken, granted: &[String]) -> Result<(), SignInError> {
        // GitHub Apps have permissions in place of scopes: calls that need one will tell.
        if granted.is_empty() && token.expose_secret().starts_with("ghu_") {
            return Ok(());
        }
        let wanted = self.sign_in.config.scopes();
        match wanted.into_iter().find(|scope| !is_granted(scope, granted)) {
            Some(missing) => Err(SignInError::missing_scope_named(missing)),
            None => Ok(()),
        }
    }
}
