//! What a cookie jar that somebody else wrote makes of our cookies.

use axum::Router;
use axum::routing::get as on_get;
use portcullis_cookie::{CookiePolicy, CookiePolicyBuilder, RetiredCookie, SameSite};
use portcullis_session::SessionPolicy;
use portcullis_tower::{Authenticated, CurrentSession, SessionsLayer};

use crate::support::{Browser, World, text};

const PAGE: &str = "https://app.example.com/app/page";

/// A world with this cookie, and a service in it.
fn served(cookie: CookiePolicyBuilder) -> (World, Router) {
    let world = World::with_policy(SessionPolicy::new(cookie.build().unwrap()));
    let log_in = {
        let world = world.clone();
        async move |session: CurrentSession| session.log_in(world.login("usr_1")).await.unwrap()
    };
    let app = Router::new()
        .route("/app/login", on_get(log_in))
        .route(
            "/app/logout",
            on_get(async |session: CurrentSession| session.log_out().await.unwrap()),
        )
        .route(
            "/app/me",
            on_get(async |user: Option<Authenticated>| {
                user.map_or("nobody".to_owned(), |user| user.subject().to_string())
            }),
        )
        .layer(SessionsLayer::new(world.lifecycle.clone()));
    (world, app)
}

#[tokio::test]
async fn s28_a_removal_removes_exactly_the_cookie_that_was_set() {
    let policies: [(&str, CookiePolicyBuilder); 8] = [
        (PAGE, CookiePolicy::host("session")),
        (PAGE, CookiePolicy::new("session")),
        (PAGE, CookiePolicy::new("session").with_path("/app")),
        (
            PAGE,
            CookiePolicy::new("session").with_domain("example.com"),
        ),
        (
            PAGE,
            CookiePolicy::new("__Secure-session")
                .with_domain("app.example.com")
                .with_path("/app"),
        ),
        (
            PAGE,
            CookiePolicy::host("session")
                .with_same_site(SameSite::None)
                .with_partitioned(),
        ),
        (
            PAGE,
            CookiePolicy::host("session")
                .with_same_site(SameSite::Strict)
                .insecure_readable_by_scripts(),
        ),
        (
            "http://localhost:3000/app/page",
            CookiePolicy::host("session").insecure_over_http("localhost"),
        ),
    ];
    for (page, cookie) in policies {
        let what = format!("{cookie:?}");
        let (world, app) = served(cookie);
        let mut browser = Browser::at(page);
        browser.plant("theirs=1; Path=/");
        browser.plant("session-theirs=2; Path=/app");

        browser.get(&app, "/app/login").await;
        assert_eq!(
            text(browser.get(&app, "/app/me").await).await,
            "usr_1",
            "{what}"
        );
        assert_eq!(browser.cookies().len(), 3, "{what}");

        browser.get(&app, "/app/logout").await;
        assert_eq!(
            browser.cookies(),
            ["session-theirs=2", "theirs=1"],
            "{what}"
        );
        assert_eq!(
            text(browser.get(&app, "/app/me").await).await,
            "nobody",
            "{what}"
        );
        assert_eq!(world.store.len(), 0, "{what}");
    }
}

#[tokio::test]
async fn s28_retired_variants_go_with_the_login_and_with_the_logout() {
    let cookie = CookiePolicy::host("session")
        .with_retired(RetiredCookie::new("sid"))
        .with_retired(
            RetiredCookie::new("session")
                .with_domain("example.com")
                .with_path("/app"),
        );
    let (_, app) = served(cookie);
    let mut browser = Browser::at(PAGE);
    let old = |browser: &mut Browser| {
        browser.plant("sid=old; Path=/");
        browser.plant("session=older; Domain=example.com; Path=/app");
        browser.plant("sid=theirs; Path=/app");
    };
    old(&mut browser);
    browser.get(&app, "/app/login").await;
    let held = browser.cookies();
    assert_eq!(held.len(), 2, "{held:?}");
    assert!(
        held[0].starts_with("__Host-session=") && held[1] == "sid=theirs",
        "{held:?}"
    );

    old(&mut browser);
    browser.get(&app, "/app/logout").await;
    assert_eq!(browser.cookies(), ["sid=theirs"]);
}
