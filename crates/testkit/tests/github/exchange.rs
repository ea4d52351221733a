//! The exchange of a code for a token.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_testkit::github::{Endpoint, GithubApp, GithubStandIn, Hold};
use serde_json::json;

use super::client::{api, maybe_post_form, post_form, send};
use super::flow::{
    ALICE, AS_IT_IS, BOB, CALLBACK, CLIENT, SECRET, VERIFIER, app, authorize_url, code, exchange,
    parameter, sign_in, start, start_at, text, token,
};

#[tokio::test]
async fn exchange_gives_a_bearer_token_and_scopes_joined_by_commas() {
    let github = start().await;
    let answer = exchange(&github, &code(&github, ALICE), AS_IT_IS).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    let token = text(&body, "access_token");
    assert!(token.starts_with("gho_") && token.len() == 40);
    assert_eq!(text(&body, "scope"), "read:org,user:email");
    assert_eq!(text(&body, "token_type"), "bearer");
    assert_eq!(body.as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn exchange_answers_form_encoded_unless_json_is_asked_for() {
    let github = start().await;
    let code = code(&github, ALICE);
    let pairs = [
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let path = "/login/oauth/access_token";
    let answer = maybe_post_form(&github, path, &pairs, &[]).await.unwrap();
    let content_type = answer.header("content-type").unwrap();
    assert!(content_type.starts_with("application/x-www-form-urlencoded"));
    let url = format!("http://x/?{}", answer.text());
    assert!(parameter(&url, "access_token").unwrap().starts_with("gho_"));
    assert_eq!(
        parameter(&url, "scope").as_deref(),
        Some("read:org,user:email")
    );

    let again = maybe_post_form(&github, path, &pairs, &[("accept", "*/*")])
        .await
        .unwrap();
    let url = format!("http://x/?{}", again.text());
    assert_eq!(
        parameter(&url, "error").as_deref(),
        Some("bad_verification_code")
    );
}

#[tokio::test]
async fn exchange_takes_json_and_refuses_other_bodies() {
    let github = start().await;
    let body = json!({
        "client_id": CLIENT,
        "client_secret": SECRET,
        "code": code(&github, ALICE),
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    })
    .to_string();
    let head = |content_type| {
        format!(
            "POST /login/oauth/access_token HTTP/1.1\r\naccept: application/json\r\n\
             content-type: {content_type}\r\n"
        )
    };
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded; charset=utf-8",
    ] {
        let answer = send(&github, &head(content_type), &format!("{body}%"))
            .await
            .unwrap();
        assert_eq!(answer.unwrap().status, 400, "{content_type}");
    }
    let head = head("application/json; charset=utf-8");
    let answer = send(&github, &head, &body).await.unwrap().unwrap();
    assert!(text(&answer.json(), "access_token").starts_with("gho_"));
}

#[tokio::test]
async fn used_code_is_refused() {
    let github = start().await;
    let code = code(&github, ALICE);
    assert!(exchange(&github, &code, AS_IT_IS).await.json()["access_token"].is_string());
    let again = exchange(&github, &code, AS_IT_IS).await;
    assert_eq!(again.status, 200);
    let body = again.json();
    assert_eq!(text(&body, "error"), "bad_verification_code");
    assert_eq!(
        text(&body, "error_description"),
        "The code passed is incorrect or expired."
    );
    assert!(text(&body, "error_uri").ends_with("#bad-verification-code"));
    assert_eq!(github.live_tokens(), 1);
}

#[tokio::test]
async fn code_lives_ten_minutes() {
    let now = Arc::new(AtomicU64::new(1_000));
    let github = start_at(app(), &now).await;
    let (early, late) = (code(&github, ALICE), code(&github, ALICE));
    now.store(1_599, Ordering::SeqCst);
    assert!(exchange(&github, &early, AS_IT_IS).await.json()["access_token"].is_string());
    now.store(1_600, Ordering::SeqCst);
    let body = exchange(&github, &late, AS_IT_IS).await.json();
    assert_eq!(text(&body, "error"), "bad_verification_code");
}

#[tokio::test]
async fn failed_exchange_spends_the_code() {
    let github = start().await;
    let other = "a".repeat(43);
    for change in [
        ("code_verifier", other.as_str()),
        ("code_verifier", "short"),
        ("code_verifier", ""),
        ("redirect_uri", ""),
    ] {
        let code = code(&github, ALICE);
        for change in [change, AS_IT_IS] {
            let answer = exchange(&github, &code, change).await;
            assert_eq!(answer.status, 200);
            assert_eq!(
                text(&answer.json(), "error"),
                "bad_verification_code",
                "{change:?}"
            );
        }
    }
    assert_eq!(github.live_tokens(), 0);
}

#[tokio::test]
async fn wrong_credentials_are_told_and_leave_the_code_alone() {
    let github = start().await;
    let code = code(&github, ALICE);
    for change in [
        ("client_secret", "wrong"),
        ("client_secret", ""),
        ("client_id", "Iv1.other"),
        ("client_id", ""),
    ] {
        let answer = exchange(&github, &code, change).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            text(&answer.json(), "error"),
            "incorrect_client_credentials",
            "{change:?}"
        );
    }
    assert!(exchange(&github, &code, AS_IT_IS).await.json()["access_token"].is_string());
}

#[tokio::test]
async fn redirect_uri_of_the_exchange_is_registered_and_the_same() {
    let other = "http://127.0.0.1:3000/other";
    let github = GithubStandIn::start(app().with_redirect_uri(other))
        .await
        .unwrap();
    let first = code(&github, ALICE);
    let body = exchange(&github, &first, ("redirect_uri", "http://evil.example/"))
        .await
        .json();
    assert_eq!(text(&body, "error"), "redirect_uri_mismatch");
    let body = exchange(&github, &first, ("redirect_uri", other))
        .await
        .json();
    assert_eq!(text(&body, "error"), "bad_verification_code");
}

#[tokio::test]
async fn code_of_another_app_is_refused() {
    let github = start().await;
    github.register(GithubApp::new("second", "its-secret").with_redirect_uri(CALLBACK));
    let pairs = [
        ("client_id", "second"),
        ("client_secret", "its-secret"),
        ("code", &code(&github, ALICE)),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let body = post_form(&github, "/login/oauth/access_token", &pairs)
        .await
        .json();
    assert_eq!(text(&body, "error"), "bad_verification_code");
}

#[tokio::test]
async fn app_without_pkce_exchanges_without_a_verifier_only() {
    let github = GithubStandIn::start(app().insecure_pkce_optional())
        .await
        .unwrap();
    let url =
        authorize_url(&github, ("code_challenge", "")).replace("&code_challenge_method=S256", "");
    let code = || parameter(&github.approve(&url, ALICE).unwrap(), "code").unwrap();
    let body = exchange(&github, &code(), AS_IT_IS).await.json();
    assert_eq!(text(&body, "error"), "bad_verification_code");
    let body = exchange(&github, &code(), ("code_verifier", ""))
        .await
        .json();
    assert!(body["access_token"].is_string());
}

#[tokio::test]
async fn unknown_grant_type_is_refused() {
    let github = start().await;
    let body = exchange(&github, &code(&github, ALICE), ("grant_type", "password"))
        .await
        .json();
    assert_eq!(text(&body, "error"), "unsupported_grant_type");
    let grant = ("grant_type", "authorization_code");
    let body = exchange(&github, &code(&github, ALICE), grant).await.json();
    assert!(body["access_token"].is_string());
}

#[tokio::test]
async fn who_asks_for_no_scope_gets_all_that_was_given_before() {
    let github = start().await;
    sign_in(&github, ALICE).await;
    let url = authorize_url(&github, ("scope", ""));
    for (user, scope) in [(ALICE, "read:org,user:email"), (BOB, "")] {
        let code = parameter(&github.approve(&url, user).unwrap(), "code").unwrap();
        assert_eq!(
            text(&exchange(&github, &code, AS_IT_IS).await.json(), "scope"),
            scope
        );
    }
}

#[tokio::test]
async fn eleventh_token_ends_the_oldest() {
    let github = start().await;
    let tokens: Vec<String> = (0..10).map(|_| token(&github, "user:email")).collect();
    assert_eq!(api(&github, "/user", &tokens[0]).await.status, 200);
    token(&github, "");
    assert_eq!(api(&github, "/user", &tokens[0]).await.status, 200);
    token(&github, "user:email");
    assert_eq!(api(&github, "/user", &tokens[0]).await.status, 401);
    assert_eq!(api(&github, "/user", &tokens[1]).await.status, 200);
}

#[tokio::test]
async fn code_used_twice_at_once_gives_one_token() {
    let github = Arc::new(start().await);
    let gate = github.faults().gate(Endpoint::Token, Hold::Arrival);
    let code = code(&github, ALICE);
    let calls: Vec<_> = (0..2)
        .map(|_| {
            let (github, code) = (github.clone(), code.clone());
            tokio::spawn(async move { exchange(&github, &code, AS_IT_IS).await.json() })
        })
        .collect();
    gate.arrived(2).await;
    gate.open();
    let mut tokens = 0;
    for call in calls {
        tokens += usize::from(call.await.unwrap()["access_token"].is_string());
    }
    assert_eq!((tokens, github.live_tokens()), (1, 1));
}
