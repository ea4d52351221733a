//! How an app looks at tokens, and ends them.

use portcullis_testkit::github::GithubApp;
use serde_json::json;

use super::client::{api, application};
use super::flow::{
    ALICE, AS_IT_IS, BOB, CLIENT, SECRET, authorize_url, code, exchange, parameter, sign_in, start,
    text, token,
};

fn own_credentials() -> String {
    format!("{CLIENT}:{SECRET}")
}

fn about(token: &str) -> String {
    json!({ "access_token": token }).to_string()
}

#[tokio::test]
async fn deleted_token_is_dead_and_the_others_live() {
    let github = start().await;
    let (gone, stays) = (token(&github, ""), token(&github, ""));
    let answer = application(
        &github,
        "DELETE",
        "token",
        &own_credentials(),
        &about(&gone),
    )
    .await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(api(&github, "/user", &gone).await.status, 401);
    assert_eq!(api(&github, "/user", &stays).await.status, 200);
    let again = application(
        &github,
        "DELETE",
        "token",
        &own_credentials(),
        &about(&gone),
    )
    .await;
    assert_eq!(again.status, 404);
    assert_eq!(github.live_tokens(), 1);
}

#[tokio::test]
async fn deleted_grant_ends_all_tokens_and_codes_of_that_user() {
    let github = start().await;
    let first = text(&sign_in(&github, ALICE).await, "access_token").to_owned();
    let second = token(&github, "");
    let bob = github.issue_token(CLIENT, BOB, "").unwrap();
    let code = code(&github, ALICE);
    let answer = application(
        &github,
        "DELETE",
        "grant",
        &own_credentials(),
        &about(&first),
    )
    .await;
    assert_eq!(answer.status, 204);
    for token in [&first, &second] {
        assert_eq!(api(&github, "/user", token).await.status, 401);
    }
    assert_eq!(api(&github, "/user", &bob).await.status, 200);
    assert!(exchange(&github, &code, AS_IT_IS).await.json()["error"].is_string());
    // The scopes given before are forgotten as well.
    let url = authorize_url(&github, ("scope", ""));
    let code = parameter(&github.approve(&url, ALICE).unwrap(), "code").unwrap();
    assert_eq!(
        text(&exchange(&github, &code, AS_IT_IS).await.json(), "scope"),
        ""
    );
}

#[tokio::test]
async fn revocation_wants_the_apps_own_credentials_and_token() {
    let github = start().await;
    github.register(GithubApp::new("second", "its-secret"));
    let token = token(&github, "");
    let foreign = github.issue_token("second", ALICE, "").unwrap();
    let own = own_credentials();
    for (credentials, body, status) in [
        (format!("{CLIENT}:wrong"), about(&token), 401),
        ("second:its-secret".to_owned(), about(&token), 404),
        (own.clone(), about("gho_unknown"), 404),
        (own.clone(), about(&foreign), 404),
        (own.clone(), "{}".to_owned(), 422),
        (own.clone(), about(""), 422),
        (own.clone(), "not json".to_owned(), 422),
    ] {
        for (method, what) in [("DELETE", "token"), ("DELETE", "grant"), ("POST", "token")] {
            let answer = application(&github, method, what, &credentials, &body).await;
            assert_eq!(answer.status, status, "{method} {what} {body}");
        }
    }
    assert_eq!(github.live_tokens(), 2);
}

#[tokio::test]
async fn checking_a_token_tells_whose_it_is() {
    let github = start().await;
    let token = token(&github, "user:email");
    let body = about(&token);
    let answer = application(&github, "POST", "token", &own_credentials(), &body).await;
    assert_eq!(answer.status, 200);
    let checked = answer.json();
    assert_eq!(text(&checked, "token"), token);
    assert_eq!(text(&checked["app"], "client_id"), CLIENT);
    assert_eq!(checked["scopes"], json!(["user:email"]));
    assert_eq!(checked["user"]["id"], ALICE);
    assert!(checked["expires_at"].is_null());
}

#[tokio::test]
async fn reset_token_has_another_value_and_the_old_one_is_dead() {
    let github = start().await;
    let old = token(&github, "user:email");
    let answer = application(&github, "PATCH", "token", &own_credentials(), &about(&old)).await;
    let new = text(&answer.json(), "token").to_owned();
    assert_eq!(api(&github, "/user", &old).await.status, 401);
    assert_eq!(api(&github, "/user/emails", &new).await.status, 200);
}
