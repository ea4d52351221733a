//! The exchange of the code, and what GitHub answers to it.

use std::time::Duration;

use http::{HeaderValue, Response, StatusCode};
use portcullis_core::Secret;
use portcullis_oauth::{ConfigErrorKind, GithubConfig};
use portcullis_testkit::github::{Endpoint, Fault, Hold, Times};
use portcullis_tests::{Answer, Ask, Site, SiteSetup, StoreKind};
use serde_json::json;

use super::{ALICE, site};
use crate::support::flow_cookies;

/// A site that asks for the e-mail address, so that every endpoint is called.
async fn with_email() -> Site {
    let setup = SiteSetup::new(StoreKind::Memory);
    setup
        .with_config(|config| config.with_email())
        .start()
        .await
}

/// Signs in with one fault on the way; gives the answer to the callback.
async fn with_fault(site: &Site, endpoint: Endpoint, fault: Fault) -> Answer {
    site.fault(endpoint, fault, Times::Next(1));
    let browser = site.browser();
    let answer = browser.sign_in(Site::START, &site.github, ALICE).await;
    assert_eq!(
        flow_cookies(&browser),
        [""; 0],
        "the flow is over either way"
    );
    if answer.status != StatusCode::SEE_OTHER {
        assert_eq!(browser.cookie(Site::COOKIE), None);
        assert_eq!(site.sessions_of("usr_1001").await, 0);
    }
    answer
}

#[tokio::test]
async fn o30_requests_have_the_headers_that_github_asks_for() {
    let site = with_email().await;
    site.signed_in(ALICE).await;
    site.sign_in.revoke_pending().await;
    let calls = site.github.requests();
    let token = calls.of(Endpoint::Token).remove(0);
    assert_eq!(token.accept.as_deref(), Some("application/json"));
    assert_eq!(
        token.authorization_scheme, None,
        "the secret is in the body"
    );
    let expected = [
        "client_id",
        "client_secret",
        "code",
        "code_verifier",
        "grant_type",
        "redirect_uri",
    ];
    assert_eq!(token.parameters, expected);
    for (endpoint, scheme) in [
        (Endpoint::User, "Bearer"),
        (Endpoint::Emails, "Bearer"),
        (Endpoint::DeleteToken, "Basic"),
    ] {
        let call = calls.of(endpoint).remove(0);
        assert_eq!(
            call.accept.as_deref(),
            Some("application/vnd.github+json"),
            "{endpoint:?}"
        );
        assert_eq!(
            call.api_version.as_deref(),
            Some("2022-11-28"),
            "{endpoint:?}"
        );
        assert_eq!(
            call.authorization_scheme.as_deref(),
            Some(scheme),
            "{endpoint:?}"
        );
    }
    let agents = calls.all();
    let agents = agents
        .iter()
        .map(|call| call.user_agent.as_deref().unwrap_or_default());
    assert!(
        agents.clone().count() >= 4 && agents.clone().all(|agent| agent.starts_with("portcullis/"))
    );
}

#[tokio::test]
async fn o31_an_error_with_status_200_is_a_failure() {
    for (error, status, code) in [
        ("bad_verification_code", 400, "bad_verification_code"),
        (
            "incorrect_client_credentials",
            500,
            "incorrect_client_credentials",
        ),
        ("redirect_uri_mismatch", 500, "redirect_uri_mismatch"),
        ("unverified_user_email", 403, "unverified_user_email"),
        ("something_new", 502, "bad_upstream"),
    ] {
        let site = site().await;
        let answer = with_fault(&site, Endpoint::Token, Fault::OauthError(error.to_owned())).await;
        assert_eq!(answer.refusal(), (status, code.to_owned()));
        assert_eq!(answer.json()["error"]["login_url"], "/sign-in", "{error}");
        assert_eq!(
            (site.calls(Endpoint::Token), site.calls(Endpoint::User)),
            (1, 0),
            "{error}"
        );
    }
}

#[tokio::test]
async fn o32_an_unusable_answer_is_bad_upstream() {
    for fault in [
        Fault::Html,
        Fault::content_type(HeaderValue::from_static("text/html")),
        Fault::content_type(HeaderValue::from_static("text/plain")),
        Fault::EmptyBody,
        Fault::InvalidUtf8,
        Fault::without_access_token(),
        Fault::token_type("mac"),
        Fault::member("access_token", ""),
        Fault::member("access_token", 1),
        Fault::DuplicateMember {
            name: "access_token".to_owned(),
            value: json!("other"),
        },
        Fault::Truncate,
        Fault::CutOff,
        Fault::Close,
        Fault::Status(StatusCode::NOT_FOUND),
    ] {
        let what = format!("{fault:?}");
        let site = site().await;
        let answer = with_fault(&site, Endpoint::Token, fault).await;
        assert_eq!(answer.refusal(), (502, "bad_upstream".to_owned()), "{what}");
        assert_eq!(site.calls(Endpoint::User), 0, "{what}");
    }
}

#[tokio::test]
async fn o32_an_unusable_user_or_address_is_bad_upstream() {
    for (endpoint, fault) in [
        (Endpoint::User, Fault::Html),
        (Endpoint::User, Fault::id_as_text(ALICE)),
        (Endpoint::User, Fault::negative_id()),
        (Endpoint::User, Fault::member("id", 0)),
        (Endpoint::User, Fault::RemoveMember("id".to_owned())),
        (
            Endpoint::User,
            Fault::DuplicateMember {
                name: "id".to_owned(),
                value: json!(1002),
            },
        ),
        (Endpoint::User, Fault::Truncate),
        (Endpoint::User, Fault::Status(StatusCode::UNAUTHORIZED)),
        (Endpoint::Emails, Fault::Html),
        (Endpoint::Emails, Fault::InvalidUtf8),
        (Endpoint::Emails, Fault::Truncate),
        (Endpoint::Emails, Fault::Status(StatusCode::UNAUTHORIZED)),
    ] {
        let what = format!("{endpoint:?} {fault:?}");
        let site = with_email().await;
        let answer = with_fault(&site, endpoint, fault).await;
        assert_eq!(answer.status, 502, "{what}: {}", answer.text());
        assert_eq!(site.github.live_tokens(), 1, "{what}");
        assert_eq!(site.sign_in.revoke_pending().await, 1, "{what}");
        assert_eq!(site.github.live_tokens(), 0, "{what}");
    }
}

#[tokio::test]
async fn o32_form_encoded_answers_and_any_case_of_bearer_are_taken() {
    let site = site().await;
    let token = site.github.issue_token("elsewhere", ALICE, "").unwrap();
    let form = format!("access_token={token}&scope=&token_type=bearer");
    let form = Response::builder()
        .header(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )
        .body(form.into());
    for fault in [Fault::Answer(form.unwrap()), Fault::token_type("BeArEr")] {
        assert_eq!(with_fault(&site, Endpoint::Token, fault).await.status, 303);
    }
}

#[tokio::test]
async fn o33_a_missing_scope_is_named_and_the_token_revoked() {
    let setup = SiteSetup::new(StoreKind::Memory);
    let setup = setup.with_config(|config| config.with_email().add_scope("repo"));
    let site = setup.start().await;
    // The stand-in joins what it grants by commas, as GitHub does.
    assert_eq!(site.signed_in(ALICE).await.get("/me").await.status, 200);
    site.browser().post("/logout").await;
    site.sign_in.revoke_pending().await;
    for (granted, missing) in [
        (vec!["repo"], "user:email"),
        (vec!["user:email", "gist"], "repo"),
    ] {
        let granted = Fault::Scopes(granted.into_iter().map(str::to_owned).collect());
        site.fault(Endpoint::Token, granted, Times::Next(1));
        let answer = site
            .browser()
            .sign_in(Site::START, &site.github, ALICE)
            .await;
        assert_eq!(answer.refusal(), (403, "insufficient_scope".to_owned()));
        let message = answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(message.contains(missing), "{message}");
        assert_eq!(site.github.live_tokens(), 1);
        site.sign_in.revoke_pending().await;
        assert_eq!(site.github.live_tokens(), 0);
    }
}

#[tokio::test]
async fn o34_bodies_are_capped_whether_or_not_their_length_is_told() {
    const KIB: u64 = 1_024;
    for (endpoint, cap) in [
        (Endpoint::Token, 64 * KIB),
        (Endpoint::User, 256 * KIB),
        (Endpoint::Emails, 1_024 * KIB),
    ] {
        for declared in [true, false] {
            let site = with_email().await;
            let fault = |bytes| Fault::HugeBody { bytes, declared };
            let answer = with_fault(&site, endpoint, fault(cap + 1)).await;
            assert_eq!(
                answer.refusal(),
                (502, "bad_upstream".to_owned()),
                "{endpoint:?} {declared}"
            );
            let answer = with_fault(&site, endpoint, fault(cap)).await;
            assert_eq!(answer.status, 303, "{endpoint:?} {declared}");
        }
    }
}

#[tokio::test]
async fn o34_no_redirect_is_followed_on_the_back_channel() {
    for endpoint in [Endpoint::Token, Endpoint::User, Endpoint::Emails] {
        let site = with_email().await;
        let target =
            HeaderValue::try_from(format!("{}/login/oauth/authorize", site.github.web_url()));
        let answer = with_fault(&site, endpoint, Fault::Redirect(target.unwrap())).await;
        assert_eq!(
            answer.refusal(),
            (502, "bad_upstream".to_owned()),
            "{endpoint:?}"
        );
        assert_eq!(
            (site.calls(endpoint), site.calls(Endpoint::Authorize)),
            (1, 0),
            "{endpoint:?}"
        );
    }
}

#[test]
fn o34_plain_http_is_for_loopback_alone() {
    let build = |redirect: &str, web: &str, api: &str| {
        let config = GithubConfig::builder("client", Secret::from("secret"), redirect);
        let built = config.with_web_base(web).with_api_base(api).build();
        built.map(drop).map_err(|error| error.kind())
    };
    let (near, far) = ("http://127.0.0.1:1/a", "http://ghes.example/a");
    let safe = "https://ghes.example/a";
    assert_eq!(build(near, near, near), Ok(()));
    assert_eq!(build(safe, safe, safe), Ok(()));
    assert_eq!(build(far, safe, safe), Err(ConfigErrorKind::RedirectUri));
    assert_eq!(build(safe, far, safe), Err(ConfigErrorKind::WebBase));
    assert_eq!(build(safe, safe, far), Err(ConfigErrorKind::ApiBase));
}

#[tokio::test]
async fn o35_a_call_that_is_not_answered_ends_in_504_with_a_way_back() {
    for endpoint in [Endpoint::Token, Endpoint::User, Endpoint::Emails] {
        let site = with_email().await;
        let browser = site.browser();
        let callback = browser.callback(Site::START, &site.github, ALICE).await;
        let gate = site.github.faults().gate(endpoint, Hold::Arrival);
        // Once the call hangs, time passes whenever everybody waits.
        let hanging = async {
            gate.arrived(1).await;
            tokio::time::pause();
        };
        let begun = tokio::time::Instant::now();
        let (page, ()) = tokio::join!(browser.ask(Ask::get(&callback).for_page()), hanging);
        let waited = begun.elapsed();
        tokio::time::resume();
        assert_eq!(page.status, 504, "{endpoint:?}");
        assert!(
            page.text().contains("<a href=\"/sign-in\">Start again</a>"),
            "{}",
            page.text()
        );
        assert!(
            (Duration::from_secs(5)..Duration::from_secs(7)).contains(&waited),
            "{waited:?}"
        );
        assert_eq!(browser.cookies(), [""; 0], "{endpoint:?}");
    }
}

#[tokio::test]
async fn o35_all_calls_together_have_twelve_seconds() {
    let site = with_email().await;
    let browser = site.browser();
    let callback = browser.callback(Site::START, &site.github, ALICE).await;
    let gate = site.github.faults().gate(Endpoint::User, Hold::Arrival);
    let slow = async {
        gate.arrived(1).await;
        site.clock.advance(Duration::from_secs(12));
        gate.open();
    };
    let (answer, ()) = tokio::join!(browser.get(&callback), slow);
    assert_eq!(answer.refusal(), (504, "upstream_timeout".to_owned()));
    assert_eq!(site.calls(Endpoint::Emails), 0);
}
