use portcullis_oauth::{CallbackOutcome, GithubConfigBuilder};

use crate::support::*;

const ACME: &str = "/user/memberships/orgs/acme";
const OTHER: &str = "/user/memberships/orgs/other";

fn member(org: &str, state: &str) -> Reply {
    Reply::json(&format!(
        r#"{{"state":"{state}","organization":{{"login":"{org}"}}}}"#
    ))
}

fn none() -> Reply {
    Reply::with(404, &[("content-type", "application/json")], "{}")
}

fn saml() -> Reply {
    Reply::with(
        403,
        &[(
            "x-github-sso",
            "required; url=https://github.com/orgs/acme/sso",
        )],
        "",
    )
}

async fn told(config: GithubConfigBuilder, replies: &[(&str, Reply)]) -> (u16, &'static str) {
    let setup = setup_with(config);
    for (path, reply) in replies {
        setup.github.always(path, reply.clone());
    }
    match setup.sign_in().await {
        CallbackOutcome::Completed(_) => (200, "ok"),
        outcome => {
            assert_eq!(setup.sign_in.pending_revocations(), 1);
            refusal(&outcome)
        }
    }
}

fn acme() -> GithubConfigBuilder {
    builder().add_allowed_org("acme")
}

#[tokio::test]
async fn o42_active_members_alone_are_let_in() {
    for (reply, expected) in [
        (member("acme", "active"), (200, "ok")),
        (member("ACME", "active"), (200, "ok")),
        (member("acme", "pending"), (403, "membership_pending")),
        (member("acme", "Active"), (403, "not_a_member")),
        (none(), (403, "not_a_member")),
        (saml(), (403, "saml_required")),
        // What cannot be found out is never a yes.
        (member("other", "active"), (502, "bad_upstream")),
        (Reply::with(403, &[], ""), (502, "bad_upstream")),
        (Reply::with(401, &[], ""), (502, "bad_upstream")),
        (
            Reply::with(302, &[("location", "/x")], ""),
            (502, "bad_upstream"),
        ),
        (Reply::status(200), (502, "bad_upstream")),
        (Reply::status(503), (502, "bad_upstream")),
        (Reply::json("{}"), (502, "bad_upstream")),
        (
            Reply::json(r#"{"state":"pending","state":"active","organization":{"login":"acme"}}"#),
            (502, "bad_upstream"),
        ),
        (Reply::with(429, &[], ""), (503, "provider_rate_limited")),
    ] {
        assert_eq!(told(acme(), &[(ACME, reply)]).await, expected);
    }
}

#[tokio::test]
async fn o42_one_of_several_is_enough_and_the_best_reason_is_told() {
    let both = || acme().add_allowed_org("other");
    for (first, second, expected) in [
        (none(), member("other", "active"), (200, "ok")),
        (saml(), member("other", "active"), (200, "ok")),
        (none(), none(), (403, "not_a_member")),
        (
            member("acme", "pending"),
            none(),
            (403, "membership_pending"),
        ),
        (saml(), none(), (403, "saml_required")),
        (none(), Reply::status(500), (502, "bad_upstream")),
    ] {
        assert_eq!(
            told(both(), &[(ACME, first), (OTHER, second)]).await,
            expected
        );
    }
}

fn team(org: &str, slug: &str) -> String {
    format!(r#"{{"slug":"{slug}","organization":{{"login":"{org}"}}}}"#)
}

#[tokio::test]
async fn o42_a_team_needs_active_membership_of_its_organisation() {
    let core = || builder().add_allowed_team("acme", "core");
    let teams = |teams: &[String]| Reply::json(&format!("[{}]", teams.join(",")));
    let partial = [
        ("content-type", "application/json"),
        ("x-github-sso", "partial-results; organizations=1"),
    ];
    let active = || member("acme", "active");
    for (org, teams, expected) in [
        (
            active(),
            teams(&[team("x", "y"), team("acme", "core")]),
            (200, "ok"),
        ),
        (
            active(),
            teams(&[team("other", "core"), team("acme", "edge")]),
            (403, "not_a_member"),
        ),
        (active(), teams(&[]), (403, "not_a_member")),
        (
            member("acme", "pending"),
            teams(&[team("acme", "core")]),
            (403, "membership_pending"),
        ),
        (
            none(),
            teams(&[team("acme", "core")]),
            (403, "not_a_member"),
        ),
        (
            active(),
            Reply::with(200, &partial, "[]"),
            (403, "saml_required"),
        ),
        (active(), saml(), (403, "saml_required")),
        (active(), Reply::status(500), (502, "bad_upstream")),
        (active(), Reply::with(404, &[], ""), (502, "bad_upstream")),
    ] {
        assert_eq!(
            told(core(), &[(ACME, org), ("/user/teams", teams)]).await,
            expected
        );
    }
}

#[tokio::test]
async fn o42_ten_pages_of_teams_are_read_and_no_more() {
    let next = [
        ("content-type", "application/json"),
        ("link", r#"<https://x/?page=9>; rel="next""#),
    ];
    for (page, expected) in [(10, true), (11, false)] {
        let setup = setup_with(builder().add_allowed_team("acme", "core"));
        setup.github.always(ACME, member("acme", "active"));
        for _ in 1..page {
            setup
                .github
                .next("/user/teams", Reply::with(200, &next, "[]"));
        }
        let found = format!("[{}]", team("acme", "core"));
        setup
            .github
            .next("/user/teams", Reply::with(200, &next, &found));
        let outcome = setup.sign_in().await;
        assert_eq!(matches!(outcome, CallbackOutcome::Completed(_)), expected);
        assert_eq!(setup.github.count("/user/teams"), 10);
        let uris: Vec<_> = setup
            .github
            .calls()
            .iter()
            .map(|c| c.request.uri().to_string())
            .collect();
        assert!(uris.iter().all(|uri| uri.contains("github.com/")));
    }
}

#[tokio::test]
async fn o42_without_a_list_nobody_is_asked() {
    let setup = setup();
    completed(setup.sign_in().await);
    assert_eq!(setup.github.calls().len(), 2);
}
