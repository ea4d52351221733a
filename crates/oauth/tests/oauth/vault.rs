use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use portcullis_cookie::KeyRing;
use portcullis_core::{Digest, StoreError, StoreErrorKind, Timestamp};
use portcullis_oauth::{
    HttpErrorKind, Lock, MemoryTokenStore, ProviderTokens, SignInErrorKind, Swap, TokenStore,
    TokenVault,
};

use crate::support::*;

const LIFE: u64 = 28_800;

fn pair(n: u32) -> Reply {
    Reply::json(&format!(
        r#"{{"access_token":"ghu_{n}","token_type":"bearer","scope":"","expires_in":{LIFE},
            "refresh_token":"ghr_{n}","refresh_token_expires_in":15811200}}"#
    ))
}

/// A vault with the tokens of one user, fresh from a sign-in.
struct Kept {
    setup: Setup,
    vault: TokenVault,
    store: FaultyStore,
    key: Digest,
    keys: KeyRing,
}

async fn kept() -> Kept {
    let setup = setup();
    setup.github.next(TOKEN_PATH, pair(0));
    let done = completed(setup.sign_in().await);
    let key = done.identity.digest();
    let store = FaultyStore::default();
    let keys = KeyRing::new(new_key());
    let vault = TokenVault::new(setup.sign_in.clone(), keys.clone(), store.clone());
    vault.put(&key, &done.token.keep()).await.unwrap();
    Kept {
        setup,
        vault,
        store,
        key,
        keys,
    }
}

impl Kept {
    async fn access(&self) -> Result<String, SignInErrorKind> {
        access(&self.vault, &self.key).await
    }

    fn refreshes(&self) -> usize {
        // The first call was the sign-in's.
        self.setup.github.count(TOKEN_PATH) - 1
    }
}

async fn access(vault: &TokenVault, key: &Digest) -> Result<String, SignInErrorKind> {
    let access = vault.access(key).await.map_err(|error| error.kind())?;
    Ok(access.map_or("none".to_owned(), |token| token.expose_secret().to_owned()))
}

/// A store that can be told to fail, and whose texts can be looked at.
#[derive(Clone, Default)]
struct FaultyStore {
    inner: MemoryTokenStore,
    failing_swaps: Arc<AtomicU32>,
    /// Writes, then says that it failed.
    lies: Arc<AtomicBool>,
    /// What somebody else puts there just before the next swap.
    meanwhile: Arc<Mutex<Option<String>>>,
}

impl TokenStore for FaultyStore {
    async fn load(&self, key: &Digest) -> Result<Option<String>, StoreError> {
        self.inner.load(key).await
    }

    async fn swap(
        &self,
        key: &Digest,
        old: Option<&str>,
        new: Option<&str>,
    ) -> Result<Swap, StoreError> {
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(text) = meanwhile {
            let present = self.inner.load(key).await?;
            let _ = self
                .inner
                .swap(key, present.as_deref(), Some(&text))
                .await?;
        }
        let fails = self.failing_swaps.load(Ordering::SeqCst);
        if fails == 0 {
            return self.inner.swap(key, old, new).await;
        }
        self.failing_swaps.store(fails - 1, Ordering::SeqCst);
        if self.lies.load(Ordering::SeqCst) {
            let _ = self.inner.swap(key, old, new).await?;
        }
        Err(StoreError::new(StoreErrorKind::Timeout))
    }

    async fn lock(
        &self,
        key: &Digest,
        holder: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Lock, StoreError> {
        tokio::task::yield_now().await;
        self.inner.lock(key, holder, until, now).await
    }

    async fn unlock(&self, key: &Digest, holder: &Digest) -> Result<(), StoreError> {
        self.inner.unlock(key, holder).await
    }
}

#[tokio::test]
async fn o44_a_token_is_renewed_five_minutes_early() {
    for (age, expected) in [
        (0, "ghu_0"),
        (LIFE - 301, "ghu_0"),
        (LIFE - 300, "ghu_1"),
        (LIFE + 9, "ghu_1"),
    ] {
        let kept = kept().await;
        kept.setup.github.next(TOKEN_PATH, pair(1));
        kept.setup.clock.advance(secs(age));
        assert_eq!(kept.access().await.as_deref(), Ok(expected), "{age}");
        assert_eq!(kept.access().await.as_deref(), Ok(expected), "{age}");
        assert_eq!(kept.refreshes(), usize::from(expected == "ghu_1"));
    }
}

#[tokio::test]
async fn o44_the_refresh_says_what_github_asks_for() {
    let kept = kept().await;
    kept.setup.github.next(TOKEN_PATH, pair(1));
    kept.setup.clock.advance(secs(LIFE));
    kept.access().await.unwrap();
    let form = kept.setup.github.last(TOKEN_PATH).form();
    assert_eq!(form["grant_type"], "refresh_token");
    assert_eq!(form["refresh_token"], "ghr_0");
    assert_eq!(
        (form["client_id"].as_str(), form["client_secret"].as_str()),
        ("client", SECRET)
    );
    // The next one uses the new refresh token.
    kept.setup.github.next(TOKEN_PATH, pair(2));
    kept.setup.clock.advance(secs(LIFE));
    assert_eq!(kept.access().await.as_deref(), Ok("ghu_2"));
    assert_eq!(
        kept.setup.github.last(TOKEN_PATH).form()["refresh_token"],
        "ghr_1"
    );
}

#[tokio::test]
async fn o44_of_fifty_calls_on_two_nodes_one_renews() {
    let kept = kept().await;
    let other = TokenVault::new(
        kept.setup.another(builder()),
        kept.keys.clone(),
        kept.store.clone(),
    );
    kept.setup.github.next(TOKEN_PATH, pair(1));
    kept.setup.clock.advance(secs(LIFE + 1));
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..50 {
        let (vault, key) = (
            if n % 2 == 0 {
                kept.vault.clone()
            } else {
                other.clone()
            },
            kept.key,
        );
        tasks.spawn(async move { access(&vault, &key).await });
    }
    for token in tasks.join_all().await {
        assert_eq!(token.as_deref(), Ok("ghu_1"));
    }
    assert_eq!(kept.refreshes(), 1);
}

#[tokio::test]
async fn o44_while_one_renews_the_others_take_the_old_token_as_long_as_it_is_good() {
    let kept = kept().await;
    kept.setup.clock.advance(secs(LIFE - 200));
    kept.setup.github.next(TOKEN_PATH, Reply::Hang);
    let mut renewing = Box::pin(kept.access());
    for _ in 0..3 {
        let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(renewing.as_mut().poll(cx)));
        assert!(polled.await.is_pending());
    }
    assert_eq!(kept.refreshes(), 1);
    assert_eq!(kept.access().await.as_deref(), Ok("ghu_0"));
    // The one that renews is gone, but its call may be under way: nobody else begins one.
    drop(renewing);
    assert_eq!(kept.access().await.as_deref(), Ok("ghu_0"));
    assert_eq!(kept.refreshes(), 1);
    kept.setup.clock.advance(secs(30));
    kept.setup.github.next(TOKEN_PATH, pair(1));
    assert_eq!(kept.access().await.as_deref(), Ok("ghu_1"));
}

#[tokio::test]
async fn o44_bad_refresh_token_ends_the_session() {
    for expires_first in [false, true] {
        let kept = kept().await;
        kept.setup
            .clock
            .advance(secs(if expires_first { LIFE + 1 } else { LIFE - 10 }));
        kept.setup
            .github
            .next(TOKEN_PATH, Reply::json(r#"{"error":"bad_refresh_token"}"#));
        let error = kept.vault.access(&kept.key).await.unwrap_err();
        assert_eq!(error.kind(), SignInErrorKind::RefreshRefused);
        let refusal = error.into_refusal("/login");
        assert_eq!(
            (refusal.status().as_u16(), refusal.code()),
            (401, "bad_refresh_token")
        );
        assert_eq!(kept.access().await.as_deref(), Ok("none"));
        assert_eq!(kept.refreshes(), 1);
    }
}

#[tokio::test]
async fn o44_a_dead_refresh_token_is_not_tried() {
    let kept = kept().await;
    kept.setup.clock.advance(secs(15_811_200));
    assert_eq!(kept.access().await, Err(SignInErrorKind::RefreshRefused));
    assert_eq!(kept.refreshes(), 0);
}

#[tokio::test]
async fn o44_while_github_fails_the_old_token_does_until_its_end() {
    let replies = [
        Reply::status(500),
        Reply::Fail(HttpErrorKind::Connect),
        Reply::with(429, &[("retry-after", "5")], ""),
    ];
    for reply in replies {
        let kept = kept().await;
        kept.setup.github.always(TOKEN_PATH, reply);
        kept.setup.clock.advance(secs(LIFE - 10));
        assert_eq!(kept.access().await.as_deref(), Ok("ghu_0"));
        kept.setup.clock.advance(secs(60));
        assert!(kept.access().await.is_err());
        kept.setup.github.always(TOKEN_PATH, pair(1));
        kept.setup.clock.advance(secs(60));
        assert_eq!(kept.access().await.as_deref(), Ok("ghu_1"));
    }
}

#[tokio::test]
async fn o44_after_a_call_of_unknown_outcome_nobody_begins_another_for_a_while() {
    for (reply, is_known) in [
        (Reply::Fail(HttpErrorKind::TimedOut), false),
        (Reply::Fail(HttpErrorKind::Broken), false),
        (Reply::status(500), true),
    ] {
        let kept = kept().await;
        kept.setup.clock.advance(secs(LIFE + 1));
        kept.setup.github.next(TOKEN_PATH, reply);
        assert!(kept.access().await.is_err());
        kept.setup.github.always(TOKEN_PATH, pair(1));
        let again = kept.access().await;
        if is_known {
            assert_eq!(again.as_deref(), Ok("ghu_1"));
            continue;
        }
        assert_eq!(again, Err(SignInErrorKind::Store));
        assert_eq!(kept.refreshes(), 1);
        kept.setup.clock.advance(secs(30));
        assert_eq!(kept.access().await.as_deref(), Ok("ghu_1"));
    }
}

#[tokio::test]
async fn o44_the_new_pair_is_stored_before_the_old_one_is_given_up() {
    let kept = kept().await;
    kept.setup.github.next(TOKEN_PATH, pair(1));
    kept.setup.clock.advance(secs(LIFE));
    kept.store.failing_swaps.store(2, Ordering::SeqCst);
    assert_eq!(kept.access().await.as_deref(), Ok("ghu_1"));
    assert_eq!(kept.access().await.as_deref(), Ok("ghu_1"));
    assert_eq!(kept.refreshes(), 1);
}

#[tokio::test]
async fn o44_a_store_that_wrote_and_said_it_failed_loses_nothing() {
    let kept = kept().await;
    kept.setup.github.next(TOKEN_PATH, pair(1));
    kept.setup.clock.advance(secs(LIFE));
    kept.store.lies.store(true, Ordering::SeqCst);
    kept.store.failing_swaps.store(1, Ordering::SeqCst);
    assert_eq!(kept.access().await.as_deref(), Ok("ghu_1"));
    assert_eq!(kept.setup.sign_in.pending_revocations(), 0);
}

#[tokio::test]
async fn o44_a_sign_in_during_the_renewal_wins_and_our_pair_is_revoked() {
    for answer in [pair(1), Reply::json(r#"{"error":"bad_refresh_token"}"#)] {
        let kept = kept().await;
        kept.setup.github.next(TOKEN_PATH, pair(7));
        let tokens = completed(kept.setup.sign_in().await).token.keep();
        let elsewhere = MemoryTokenStore::new();
        let vault = TokenVault::new(
            kept.setup.sign_in.clone(),
            kept.keys.clone(),
            elsewhere.clone(),
        );
        vault.put(&kept.key, &tokens).await.unwrap();
        let text = elsewhere.load(&kept.key).await.unwrap();
        let renews = matches!(&answer, Reply::Answer(answer) if answer.body().len() > 60);
        kept.setup.clock.advance(secs(LIFE));
        kept.setup.github.next(TOKEN_PATH, answer);
        *kept.store.meanwhile.lock().unwrap() = text;
        assert_eq!(kept.access().await.as_deref(), Ok("ghu_7"));
        let revoked = kept.setup.sign_in.pending_revocations();
        assert_eq!(revoked, usize::from(renews));
    }
}

#[tokio::test]
async fn o44_a_pair_that_cannot_be_stored_is_revoked() {
    let kept = kept().await;
    kept.setup.github.next(TOKEN_PATH, pair(1));
    kept.setup.clock.advance(secs(LIFE));
    kept.store.failing_swaps.store(3, Ordering::SeqCst);
    assert_eq!(kept.access().await, Err(SignInErrorKind::Store));
    assert_eq!(kept.setup.sign_in.pending_revocations(), 1);
}

#[tokio::test]
async fn o45_what_is_stored_tells_no_token_and_opens_for_nobody_else() {
    let kept = kept().await;
    let text = kept.store.inner.load(&kept.key).await.unwrap().unwrap();
    assert!(!text.contains("ghu_") && !text.contains("ghr_"));
    let other = Digest::of(b"other user");
    let _ = kept
        .store
        .inner
        .swap(&other, None, Some(&text))
        .await
        .unwrap();
    assert_eq!(access(&kept.vault, &other).await.as_deref(), Ok("none"));
    let keys = KeyRing::new(new_key());
    let stranger = TokenVault::new(kept.setup.sign_in.clone(), keys, kept.store.clone());
    assert_eq!(access(&stranger, &kept.key).await.as_deref(), Ok("none"));
}

#[tokio::test]
async fn o45_replaced_and_removed_tokens_are_revoked() {
    let kept = kept().await;
    kept.setup.github.next(TOKEN_PATH, pair(5));
    let tokens: ProviderTokens = completed(kept.setup.sign_in().await).token.keep();
    kept.vault.put(&kept.key, &tokens).await.unwrap();
    assert_eq!(kept.setup.sign_in.pending_revocations(), 1);
    assert_eq!(kept.access().await.as_deref(), Ok("ghu_5"));
    assert!(kept.vault.remove(&kept.key).await.unwrap());
    assert!(!kept.vault.remove(&kept.key).await.unwrap());
    assert_eq!(kept.setup.sign_in.pending_revocations(), 2);
    assert_eq!(kept.access().await.as_deref(), Ok("none"));
}

#[tokio::test]
async fn o44_the_memory_store_keeps_the_contract_of_locks() {
    let store = MemoryTokenStore::new();
    let (key, a, b) = (Digest::of(b"k"), Digest::of(b"a"), Digest::of(b"b"));
    let lock = |holder, now: u64| {
        let store = store.clone();
        async move {
            let now = Timestamp::from_secs(now);
            store
                .lock(&key, &holder, now.after(secs(30)), now)
                .await
                .unwrap()
        }
    };
    assert_eq!(lock(a, 0).await, Lock::Held);
    assert_eq!(lock(a, 1).await, Lock::Held);
    assert_eq!(lock(b, 30).await, Lock::Busy);
    store.unlock(&key, &b).await.unwrap();
    assert_eq!(lock(b, 30).await, Lock::Busy);
    assert_eq!(lock(b, 31).await, Lock::Held);
    store.unlock(&key, &b).await.unwrap();
    assert_eq!(lock(a, 31).await, Lock::Held);
}
