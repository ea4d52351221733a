//! Each fault, alone.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use portcullis_testkit::github::{Endpoint, Fault, RateLimit, Times};
use serde_json::{Value, json};

use super::client::{Answer, api, maybe_post_form, send};
use super::flow::{
    ALICE, AS_IT_IS, BOB, CALLBACK, CLIENT, SECRET, VERIFIER, app, authorize_url, code, exchange,
    page, parameter, press, sign_in, start, start_at, text, token,
};

async fn user_with(fault: Fault) -> Option<Answer> {
    let github = start().await;
    github.faults().set(Endpoint::User, fault, Times::Next(1));
    let authorization = format!("Bearer {}", token(&github, ""));
    let head = format!(
        "GET /api/v3/user HTTP/1.1\r\nuser-agent: test\r\nauthorization: {authorization}\r\n"
    );
    let faulty = send(&github, &head, "").await.unwrap();
    let next = send(&github, &head, "").await.unwrap().unwrap();
    assert_eq!(
        (next.status, next.json()["id"].as_u64()),
        (200, Some(ALICE)),
        "it struck twice"
    );
    faulty
}

async fn token_with(fault: Fault) -> Answer {
    let github = start().await;
    github.faults().set(Endpoint::Token, fault, Times::Always);
    exchange(&github, &code(&github, ALICE), AS_IT_IS).await
}

#[tokio::test]
async fn fault_status_and_html() {
    let answer = user_with(Fault::Status(StatusCode::BAD_GATEWAY))
        .await
        .unwrap();
    assert_eq!(answer.status, 502);
    let answer = user_with(Fault::Html).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(answer.text().starts_with("<!doctype html>"));
}

#[tokio::test]
async fn fault_oauth_error_comes_with_200_or_with_a_redirect() {
    let answer = token_with(Fault::OauthError("unverified_user_email".into())).await;
    assert_eq!(answer.status, 200);
    assert_eq!(text(&answer.json(), "error"), "unverified_user_email");
    let answer = user_with(Fault::OauthError("x".into())).await.unwrap();
    assert_eq!((answer.status, text(&answer.json(), "error")), (200, "x"));

    let github = start().await;
    let suspended = Fault::OauthError("application_suspended".into());
    github
        .faults()
        .set(Endpoint::Authorize, suspended.clone(), Times::Next(1));
    let location = page(&github, AS_IT_IS).await.location().to_owned();
    assert_eq!(
        parameter(&location, "error").as_deref(),
        Some("application_suspended")
    );
    assert_eq!(
        parameter(&location, "state").as_deref(),
        Some("the state/+")
    );

    github
        .faults()
        .set(Endpoint::Decide, suspended, Times::Next(1));
    let url = authorize_url(&github, AS_IT_IS);
    assert!(parameter(&github.approve(&url, ALICE).unwrap(), "error").is_some());
    assert!(parameter(&github.approve(&url, ALICE).unwrap(), "code").is_some());
}

#[tokio::test]
async fn fault_iss_shows_in_browser_and_in_process() {
    let github = start().await;
    let url = authorize_url(&github, AS_IT_IS);
    let page = page(&github, AS_IT_IS).await;
    for (fault, expected) in [
        (Fault::no_iss(), None),
        (
            Fault::wrong_iss("https://evil.example"),
            Some("https://evil.example"),
        ),
    ] {
        github.faults().set(Endpoint::Decide, fault, Times::Next(2));
        let pressed = press(&github, &page, ("user", "1001")).await;
        assert_eq!(parameter(pressed.location(), "iss").as_deref(), expected);
        let approved = github.approve(&url, ALICE).unwrap();
        assert_eq!(parameter(&approved, "iss").as_deref(), expected);
    }
    assert!(
        parameter(&github.approve(&url, ALICE).unwrap(), "iss")
            .unwrap()
            .contains("127.0.0.1")
    );
}

#[tokio::test]
async fn fault_that_needs_http_waits_for_the_form() {
    let github = start().await;
    github
        .faults()
        .set(Endpoint::Decide, Fault::Html, Times::Next(1));
    let url = authorize_url(&github, AS_IT_IS);
    assert!(parameter(&github.approve(&url, ALICE).unwrap(), "code").is_some());
    let page = page(&github, AS_IT_IS).await;
    assert_eq!(press(&github, &page, ("user", "1001")).await.status, 200);
}

#[tokio::test]
async fn fault_truncate_ends_early_and_cut_off_breaks_the_connection() {
    let truncated = user_with(Fault::Truncate).await.unwrap();
    assert!(truncated.whole && !truncated.body.is_empty());
    assert!(serde_json::from_slice::<Value>(&truncated.body).is_err());

    let cut = user_with(Fault::CutOff).await.unwrap();
    assert!(!cut.whole);
    let announced: usize = cut.header("content-length").unwrap().parse().unwrap();
    assert_eq!(cut.body.len(), announced / 2);
}

#[tokio::test]
async fn fault_huge_body_is_as_large_as_told_and_still_right() {
    for (bytes, declared) in [(300_000_u64, false), (300_000, true), (1, true)] {
        let answer = user_with(Fault::HugeBody { bytes, declared })
            .await
            .unwrap();
        assert_eq!(answer.header("content-length").is_some(), declared);
        assert!(answer.whole);
        assert_eq!(answer.json()["id"].as_u64(), Some(ALICE));
        if bytes > 1 {
            assert_eq!(answer.body.len(), 300_000);
        }
    }
}

#[tokio::test]
async fn fault_content_type_and_other_headers() {
    let plain = Fault::content_type(HeaderValue::from_static("text/plain"));
    let answer = user_with(plain).await.unwrap();
    assert_eq!(answer.header("content-type"), Some("text/plain"));
    assert_eq!(answer.json()["id"].as_u64(), Some(ALICE));

    let link = HeaderValue::from_static("<http://evil.example/>; rel=\"next\"");
    let answer = user_with(Fault::Header(http::header::LINK, link))
        .await
        .unwrap();
    assert!(answer.header("link").unwrap().contains("evil.example"));
}

#[tokio::test]
async fn fault_empty_body_and_invalid_utf8() {
    let answer = token_with(Fault::EmptyBody).await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    let answer = token_with(Fault::InvalidUtf8).await;
    assert!(std::str::from_utf8(&answer.body).is_err());
    assert!(serde_json::from_str::<Value>(&String::from_utf8_lossy(&answer.body)).is_ok());
}

#[tokio::test]
async fn fault_members_of_the_token() {
    let body = token_with(Fault::without_access_token()).await.json();
    assert!(body.get("access_token").is_none() && body["token_type"] == "bearer");
    let body = token_with(Fault::token_type("mac")).await.json();
    assert!(body["token_type"] == "mac" && body["access_token"].is_string());
    let twice = Fault::DuplicateMember {
        name: "access_token".into(),
        value: json!("gho_other"),
    };
    let answer = token_with(twice).await;
    assert_eq!(answer.text().matches("\"access_token\":").count(), 2);
    assert_eq!(answer.json()["access_token"], "gho_other");
}

#[tokio::test]
async fn fault_members_of_the_user() {
    let id = |fault| async { user_with(fault).await.unwrap().json().get("id").cloned() };
    assert_eq!(id(Fault::id_as_text(ALICE)).await, Some(json!("1001")));
    assert_eq!(id(Fault::negative_id()).await, Some(json!(-1)));
    assert_eq!(
        id(Fault::id_too_large()).await,
        Some(json!(9_223_372_036_854_775_808_u64))
    );
    assert_eq!(id(Fault::RemoveMember("id".into())).await, None);
}

#[tokio::test]
async fn fault_member_changes_every_entry_of_a_list() {
    let github = start().await;
    github.faults().set(
        Endpoint::Emails,
        Fault::member("verified", false),
        Times::Next(1),
    );
    let bob = github.issue_token(CLIENT, BOB, "user:email").unwrap();
    let emails = api(&github, "/user/emails", &bob).await.json();
    assert_eq!(emails.as_array().unwrap().len(), 2);
    assert!(
        emails
            .as_array()
            .unwrap()
            .iter()
            .all(|email| email["verified"] == false)
    );
}

#[tokio::test]
async fn fault_scopes_reduces_what_the_token_may() {
    let github = start().await;
    let less = Fault::Scopes(vec!["read:org".into()]);
    github.faults().set(Endpoint::Token, less, Times::Next(1));
    let body = sign_in(&github, ALICE).await;
    assert_eq!(text(&body, "scope"), "read:org");
    let emails = api(&github, "/user/emails", text(&body, "access_token")).await;
    assert_eq!(emails.status, 404);
}

#[tokio::test]
async fn fault_redirect_leads_elsewhere() {
    let elsewhere = HeaderValue::from_static("http://169.254.169.254/");
    let answer = user_with(Fault::Redirect(elsewhere)).await.unwrap();
    assert_eq!(
        (answer.status, answer.location()),
        (302, "http://169.254.169.254/")
    );
}

#[tokio::test]
async fn fault_answer_is_sent_as_it_is() {
    let answer = Response::builder()
        .status(418)
        .header("x-a", "b")
        .body(Bytes::from_static(b"t"));
    let answer = user_with(Fault::Answer(answer.unwrap())).await.unwrap();
    assert_eq!(
        (answer.status, answer.header("x-a"), answer.text()),
        (418, Some("b"), "t")
    );
}

#[tokio::test]
async fn fault_rate_limit_tells_when_to_come_back() {
    let now = Arc::new(AtomicU64::new(5_000));
    let github = start_at(app(), &now).await;
    let token = token(&github, "");
    for (limit, status) in [
        (RateLimit::primary(60), 403),
        (RateLimit::secondary(30), 403),
        (RateLimit::secondary(30).with_too_many_requests(), 429),
        (RateLimit::untold(), 403),
    ] {
        github
            .faults()
            .set(Endpoint::User, Fault::RateLimit(limit), Times::Next(1));
        let answer = api(&github, "/user", &token).await;
        assert_eq!(answer.status, status);
        let is_primary = limit == RateLimit::primary(60);
        assert_eq!(
            answer.header("x-ratelimit-remaining"),
            is_primary.then_some("0")
        );
        assert_eq!(
            answer.header("x-ratelimit-reset"),
            is_primary.then_some("5060")
        );
        let is_secondary = !is_primary && limit != RateLimit::untold();
        assert_eq!(answer.header("retry-after"), is_secondary.then_some("30"));
    }
}

#[tokio::test]
async fn fault_close_does_nothing_and_close_after_work_leaves_a_token() {
    for (fault, tokens) in [(Fault::Close, 0), (Fault::CloseAfterWork, 1)] {
        let github = start().await;
        github.faults().set(Endpoint::Token, fault, Times::Next(1));
        let code = code(&github, ALICE);
        let pairs = [
            ("client_id", CLIENT),
            ("client_secret", SECRET),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let answer = maybe_post_form(&github, "/login/oauth/access_token", &pairs, &[]).await;
        assert!(answer.is_none());
        assert_eq!(github.live_tokens(), tokens);
        assert_eq!(github.requests().count(Endpoint::Token), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn fault_delay_takes_its_time() {
    let github = start().await;
    let delay = Duration::from_secs(3_600);
    github
        .faults()
        .set(Endpoint::User, Fault::Delay(delay), Times::Next(1));
    let before = tokio::time::Instant::now();
    assert_eq!(api(&github, "/user", &token(&github, "")).await.status, 200);
    assert!(before.elapsed() >= delay);
}

#[tokio::test]
async fn cleared_faults_are_forgotten() {
    let github = start().await;
    let token = token(&github, "user:email");
    github
        .faults()
        .set(Endpoint::User, Fault::Html, Times::Always);
    github.faults().set(
        Endpoint::Emails,
        Fault::Status(StatusCode::BAD_GATEWAY),
        Times::Always,
    );
    github.faults().clear(Endpoint::User);
    assert!(api(&github, "/user", &token).await.json()["id"].is_u64());
    assert_eq!(api(&github, "/user/emails", &token).await.status, 502);
    github.faults().clear_all();
    assert_eq!(api(&github, "/user/emails", &token).await.status, 200);
}
