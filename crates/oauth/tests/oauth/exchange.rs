use portcullis_oauth::{HttpErrorKind, SignInError};
use std::error::Error as _;

use crate::support::*;

async fn told_for(reply: Reply) -> (u16, &'static str) {
    let setup = setup();
    setup.github.next(TOKEN_PATH, reply);
    let outcome = setup.sign_in().await;
    assert_eq!(setup.github.count("/user"), 0);
    assert!(clears(&outcome));
    refusal(&outcome)
}

#[tokio::test]
async fn o30_the_exchange_has_githubs_headers_and_the_secret_in_the_body() {
    let setup = setup_with(builder().with_user_agent("our app/2"));
    completed(setup.sign_in().await);
    let call = setup.github.last(TOKEN_PATH);
    assert_eq!(call.request.method(), "POST");
    assert_eq!(
        call.request.uri(),
        "https://github.com/login/oauth/access_token"
    );
    assert_eq!(call.header("accept"), "application/json");
    assert_eq!(call.header("user-agent"), "our app/2");
    assert_eq!(call.header("authorization"), "");
    let form = call.form();
    for (name, value) in [
        ("client_id", "client"),
        ("client_secret", SECRET),
        ("code", CODE),
        ("grant_type", "authorization_code"),
        ("redirect_uri", REDIRECT),
    ] {
        assert_eq!(form[name], value);
    }
    assert_eq!(form.len(), 6);
}

#[tokio::test]
async fn o30_the_api_gets_version_and_agent_and_the_token_in_a_header() {
    let setup = setup_with(builder().with_api_version("2026-03-10"));
    completed(setup.sign_in().await);
    let call = setup.github.last("/user");
    assert_eq!(call.request.uri(), "https://api.github.com/user");
    assert_eq!(call.header("accept"), "application/vnd.github+json");
    assert_eq!(call.header("x-github-api-version"), "2026-03-10");
    assert!(call.header("user-agent").starts_with("portcullis/"));
    assert_eq!(call.header("authorization"), format!("Bearer {TOKEN}"));
    assert!(call.request.headers()["authorization"].is_sensitive());
}

#[tokio::test]
async fn o30_enterprise_has_its_own_addresses() {
    let config = builder()
        .with_web_base("https://octo.ghe.com")
        .with_api_base("https://api.octo.ghe.com/");
    let setup = setup_with(config);
    let done = completed(setup.sign_in().await);
    assert_eq!(done.identity.issuer(), "https://octo.ghe.com/login/oauth");
    let uris: Vec<_> = setup
        .github
        .calls()
        .iter()
        .map(|c| c.request.uri().to_string())
        .collect();
    let token = "https://octo.ghe.com/login/oauth/access_token";
    assert_eq!(uris, [token, "https://api.octo.ghe.com/user"]);
}

#[tokio::test]
async fn o31_errors_with_200_are_failures() {
    for (error, expected) in [
        ("bad_verification_code", (400, "bad_verification_code")),
        (
            "incorrect_client_credentials",
            (500, "incorrect_client_credentials"),
        ),
        ("redirect_uri_mismatch", (500, "redirect_uri_mismatch")),
        ("unverified_user_email", (403, "unverified_user_email")),
        ("invalid_grant", (400, "bad_verification_code")),
        ("no_such_error", (502, "bad_upstream")),
        ("", (502, "bad_upstream")),
    ] {
        let body = format!(r#"{{"error":"{error}","error_description":"canary","error_uri":"u"}}"#);
        assert_eq!(told_for(Reply::json(&body)).await, expected);
        let form = [(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )];
        let reply = Reply::with(
            200,
            &form,
            &format!("error={error}&error_description=canary"),
        );
        assert_eq!(told_for(reply).await, expected);
        let json = [("content-type", "application/json")];
        assert_eq!(told_for(Reply::with(400, &json, &body)).await, expected);
    }
}

#[tokio::test]
async fn o32_a_form_encoded_answer_is_read_too() {
    let setup = setup();
    let form = [(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    )];
    let body = "access_token=gho_form&scope=&token_type=BEARER";
    setup.github.next(TOKEN_PATH, Reply::with(200, &form, body));
    completed(setup.sign_in().await);
    assert_eq!(
        setup.github.last("/user").header("authorization"),
        "Bearer gho_form"
    );
}

#[tokio::test]
async fn o32_whatever_is_no_token_answer_is_502() {
    let json = [("content-type", "application/json")];
    let good = r#"{"access_token":"t","token_type":"bearer"}"#;
    for reply in [
        Reply::with(200, &[("content-type", "text/html")], "<html>"),
        Reply::with(200, &[("content-type", "text/html")], good),
        Reply::with(200, &[], good),
        Reply::with(200, &json, ""),
        Reply::with(200, &json, "{"),
        Reply::with(200, &json, "{}"),
        Reply::with(200, &json, r#"{"token_type":"bearer"}"#),
        Reply::with(200, &json, r#"{"access_token":"t"}"#),
        Reply::with(200, &json, r#"{"access_token":"t","token_type":"mac"}"#),
        Reply::with(200, &json, r#"{"access_token":"t","token_type":"bearer2"}"#),
        Reply::with(200, &json, r#"{"access_token":"","token_type":"bearer"}"#),
        Reply::with(
            200,
            &json,
            r#"{"access_token":"a b","token_type":"bearer"}"#,
        ),
        Reply::with(
            200,
            &json,
            r#"{"access_token":"t","token_type":"bearer","refresh_token":""}"#,
        ),
        Reply::with(
            200,
            &json,
            r#"{"access_token":"t","access_token":"t","token_type":"bearer"}"#,
        ),
        Reply::with(401, &json, good),
        Reply::with(302, &[("location", "https://evil.example/")], ""),
        Reply::with(
            200,
            &json,
            &format!(
                r#"{{"access_token":"{}","token_type":"bearer"}}"#,
                "t".repeat(1025)
            ),
        ),
    ] {
        assert_eq!(told_for(reply).await, (502, "bad_upstream"));
    }
    for token_type in ["bearer", "Bearer", "BEARER"] {
        let setup = setup();
        let body = format!(r#"{{"access_token":"t","token_type":"{token_type}"}}"#);
        setup.github.next(TOKEN_PATH, Reply::json(&body));
        completed(setup.sign_in().await);
    }
}

#[tokio::test]
async fn o33_granted_scopes_are_read_from_the_answer() {
    for (scope, is_good) in [
        ("user:email", true),
        ("gist,user:email", true),
        ("gist user:email", true),
        ("repo, user", true),
        ("read:user", false),
        ("user:emails", false),
        ("", false),
    ] {
        let setup = setup_with(builder().add_scope("user:email"));
        setup.github.next(TOKEN_PATH, Reply::token(scope));
        let outcome = setup.sign_in().await;
        if is_good {
            completed(outcome);
            continue;
        }
        assert_eq!(refusal(&outcome), (403, "insufficient_scope"), "{scope}");
        let refusal = full_refusal(outcome);
        assert!(refusal.message().contains("user:email"));
        let cause = refusal
            .source()
            .unwrap()
            .downcast_ref::<SignInError>()
            .unwrap();
        assert_eq!(cause.missing_scope(), Some("user:email"));
        assert_eq!(setup.sign_in.pending_revocations(), 1);
        assert_eq!(setup.sign_in.revoke_pending().await, 1);
        assert!(
            String::from_utf8_lossy(setup.github.last(REVOKE_PATH).request.body()).contains(TOKEN)
        );
    }
}

#[tokio::test]
async fn o33_without_a_scope_member_the_header_of_the_user_counts() {
    for (header, is_good) in [
        (Some("gist, user:email"), true),
        (Some(""), false),
        (None, false),
    ] {
        let setup = setup_with(builder().add_scope("user:email"));
        let body = r#"{"access_token":"t","token_type":"bearer"}"#;
        setup.github.next(TOKEN_PATH, Reply::json(body));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(header.map(|value| ("x-oauth-scopes", value)));
        setup.github.next(
            "/user",
            Reply::with(200, &headers, r#"{"id":1,"login":"a"}"#),
        );
        let outcome = setup.sign_in().await;
        assert_eq!(
            matches!(outcome, portcullis_oauth::CallbackOutcome::Completed(_)),
            is_good
        );
    }
}

#[tokio::test]
async fn o33_tokens_of_github_apps_have_no_scopes() {
    let setup = setup_with(builder().add_scope("user:email"));
    let body = r#"{"access_token":"ghu_app","token_type":"bearer","scope":"",
        "expires_in":28800,"refresh_token":"ghr_app","refresh_token_expires_in":15811200}"#;
    setup.github.next(TOKEN_PATH, Reply::json(body));
    let tokens = completed(setup.sign_in().await).token.keep();
    assert_eq!(tokens.access.expose_secret(), "ghu_app");
    assert_eq!(tokens.expires, Some(START.after(secs(28_800))));
    assert_eq!(tokens.refresh.unwrap().expose_secret(), "ghr_app");
    assert_eq!(tokens.refresh_expires, Some(START.after(secs(15_811_200))));
}

#[tokio::test]
async fn o33_a_token_that_lists_scopes_is_held_to_them() {
    let setup = setup_with(builder().add_scope("user:email"));
    let body = r#"{"access_token":"ghu_app","token_type":"bearer","scope":"gist"}"#;
    setup.github.next(TOKEN_PATH, Reply::json(body));
    assert_eq!(refusal(&setup.sign_in().await), (403, "insufficient_scope"));
}

#[tokio::test]
async fn o34_each_call_is_capped_and_a_client_that_forgets_is_not_believed() {
    let setup = setup_with(builder().with_email());
    completed(setup.sign_in().await);
    for (path, cap) in [(TOKEN_PATH, 64), ("/user", 256), ("/user/emails", 1024)] {
        assert_eq!(setup.github.last(path).limits.max_body, cap * 1024);
    }
    let filler = " ".repeat(64 * 1024);
    let body = format!(r#"{{"access_token":"t","token_type":"bearer"}}{filler}"#);
    assert_eq!(told_for(Reply::json(&body)).await, (502, "bad_upstream"));
    assert_eq!(
        told_for(Reply::Fail(HttpErrorKind::TooLarge)).await,
        (502, "bad_upstream")
    );
}

#[tokio::test]
async fn o34_redirects_are_refused_on_every_call() {
    for path in [TOKEN_PATH, "/user", "/user/emails"] {
        for status in [301, 302, 303, 307, 308] {
            let setup = setup_with(builder().with_email());
            let to = [
                ("location", "https://evil.example/"),
                ("content-type", "application/json"),
            ];
            setup
                .github
                .next(path, Reply::with(status, &to, r#"{"id":1,"login":"a"}"#));
            let outcome = setup.sign_in().await;
            assert_eq!(refusal(&outcome), (502, "bad_upstream"));
            assert_eq!(setup.github.last(path).request.uri().path(), path);
            assert_eq!(setup.github.calls().last().unwrap().path(), path);
        }
    }
}
