//! Tokens are given back: `DELETE /applications/{client_id}/token`.

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode};

use super::rest::OBJECT;
use crate::revocations::{ATTEMPTS, Pending};
use crate::upstream::Upstream;
use crate::{AccessToken, GithubSignIn, OauthEventKind, SignInError, SignInErrorKind};

impl GithubSignIn {
    /// Queues a token to be revoked, as at a sign-out. Waits for nothing.
    ///
    /// The queue holds 1024 tokens; of more, the oldest are left to expire.
    pub fn revoke_later(&self, token: AccessToken) {
        let pending = Pending { token, attempts: 0 };
        if self.revocations.push(pending) {
            self.tell(OauthEventKind::RevocationFailed, "queue_full");
        }
    }

    /// How many tokens are queued.
    #[must_use]
    pub fn pending_revocations(&self) -> usize {
        self.revocations.len()
    }

    /// Revokes what is queued, one token after the other, and tells how many were dealt with.
    ///
    /// Call it after each callback and once in a while, away from any request. Each token is tried
    /// three times at most, once in each call; while GitHub does not answer, the rest waits. If the
    /// future is dropped, the token in hand goes back into the queue.
    pub async fn revoke_pending(&self) -> usize {
        let mut done = 0;
        for _ in 0..self.revocations.len() {
            if self.circuit.check(self.now()).is_err() {
                break;
            }
            let Some(hand) = Hand::take(self) else { break };
            match self.revoke_now(hand.token()).await {
                Ok(()) => self.tell(OauthEventKind::Revoked, "ok"),
                Err(error) if error.may_pass() && hand.may_retry() => {
                    hand.retry();
                    break;
                }
                Err(error) => self.tell(OauthEventKind::RevocationFailed, error.kind().code()),
            }
            hand.finish();
            done += 1;
        }
        done
    }

    /// 204 is success, 404 and 422 say that there is nothing left to revoke.
    async fn revoke_now(&self, token: &AccessToken) -> Result<(), SignInError> {
        let upstream = Upstream::new(self);
        let request = upstream
            .revocation(token)
            .ok_or(SignInErrorKind::Internal)?;
        let answer = upstream.change(request, OBJECT).await?;
        match answer.status() {
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => {
                Ok(())
            }
            StatusCode::UNAUTHORIZED => Err(SignInErrorKind::IncorrectClientCredentials.into()),
            _ => Err(SignInErrorKind::BadUpstream.into()),
        }
    }
}

impl Upstream<'_> {
    /// The client proves itself by HTTP Basic (RFC 7617), with id and secret as they are.
    fn revocation(&self, token: &AccessToken) -> Option<Request<Bytes>> {
        let config = &self.sign_in.config;
        let secret = config.client_secret().expose_str().ok()?;
        let credentials = format!("{}:{secret}", config.client_id());
        let basic = format!("Basic {}", Base64::encode_string(credentials.as_bytes()));
        let mut basic = HeaderValue::try_from(basic).ok()?;
        basic.set_sensitive(true);
        let body = serde_json::json!({ "access_token": token.expose_secret() });
        let path = format!("/applications/{}/token", config.client_id());
        self.request(Method::DELETE, &path)
            .header(AUTHORIZATION, basic)
            .header(CONTENT_TYPE, "application/json")
            .body(Bytes::from(body.to_string()))
            .ok()
    }
}

/// A token between queue and GitHub. Dropped, it goes back as it was.
struct Hand<'a> {
    sign_in: &'a GithubSignIn,
    pending: Pending,
    is_done: bool,
}

impl<'a> Hand<'a> {
    fn take(sign_in: &'a GithubSignIn) -> Option<Self> {
        let pending = sign_in.revocations.pop()?;
        Some(Self {
            sign_in,
            pending,
            is_done: false,
        })
    }

    fn token(&self) -> &AccessToken {
        &self.pending.token
    }

    fn may_retry(&self) -> bool {
        self.pending.attempts + 1 < ATTEMPTS
    }

    fn retry(mut self) {
        self.pending.attempts += 1;
    }

    fn finish(mut self) {
        self.is_done = true;
    }
}

impl Drop for Hand<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            self.sign_in.revocations.push(self.pending.clone());
        }
    }
}
