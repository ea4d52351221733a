//! What the head of a response says, and what a request costs.

use http::header::{CACHE_CONTROL, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderValue};
use portcullis_cookie::{CookiePolicy, RetiredCookie};
use portcullis_core::{Level, Refusal, RefusalKind};
use portcullis_session::{Remember, SessionErrorKind, SessionPolicy};

use crate::support::{
    Browser, CART, COUNT, HOUR, Said, THEME, Verb, WINDOW, When, World, every_request, finish,
    finish_with, how, login, on_every_store, request_with, subject, who,
};

fn lines(headers: &HeaderMap, name: http::HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).iter();
    lines
        .map(|line| line.to_str().unwrap().to_owned())
        .collect()
}

/// A removal names the very cookie that was set, and the retired ones besides.
async fn s28_a_removal_names_the_cookie_that_was_set(world: World) {
    let retired = RetiredCookie::new("sid").with_domain("example.com");
    let policies = [
        CookiePolicy::host("session"),
        CookiePolicy::new("session"),
        CookiePolicy::new("__Secure-session")
            .with_domain("example.com")
            .with_path("/app"),
        CookiePolicy::host("session")
            .with_partitioned()
            .with_retired(retired),
    ];
    for cookie in policies {
        let policy = SessionPolicy::new(cookie.build().unwrap());
        let mut ada = Browser::new(&world.lifecycle_with(policy));
        let set = lines(&ada.log_in(login("ada")).await.headers, SET_COOKIE);
        let session = ada.request();
        session.log_out().await.unwrap();
        let removed = lines(&ada.finish(&session).await.headers, SET_COOKIE);
        assert_eq!(place(&removed[0]), place(&set[0]));
        assert_eq!(
            removed[0].split(';').next().unwrap().split('=').nth(1),
            Some("")
        );
        assert!(removed[0].contains("Max-Age=0"), "{removed:?}");
        // The retired variants go with the first token and with the removal.
        assert_eq!(removed[1..], set[1..]);
    }
}

/// What of a cookie line decides which cookie it is, and whether a browser takes it.
fn place(line: &str) -> (String, Vec<String>) {
    let mut parts = line.split("; ");
    let name = parts.next().unwrap().split('=').next().unwrap().to_owned();
    let kept = parts.filter(|part| !part.starts_with("Max-Age") && !part.starts_with("Expires"));
    (name, kept.map(str::to_owned).collect())
}

/// A request that changes nothing about the cookie sends none.
async fn s29_no_change_sends_no_cookie(world: World) {
    let mut ada = world.signed_in("ada").await;
    for step in 0..4 {
        let session = ada.request();
        match step {
            0 => drop(session.principal().await.unwrap()),
            1 => session.set_value(THEME, &"dark".to_owned()).unwrap(),
            2 => drop(session.devices().await.unwrap()),
            _ => drop(session.revoke_others().await.unwrap()),
        }
        let headers = ada.finish(&session).await.headers;
        assert_eq!(lines(&headers, SET_COOKIE), [""; 0], "{step}");
    }
    // A cookie that goes with the browser is not sent again when the server renews.
    let policy = every_request().with_browser_sessions();
    let ada = world.signed_in_with("ada", policy).await;
    world.clock.advance(WINDOW);
    let session = ada.request();
    assert_eq!(
        session.last_seen_at().await.unwrap(),
        Some(world.now()),
        "it is renewed"
    );
    assert_eq!(finish(&session).await.said(), Said::Nothing);
}

/// Whatever a request does, it sets the cookie once.
async fn s29_the_cookie_is_set_at_most_once(world: World) {
    let mut ada = world.signed_in_with("ada", every_request()).await;
    let session = ada.request();
    session.principal().await.unwrap();
    session.rotate().await.unwrap();
    session.log_in(login("bob")).await.unwrap();
    session.rotate().await.unwrap();
    session
        .authenticate_again(how("otp", Level::Multi, world.now()))
        .await
        .unwrap();
    session.set_remember(Remember::For(2 * HOUR)).await.unwrap();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    session.commit().await.unwrap();
    let answer = ada.finish(&session).await;
    assert_eq!(lines(&answer.headers, SET_COOKIE).len(), 1);
    assert_eq!(
        ada.who().await.as_deref(),
        Some("bob"),
        "and it is the last one"
    );
    let session = ada.request();
    session.log_out().await.unwrap();
    session.log_in(login("ada")).await.unwrap();
    session.log_out().await.unwrap();
    let answer = ada.finish(&session).await;
    assert_eq!(
        (lines(&answer.headers, SET_COOKIE).len(), answer.said()),
        (1, Said::Removal)
    );
}

/// The cookies of others stay as they are, in their order, before ours.
async fn s29_the_cookies_of_others_are_left_alone(world: World) {
    let others = [
        "a=1; Path=/",
        "__Host-sessions=2; Secure; Path=/",
        "a=3; Path=/b",
    ];
    for log_out in [false, true] {
        let ada = world.signed_in_with("ada", every_request()).await;
        let session = ada.request();
        session.principal().await.unwrap();
        if log_out {
            session.log_out().await.unwrap();
        }
        let mut headers = HeaderMap::new();
        for other in others {
            headers.append(SET_COOKIE, HeaderValue::from_static(other));
        }
        let (answer, _) = finish_with(&session, headers).await;
        let lines = lines(&answer.headers, SET_COOKIE);
        assert_eq!(lines[..3], others);
        assert_eq!(lines.len(), 4);
    }
}

/// Nothing can be changed once the head of the response is written.
async fn s29_after_the_head_nothing_changes(world: World) {
    let ada = world.signed_in("ada").await;
    let session = ada.request();
    assert_eq!(who(&session).await.as_deref(), Some("ada"));
    finish(&session).await;
    world.store.take_calls();
    let refused = [
        session.set_value(THEME, &"dark".to_owned()),
        session.remove_value(THEME),
        session.log_in(login("bob")).await,
        session
            .begin_login(subject("bob"), crate::support::method("pwd"))
            .await,
        session.rotate().await,
        session.log_out().await,
        session.set_remember(Remember::Browser).await,
        session.revoke_all().await.map(|_| ()),
    ];
    for refused in refused {
        assert_eq!(refused.unwrap_err().kind(), SessionErrorKind::Closed);
    }
    assert_eq!(world.store.take_calls(), [], "and nothing was done");
    assert_eq!(
        who(&session).await.as_deref(),
        Some("ada"),
        "reading still works"
    );
}

/// A response that depends on the session says so to caches, whatever it found; one that sets the
/// cookie is stored by none; one that did not ask says nothing.
async fn s30_caches_are_told(world: World) {
    let mut ada = world.signed_in("ada").await;
    let session = ada.request();
    assert_eq!(
        finish(&session).await.headers,
        HeaderMap::new(),
        "nothing was asked"
    );

    let session = ada.request();
    who(&session).await;
    let headers = finish(&session).await.headers;
    assert_eq!(lines(&headers, VARY), ["cookie"]);
    assert_eq!(lines(&headers, CACHE_CONTROL), ["private"]);

    let session = ada.request();
    session.rotate().await.unwrap();
    let mut handlers = HeaderMap::new();
    handlers.insert(VARY, HeaderValue::from_static("accept"));
    let (answer, _) = finish_with(&session, handlers).await;
    ada.take(&answer);
    assert_eq!(lines(&answer.headers, VARY), ["accept", "cookie"]);
    assert_eq!(lines(&answer.headers, CACHE_CONTROL), ["no-store"]);

    let session = ada.request();
    session.log_out().await.unwrap();
    let headers = finish(&session).await.headers;
    assert_eq!(lines(&headers, CACHE_CONTROL), ["no-store"]);
    assert_eq!(lines(&headers, VARY), ["cookie"]);

    // Dead now: the answer depends on that.
    let session = ada.request();
    assert_eq!(who(&session).await, None);
    assert_eq!(lines(&finish(&session).await.headers, VARY), ["cookie"]);
}

/// What a visitor without a cookie is shown would not be right for everybody, so caches are told
/// that too; but nothing in it is private.
async fn s30_what_a_visitor_is_shown_varies_too(world: World) {
    let session = world.browser().request();
    assert_eq!(who(&session).await, None);
    let mut handlers = HeaderMap::new();
    handlers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=60"),
    );
    let (answer, _) = finish_with(&session, handlers).await;
    assert_eq!(lines(&answer.headers, VARY), ["cookie"]);
    assert_eq!(
        lines(&answer.headers, CACHE_CONTROL),
        ["public, max-age=60"]
    );
    let untouched = world.browser().request();
    assert_eq!(finish(&untouched).await.headers, HeaderMap::new());
}

/// With the store down a request that asks nothing works, and one that asks gets an error, not a
/// log-out: no cookie is touched, and the session is there when the store is.
async fn s43_a_store_that_is_down_logs_nobody_out(world: World) {
    let ada = world.signed_in_with("ada", every_request()).await;
    world.store.set_down(true);
    let session = ada.request();
    assert_eq!(
        finish(&session).await.headers,
        HeaderMap::new(),
        "nothing was asked"
    );
    assert_eq!(world.store.take_calls(), []);
    let visitor = world.browser().request();
    assert_eq!(who(&visitor).await, None);

    let session = ada.request();
    for _ in 0..2 {
        let error = session.principal().await.unwrap_err();
        assert_eq!(error.kind(), SessionErrorKind::Store);
        assert_eq!(Refusal::from(error).kind(), RefusalKind::Unavailable);
    }
    for error in [
        session.pending().await.map(|_| ()),
        session.handle().await.map(|_| ()),
        session.value(THEME).await.map(|_| ()),
        session.rotate().await,
        session.log_in(login("bob")).await,
        session.set_remember(Remember::Browser).await,
        session.devices().await.map(|_| ()),
        session.revoke_all().await.map(|_| ()),
    ] {
        assert_eq!(error.unwrap_err().kind(), SessionErrorKind::Store);
    }
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    let (answer, committed) = finish_with(&session, HeaderMap::new()).await;
    assert_eq!(committed.unwrap_err().kind(), SessionErrorKind::Store);
    assert_eq!(answer.said(), Said::Nothing);

    let visitor = world.browser().request();
    visitor.set_value(THEME, &"dark".to_owned()).unwrap();
    let (answer, committed) = finish_with(&visitor, HeaderMap::new()).await;
    assert_eq!(committed.unwrap_err().kind(), SessionErrorKind::Store);
    assert_eq!(answer.said(), Said::Nothing);

    world.store.set_down(false);
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
    assert_eq!(world.sessions("bob").await, []);
}

/// A store that fails once is asked again by the same request.
async fn s43_a_request_recovers_with_its_store(world: World) {
    let ada = world.signed_in("ada").await;
    let session = ada.request();
    world.store.fail(Verb::Load, When::Before);
    assert!(session.principal().await.is_err());
    assert_eq!(who(&session).await.as_deref(), Some("ada"));
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    world.store.fail(Verb::Update, When::Before);
    assert!(session.commit().await.is_err());
    assert!(session.is_dirty());
    finish(&session).await;
    assert_eq!(
        ada.request().value(THEME).await.unwrap().as_deref(),
        Some("dark")
    );
}

/// Without a cookie, and with one that nobody asks about, no store is called.
async fn s47_what_asks_nothing_costs_nothing(world: World) {
    let ada = world.signed_in("ada").await;
    for session in [ada.request(), world.browser().request()] {
        assert!(!session.is_dirty());
        assert_eq!(finish(&session).await.headers, HeaderMap::new());
    }
    let visitor = world.browser().request();
    visitor.principal().await.unwrap();
    visitor.pending().await.unwrap();
    visitor.handle().await.unwrap();
    visitor.last_seen_at().await.unwrap();
    visitor.value(THEME).await.unwrap();
    finish(&visitor).await;
    assert_eq!(world.store.take_calls(), []);
}

/// Each thing that a request can do costs the calls that it must, and no more.
async fn s47_what_is_asked_costs_one_call(world: World) {
    for policy in [crate::support::policy(), every_request()] {
        let mut ada = world.signed_in_with("ada", policy).await;
        let session = ada.request();
        for _ in 0..3 {
            assert!(session.principal().await.unwrap().is_some());
            session.pending().await.unwrap();
            session.handle().await.unwrap();
            session.last_seen_at().await.unwrap();
            session.value(THEME).await.unwrap();
            session.value(CART).await.unwrap();
        }
        ada.finish(&session).await;
        assert_eq!(world.store.take_calls(), [Verb::Load], "a read");

        let session = ada.request();
        session.set_value(THEME, &"dark".to_owned()).unwrap();
        session.set_value(COUNT, &1).unwrap();
        ada.finish(&session).await;
        assert_eq!(
            world.store.take_calls(),
            [Verb::Load, Verb::Update],
            "a write"
        );

        let session = ada.request();
        session.rotate().await.unwrap();
        ada.finish(&session).await;
        assert_eq!(
            world.store.take_calls(),
            [Verb::Load, Verb::Rotate],
            "a new token"
        );

        ada.log_in(login("ada")).await;
        assert_eq!(
            world.store.take_calls(),
            [Verb::Create],
            "a login in the place of another"
        );
        let session = ada.request();
        session.log_out().await.unwrap();
        ada.finish(&session).await;
        assert_eq!(world.store.take_calls(), [Verb::Delete], "a log-out");
        ada.log_in(login("ada")).await;
        assert_eq!(world.store.take_calls(), [Verb::Create], "a login");

        let dead = request_with(&ada.lifecycle, &[&crate::support::invented()]);
        assert_eq!(who(&dead).await, None);
        assert_eq!(who(&dead).await, None);
        finish(&dead).await;
        assert_eq!(world.store.take_calls(), [Verb::Load], "a dead token");
        ada.request().log_out().await.unwrap();
    }
}

on_every_store!(
    s28_a_removal_names_the_cookie_that_was_set,
    s29_no_change_sends_no_cookie,
    s29_the_cookie_is_set_at_most_once,
    s29_the_cookies_of_others_are_left_alone,
    s29_after_the_head_nothing_changes,
    s30_caches_are_told,
    s30_what_a_visitor_is_shown_varies_too,
    s43_a_store_that_is_down_logs_nobody_out,
    s43_a_request_recovers_with_its_store,
    s47_what_asks_nothing_costs_nothing,
    s47_what_is_asked_costs_one_call,
);
