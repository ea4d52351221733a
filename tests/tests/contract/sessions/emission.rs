//! Lines 27 to 30 and 32: what is said of the cookie, and when.

use std::time::Duration;

use portcullis_cookie::{CookiePolicy, RetiredCookie, SameSite};
use portcullis_session::Sliding;
use portcullis_tests::{Ask, Browser, Site, SiteSetup, StoreKind};

use super::{Stack, on_every_stack};
use crate::support::set_cookie;

on_every_stack!(
    s48_s27_the_default_cookie_is_a_host_cookie,
    s48_s28_a_removal_is_taken_by_a_jar_and_leaves_the_neighbours,
    s48_s29_a_cookie_is_sent_only_when_something_changed,
    s48_s29_the_cookies_of_others_stay_as_they_are,
    s48_s30_caches_are_told,
);

const DAY: Duration = Duration::from_secs(86_400);

async fn s48_s27_the_default_cookie_is_a_host_cookie(stack: Stack) {
    let site = stack.start().await;
    let answer = site.browser().post("/login/usr").await;
    let (value, attributes) = set_cookie(&answer, "__Host-session").unwrap();
    assert!(crate::support::is_token(value));
    assert_eq!(
        attributes,
        "HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=2592000"
    );
}

async fn s48_s28_a_removal_is_taken_by_a_jar_and_leaves_the_neighbours(stack: Stack) {
    let retired = RetiredCookie::new("sid");
    for cookie in [
        CookiePolicy::host("session"),
        CookiePolicy::new("session").with_path("/me"),
        CookiePolicy::new("__Secure-session").with_same_site(SameSite::Strict),
        CookiePolicy::host("session")
            .with_same_site(SameSite::None)
            .with_partitioned(),
        CookiePolicy::host("session").with_retired(retired),
        CookiePolicy::host("session").insecure_over_http("localhost"),
    ] {
        let what = format!("{cookie:?}");
        let site = stack
            .setup()
            .with_cookie(cookie.build().unwrap())
            .start()
            .await;
        let browser = site.browser();
        browser.plant("theirs=1; Path=/");
        browser.plant("session-theirs=2; Path=/");
        browser.plant("sid=3; Path=/");
        browser.post("/login/usr").await;
        assert_eq!(browser.get("/me").await.status, 200, "{what}");
        // A cookie for one path goes with no other: there a request signs out that has it.
        let thief = browser.copy();
        let logout = Ask::post("/logout").with("cookie", cookies_of(&browser, "/me"));
        assert_eq!(browser.ask(logout).await.status, 204, "{what}");
        let mut left = browser.cookies();
        left.retain(|name| name != "sid");
        assert_eq!(left, ["session-theirs", "theirs"], "{what}");
        assert_eq!(
            cookies_of(&browser, "/me"),
            cookies_of(&browser, "/"),
            "{what}"
        );
        assert_eq!(thief.get("/me").await.status, 401, "{what}");
    }
}

/// The cookies that the jar would send with a path, as one line.
fn cookies_of(browser: &Browser, path: &str) -> String {
    browser.cookies_at(path).join("; ")
}

async fn s48_s29_a_cookie_is_sent_only_when_something_changed(stack: Stack) {
    let site = stack.start().await;
    let browser = site.logged_in("usr").await;
    let value = browser.cookie(Site::COOKIE).unwrap();
    for _ in 0..3 {
        for path in ["/me", "/value/a", "/devices", "/public"] {
            assert_eq!(browser.get(path).await.set_cookies(), [""; 0], "{path}");
        }
        assert_eq!(
            browser
                .ask(Ask::post("/value/a").body("x"))
                .await
                .set_cookies(),
            [""; 0]
        );
    }
    // The default renews at most every five minutes.
    site.clock.advance(Duration::from_secs(300));
    let renewed = browser.get("/me").await;
    assert_eq!(set_cookie(&renewed, Site::COOKIE).unwrap().0, value);
    assert_eq!(browser.get("/me").await.set_cookies(), [""; 0]);
    // Near the absolute limit of 90 days it has no more than is left.
    for _ in 0..3 {
        site.clock.advance(29 * DAY);
        browser.get("/me").await;
    }
    site.clock.advance(DAY);
    let last = browser.get("/me").await;
    let (_, attributes) = set_cookie(&last, Site::COOKIE).unwrap();
    assert!(attributes.ends_with("; Max-Age=172500"), "{attributes}");
}

async fn s48_s29_the_cookies_of_others_stay_as_they_are(stack: Stack) {
    let every = |policy: portcullis_session::SessionPolicy| {
        policy.with_sliding(Sliding::EveryRequest).unwrap()
    };
    let site = stack.setup().with_policy(every).start().await;
    let browser = site.logged_in("usr").await;
    let answer = browser.get("/kind/cookies").await;
    let lines = answer.set_cookies();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        &lines[..2],
        ["first=1; Path=/", "second=2; Path=/; HttpOnly"]
    );
    assert!(lines[2].starts_with("__Host-session="));
}

async fn s48_s30_caches_are_told(stack: Stack) {
    let site = stack.start().await;
    let browser = site.logged_in("usr").await;
    for (path, cache, depends) in [
        ("/me", "private", true),
        ("/public", "", false),
        ("/kind/cached", "max-age=60, private", true),
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("cache-control"), cache, "{path}");
        let vary = answer.all("vary").join(", ").to_ascii_lowercase();
        let varies = vary.split(", ").any(|name| name == "cookie");
        assert_eq!(varies, depends, "{path}: {vary}");
    }
    let sets = browser.post("/rotate").await;
    assert_eq!(sets.header("cache-control"), "no-store");
    // What compression adds stands beside it.
    if stack.1 {
        let ask = Ask::get("/kind/cached").with("accept-encoding", "gzip");
        let answer = browser.ask(ask).await;
        assert_eq!(answer.header("content-encoding"), "gzip");
        let mut vary: Vec<String> = answer
            .all("vary")
            .iter()
            .map(|v| v.to_lowercase())
            .collect();
        vary.sort();
        assert_eq!(vary, ["accept", "accept-encoding", "cookie"]);
    }
}

#[tokio::test]
async fn s48_s32_plain_http_is_explicit_and_for_loopback() {
    let plain = |host: &str| {
        CookiePolicy::host("session")
            .insecure_over_http(host)
            .build()
    };
    assert!(plain("app.example").is_err() && plain("192.168.1.2").is_err());
    let setup = SiteSetup::new(StoreKind::Memory);
    let site = setup.with_cookie(plain("localhost").unwrap()).start().await;
    let answer = site.browser().post("/login/usr").await;
    let (_, attributes) = set_cookie(&answer, "session").unwrap();
    assert_eq!(
        attributes,
        "HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000"
    );
}
