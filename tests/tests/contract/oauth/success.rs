//! The end of a flow, once and no more.

use portcullis_cookie::{CookiePolicy, KeyRing, SameSite, SealKey};
use portcullis_core::Random;
use portcullis_testkit::github::{Endpoint, Hold};
use portcullis_tests::{Ask, Browser, Site, SiteSetup, StoreKind};

use super::{ALICE, site};
use crate::support::{flow_cookies, on_every_store, set_cookie};

on_every_store!(
    o21_success_rotates_clears_the_flow_and_redirects_with_303,
    o22_a_replay_never_exchanges_again,
    o22_two_callbacks_at_once_exchange_once,
    o22_two_nodes_at_once_exchange_once,
    o39_a_client_that_goes_away_leaves_no_half_session,
);

async fn o21_success_rotates_clears_the_flow_and_redirects_with_303(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    let browser = site.browser();
    // A visitor with a session, in which nobody is signed in.
    browser.ask(Ask::post("/value/a").body("mine")).await;
    let before = browser.copy();
    assert_eq!(before.get("/value/a").await.text(), "mine");
    let answer = browser
        .sign_in("/auth/github/login?return_to=/x%3Fy", &site.github, ALICE)
        .await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/x?y"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(flow_cookies(&browser), [""; 0]);
    assert_ne!(browser.cookie(Site::COOKIE), before.cookie(Site::COOKIE));
    assert_eq!(browser.get("/me").await.json()["login"], "alice-dev");
    assert_eq!(browser.get("/value/a").await.text(), "none");
    assert_eq!(before.get("/value/a").await.text(), "none");
    assert_eq!(before.get("/me").await.status, 401);
    assert_eq!(site.told(), ["LoggedIn ok"]);
}

async fn o22_a_replay_never_exchanges_again(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    let browser = site.browser();
    let callback = browser
        .callback("/auth/github/login?return_to=/there", &site.github, ALICE)
        .await;
    let before = browser.copy();
    assert_eq!(browser.get(&callback).await.status, 303);
    let session = browser.cookie(Site::COOKIE);
    for _ in 0..2 {
        let again = browser.get(&callback).await;
        assert_eq!((again.status.as_u16(), again.location()), (303, "/there"));
        assert_eq!(browser.cookie(Site::COOKIE), session);
    }
    // Who has the flow's cookie and no session: a restored backup, or a thief.
    let answer = before.get(&callback).await;
    assert_eq!(answer.refusal(), (400, "flow_used".to_owned()));
    assert_eq!(flow_cookies(&before), [""; 0]);
    browser.post("/logout").await;
    let answer = browser.get(&callback).await;
    assert_eq!(answer.refusal(), (400, "flow_not_found".to_owned()));
    assert_eq!(site.calls(Endpoint::Token), 1);
}

async fn o22_two_callbacks_at_once_exchange_once(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    let browser = site.browser();
    let callback = browser.callback(Site::START, &site.github, ALICE).await;
    both_at_once(&site, &browser, &callback, &browser.copy(), &callback).await;
}

async fn o22_two_nodes_at_once_exchange_once(kind: StoreKind) {
    let key = SealKey::generate(&Random::system()).unwrap();
    let keys = || KeyRing::new(key.clone());
    let site = SiteSetup::new(kind).with_keys(keys()).start().await;
    let second = SiteSetup::beside(&site, keys()).start().await;
    let browser = site.browser();
    let callback = browser.callback(Site::START, &site.github, ALICE).await;
    let elsewhere = callback.replace(&site.base, &second.base);
    let other = browser.copy().at(&second.base);
    both_at_once(&site, &browser, &callback, &other, &elsewhere).await;
}

/// While the first waits for GitHub, the second is answered; then the first ends well.
async fn both_at_once(site: &Site, one: &Browser, callback: &str, two: &Browser, again: &str) {
    let gate = site.github.faults().gate(Endpoint::Token, Hold::Arrival);
    let second = async {
        gate.arrived(1).await;
        let answer = two.get(again).await;
        gate.open();
        answer
    };
    let (first, second) = tokio::join!(one.get(callback), second);
    assert_eq!((first.status.as_u16(), first.location()), (303, "/home"));
    assert_eq!(second.refusal(), (400, "flow_used".to_owned()));
    assert!(set_cookie(&second, Site::COOKIE).is_none());
    assert_eq!(site.calls(Endpoint::Token), 1);
    assert_eq!(site.sessions_of("usr_1001").await, 1);
    assert_eq!(one.get("/me").await.status, 200);
}

async fn o39_a_client_that_goes_away_leaves_no_half_session(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    for endpoint in [Endpoint::Token, Endpoint::User] {
        let browser = site.browser();
        let callback = browser.callback(Site::START, &site.github, ALICE).await;
        let gate = site.github.faults().gate(endpoint, Hold::Arrival);
        let gone = {
            let (browser, callback) = (browser.clone(), callback.clone());
            tokio::spawn(async move { browser.get(&callback).await })
        };
        gate.arrived(1).await;
        gone.abort();
        assert!(gone.await.is_err_and(|error| error.is_cancelled()));
        // The server lets go of the call when it sees that nobody is there.
        if endpoint == Endpoint::User {
            while site.sign_in.pending_revocations() == 0 {
                tokio::task::yield_now().await;
            }
        }
        gate.open();
        assert_eq!(site.sessions_of("usr_1001").await, 0, "{endpoint:?}");
        let answer = browser.get(&callback).await;
        assert_eq!(
            answer.refusal(),
            (400, "flow_used".to_owned()),
            "{endpoint:?}"
        );
        if endpoint == Endpoint::User {
            assert_eq!(site.github.live_tokens(), 1);
            assert_eq!(site.sign_in.revoke_pending().await, 1);
            assert_eq!(site.github.live_tokens(), 0);
        } else {
            site.github.revoke_all();
        }
    }
}

#[tokio::test]
async fn o29_with_a_strict_cookie_the_callback_is_a_page_that_leads_on() {
    let cookie = CookiePolicy::host("session").with_same_site(SameSite::Strict);
    let setup = SiteSetup::new(StoreKind::Memory).with_cookie(cookie.build().unwrap());
    let site = setup.start().await;
    let browser = site.browser();
    let start = "/auth/github/login?return_to=/x%3Fa%3Db%26c%3D%22";
    let answer = browser.sign_in(start, &site.github, ALICE).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (200, ""));
    let (_, attributes) = set_cookie(&answer, Site::COOKIE).unwrap();
    assert!(attributes.contains("SameSite=Strict"), "{attributes}");
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    let page = answer.text();
    assert!(
        page.contains("<meta http-equiv=\"refresh\" content=\"0;url="),
        "{page}"
    );
    assert!(!page.contains("<script"), "{page}");
    let policy = answer.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(flow_cookies(&browser), [""; 0]);
    assert_eq!(browser.get("/me").await.json()["login"], "alice-dev");
}

#[tokio::test]
async fn o29_with_a_lax_cookie_it_is_a_plain_303() {
    let site = site().await;
    let answer = site
        .browser()
        .sign_in(Site::START, &site.github, ALICE)
        .await;
    assert_eq!((answer.status.as_u16(), answer.text()), (303, ""));
}
