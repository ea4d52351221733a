//! The start of a flow.

use std::collections::BTreeSet;

use http::Method;
use portcullis_cookie::{KeyRing, SealKey};
use portcullis_core::Random;
use portcullis_tests::{Ask, Masker, Site, SiteSetup, StoreKind};

use super::{ALICE, site};
use crate::support::{flow_cookies, is_token, parameter, set_cookie};

#[tokio::test]
async fn o01_start_is_an_uncached_303_without_referrer() {
    let site = site().await;
    let answer = site.browser().get(Site::START).await;
    assert_eq!(answer.status, 303);
    assert!(
        answer
            .location()
            .starts_with(&format!("{}/login/oauth/authorize?", site.github.web_url()))
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    // And so it is in the example server, where security headers stand around it.
    let masker = Masker::start(StoreKind::Memory).await;
    let answer = masker.browser().get(Masker::START).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("cache-control")),
        (303, "no-store")
    );
    assert_eq!(answer.all("referrer-policy"), ["no-referrer"]);
}

#[tokio::test]
async fn o02_unknown_provider_is_404_and_head_405() {
    let site = site().await;
    let browser = site.browser();
    for path in [
        "/auth/gitlab/login",
        "/auth/github",
        "/auth/github/login/",
        "/auth/GitHub/login",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.refusal(), (404, "not_found".to_owned()), "{path}");
        assert_eq!(answer.set_cookies(), [""; 0], "{path}");
    }
    for method in [Method::HEAD, Method::POST, Method::PUT, Method::OPTIONS] {
        let ask = Ask::new(method.clone(), Site::START);
        let answer = browser.ask(ask).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("allow")),
            (405, "GET"),
            "{method}"
        );
        assert_eq!(answer.set_cookies(), [""; 0], "{method}");
    }
}

#[tokio::test]
async fn o04_fetches_and_prefetches_start_no_flow() {
    let site = site().await;
    let browser = site.browser();
    for (name, value) in [
        ("sec-fetch-dest", "empty"),
        ("sec-fetch-dest", "image"),
        ("sec-fetch-dest", "iframe"),
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
    ] {
        let answer = browser.ask(Ask::get(Site::START).with(name, value)).await;
        assert_eq!(
            answer.refusal(),
            (401, "unauthenticated".to_owned()),
            "{name}: {value}"
        );
        assert_eq!(
            answer.json()["error"]["login_url"],
            "/sign-in",
            "{name}: {value}"
        );
        assert_eq!(answer.set_cookies(), [""; 0], "{name}: {value}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let document = browser.ask(Ask::get(Site::START).for_page()).await;
    assert_eq!(document.status, 303);
}

#[tokio::test]
async fn o05_every_flow_has_a_state_and_a_challenge_of_its_own() {
    let site = site().await;
    let browser = site.browser();
    let mut seen = BTreeSet::new();
    for _ in 0..100 {
        let answer = browser.get(Site::START).await;
        let (state, challenge) = (
            parameter(answer.location(), "state").unwrap(),
            parameter(answer.location(), "code_challenge").unwrap(),
        );
        assert!(is_token(&state) && is_token(&challenge));
        assert_eq!(
            parameter(answer.location(), "code_challenge_method").unwrap(),
            "S256"
        );
        seen.extend([state, challenge]);
    }
    assert_eq!(seen.len(), 200);
}

#[tokio::test]
async fn o06_no_header_moves_the_redirect_uri() {
    let site = site().await;
    let expected = format!("{}{}", site.base, Site::CALLBACK);
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "444"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-original-host", "evil.example"),
        ("origin", "https://evil.example"),
    ] {
        let answer = site
            .browser()
            .ask(Ask::get(Site::START).with(name, value))
            .await;
        let sent = parameter(answer.location(), "redirect_uri");
        assert_eq!(sent.as_deref(), Some(expected.as_str()), "{name}");
        assert!(!answer.location().contains("evil"), "{name}");
        assert!(
            answer
                .set_cookies()
                .iter()
                .all(|line| !line.contains("evil")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn o07_only_paths_of_this_origin_are_returned_to() {
    let setup = SiteSetup::new(StoreKind::Memory);
    let setup = setup.with_config(|config| config.add_return_origin("https://app.example"));
    let site = setup.start().await;
    let long = format!("/{}", "a".repeat(2_048));
    for (asked, expected) in [
        ("/portal?a=b&c=%2F#d", "/portal?a=b&c=%2F#d"),
        ("/", "/"),
        ("https://app.example/x?y=z", "https://app.example/x?y=z"),
        ("", "/home"),
        ("//evil.example", "/home"),
        ("/\\evil.example", "/home"),
        ("\\\\evil.example", "/home"),
        ("/\t/evil.example", "/home"),
        ("/a\r\nset-cookie: x=y", "/home"),
        ("/%2F/evil.example", "/home"),
        ("/%5Cevil.example", "/home"),
        ("/%0d%0a", "/home"),
        ("/./..//evil.example", "/home"),
        ("https://evil.example", "/home"),
        ("https://app.example.evil.example/", "/home"),
        ("https://app.example@evil.example/", "/home"),
        ("http://app.example/", "/home"),
        ("https://app.example:444/", "/home"),
        ("javascript:alert(1)", "/home"),
        ("portal", "/home"),
        (&long, "/home"),
    ] {
        let browser = site.browser();
        let mut start = form_urlencoded::Serializer::new(format!("{}?", Site::START));
        let start = start.append_pair("return_to", asked).finish();
        let answer = browser.sign_in(&start, &site.github, ALICE).await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, expected),
            "{asked:?}"
        );
    }
}

#[tokio::test]
async fn o08_flow_cookie_over_plain_http_has_neither_prefix_nor_secure() {
    let site = site().await;
    assert!(!site.sign_in.config().is_secure());
    let answer = site.browser().get(Site::START).await;
    let lines = answer.set_cookies();
    assert_eq!(lines.len(), 1);
    let (name, rest) = lines[0].split_once('=').unwrap();
    let (value, attributes) = rest.split_once("; ").unwrap();
    assert!(name.starts_with("oauth-") && name.len() == 6 + 12, "{name}");
    assert!(value.len() > 100);
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Path=/; Max-Age=600");
}

#[tokio::test]
async fn o08_flow_cookie_over_https_is_a_host_cookie() {
    let setup = SiteSetup::new(StoreKind::Memory);
    let site = setup.with_public("https://app.example").start().await;
    assert!(site.sign_in.config().is_secure());
    let answer = site.browser().get(Site::START).await;
    let state = parameter(answer.location(), "state").unwrap();
    let (name, rest) = answer.set_cookies()[0].split_once('=').unwrap();
    assert!(
        name.starts_with("__Host-oauth-") && name.len() == 13 + 12,
        "{name}"
    );
    assert!(
        !name.contains(&state[..12]),
        "the name shows a hash and not the state"
    );
    let attributes = rest.split_once("; ").unwrap().1;
    assert_eq!(
        attributes,
        "HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=600"
    );
}

#[tokio::test]
async fn o09_a_flow_cookie_is_no_session_and_a_session_no_flow() {
    let site = site().await;
    let browser = site.browser();
    let callback = browser.callback(Site::START, &site.github, ALICE).await;
    let flow = flow_cookies(&browser).remove(0);
    let sealed = browser.cookie(&flow).unwrap();
    let line = format!("{}={sealed}", Site::COOKIE);
    assert_eq!(
        site.browser()
            .ask(Ask::get("/me").with("cookie", line))
            .await
            .status,
        401
    );

    let session = site.logged_in("usr").await.cookie(Site::COOKIE).unwrap();
    let ask = Ask::get(&callback).with("cookie", format!("{flow}={session}"));
    let answer = site.browser().ask(ask).await;
    assert_eq!(answer.refusal(), (400, "flow_not_found".to_owned()));
    assert_eq!(site.github.requests().back_channel(), 0);
    assert_eq!(browser.get(&callback).await.status, 303);
}

#[tokio::test]
async fn o10_the_sixth_flow_of_a_browser_ends_the_oldest() {
    let site = site().await;
    let browser = site.browser();
    let mut callbacks = Vec::new();
    for number in 0..8 {
        let callback = browser.callback(Site::START, &site.github, ALICE).await;
        callbacks.push(callback);
        site.clock.advance(std::time::Duration::from_secs(1));
        assert_eq!(flow_cookies(&browser).len(), 5.min(number + 1));
        let names = flow_cookies(&browser);
        let bytes = names
            .iter()
            .map(|name| name.len() + browser.cookie(name).unwrap().len() + 3);
        assert!(bytes.sum::<usize>() < 4_096);
    }
    for callback in &callbacks[..3] {
        let answer = browser.copy().get(callback).await;
        assert_eq!(answer.refusal(), (400, "flow_not_found".to_owned()));
    }
    for callback in &callbacks[3..] {
        assert_eq!(browser.get(callback).await.status, 303);
    }
    assert_eq!(flow_cookies(&browser), [""; 0]);
}

#[tokio::test]
async fn o11_a_flow_begun_under_the_old_key_ends_under_the_new_one() {
    let key = || SealKey::generate(&Random::system()).unwrap();
    let (old, new) = (key(), key());
    let keys = KeyRing::new(old.clone());
    let before = SiteSetup::new(StoreKind::Memory)
        .with_keys(keys)
        .start()
        .await;
    let rotated = KeyRing::new(new.clone()).with_older(old);
    let after = SiteSetup::beside(&before, rotated).start().await;
    let dropped = SiteSetup::beside(&before, KeyRing::new(new)).start().await;
    let browser = before.browser();
    let callback = browser.callback(Site::START, &before.github, ALICE).await;
    let elsewhere = |site: &Site| callback.replace(&before.base, &site.base);
    let answer = browser.at(&dropped.base).get(&elsewhere(&dropped)).await;
    assert_eq!(answer.refusal(), (400, "flow_not_found".to_owned()));
    let answer = browser.at(&after.base).get(&elsewhere(&after)).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/home"));
    assert!(set_cookie(&answer, Site::COOKIE).is_some());
}
