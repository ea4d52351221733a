//! The calls below `/user`.

use portcullis_testkit::github::{Email, Membership, Team, UnknownUser, User};
use serde_json::json;

use super::client::{api, get};
use super::flow::{ALICE, AS_IT_IS, BOB, CLIENT, page, start, text, token};

#[tokio::test]
async fn user_has_githubs_shape() {
    let github = start().await;
    let answer = api(&github, "/user", &token(&github, "user:email read:org")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("x-oauth-scopes"),
        Some("read:org, user:email")
    );
    assert_eq!(
        answer.header("x-github-api-version-selected"),
        Some("2022-11-28")
    );
    assert_eq!(answer.header("x-ratelimit-limit"), Some("5000"));
    let user = answer.json();
    assert_eq!(user["id"].as_u64(), Some(ALICE));
    assert_eq!(text(&user, "login"), "alice-dev");
    assert_eq!(text(&user, "name"), "Alice Developer");
    assert_eq!(text(&user, "email"), "alice@example.com");
    assert_eq!(text(&user, "type"), "User");
    assert_eq!(text(&user, "node_id"), "MDQ6VXNlcjEwMDE=");
    assert_eq!(
        text(&user, "url"),
        format!("{}/users/alice-dev", github.api_url())
    );
    assert!(user.get("plan").is_none());

    let wide = api(&github, "/user", &token(&github, "user")).await.json();
    assert!(wide["plan"].is_object());
}

#[tokio::test]
async fn private_address_is_not_on_the_profile() {
    let github = start().await;
    let bob = github.issue_token(CLIENT, BOB, "user:email").unwrap();
    assert!(api(&github, "/user", &bob).await.json()["email"].is_null());
    let emails = api(&github, "/user/emails", &bob).await.json();
    assert_eq!(emails[0]["primary"], false);
    assert_eq!(text(&emails[1], "email"), "bob@example.org");
    assert_eq!(text(&emails[1], "visibility"), "private");
    assert_eq!(
        (&emails[1]["primary"], &emails[1]["verified"]),
        (&json!(true), &json!(true))
    );
}

#[tokio::test]
async fn addresses_need_their_scope_and_are_hidden_otherwise() {
    let github = start().await;
    for (scope, status) in [
        ("", 404),
        ("read:user", 404),
        ("user:email", 200),
        ("user", 200),
    ] {
        let answer = api(&github, "/user/emails", &token(&github, scope)).await;
        assert_eq!(answer.status, status, "{scope}");
        assert_eq!(answer.header("x-accepted-oauth-scopes"), Some("user:email"));
    }
}

#[tokio::test]
async fn organisations_need_their_scope() {
    let github = start().await;
    for path in [
        "/user/orgs",
        "/user/teams",
        "/user/memberships/orgs/acme-labs",
    ] {
        assert_eq!(
            api(&github, path, &token(&github, "user:email"))
                .await
                .status,
            403,
            "{path}"
        );
        assert_eq!(
            api(&github, path, &token(&github, "read:org")).await.status,
            200,
            "{path}"
        );
    }
}

#[tokio::test]
async fn api_wants_a_live_token() {
    let github = start().await;
    let token = token(&github, "");
    let with = |value: String| {
        let github = &github;
        async move {
            let headers = [("user-agent", "test"), ("authorization", &value)];
            get(github, "/api/v3/user", &headers).await
        }
    };
    for value in [
        format!("Bearer {token}"),
        format!("token {token}"),
        format!("bearer {token}"),
    ] {
        assert_eq!(with(value).await.status, 200);
    }
    for value in [
        token.clone(),
        format!("Basic {token}"),
        "Bearer gho_no".to_owned(),
    ] {
        let answer = with(value).await;
        assert_eq!(answer.status, 401);
        assert_eq!(text(&answer.json(), "message"), "Bad credentials");
    }
    let none = get(&github, "/api/v3/user", &[("user-agent", "test")]).await;
    assert_eq!(none.status, 401);
    assert_eq!(text(&none.json(), "message"), "Requires authentication");
    github.revoke_all();
    assert_eq!(api(&github, "/user", &token).await.status, 401);
}

#[tokio::test]
async fn api_wants_a_user_agent_a_known_version_and_json() {
    let github = start().await;
    let bearer = format!("Bearer {}", token(&github, ""));
    let status = |header: (&'static str, &'static str)| {
        let (github, bearer) = (&github, &bearer);
        async move {
            let headers = [
                ("authorization", bearer.as_str()),
                ("user-agent", "test"),
                header,
            ];
            // The changed header replaces the usual one of its name.
            let kept = headers
                .iter()
                .filter(|(name, value)| *name != header.0 || *value == header.1);
            let kept: Vec<_> = kept.copied().collect();
            get(github, "/api/v3/user", &kept).await.status
        }
    };
    assert_eq!(status(("user-agent", "")).await, 403);
    assert_eq!(status(("x-github-api-version", "2022-11-28")).await, 200);
    assert_eq!(status(("x-github-api-version", "2026-03-10")).await, 200);
    assert_eq!(status(("x-github-api-version", "2019-01-01")).await, 400);
    assert_eq!(status(("accept", "application/vnd.github+json")).await, 200);
    assert_eq!(status(("accept", "text/html, */*;q=0.8")).await, 200);
    assert_eq!(status(("accept", "text/html")).await, 415);
}

#[tokio::test]
async fn pages_are_tied_together_by_links() {
    let github = start().await;
    github
        .edit_user(ALICE, |user| {
            user.teams = (0..5)
                .map(|number| Team::new("acme-labs", format!("t{number}")))
                .collect();
        })
        .unwrap();
    let token = token(&github, "read:org");
    let mut path = "/user/teams?per_page=2".to_owned();
    let mut slugs = Vec::new();
    let mut pages = 0;
    loop {
        let answer = api(&github, &path, &token).await;
        pages += 1;
        let teams = answer.json();
        slugs.extend(
            teams
                .as_array()
                .unwrap()
                .iter()
                .map(|team| text(team, "slug").to_owned()),
        );
        let link = answer.header("link").unwrap();
        let Some(next) = link.split(", ").find(|link| link.ends_with("rel=\"next\"")) else {
            assert!(link.contains("rel=\"prev\"") && link.contains("rel=\"first\""));
            break;
        };
        let url = next.trim_start_matches('<').split_once('>').unwrap().0;
        path = url.strip_prefix(&github.api_url()).unwrap().to_owned();
    }
    assert_eq!(pages, 3);
    assert_eq!(slugs, ["t0", "t1", "t2", "t3", "t4"]);
    assert_eq!(
        api(&github, "/user/teams", &token).await.header("link"),
        None
    );
    assert_eq!(
        api(&github, "/user/teams?page=9", &token).await.json(),
        json!([])
    );
}

#[tokio::test]
async fn membership_tells_active_pending_and_none() {
    let github = start().await;
    let bob = github.issue_token(CLIENT, BOB, "read:org").unwrap();
    let alice = token(&github, "read:org");
    let path = "/user/memberships/orgs/ACME-labs";
    let active = api(&github, path, &alice).await.json();
    assert_eq!(
        (text(&active, "state"), text(&active, "role")),
        ("active", "member")
    );
    assert_eq!(text(&active["organization"], "login"), "acme-labs");
    assert_eq!(
        text(&api(&github, path, &bob).await.json(), "state"),
        "pending"
    );
    assert_eq!(
        api(&github, "/user/memberships/orgs/other", &bob)
            .await
            .status,
        404
    );
    // An invitation is no membership: the list does not have it.
    assert_eq!(api(&github, "/user/orgs", &bob).await.json(), json!([]));
    assert_eq!(
        text(&api(&github, "/user/orgs", &alice).await.json()[0], "login"),
        "acme-labs"
    );
}

#[tokio::test]
async fn organisation_behind_single_sign_on_is_refused_and_left_out() {
    let github = start().await;
    github
        .edit_user(ALICE, |user| {
            user.orgs.push(Membership::active("open-org").as_admin())
        })
        .unwrap();
    github.enforce_sso("acme-labs");
    let token = token(&github, "read:org");
    let answer = api(&github, "/user/memberships/orgs/acme-labs", &token).await;
    assert_eq!(answer.status, 403);
    assert!(text(&answer.json(), "message").contains("SAML"));
    assert!(
        answer
            .header("x-github-sso")
            .unwrap()
            .starts_with("required; url=http://")
    );

    let list = api(&github, "/user/orgs", &token).await;
    assert_eq!(list.json().as_array().unwrap().len(), 1);
    let partial = list.header("x-github-sso").unwrap();
    assert!(partial.starts_with("partial-results; organizations="));
    assert_eq!(api(&github, "/user/teams", &token).await.json(), json!([]));
    assert_eq!(
        api(&github, "/user/memberships/orgs/open-org", &token)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn users_change_while_it_runs() {
    let github = start().await;
    let token = token(&github, "user:email");
    github
        .edit_user(ALICE, |user| {
            user.id = 7;
            user.login = "alice-renamed".to_owned();
            user.replace_email("new@example.com");
            user.unverify_emails();
        })
        .unwrap();
    let user = api(&github, "/user", &token).await.json();
    assert_eq!(
        (user["id"].as_u64(), text(&user, "login")),
        (Some(ALICE), "alice-renamed")
    );
    let emails = api(&github, "/user/emails", &token).await.json();
    let expected = json!([{
        "email": "new@example.com", "primary": true, "verified": false, "visibility": "private",
    }]);
    assert_eq!(emails, expected);

    let squatter =
        User::new(2001, "alice-dev", "Somebody Else").with_email(Email::primary("x@example.org"));
    github.add_user(squatter);
    assert!(
        page(&github, AS_IT_IS)
            .await
            .text()
            .contains("value=\"2001\"")
    );

    assert_eq!(github.edit_user(9, |_| ()), Err(UnknownUser));
    github.remove_user(ALICE).unwrap();
    assert_eq!(github.remove_user(ALICE), Err(UnknownUser));
    assert_eq!(api(&github, "/user", &token).await.status, 401);
}
