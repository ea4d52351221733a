//! What holds a secret and shows it nowhere, also when it is why something panics.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use http::HeaderMap;
use portcullis_cookie::{KeyRing, SealKey, Sealer};
use portcullis_core::{Digest, Random, Secret, Token};
use portcullis_oauth::{AccessToken, GithubConfig, MemoryTokenStore, RefreshToken, TokenVault};
use portcullis_tests::{Site, SiteSetup, StoreKind};

use super::super::support::{ALICE, completed, parameter, started};
use super::{CANARY, Told, check};

fn failed<T>(value: T) -> Result<(), T> {
    Err(value)
}

/// What a value shows of itself, also when it is why something panics.
pub(super) fn shown<T: Debug>(told: &mut Told, value: T) {
    told.texts.push(format!("{value:?} {value:#?}"));
    let panic = AssertUnwindSafe(|| failed(value).expect("as the test wants it"));
    let panic = catch_unwind(panic).expect_err("it panics");
    let text = panic.downcast_ref::<String>().expect("a text");
    told.texts.push(text.clone());
}

/// All that holds a secret, and all that says why it takes none.
fn show_values(told: &mut Told) {
    let random = Random::system();
    let token = Token::generate(&random).unwrap();
    let key = SealKey::generate(&random).unwrap();
    let sealer = Sealer::new(KeyRing::new(key.clone()), "a purpose");
    let sealed = sealer.seal("name", CANARY.as_bytes(), &random).unwrap();
    let opened = sealer.open("name", sealed.as_bytes()).unwrap();
    told.secrets = vec![CANARY.to_owned(), token.encode().expose_secret().to_owned()];
    let written = key.encode();
    told.secrets.push(written.expose_str().unwrap().to_owned());
    shown(told, opened);
    shown(told, sealer);
    shown(told, KeyRing::new(key.clone()).with_older(key.clone()));
    shown(told, key);
    shown(told, written);
    shown(told, token.encode());
    shown(told, token);
    shown(told, Secret::from(CANARY));
    shown(told, AccessToken::new(CANARY));
    shown(told, RefreshToken::new(CANARY));
    let builder = |secret: &str| {
        GithubConfig::builder("client", Secret::from(secret), "https://app.example/cb")
    };
    shown(told, builder(CANARY));
    shown(told, builder(CANARY).build().unwrap());
    let error = builder(&format!("{CANARY}\n")).build().unwrap_err();
    told.texts.push(error.to_string());
    shown(told, error);
    let error = Token::parse(format!("{CANARY}!").as_bytes()).unwrap_err();
    told.texts.push(error.to_string());
    shown(told, error);
    let error = format!("{CANARY}!").parse::<SealKey>().unwrap_err();
    shown(told, error);
    shown(told, SealKey::try_from(CANARY.as_bytes()).map(drop));
}

#[tokio::test]
async fn a78_no_value_that_holds_a_secret_shows_it() {
    check(async |told: &mut Told| {
        told.logged = vec!["TRACE"];
        show_values(told);
        let site = SiteSetup::new(StoreKind::Memory)
            .with_app_tokens()
            .start()
            .await;
        let begun = started(&site);
        let state = parameter(begun.location.to_str().unwrap(), "state").unwrap();
        told.secrets.push(state);
        shown(told, begun.location.clone());
        let done = completed(&site, ALICE).await;
        shown(told, done.receipt.clone());
        shown(told, done.identity.clone());
        told.texts.push(format!("{done:?} {done:#?}"));
        let tokens = done.token.keep();
        told.secrets.push(tokens.access.expose_secret().to_owned());
        let refresh = tokens.refresh.as_ref().unwrap();
        told.secrets.push(refresh.expose_secret().to_owned());
        let keys = KeyRing::new(SealKey::generate(&Random::system()).unwrap());
        let store = MemoryTokenStore::new();
        let vault = TokenVault::new(site.sign_in.clone(), keys, store.clone());
        vault.put(&Digest::of(b"usr"), &tokens).await.unwrap();
        shown(told, tokens);
        shown(told, vault);
        shown(told, store);
        let browser = site.signed_in(ALICE).await;
        let cookie = browser.cookie(Site::COOKIE).unwrap();
        let mut headers = HeaderMap::new();
        let line = format!("{}={cookie}", Site::COOKIE);
        headers.insert("cookie", line.parse().unwrap());
        told.secrets.push(cookie);
        let session = site.lifecycle.session(&headers);
        assert!(session.principal().await.unwrap().is_some());
        shown(told, session);
        assert!(told.texts.len() > 40 && told.secrets.len() == 7);
    })
    .await;
}
