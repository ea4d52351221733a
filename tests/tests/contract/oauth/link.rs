//! Linking an account to the user who is signed in.

use http::Method;
use portcullis_tests::{Ask, Site, SiteSetup, StoreKind};

use super::{ALICE, BOB, site};
use crate::support::{flow_cookies, on_every_store};

on_every_store!(
    o46_an_account_of_somebody_else_is_not_linked_again,
    o46_an_account_is_linked_and_signs_its_user_in,
);

#[tokio::test]
async fn o03_a_link_is_a_same_origin_post_of_a_session() {
    let site = site().await;
    let browser = site.logged_in("usr").await;
    let post = || Ask::new(Method::POST, Site::LINK);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("x-nothing", "neither header"),
    ] {
        let answer = browser.ask(post().with(name, value)).await;
        assert_eq!(
            answer.refusal(),
            (403, "cross_origin".to_owned()),
            "{name}: {value}"
        );
        assert_eq!(answer.set_cookies(), [""; 0], "{name}: {value}");
    }
    for method in [Method::GET, Method::HEAD, Method::PUT] {
        let ask = Ask::new(method.clone(), Site::LINK).with("sec-fetch-site", "same-origin");
        let answer = browser.ask(ask).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("allow")),
            (405, "POST"),
            "{method}"
        );
    }
    let stranger = site.browser().post(Site::LINK).await;
    assert_eq!(stranger.refusal(), (403, "session_required".to_owned()));
    assert_eq!(stranger.set_cookies(), [""; 0]);
    for ask in [
        post().with("sec-fetch-site", "same-origin"),
        post().with("origin", &site.base),
    ] {
        assert_eq!(browser.ask(ask).await.status, 303);
    }
    assert_eq!(flow_cookies(&browser).len(), 2);
}

async fn o46_an_account_is_linked_and_signs_its_user_in(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    let browser = site.logged_in("usr").await;
    let session = browser.cookie(Site::COOKIE);
    let started = browser.post("/auth/github/link?return_to=/settings").await;
    let callback = site.github.approve(started.location(), ALICE).unwrap();
    let answer = browser.get(&callback).await;
    assert_eq!(
        (answer.status.as_u16(), answer.location()),
        (303, "/settings")
    );
    assert_eq!(
        browser.cookie(Site::COOKIE),
        session,
        "who is signed in stays so"
    );
    assert_eq!(site.told(), ["Linked ok"]);
    assert_eq!(
        site.signed_in(ALICE).await.get("/me").await.json()["user"],
        "usr"
    );
}

async fn o46_an_account_of_somebody_else_is_not_linked_again(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    site.signed_in(BOB).await;
    let browser = site.logged_in("usr").await;
    let started = browser.post(Site::LINK).await;
    let callback = site.github.approve(started.location(), BOB).unwrap();
    let _ = site.told();
    let answer = browser.get(&callback).await;
    assert_eq!(answer.refusal(), (409, "already_linked".to_owned()));
    assert_eq!(site.told(), ["Failed already_linked"]);
    assert_eq!(flow_cookies(&browser), [""; 0]);
    assert_eq!(site.accounts.user(BOB).as_deref(), Some("usr_1002"));
    assert_eq!(browser.get("/me").await.json()["user"], "usr");
}
