//! Several tabs of one browser.

use portcullis_tests::{Ask, Browser, Site, SiteSetup, StoreKind};

use super::{ALICE, BOB};
use crate::support::{flow_cookies, on_every_store};

on_every_store!(
    o23_two_tabs_finish_in_every_order,
    o24_another_account_replaces_the_session,
    o25_a_logout_during_a_flow_does_not_stop_a_sign_in,
    o25_a_link_whose_session_is_gone_is_409,
);

/// What one of two tabs does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Start(usize),
    Callback(usize),
}

/// Every order in which two tabs can start and come back, each starting before it comes back.
fn orders() -> Vec<Vec<Step>> {
    fn go_on(done: &[Step], left: &[usize; 2], orders: &mut Vec<Vec<Step>>) {
        if left == &[2, 2] {
            orders.push(done.to_vec());
        }
        for tab in [0, 1] {
            let step = match left[tab] {
                0 => Step::Start(tab),
                1 => Step::Callback(tab),
                _ => continue,
            };
            let mut left = *left;
            left[tab] += 1;
            go_on(&[done, &[step]].concat(), &left, orders);
        }
    }
    let mut orders = Vec::new();
    go_on(&[], &[0, 0], &mut orders);
    orders
}

async fn o23_two_tabs_finish_in_every_order(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    assert_eq!(orders().len(), 6);
    for order in orders() {
        for users in [[ALICE, ALICE], [ALICE, BOB]] {
            let browser = site.browser();
            let mut callbacks = [String::new(), String::new()];
            let mut last = 0;
            for step in &order {
                match *step {
                    Step::Start(tab) => {
                        let start = format!("{}?return_to=/tab/{tab}", Site::START);
                        callbacks[tab] = browser.callback(&start, &site.github, users[tab]).await;
                    }
                    Step::Callback(tab) => {
                        let answer = browser.get(&callbacks[tab]).await;
                        let own = format!("/tab/{tab}");
                        assert_eq!(
                            (answer.status.as_u16(), answer.location()),
                            (303, own.as_str()),
                            "{order:?}"
                        );
                        last = tab;
                    }
                }
            }
            let me = browser.get("/me").await.json();
            assert_eq!(me["user"], format!("usr_{}", users[last]), "{order:?}");
            assert_eq!(browser.cookies(), [Site::COOKIE], "{order:?}");
            let sessions = site.sessions_of("usr_1001").await + site.sessions_of("usr_1002").await;
            assert_eq!(sessions, 1, "{order:?}");
            browser.post("/logout").await;
        }
    }
}

async fn o24_another_account_replaces_the_session(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    let browser = site.signed_in(ALICE).await;
    browser.ask(Ask::post("/value/a").body("alice's")).await;
    let before = browser.copy();
    browser.sign_in(Site::START, &site.github, BOB).await;
    let me = browser.get("/me").await.json();
    assert_eq!(
        (&me["user"], &me["login"]),
        (&"usr_1002".into(), &"bob-ops".into())
    );
    assert_eq!(browser.get("/value/a").await.text(), "none");
    assert_eq!(before.get("/me").await.status, 401);
    assert_eq!(site.sessions_of("usr_1001").await, 0);
}

async fn o25_a_logout_during_a_flow_does_not_stop_a_sign_in(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    let browser = site.signed_in(ALICE).await;
    let callback = browser.callback(Site::START, &site.github, ALICE).await;
    assert_eq!(browser.post("/logout").await.status, 204);
    assert_eq!(flow_cookies(&browser).len(), 1);
    let answer = browser.get(&callback).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/home"));
    assert_eq!(browser.get("/me").await.json()["login"], "alice-dev");
}

async fn o25_a_link_whose_session_is_gone_is_409(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    // Signed out, signed in anew as somebody else, and as the same user in another session.
    for after in ["", "/login/other", "/login/usr"] {
        let browser = site.logged_in("usr").await;
        let callback = link(&browser, &site).await;
        browser.post("/logout").await;
        if !after.is_empty() {
            browser.post(after).await;
        }
        let answer = browser.get(&callback).await;
        assert_eq!(
            answer.refusal(),
            (409, "session_gone".to_owned()),
            "{after}"
        );
        assert_eq!(flow_cookies(&browser), [""; 0], "{after}");
        assert_eq!(site.accounts.count(), 0, "{after}");
    }
}

async fn link(browser: &Browser, site: &Site) -> String {
    let started = browser.post(Site::LINK).await;
    assert_eq!(started.status, 303, "{}", started.text());
    site.github.approve(started.location(), ALICE).unwrap()
}
