//! A token near its end is renewed, by one caller at a time.

use std::time::Duration;

use portcullis_core::Digest;

use super::vault::{Found, is_good, needs_renewal};
use super::{Lock, Swap, TokenVault};
use crate::upstream::Upstream;
use crate::{AccessToken, ProviderTokens, SignInError, SignInErrorKind};

/// How long a lock holds: longer than the calls of one renewal may last.
const LOCK: Duration = Duration::from_secs(30);

/// How often a caller looks whether another one has renewed.
const LOOKS: u32 = 40;

/// How long a caller waits between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// How often a new pair is tried to be stored: it exists nowhere else.
const STORES: u32 = 3;

type Renewed = Result<Option<AccessToken>, SignInError>;

impl TokenVault {
    pub(super) async fn renewed(&self, key: &Digest, mut found: Found) -> Renewed {
        let holder = Digest::of(&self.sign_in.random.bytes::<32>()?);
        for _ in 0..LOOKS {
            let now = self.sign_in.now();
            let lock = self
                .store
                .dyn_lock(key, &holder, now.after(LOCK), now)
                .await?;
            if lock == Lock::Held {
                let renewed = self.renew_locked(key, &holder).await;
                let old = is_good(&found.tokens, now).then_some(found.tokens.access);
                return or_old(renewed, old);
            }
            if is_good(&found.tokens, now) {
                return Ok(Some(found.tokens.access));
            }
            self.sign_in.http.dyn_pause(PAUSE).await;
            match self.load(key).await? {
                None => return Err(SignInErrorKind::RefreshRefused.into()),
                Some(renewed) => found = renewed,
            }
        }
        Err(SignInErrorKind::Store.into())
    }

    /// The lock is given back once GitHub's answer is known. Otherwise the call may still be under
    /// way, and the lock is left to end by itself: at no time are there two.
    async fn renew_locked(&self, key: &Digest, holder: &Digest) -> Renewed {
        // Somebody may have renewed between the look and the lock.
        let renewed = match self.load(key).await? {
            None => Ok(None),
            Some(found) => self.renew(key, found).await,
        };
        if !renewed.as_ref().is_err_and(SignInError::may_be_under_way) {
            self.store.dyn_unlock(key, holder).await?;
        }
        renewed
    }

    async fn renew(&self, key: &Digest, found: Found) -> Renewed {
        let now = self.sign_in.now();
        let refresh = found.tokens.refresh.as_ref();
        let is_alive = found.tokens.refresh_expires.is_none_or(|end| now < end);
        let Some(refresh) = refresh.filter(|_| is_alive) else {
            return self.without_refresh(key, found).await;
        };
        if !needs_renewal(&found.tokens, now) {
            return Ok(Some(found.tokens.access));
        }
        match self.call(refresh).await {
            Ok(tokens) => self.store_renewed(key, &found.text, tokens).await,
            Err(error) if error.kind() == SignInErrorKind::RefreshRefused => {
                self.end(key, &found.text).await
            }
            Err(error) => Err(error),
        }
    }

    async fn call(&self, refresh: &crate::RefreshToken) -> Result<ProviderTokens, SignInError> {
        let now = self.sign_in.now();
        self.sign_in.circuit.check(now).map_err(|wait| {
            SignInError::new(SignInErrorKind::CircuitOpen).with_retry_after(wait)
        })?;
        Upstream::new(&self.sign_in).refresh(refresh).await
    }

    /// A token that can not be renewed is good until its end.
    async fn without_refresh(&self, key: &Digest, found: Found) -> Renewed {
        if is_good(&found.tokens, self.sign_in.now()) {
            Ok(Some(found.tokens.access))
        } else {
            self.end(key, &found.text).await
        }
    }

    /// The authorization is over. A pair that somebody put there meanwhile is let be.
    async fn end(&self, key: &Digest, old: &str) -> Renewed {
        match self.store.dyn_swap(key, Some(old), None).await? {
            Swap::Done => Err(SignInErrorKind::RefreshRefused.into()),
            Swap::Conflict => self.theirs(key).await,
        }
    }

    async fn store_renewed(&self, key: &Digest, old: &str, tokens: ProviderTokens) -> Renewed {
        let new = self.seal(key, &tokens)?;
        let mut swap = self.store.dyn_swap(key, Some(old), Some(&new)).await;
        for _ in 1..STORES {
            if swap.is_ok() {
                break;
            }
            self.sign_in.http.dyn_pause(PAUSE).await;
            swap = self.store.dyn_swap(key, Some(old), Some(&new)).await;
        }
        match swap {
            Ok(Swap::Done) => Ok(Some(tokens.access)),
            Ok(Swap::Conflict) => self.kept_or_theirs(key, &new, tokens).await,
            Err(error) => {
                self.sign_in.revoke_later(tokens.access);
                Err(error.into())
            }
        }
    }

    /// After an attempt that failed, the text that is in the way may be our own.
    async fn kept_or_theirs(&self, key: &Digest, new: &str, tokens: ProviderTokens) -> Renewed {
        if self.store.dyn_load(key).await?.as_deref() == Some(new) {
            return Ok(Some(tokens.access));
        }
        // The user signed in anew, or out, while we were renewing: what is there counts.
        self.sign_in.revoke_later(tokens.access);
        self.theirs(key).await
    }

    async fn theirs(&self, key: &Digest) -> Renewed {
        Ok(self.load(key).await?.map(|found| found.tokens.access))
    }
}

/// While GitHub gives no new token, the old one may still do.
fn or_old(renewed: Renewed, old: Option<AccessToken>) -> Renewed {
    match renewed {
        Err(error) if error.is_upstream() && old.is_some() => Ok(old),
        renewed => renewed,
    }
}
