//! Tokens of a GitHub App, which expire and are renewed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_testkit::github::GithubStandIn;

use super::client::api;
use super::flow::{ALICE, app, refresh, sign_in, start, start_at, text};

#[tokio::test]
async fn github_app_gets_a_pair_that_expires() {
    let now = Arc::new(AtomicU64::new(0));
    let github = start_at(app().with_app_tokens(), &now).await;
    let pair = sign_in(&github, ALICE).await;
    let access = text(&pair, "access_token");
    assert!(access.starts_with("ghu_"));
    assert!(text(&pair, "refresh_token").starts_with("ghr_"));
    assert_eq!(pair["expires_in"], 28_800);
    assert_eq!(pair["refresh_token_expires_in"], 15_811_200);
    assert_eq!(text(&pair, "scope"), "");

    now.store(28_799, Ordering::SeqCst);
    assert_eq!(api(&github, "/user/emails", access).await.status, 200);
    now.store(28_800, Ordering::SeqCst);
    assert_eq!(api(&github, "/user", access).await.status, 401);
}

#[tokio::test]
async fn renewal_kills_the_old_pair() {
    let github = GithubStandIn::start(app().with_app_tokens()).await.unwrap();
    let old = sign_in(&github, ALICE).await;
    let new = refresh(&github, text(&old, "refresh_token")).await.json();
    assert_ne!(text(&old, "refresh_token"), text(&new, "refresh_token"));
    assert_eq!(
        api(&github, "/user", text(&old, "access_token"))
            .await
            .status,
        401
    );
    assert_eq!(
        api(&github, "/user", text(&new, "access_token"))
            .await
            .json()["id"],
        ALICE
    );

    let again = refresh(&github, text(&old, "refresh_token")).await;
    assert_eq!(again.status, 200);
    assert_eq!(text(&again.json(), "error"), "bad_refresh_token");
    assert!(refresh(&github, text(&new, "refresh_token")).await.json()["access_token"].is_string());
}

#[tokio::test]
async fn refresh_token_outlives_the_access_token_and_then_ends() {
    for (age, works) in [(15_811_199, true), (15_811_200, false)] {
        let now = Arc::new(AtomicU64::new(0));
        let github = start_at(app().with_app_tokens(), &now).await;
        let pair = sign_in(&github, ALICE).await;
        now.store(age, Ordering::SeqCst);
        let body = refresh(&github, text(&pair, "refresh_token")).await.json();
        assert_eq!(body["access_token"].is_string(), works, "{age}");
    }
}

#[tokio::test]
async fn oauth_app_has_nothing_to_renew() {
    let github = start().await;
    let pair = sign_in(&github, ALICE).await;
    for token in [text(&pair, "access_token"), "ghr_unknown", ""] {
        assert_eq!(
            text(&refresh(&github, token).await.json(), "error"),
            "bad_refresh_token"
        );
    }
}
