//! The page, its buttons, and what it refuses.

use base64ct::{Base64, Encoding};
use portcullis_testkit::github::{GithubStandIn, Issuer, Refusal, Setup};
use sha2::{Digest, Sha256};

use super::client::{api, get, maybe_post_form, post_form, send};
use super::flow::{
    ALICE, AS_IT_IS, BOB, CALLBACK, CLIENT, app, authorize_url, exchange, fields, page, parameter,
    path, press, start, text, token,
};

#[tokio::test]
async fn page_has_a_button_for_each_of_three_users_and_one_to_cancel() {
    let github = start().await;
    let page = page(&github, AS_IT_IS).await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let text = page.text();
    for (id, login, name, initials) in [
        (1001, "alice-dev", "Alice Developer", "AD"),
        (1002, "bob-ops", "Bob Operator", "BO"),
        (1003, "carol-admin", "Carol Admin", "CA"),
    ] {
        assert!(text.contains(&format!(
            "<button class=\"user\" name=\"user\" value=\"{id}\">"
        )));
        for part in [login, name, initials] {
            assert!(text.contains(&format!(">{part}</span>")), "{part}");
        }
    }
    assert_eq!(text.matches("<button").count(), 4);
    assert!(text.contains("name=\"decision\" value=\"deny\">Cancel</button>"));
}

#[tokio::test]
async fn page_has_no_script_and_its_policy_allows_its_own_style_alone() {
    let github = start().await;
    let page = page(&github, AS_IT_IS).await;
    let text = page.text();
    assert!(!text.contains("<script") && !text.contains("http-equiv") && !text.contains(" on"));
    let style = text
        .split_once("<style>")
        .unwrap()
        .1
        .split_once("</style>")
        .unwrap()
        .0;
    let hash = Base64::encode_string(&Sha256::digest(style));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'"));
    assert!(policy.contains(&format!("style-src 'sha256-{hash}'")));
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn page_shows_foreign_text_as_text() {
    let github = start().await;
    let state = "\"><b>x</b>&amp;";
    let page = page(&github, ("state", state)).await;
    assert!(!page.text().contains("<b>x</b>"));
    let pressed = press(&github, &page, ("user", "1001")).await;
    assert_eq!(
        parameter(pressed.location(), "state").as_deref(),
        Some(state)
    );
}

#[tokio::test]
async fn page_names_the_app() {
    let github = start().await;
    assert!(
        page(&github, AS_IT_IS)
            .await
            .text()
            .contains(&format!("<strong>{CLIENT}</strong>"))
    );
    github.register(app().with_name("Masker & Co"));
    let named = page(&github, AS_IT_IS).await;
    assert!(named.text().contains("<strong>Masker &amp; Co</strong>"));
}

#[tokio::test]
async fn login_hint_puts_the_focus_on_that_user() {
    let github = start().await;
    let page = page(&github, ("login", "bob-ops")).await;
    assert!(page.text().contains("value=\"1002\" autofocus>"));
    assert_eq!(page.text().matches("autofocus").count(), 1);
}

#[tokio::test]
async fn pressed_button_leads_to_the_callback_with_code_state_and_iss() {
    let github = start().await;
    let page = page(&github, AS_IT_IS).await;
    let pressed = press(&github, &page, ("user", "1002")).await;
    assert_eq!(pressed.status, 302);
    let url = pressed.location();
    assert!(url.starts_with(&format!("{CALLBACK}?code=")));
    assert_eq!(parameter(url, "state").as_deref(), Some("the state/+"));
    assert_eq!(
        parameter(url, "iss"),
        Some(format!("{}/login/oauth", github.web_url()))
    );

    let code = parameter(url, "code").unwrap();
    let token = exchange(&github, &code, AS_IT_IS).await.json();
    let user = api(&github, "/user", text(&token, "access_token"))
        .await
        .json();
    assert_eq!(
        (user["id"].as_u64(), user["login"].as_str()),
        (Some(BOB), Some("bob-ops"))
    );
}

#[tokio::test]
async fn cancelling_tells_the_app_access_denied() {
    let github = start().await;
    let page = page(&github, AS_IT_IS).await;
    let pressed = press(&github, &page, ("decision", "deny")).await;
    assert_eq!(pressed.status, 302);
    let denied = github.deny(&authorize_url(&github, AS_IT_IS)).unwrap();
    assert_eq!(pressed.location(), denied);
    assert_eq!(
        parameter(&denied, "error").as_deref(),
        Some("access_denied")
    );
    assert!(
        parameter(&denied, "error_description")
            .unwrap()
            .contains("denied")
    );
    assert!(
        parameter(&denied, "error_uri")
            .unwrap()
            .ends_with("#access-denied")
    );
    assert_eq!(parameter(&denied, "state").as_deref(), Some("the state/+"));
    assert!(parameter(&denied, "iss").is_some());
    assert_eq!(parameter(&denied, "code"), None);
}

#[tokio::test]
async fn form_without_a_single_decision_is_refused() {
    let github = start().await;
    let page = page(&github, AS_IT_IS).await;
    for button in [
        ("user", ""),
        ("decision", "approve"),
        ("user", "9"),
        ("user", "x"),
    ] {
        let pressed = press(&github, &page, button).await;
        assert_eq!(pressed.status, 400, "{button:?}");
        assert_eq!(pressed.header("location"), None);
    }
}

#[tokio::test]
async fn form_is_judged_again_when_it_comes_back() {
    let github = start().await;
    let page = page(&github, AS_IT_IS).await;
    let mut fields = fields(page.text());
    let uri = fields
        .iter_mut()
        .find(|(name, _)| name == "redirect_uri")
        .unwrap();
    uri.1 = "http://127.0.0.1:3000/elsewhere".to_owned();
    let mut pairs: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    pairs.push(("user", "1001"));
    let answer = post_form(&github, "/login/oauth/authorize", &pairs).await;
    assert_eq!((answer.status, answer.header("location")), (400, None));
}

#[tokio::test]
async fn form_from_another_site_is_refused() {
    let github = start().await;
    let page = page(&github, AS_IT_IS).await;
    let fields = fields(page.text());
    let mut pairs: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    pairs.push(("user", "1001"));
    for (site, status) in [
        ("cross-site", 403),
        ("same-site", 403),
        ("same-origin", 302),
        ("none", 302),
    ] {
        let headers = [("sec-fetch-site", site)];
        let answer = maybe_post_form(&github, "/login/oauth/authorize", &pairs, &headers).await;
        assert_eq!(answer.unwrap().status, status, "{site}");
    }
}

#[tokio::test]
async fn unregistered_redirect_uri_gets_a_page_and_no_redirect() {
    let github = start().await;
    for uri in [
        format!("{CALLBACK}/"),
        format!("{CALLBACK}?x=1"),
        "http://evil.example/".into(),
    ] {
        let page = page(&github, ("redirect_uri", &uri)).await;
        assert_eq!((page.status, page.header("location")), (400, None), "{uri}");
        let url = authorize_url(&github, ("redirect_uri", &uri));
        assert_eq!(
            github.approve(&url, ALICE),
            Err(Refusal::RedirectUriMismatch)
        );
        assert_eq!(github.deny(&url), Err(Refusal::RedirectUriMismatch));
    }
}

#[tokio::test]
async fn unknown_client_gets_a_page() {
    let github = start().await;
    for client in ["", "Iv1.other"] {
        assert_eq!(
            page(&github, ("client_id", client)).await.status,
            404,
            "{client}"
        );
        let url = authorize_url(&github, ("client_id", client));
        assert_eq!(github.approve(&url, ALICE), Err(Refusal::UnknownClient));
    }
}

#[tokio::test]
async fn missing_pkce_is_told_to_the_app_by_a_redirect() {
    let github = start().await;
    for change in [
        ("code_challenge", ""),
        ("code_challenge", "short"),
        ("code_challenge_method", ""),
        ("code_challenge_method", "plain"),
        ("response_type", "token"),
        ("prompt", "none"),
    ] {
        let answer = page(&github, change).await;
        assert_eq!(answer.status, 302, "{change:?}");
        let approved = github
            .approve(&authorize_url(&github, change), ALICE)
            .unwrap();
        assert_eq!(answer.location(), approved);
        assert!(parameter(&approved, "error").is_some(), "{change:?}");
        assert_eq!(parameter(&approved, "code"), None);
        assert_eq!(
            parameter(&approved, "state").as_deref(),
            Some("the state/+")
        );
    }
}

#[tokio::test]
async fn supported_extras_of_the_page_are_accepted() {
    let github = start().await;
    for change in [
        ("prompt", "select_account"),
        ("allow_signup", "false"),
        ("response_type", "code"),
        ("login", "nobody"),
        ("state", ""),
        ("redirect_uri", ""),
    ] {
        assert_eq!(page(&github, change).await.status, 200, "{change:?}");
    }
}

#[tokio::test]
async fn repeated_or_broken_parameters_get_a_page() {
    let github = start().await;
    let url = authorize_url(&github, AS_IT_IS);
    for (tail, refusal) in [
        ("&state=again", Refusal::Repeated),
        ("&scope=", Refusal::Repeated),
        ("&x=%", Refusal::Malformed),
        ("&x=%FF", Refusal::Malformed),
    ] {
        let url = format!("{url}{tail}");
        assert_eq!(get(&github, path(&url), &[]).await.status, 400, "{tail}");
        assert_eq!(github.approve(&url, ALICE), Err(refusal));
    }
}

#[tokio::test]
async fn approving_wants_this_stand_ins_address_and_a_known_user() {
    let github = start().await;
    let url = authorize_url(&github, AS_IT_IS);
    assert_eq!(github.approve(&url, 9), Err(Refusal::UnknownUser));
    let elsewhere = url.replace(github.web_url(), "https://github.com");
    assert_eq!(
        github.approve(&elsewhere, ALICE),
        Err(Refusal::NotAuthorizeUrl)
    );
    let other_path = url.replace("/authorize", "/authorise");
    assert_eq!(
        github.approve(&other_path, ALICE),
        Err(Refusal::NotAuthorizeUrl)
    );
}

#[tokio::test]
async fn other_methods_and_paths_are_refused() {
    let github = start().await;
    let url = authorize_url(&github, AS_IT_IS);
    let head = format!("HEAD {} HTTP/1.1\r\n", path(&url));
    let answer = send(&github, &head, "").await.unwrap().unwrap();
    assert_eq!(
        (answer.status, answer.header("allow")),
        (405, Some("GET, POST"))
    );
    let answer = get(&github, "/login/oauth/access_token", &[]).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    assert_eq!(get(&github, "/user", &[]).await.status, 404);
}

#[tokio::test]
async fn home_page_and_avatars_are_shown() {
    let github = start().await;
    let home = get(&github, "/", &[]).await;
    assert!(home.status == 200 && home.text().contains("carol-admin"));
    let user = api(&github, "/user", &token(&github, "")).await.json();
    let avatar = get(&github, path(text(&user, "avatar_url")), &[]).await;
    assert_eq!(avatar.header("content-type"), Some("image/svg+xml"));
    assert!(avatar.text().contains(">AD<"));
    assert_eq!(get(&github, "/avatars/u/9", &[]).await.status, 404);
}

#[tokio::test]
async fn issuer_is_as_set_up() {
    for (issuer, expected) in [
        (Issuer::Absent, None),
        (Issuer::Other("https://github.com/login/oauth".into()), {
            Some("https://github.com/login/oauth".to_owned())
        }),
    ] {
        let setup = Setup::new().with_issuer(issuer);
        let github = GithubStandIn::start_with(app(), setup).await.unwrap();
        let url = authorize_url(&github, AS_IT_IS);
        assert_eq!(
            parameter(&github.approve(&url, ALICE).unwrap(), "iss"),
            expected
        );
        assert_eq!(parameter(&github.deny(&url).unwrap(), "iss"), expected);
    }
}
