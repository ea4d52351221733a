//! Signing in and out, and who one is.

use portcullis_testkit::github::Endpoint;
use portcullis_tests::{Masker, StoreKind};
use serde_json::json;

use crate::support::{flow_cookies, is_token, on_every_store, parameter, set_cookie};

on_every_store!(
    sign_in_leads_to_githubs_authorize_page,
    callback_exchanges_the_code_sets_the_cookie_and_leads_to_the_portal,
    me_is_the_user_record_and_the_github_login,
    a_user_without_a_verified_address_or_a_name_signs_in,
    a_second_sign_in_is_the_same_user_and_another_session,
    logout_clears_the_cookie_deletes_the_row_and_the_replay_is_refused,
    two_sign_ins_started_at_once_both_finish,
    a_renamed_account_is_the_same_user,
);

async fn sign_in_leads_to_githubs_authorize_page(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.browser();
    let answer = browser.get(Masker::START).await;
    assert_eq!(answer.status, 303);
    let (page, _) = answer.location().split_once('?').unwrap();
    assert_eq!(
        page,
        format!("{}/login/oauth/authorize", masker.github.web_url())
    );
    let value = |name| parameter(answer.location(), name).unwrap_or_default();
    assert_eq!(value("response_type"), "code");
    assert_eq!(value("client_id"), "masker-under-test");
    assert_eq!(
        value("redirect_uri"),
        format!("{}{}", masker.base, Masker::CALLBACK)
    );
    assert_eq!(value("scope"), "user:email");
    assert_eq!(value("code_challenge_method"), "S256");
    assert!(is_token(&value("state")) && is_token(&value("code_challenge")));
    assert_eq!(
        (flow_cookies(&browser).len(), browser.cookies().len()),
        (1, 1)
    );
}

async fn callback_exchanges_the_code_sets_the_cookie_and_leads_to_the_portal(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.browser();
    let answer = browser
        .sign_in(Masker::START, &masker.github, Masker::ALICE)
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.location()),
        (303, "/portal")
    );
    assert_eq!(masker.github.requests().count(Endpoint::Token), 1);
    let (value, attributes) = set_cookie(&answer, Masker::COOKIE).unwrap();
    assert!(is_token(value), "{} characters", value.len());
    assert_eq!(
        attributes,
        "HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=2592000"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(browser.cookies(), [Masker::COOKIE]);
    assert_eq!(browser.get(answer.location()).await.status, 200);
}

async fn me_is_the_user_record_and_the_github_login(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let carol = masker.signed_in(Masker::CAROL).await;
    let answer = carol.get("/api/v1/me").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    let me = answer.json();
    let id = me["user"]["id"].as_str().unwrap();
    let created_at = me["user"]["created_at"].as_str().unwrap();
    assert!(id.starts_with("usr_") && id.len() == 30, "{id}");
    assert!(
        crate::masker::cookie::is_iso_8601(created_at),
        "{created_at}"
    );
    let expected = json!({
        "user": {
            "id": id,
            "github_id": "1003",
            "name": "Carol Admin",
            "email": "carol@example.com",
            "role": "admin",
            "created_at": created_at,
        },
        "github_login": "carol-admin",
    });
    assert_eq!(me, expected);
    let bob = masker
        .signed_in(Masker::BOB)
        .await
        .get("/api/v1/me")
        .await
        .json();
    assert_eq!(
        (&bob["user"]["role"], &bob["user"]["email"]),
        (&json!("member"), &json!("bob@example.org"))
    );
}

async fn a_user_without_a_verified_address_or_a_name_signs_in(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let strip = |user: &mut portcullis_testkit::github::User| {
        user.unverify_emails();
        user.name = None;
    };
    masker.github.edit_user(Masker::BOB, strip).unwrap();
    let me = masker
        .signed_in(Masker::BOB)
        .await
        .get("/api/v1/me")
        .await
        .json();
    assert_eq!(
        (&me["user"]["email"], &me["user"]["name"]),
        (&json!(null), &json!(null))
    );
}

async fn a_second_sign_in_is_the_same_user_and_another_session(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.signed_in(Masker::ALICE).await;
    let me = browser.get("/api/v1/me").await.json();
    let first = browser.copy();
    browser
        .sign_in(Masker::START, &masker.github, Masker::ALICE)
        .await;
    assert_ne!(browser.cookie(Masker::COOKIE), first.cookie(Masker::COOKIE));
    assert_eq!(browser.get("/api/v1/me").await.json(), me);
    // The one before ended with it.
    assert_eq!(
        first.get("/api/v1/me").await.refusal(),
        (401, "unauthenticated".to_owned())
    );
}

async fn logout_clears_the_cookie_deletes_the_row_and_the_replay_is_refused(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.signed_in(Masker::ALICE).await;
    let thief = browser.copy();
    assert_eq!(thief.get("/api/v1/me").await.status, 200);
    assert_eq!(rows(&masker), masker.database().map(|_| 1));
    let answer = browser.post("/api/v1/auth/logout").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, ""));
    let (value, attributes) = set_cookie(&answer, Masker::COOKIE).unwrap();
    assert_eq!(value, "");
    assert!(
        attributes.contains("Max-Age=0") && attributes.contains("Path=/"),
        "{attributes}"
    );
    assert_eq!(browser.cookies(), [""; 0]);
    assert_eq!(rows(&masker), masker.database().map(|_| 0));
    for path in ["/api/v1/me", "/api/v1/agents", "/api/v1/sessions"] {
        assert_eq!(
            thief.get(path).await.refusal(),
            (401, "unauthenticated".to_owned()),
            "{path}"
        );
    }
    let again = thief.post("/api/v1/auth/logout").await;
    assert_eq!(again.refusal(), (401, "unauthenticated".to_owned()));
}

/// How many sessions the database has, if there is one.
fn rows(masker: &Masker) -> Option<i64> {
    let database = rusqlite::Connection::open(masker.database()?).unwrap();
    let sql = "SELECT count(*) FROM session";
    Some(database.query_row(sql, [], |row| row.get(0)).unwrap())
}

async fn two_sign_ins_started_at_once_both_finish(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let browser = masker.browser();
    let first = browser
        .callback(Masker::START, &masker.github, Masker::ALICE)
        .await;
    let second = browser
        .callback(Masker::START, &masker.github, Masker::ALICE)
        .await;
    assert_eq!(flow_cookies(&browser).len(), 2);
    for callback in [second, first] {
        let answer = browser.get(&callback).await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, "/portal")
        );
        assert_eq!(browser.get("/api/v1/me").await.status, 200);
    }
    assert_eq!(browser.cookies(), [Masker::COOKIE]);
}

async fn a_renamed_account_is_the_same_user(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let before = masker
        .signed_in(Masker::ALICE)
        .await
        .get("/api/v1/me")
        .await
        .json();
    masker
        .github
        .edit_user(Masker::ALICE, |user| user.login = "alice-new".to_owned())
        .unwrap();
    masker
        .github
        .edit_user(Masker::BOB, |user| user.login = "alice-dev".to_owned())
        .unwrap();
    let after = masker
        .signed_in(Masker::ALICE)
        .await
        .get("/api/v1/me")
        .await
        .json();
    assert_eq!(
        (&after["user"], &after["github_login"]),
        (&before["user"], &json!("alice-new"))
    );
    let other = masker
        .signed_in(Masker::BOB)
        .await
        .get("/api/v1/me")
        .await
        .json();
    assert_eq!(other["github_login"], before["github_login"]);
    assert_ne!(other["user"]["id"], before["user"]["id"]);
}
