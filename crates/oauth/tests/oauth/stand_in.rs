//! The engine with its reqwest adapter, over loopback, against the strict stand-in for GitHub.

use std::time::Duration;

use http::StatusCode;
use http::header::HeaderValue;
use portcullis_cookie::KeyRing;
use portcullis_core::Secret;
use portcullis_oauth::{
    CallbackOutcome, GithubConfig, GithubConfigBuilder, GithubSignIn, Intent, MemoryTokenStore,
    ReqwestClient, TokenVault,
};
use portcullis_testkit::github::{Endpoint, Fault, GithubApp, GithubStandIn, RateLimit, Times};
use serde_json::json;

use crate::support::{Browser, Marks, completed, new_key, redirect, refusal};

const CALLBACK: &str = "http://127.0.0.1:9/auth/callback";

struct Site {
    github: GithubStandIn,
    sign_in: GithubSignIn,
}

async fn site() -> Site {
    site_with(|config| config, |app| app).await
}

async fn site_with(
    config: impl FnOnce(GithubConfigBuilder) -> GithubConfigBuilder,
    app: impl FnOnce(GithubApp) -> GithubApp,
) -> Site {
    let app = app(GithubApp::new("client", "secret").with_redirect_uri(CALLBACK));
    let github = GithubStandIn::start(app).await.unwrap();
    let builder = GithubConfig::builder("client", Secret::from("secret"), CALLBACK)
        .with_web_base(github.web_url())
        .with_api_base(&github.api_url());
    let config = config(builder).build().unwrap();
    let keys = KeyRing::new(new_key());
    let http = ReqwestClient::new().unwrap();
    let sign_in = GithubSignIn::new(config, keys, http, Marks::default());
    Site { github, sign_in }
}

impl Site {
    /// A whole sign-in of a user.
    async fn sign_in(&self, user: u64) -> CallbackOutcome {
        let mut browser = Browser::default();
        let started = browser
            .start(&self.sign_in, Some("/p"), Intent::LogIn)
            .unwrap();
        let authorize = started.location.to_str().unwrap();
        let callback = self.github.approve(authorize, user).unwrap();
        let query = callback.split_once('?').unwrap().1;
        browser.finish(&self.sign_in, query, None).await
    }
}

#[tokio::test]
async fn o12_the_honest_sign_in_passes_the_strict_stand_in() {
    let site = site_with(|config| config.with_email().with_require_iss(), |app| app).await;
    let done = completed(site.sign_in(1002).await);
    let identity = &done.identity;
    assert_eq!((identity.id(), identity.login()), (1002, "bob-ops"));
    assert_eq!(identity.name(), Some("Bob Operator"));
    assert_eq!(identity.email().unwrap().address(), "bob@example.org");
    assert_eq!(done.return_to.as_str(), "/p");
    assert_eq!(site.github.live_tokens(), 1);
    drop(done);
    assert_eq!(site.sign_in.revoke_pending().await, 1);
    assert_eq!(site.github.live_tokens(), 0);
    assert_eq!(site.github.requests().count(Endpoint::DeleteToken), 1);
}

#[tokio::test]
async fn o19_a_user_who_cancels_comes_to_the_login_page() {
    let site = site().await;
    let mut browser = Browser::default();
    let started = browser.start(&site.sign_in, None, Intent::LogIn).unwrap();
    let callback = site
        .github
        .deny(started.location.to_str().unwrap())
        .unwrap();
    let query = callback.split_once('?').unwrap().1;
    let outcome = browser.finish(&site.sign_in, query, None).await;
    assert_eq!(redirect(&outcome), "/?error=access_denied");
    assert_eq!(site.github.requests().back_channel(), 0);
}

#[tokio::test]
async fn o16_a_wrong_issuer_calls_nobody() {
    let site = site().await;
    let fault = Fault::wrong_iss("https://evil.example/login/oauth");
    site.github
        .faults()
        .set(Endpoint::Decide, fault, Times::Next(1));
    assert_eq!(refusal(&site.sign_in(1001).await), (400, "issuer_mismatch"));
    assert_eq!(site.github.requests().back_channel(), 0);
    site.github
        .faults()
        .set(Endpoint::Decide, Fault::no_iss(), Times::Next(1));
    completed(site.sign_in(1001).await);
}

#[tokio::test]
async fn o32_a_github_that_misbehaves_is_502() {
    let page = HeaderValue::from_static("text/html");
    let away = HeaderValue::from_static("http://127.0.0.1:1/");
    let huge = |declared| Fault::HugeBody {
        bytes: 100 * 1024 * 1024,
        declared,
    };
    let twice = Fault::DuplicateMember {
        name: "id".to_owned(),
        value: json!(1),
    };
    for (endpoint, fault) in [
        (
            Endpoint::Token,
            Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
        ),
        (Endpoint::Token, Fault::Html),
        (Endpoint::Token, Fault::content_type(page.clone())),
        (Endpoint::Token, Fault::EmptyBody),
        (Endpoint::Token, Fault::Truncate),
        (Endpoint::Token, Fault::CutOff),
        (Endpoint::Token, Fault::InvalidUtf8),
        (Endpoint::Token, Fault::Close),
        (Endpoint::Token, Fault::CloseAfterWork),
        (Endpoint::Token, Fault::Redirect(away.clone())),
        (Endpoint::Token, Fault::without_access_token()),
        (Endpoint::Token, Fault::token_type("mac")),
        (
            Endpoint::Token,
            Fault::OauthError("something_new".to_owned()),
        ),
        (Endpoint::Token, huge(true)),
        (Endpoint::Token, huge(false)),
        (Endpoint::User, huge(true)),
        (Endpoint::User, huge(false)),
        (Endpoint::User, Fault::Html),
        (Endpoint::User, Fault::Redirect(away)),
        (Endpoint::User, Fault::content_type(page)),
        (Endpoint::User, Fault::Truncate),
        (Endpoint::User, Fault::CutOff),
        (Endpoint::User, Fault::InvalidUtf8),
        (Endpoint::User, Fault::id_as_text(1001)),
        (Endpoint::User, Fault::id_too_large()),
        (Endpoint::User, Fault::negative_id()),
        (Endpoint::User, Fault::RemoveMember("id".to_owned())),
        (Endpoint::User, twice),
    ] {
        let site = site().await;
        let name = format!("{fault:?}");
        site.github.faults().set(endpoint, fault, Times::Always);
        let outcome = site.sign_in(1001).await;
        assert_eq!(
            refusal(&outcome),
            (502, "bad_upstream"),
            "{endpoint:?} {name}"
        );
        assert_eq!(site.github.requests().count(Endpoint::Token), 1, "{name}");
    }
}

#[tokio::test]
async fn o31_errors_with_200_have_their_own_answers() {
    for (error, expected) in [
        ("bad_verification_code", (400, "bad_verification_code")),
        (
            "incorrect_client_credentials",
            (500, "incorrect_client_credentials"),
        ),
        ("redirect_uri_mismatch", (500, "redirect_uri_mismatch")),
        ("unverified_user_email", (403, "unverified_user_email")),
    ] {
        let site = site().await;
        let fault = Fault::OauthError(error.to_owned());
        site.github
            .faults()
            .set(Endpoint::Token, fault, Times::Next(1));
        assert_eq!(refusal(&site.sign_in(1001).await), expected);
    }
}

#[tokio::test]
async fn o33_a_scope_that_was_not_granted_is_403_and_the_token_dies() {
    let site = site_with(|config| config.with_email(), |app| app).await;
    site.github
        .faults()
        .set(Endpoint::Token, Fault::Scopes(Vec::new()), Times::Next(1));
    assert_eq!(
        refusal(&site.sign_in(1001).await),
        (403, "insufficient_scope")
    );
    assert_eq!(site.github.live_tokens(), 1);
    site.sign_in.revoke_pending().await;
    assert_eq!(site.github.live_tokens(), 0);
}

#[tokio::test]
async fn o36_a_hiccup_of_the_user_call_is_not_noticed() {
    let site = site().await;
    let fault = Fault::Status(StatusCode::SERVICE_UNAVAILABLE);
    site.github
        .faults()
        .set(Endpoint::User, fault, Times::Next(2));
    completed(site.sign_in(1001).await);
    assert_eq!(site.github.requests().count(Endpoint::User), 3);
}

#[tokio::test]
async fn o38_a_rate_limit_is_503() {
    for limit in [
        RateLimit::primary(90),
        RateLimit::secondary(90),
        RateLimit::secondary(90).with_too_many_requests(),
        RateLimit::untold().with_too_many_requests(),
        RateLimit::untold(),
    ] {
        let site = site().await;
        site.github
            .faults()
            .set(Endpoint::User, Fault::RateLimit(limit), Times::Always);
        assert_eq!(
            refusal(&site.sign_in(1001).await),
            (503, "provider_rate_limited")
        );
        assert_eq!(site.github.requests().count(Endpoint::User), 1);
    }
}

#[tokio::test]
async fn o40_a_renamed_user_is_the_same_and_their_old_login_is_another() {
    let site = site().await;
    let before = completed(site.sign_in(1001).await).identity;
    site.github
        .edit_user(1001, |user| user.login = "alice-new".to_owned())
        .unwrap();
    site.github
        .edit_user(1002, |user| user.login = "alice-dev".to_owned())
        .unwrap();
    let renamed = completed(site.sign_in(1001).await).identity;
    let taken = completed(site.sign_in(1002).await).identity;
    assert_eq!(before.digest(), renamed.digest());
    assert_eq!(taken.login(), before.login());
    assert_ne!(taken.digest(), before.digest());
}

#[tokio::test]
async fn o41_unverified_mail_is_none_or_a_refusal() {
    for (required, expected) in [(false, None), (true, Some((403, "email_not_verified")))] {
        let config = |config: GithubConfigBuilder| match required {
            true => config.with_verified_email_required(),
            false => config.with_email(),
        };
        let site = site_with(config, |app| app).await;
        site.github
            .edit_user(1001, |user| user.unverify_emails())
            .unwrap();
        let outcome = site.sign_in(1001).await;
        match expected {
            Some(expected) => assert_eq!(refusal(&outcome), expected),
            None => assert!(completed(outcome).identity.email().is_none()),
        }
    }
}

#[tokio::test]
async fn o42_members_and_teams() {
    for (team, user, expected) in [
        (None, 1001, None),
        (None, 1002, Some((403, "membership_pending"))),
        (Some("engineering"), 1001, None),
        (Some("administrators"), 1001, Some((403, "not_a_member"))),
        (Some("administrators"), 1003, None),
    ] {
        let config = |config: GithubConfigBuilder| match team {
            Some(team) => config.add_allowed_team("acme-labs", team),
            None => config.add_allowed_org("acme-labs"),
        };
        let site = site_with(config, |app| app).await;
        let outcome = site.sign_in(user).await;
        match expected {
            Some(expected) => assert_eq!(refusal(&outcome), expected),
            None => drop(completed(outcome)),
        }
    }
    let site = site_with(|config| config.add_allowed_org("acme-labs"), |app| app).await;
    site.github.enforce_sso("acme-labs");
    assert_eq!(refusal(&site.sign_in(1001).await), (403, "saml_required"));
}

#[tokio::test]
async fn o44_tokens_of_a_github_app_are_renewed_by_rotation() {
    let site = site_with(|config| config, |app| app.with_app_tokens()).await;
    let done = completed(site.sign_in(1001).await);
    let key = done.identity.digest();
    let mut tokens = done.token.keep();
    let first = tokens.access.expose_secret().to_owned();
    // As if eight hours had gone by.
    tokens.expires = tokens
        .expires
        .map(|end| end.before(Duration::from_secs(28_800)));
    let keys = KeyRing::new(new_key());
    let vault = TokenVault::new(site.sign_in.clone(), keys, MemoryTokenStore::new());
    vault.put(&key, &tokens).await.unwrap();
    let second = vault.access(&key).await.unwrap().unwrap();
    assert_ne!(second.expose_secret(), first);
    assert_eq!(site.github.requests().count(Endpoint::Token), 2);
    assert_eq!(site.github.live_tokens(), 1);
    // The old refresh token is dead: whoever has it is out.
    vault.put(&key, &tokens).await.unwrap();
    let refused = vault.access(&key).await.unwrap_err().into_refusal("/");
    assert_eq!(
        (refused.status().as_u16(), refused.code()),
        (401, "bad_refresh_token")
    );
}
