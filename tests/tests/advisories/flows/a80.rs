//! Salesloft Drift (2025), Heroku and Travis (2022): tokens of a provider, stolen out of a store.

use portcullis_cookie::{KeyRing, SealKey};
use portcullis_core::{Digest, Random};
use portcullis_oauth::{DynTokenStore, MemoryTokenStore, ProviderTokens, Swap, TokenVault};
use portcullis_tests::{Masker, Site, SiteSetup, StoreKind};

use super::support::{ALICE, BOB, completed, on_every_store, parameter};

/// A place that keeps tokens under names of users.
trait Keeper {
    async fn put(&self, user: &str, tokens: &ProviderTokens);

    /// What lies in the store under a user's name.
    async fn stolen(&self, user: &str) -> String;

    /// Puts a stolen text under another user's name.
    async fn plant(&self, user: &str, text: &str);

    /// What a service gets for a user; another service with keys of its own, if `foreign`.
    async fn access(&self, user: &str, foreign: bool) -> Option<String>;
}

async fn check(keeper: &impl Keeper, tokens: &ProviderTokens) {
    keeper.put("alice", tokens).await;
    let stolen = keeper.stolen("alice").await;
    let (access, refresh) = secrets(tokens);
    for secret in [&access, &refresh] {
        assert!(!stolen.contains(secret), "the store can be read");
    }
    let foreign = keeper.access("alice", true).await;
    assert_eq!(foreign, None, "a key of somebody else opens it");
    keeper.plant("mallory", &stolen).await;
    let planted = keeper.access("mallory", false).await;
    assert_eq!(planted, None, "one user's token is given to another");
    assert_eq!(keeper.access("alice", false).await, Some(access));
}

fn secrets(tokens: &ProviderTokens) -> (String, String) {
    let refresh = tokens.refresh.as_ref().expect("an app's tokens have one");
    let access = tokens.access.expose_secret().to_owned();
    (access, refresh.expose_secret().to_owned())
}

struct Vaults {
    ours: TokenVault,
    foreign: TokenVault,
    store: MemoryTokenStore,
}

impl Keeper for Vaults {
    async fn put(&self, user: &str, tokens: &ProviderTokens) {
        let key = Digest::of(user.as_bytes());
        self.ours.put(&key, tokens).await.unwrap();
    }

    async fn stolen(&self, user: &str) -> String {
        let text = self.store.dyn_load(&Digest::of(user.as_bytes())).await;
        text.unwrap().expect("there is a text")
    }

    async fn plant(&self, user: &str, text: &str) {
        let key = Digest::of(user.as_bytes());
        let swap = self.store.dyn_swap(&key, None, Some(text)).await;
        assert_eq!(swap.unwrap(), Swap::Done);
    }

    async fn access(&self, user: &str, foreign: bool) -> Option<String> {
        let vault = if foreign { &self.foreign } else { &self.ours };
        let token = vault.access(&Digest::of(user.as_bytes())).await.unwrap();
        token.map(|token| token.expose_secret().to_owned())
    }
}

/// A site, and tokens of it that are kept.
async fn kept(kind: StoreKind) -> (Site, ProviderTokens) {
    let site = SiteSetup::new(kind).with_app_tokens().start().await;
    let tokens = completed(&site, ALICE).await.token.keep();
    (site, tokens)
}

#[tokio::test]
async fn a80_kept_tokens_are_sealed_for_their_user() {
    let (site, tokens) = kept(StoreKind::Memory).await;
    let store = MemoryTokenStore::new();
    let vault = || {
        let key = SealKey::generate(&Random::system()).unwrap();
        TokenVault::new(site.sign_in.clone(), KeyRing::new(key), store.clone())
    };
    let vaults = Vaults {
        ours: vault(),
        foreign: vault(),
        store: store.clone(),
    };
    check(&vaults, &tokens).await;
}

async fn a80_no_token_is_kept_and_no_scope_asked_for_unless_told_to(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    assert_eq!(site.sign_in.config().scopes(), [""; 0]);
    let started = site.browser().get(Site::START).await;
    let scope = parameter(started.location(), "scope").unwrap_or_default();
    assert_eq!(scope, "");
    for user in [ALICE, BOB] {
        site.signed_in(user).await;
        site.sign_in.revoke_pending().await;
        assert_eq!(
            site.github.live_tokens(),
            0,
            "what is not needed is revoked"
        );
    }
}

on_every_store!(a80_no_token_is_kept_and_no_scope_asked_for_unless_told_to);

#[tokio::test]
async fn a80_the_servers_database_has_no_token_in_it() {
    let masker = Masker::start(StoreKind::Sqlite).await;
    for user in [Masker::ALICE, Masker::BOB, Masker::CAROL] {
        masker.signed_in(user).await;
    }
    let file = masker.database().expect("a file");
    let folder = file.parent().expect("a folder");
    let files = std::fs::read_dir(folder).unwrap();
    let bytes: Vec<u8> = files
        .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(has(b"alice-dev") && has(b"carol-admin"), "it is the store");
    assert!(!has(b"gho_") && !has(b"ghu_") && !has(b"ghr_"));
}

mod with_a_fault {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use portcullis_cookie::Sealer;
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a80_kept_tokens_are_sealed_for_their_user";

    /// Keeps tokens as they are, or sealed under the same name for all.
    struct Model {
        sealer: Option<Sealer>,
        texts: RefCell<BTreeMap<String, String>>,
    }

    impl Keeper for Model {
        async fn put(&self, user: &str, tokens: &ProviderTokens) {
            let (access, _) = secrets(tokens);
            let text = match &self.sealer {
                Some(sealer) => sealer.seal("token", access.as_bytes(), &Random::system()),
                None => Ok(access),
            };
            self.plant(user, &text.unwrap()).await;
        }

        async fn stolen(&self, user: &str) -> String {
            self.texts.borrow()[user].clone()
        }

        async fn plant(&self, user: &str, text: &str) {
            let mut texts = self.texts.borrow_mut();
            texts.insert(user.to_owned(), text.to_owned());
        }

        async fn access(&self, user: &str, foreign: bool) -> Option<String> {
            let text = self.stolen(user).await;
            match &self.sealer {
                None => Some(text),
                Some(_) if foreign => None,
                Some(sealer) => {
                    let opened = sealer.open("token", text.as_bytes())?;
                    opened.plaintext().expose_str().ok().map(str::to_owned)
                }
            }
        }
    }

    async fn is_caught(name: &'static str, sealer: Option<Sealer>, says: &'static str) {
        let (_site, tokens) = kept(StoreKind::Memory).await;
        let model = Model {
            sealer,
            texts: RefCell::default(),
        };
        let twin = Twin::new(name, TEST, says);
        twin.is_caught_async(check(&model, &tokens)).await;
    }

    #[tokio::test]
    async fn tokens_in_clear() {
        is_caught("a80 TokensInClear", None, "the store can be read").await;
    }

    #[tokio::test]
    async fn seals_for_anybody() {
        let key = SealKey::generate(&Random::system()).unwrap();
        let sealer = Sealer::new(KeyRing::new(key), "tokens");
        let says = "one user's token is given to another";
        is_caught("a80 SealsForAnybody", Some(sealer), says).await;
    }
}
