//! Who GitHub says it is, and whether they may.

use http::StatusCode;
use portcullis_core::Digest;
use portcullis_oauth::{
    CallbackFacts, CallbackOutcome, Intent, MemoryTokenStore, ProviderTokens, StartFacts,
    TokenVault,
};
use portcullis_testkit::github::{Email, Endpoint, Fault, Hold, Membership, Team, Times, User};
use portcullis_tests::{Answer, Site, SiteSetup, StoreKind};
use std::time::Duration;

use super::{ALICE, BOB, CAROL, site};

async fn sign_in(site: &Site, user: u64) -> Answer {
    site.browser()
        .sign_in(Site::START, &site.github, user)
        .await
}

#[tokio::test]
async fn o40_a_user_is_the_issuers_number_and_not_the_login() {
    let site = site().await;
    let alice = site.signed_in(ALICE).await.get("/me").await.json();
    site.github
        .edit_user(ALICE, |user| user.login = "alice-new".to_owned())
        .unwrap();
    site.github
        .add_user(User::new(4004, "alice-dev", "Somebody Else"));
    let renamed = site.signed_in(ALICE).await.get("/me").await.json();
    assert_eq!(
        (&renamed["user"], &renamed["login"]),
        (&alice["user"], &"alice-new".into())
    );
    let other = site.signed_in(4004).await.get("/me").await.json();
    assert_eq!(
        (&other["user"], &other["login"]),
        (&"usr_4004".into(), &"alice-dev".into())
    );
    assert_eq!(site.accounts.count(), 2);
}

#[tokio::test]
async fn o41_the_address_is_primary_and_verified_or_none() {
    let setup = SiteSetup::new(StoreKind::Memory);
    let site = setup
        .with_config(|config| config.with_email())
        .start()
        .await;
    type Edit = fn(&mut User);
    let edits: [(u64, Edit, Option<&str>); 6] = [
        (ALICE, |_| (), Some("alice@example.com")),
        // Not the first of the list.
        (BOB, |_| (), Some("bob@example.org")),
        // Not the one that is shown to everybody.
        (CAROL, |_| (), Some("carol@example.com")),
        (ALICE, User::unverify_emails, None),
        (BOB, |user| user.emails.clear(), None),
        (
            CAROL,
            |user| user.emails.retain(|email| !email.primary),
            None,
        ),
    ];
    for (user, edit, expected) in edits {
        site.github.edit_user(user, edit).unwrap();
        assert_eq!(sign_in(&site, user).await.status, 303, "{user}");
        assert_eq!(site.accounts.email(user).as_deref(), expected, "{user}");
    }
}

#[tokio::test]
async fn o41_who_needs_a_verified_address_refuses_without() {
    let setup = SiteSetup::new(StoreKind::Memory);
    let setup = setup.with_config(|config| config.with_verified_email_required());
    let site = setup.start().await;
    assert_eq!(sign_in(&site, ALICE).await.status, 303);
    site.github.edit_user(BOB, User::unverify_emails).unwrap();
    let answer = sign_in(&site, BOB).await;
    assert_eq!(answer.refusal(), (403, "email_not_verified".to_owned()));
    let verified = |user: &mut User| user.emails = vec![Email::primary("bob@example.org")];
    site.github.edit_user(BOB, verified).unwrap();
    assert_eq!(sign_in(&site, BOB).await.status, 303);
}

#[tokio::test]
async fn o42_active_members_alone_are_let_in() {
    let setup = SiteSetup::new(StoreKind::Memory);
    let site = setup
        .with_config(|config| config.add_allowed_org("Acme-Labs"))
        .start()
        .await;
    assert_eq!(sign_in(&site, ALICE).await.status, 303);
    let answer = sign_in(&site, BOB).await;
    assert_eq!(answer.refusal(), (403, "membership_pending".to_owned()));
    site.github
        .edit_user(BOB, |user| user.orgs = vec![Membership::active("other")])
        .unwrap();
    assert_eq!(
        sign_in(&site, BOB).await.refusal(),
        (403, "not_a_member".to_owned())
    );
    site.github.enforce_sso("acme-labs");
    assert_eq!(
        sign_in(&site, ALICE).await.refusal(),
        (403, "saml_required".to_owned())
    );
    assert_eq!(
        (site.sessions_of("usr_1001").await, site.accounts.count()),
        (1, 1)
    );
    site.sign_in.revoke_pending().await;
    assert_eq!(site.github.live_tokens(), 0);
}

#[tokio::test]
async fn o42_doubt_is_a_refusal() {
    for fault in [
        Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::Status(StatusCode::FORBIDDEN),
        Fault::Html,
        Fault::Truncate,
        Fault::member("state", 1),
        Fault::RemoveMember("state".to_owned()),
        Fault::member("organization", serde_json::json!({ "login": "other" })),
    ] {
        let what = format!("{fault:?}");
        let setup = SiteSetup::new(StoreKind::Memory);
        let site = setup
            .with_config(|config| config.add_allowed_org("acme-labs"))
            .start()
            .await;
        site.fault(Endpoint::Membership, fault, Times::Next(1));
        assert_eq!(
            sign_in(&site, ALICE).await.refusal(),
            (502, "bad_upstream".to_owned()),
            "{what}"
        );
    }
    let setup = SiteSetup::new(StoreKind::Memory);
    let site = setup
        .with_config(|config| config.add_allowed_org("acme-labs"))
        .start()
        .await;
    site.fault(
        Endpoint::Membership,
        Fault::member("state", "odd"),
        Times::Next(1),
    );
    assert_eq!(
        sign_in(&site, ALICE).await.refusal(),
        (403, "not_a_member".to_owned())
    );
}

#[tokio::test]
async fn o42_a_team_is_found_on_any_of_ten_pages() {
    let setup = SiteSetup::new(StoreKind::Memory);
    let wanted = |config: portcullis_oauth::GithubConfigBuilder| {
        config.add_allowed_team("acme-labs", "administrators")
    };
    let site = setup.with_config(wanted).start().await;
    assert_eq!(sign_in(&site, CAROL).await.status, 303);
    assert_eq!(
        sign_in(&site, ALICE).await.refusal(),
        (403, "not_a_member".to_owned())
    );
    for (before, status) in [(999, 303), (1_000, 403)] {
        let teams = move |user: &mut User| {
            let others = (0..before).map(|number| Team::new("acme-labs", format!("team-{number}")));
            user.teams = others.collect();
            user.teams.push(Team::new("acme-labs", "administrators"));
        };
        site.github.edit_user(ALICE, teams).unwrap();
        site.github.requests().clear();
        assert_eq!(sign_in(&site, ALICE).await.status, status, "{before}");
        assert_eq!(site.calls(Endpoint::Teams), 10, "{before}");
    }
}

#[tokio::test]
async fn o46_every_fresh_token_is_followed_by_user() {
    let site = site().await;
    let browser = site.signed_in(ALICE).await;
    browser.sign_in(Site::START, &site.github, ALICE).await;
    let started = browser.post(Site::LINK).await;
    let callback = site.github.approve(started.location(), BOB).unwrap();
    browser.get(&callback).await;
    assert_eq!(
        (site.calls(Endpoint::Token), site.calls(Endpoint::User)),
        (3, 3)
    );
}

/// The tokens of a sign-in, which the services do not keep.
async fn tokens(site: &Site) -> ProviderTokens {
    let none = http::HeaderMap::new();
    let facts = StartFacts {
        headers: &none,
        return_to: None,
        intent: Intent::LogIn,
    };
    let started = site.sign_in.start(&facts).unwrap();
    let callback = site
        .github
        .approve(started.location.to_str().unwrap(), ALICE)
        .unwrap();
    let cookie = started.set_cookies[0]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let mut headers = http::HeaderMap::new();
    headers.insert("cookie", cookie.parse().unwrap());
    let facts = CallbackFacts {
        headers: &headers,
        query: callback.split_once('?').map(|(_, query)| query),
        session: None,
    };
    match site.sign_in.callback(facts).await {
        CallbackOutcome::Completed(completed) => completed.token.keep(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn o44_app_tokens_are_renewed_early_and_once_over_all_nodes() {
    let site = SiteSetup::new(StoreKind::Memory)
        .with_app_tokens()
        .start()
        .await;
    let key = portcullis_cookie::SealKey::generate(&portcullis_core::Random::system()).unwrap();
    let store = MemoryTokenStore::new();
    let node = || {
        let keys = portcullis_cookie::KeyRing::new(key.clone());
        TokenVault::new(site.sign_in.clone(), keys, store.clone())
    };
    let (one, two) = (node(), node());
    let user = Digest::of(b"usr_1001");
    let tokens = tokens(&site).await;
    one.put(&user, &tokens).await.unwrap();
    site.github.requests().clear();
    // Eight hours, but for five minutes.
    site.clock.advance(Duration::from_secs(8 * 3_600 - 301));
    let fresh = one.access(&user).await.unwrap().unwrap();
    assert_eq!(fresh.expose_secret(), tokens.access.expose_secret());
    assert_eq!(site.calls(Endpoint::Token), 0);

    site.clock.advance(Duration::from_secs(2));
    let gate = site.github.faults().gate(Endpoint::Token, Hold::Arrival);
    let opening = async {
        gate.arrived(1).await;
        gate.open();
    };
    let (a, b, c, ()) = tokio::join!(
        one.access(&user),
        two.access(&user),
        two.access(&user),
        opening
    );
    assert_eq!(site.calls(Endpoint::Token), 1);
    for got in [a, b, c] {
        // Who did not have to wait for the renewal has the token before it, which was good still.
        assert!(got.unwrap().is_some());
    }
    let renewed = two.access(&user).await.unwrap().unwrap();
    assert_ne!(renewed.expose_secret(), tokens.access.expose_secret());
    assert_eq!(site.calls(Endpoint::Token), 1);

    site.github.revoke_all();
    site.clock.advance(Duration::from_secs(9 * 3_600));
    let error = two.access(&user).await.unwrap_err();
    let refusal = error.into_refusal("/sign-in");
    assert_eq!(
        (refusal.status().as_u16(), refusal.code()),
        (401, "bad_refresh_token")
    );
}
