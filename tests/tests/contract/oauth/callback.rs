//! What a callback checks before GitHub is asked.

use std::time::Duration;

use http::Method;
use portcullis_testkit::github::{Endpoint, Fault, Times};
use portcullis_tests::{Answer, Ask, Browser, Site, SiteSetup, StoreKind};

use super::{ALICE, site};
use crate::support::{flow_cookies, parameter, with_parameter};

/// A browser with a flow, and the callback that would end it.
async fn begun(site: &Site) -> (Browser, String) {
    let browser = site.browser();
    let callback = browser.callback(Site::START, &site.github, ALICE).await;
    (browser, callback)
}

/// Nothing was asked of GitHub, nobody is signed in, and the answer leads to a new start.
fn check_refused(site: &Site, answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        answer.refusal(),
        (status, code.to_owned()),
        "{}",
        answer.text()
    );
    assert_eq!(answer.json()["error"]["login_url"], "/sign-in");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.set_cookies_of(Site::COOKIE), [""; 0]);
    assert_eq!(site.github.requests().back_channel(), 0);
}

#[tokio::test]
async fn o12_what_fails_before_the_exchange_asks_nothing_of_github() {
    let site = site().await;
    let (browser, callback) = begun(&site).await;
    let change = |name, value: Option<&str>| with_parameter(&callback, name, value);
    let other = begun(&site).await.1;
    let state = parameter(&other, "state").unwrap();
    for (address, code) in [
        (change("code", None), "invalid_request"),
        (change("state", None), "flow_not_found"),
        (change("state", Some("x")), "flow_not_found"),
        (change("state", Some(&state)), "flow_not_found"),
        (
            change("iss", Some("https://evil.example")),
            "issuer_mismatch",
        ),
    ] {
        let answer = browser.copy().get(&address).await;
        check_refused(&site, &answer, 400, code);
    }
    site.clock.advance(Duration::from_millis(600_001));
    check_refused(
        &site,
        &browser.copy().get(&callback).await,
        400,
        "flow_expired",
    );
    // The order: a flow that is both expired and of the wrong issuer is expired.
    let wrong = change("iss", Some("https://evil.example"));
    check_refused(&site, &browser.get(&wrong).await, 400, "flow_expired");
}

#[tokio::test]
async fn o12_a_flow_that_was_refused_early_can_still_be_finished() {
    let site = site().await;
    let (browser, callback) = begun(&site).await;
    let malformed = with_parameter(&callback, "code", Some(""));
    assert_eq!(browser.get(&malformed).await.status, 400);
    assert_eq!(browser.get(&callback).await.status, 303);
}

#[tokio::test]
async fn o13_an_unknown_flow_is_400_with_a_restart_link_or_home_for_who_is_signed_in() {
    let site = site().await;
    let (_, callback) = begun(&site).await;
    let stranger = site.browser();
    check_refused(&site, &stranger.get(&callback).await, 400, "flow_not_found");
    let page = stranger.ask(Ask::get(&callback).for_page()).await;
    assert_eq!(page.status, 400);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        page.text().contains("<a href=\"/sign-in\">"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("flow_not_found"));

    let here = site.logged_in("usr").await;
    let answer = here.get(&callback).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/home"));
    assert_eq!(here.get("/me").await.json()["user"], "usr");
    assert_eq!(site.github.requests().back_channel(), 0);
}

#[tokio::test]
async fn o14_a_flow_lives_ten_minutes_to_the_millisecond() {
    let site = site().await;
    let (browser, late) = (site.browser(), site.browser());
    let started = [browser.get(Site::START).await, late.get(Site::START).await];
    // GitHub's code lives as long, and must not be what ends it.
    site.clock.advance(Duration::from_secs(599));
    let approve = |start: &Answer| site.github.approve(start.location(), ALICE).unwrap();
    let [callback, late_callback] = started.each_ref().map(approve);
    site.clock.advance(Duration::from_secs(1));
    assert_eq!(browser.get(&callback).await.status, 303);
    site.github.requests().clear();
    site.clock.advance(Duration::from_millis(1));
    check_refused(&site, &late.get(&late_callback).await, 400, "flow_expired");
    assert_eq!(flow_cookies(&late), [""; 0], "what is over is cleared");
}

#[tokio::test]
async fn o15_a_flow_ends_at_the_provider_it_began_with() {
    let key = portcullis_cookie::SealKey::generate(&portcullis_core::Random::system()).unwrap();
    let keys = || portcullis_cookie::KeyRing::new(key.clone());
    let site = SiteSetup::new(StoreKind::Memory)
        .with_keys(keys())
        .start()
        .await;
    let other = SiteSetup::beside(&site, keys());
    let other = other
        .with_config(|config| config.with_provider("ghes"))
        .start()
        .await;
    let (browser, callback) = begun(&site).await;
    let elsewhere = callback.replace(&site.base, &other.base);
    let answer = browser.at(&other.base).get(&elsewhere).await;
    check_refused(&site, &answer, 400, "provider_mismatch");
    assert_eq!(browser.get(&callback).await.status, 303);
}

#[tokio::test]
async fn o16_iss_is_absent_or_exactly_the_issuer() {
    let site = site().await;
    let own = format!("{}/login/oauth", site.github.web_url());
    for (iss, is_good) in [
        (None, true),
        (Some(own.clone()), true),
        (Some(format!("{own}/")), false),
        (Some(own.to_uppercase()), false),
        (Some("https://github.com/login/oauth".to_owned()), false),
        (Some(String::new()), false),
    ] {
        let (browser, callback) = begun(&site).await;
        let address = with_parameter(&callback, "iss", iss.as_deref());
        site.github.requests().clear();
        let answer = browser.get(&address).await;
        match is_good {
            true => assert_eq!(answer.status, 303, "{iss:?}"),
            false => check_refused(&site, &answer, 400, "issuer_mismatch"),
        }
    }
}

#[tokio::test]
async fn o16_a_wrong_or_missing_iss_of_the_provider_is_refused() {
    let setup = SiteSetup::new(StoreKind::Memory);
    let site = setup
        .with_config(|config| config.with_require_iss())
        .start()
        .await;
    for fault in [Fault::wrong_iss("https://evil.example"), Fault::no_iss()] {
        site.fault(Endpoint::Decide, fault, Times::Next(1));
        let (browser, callback) = begun(&site).await;
        check_refused(&site, &browser.get(&callback).await, 400, "issuer_mismatch");
    }
    let (browser, callback) = begun(&site).await;
    assert_eq!(browser.get(&callback).await.status, 303);
}

#[tokio::test]
async fn o17_o89_odd_queries_are_400_and_nothing_else() {
    let site = site().await;
    let (browser, callback) = begun(&site).await;
    let state = parameter(&callback, "state").unwrap();
    let long = "a".repeat(1_025);
    let filler = "b".repeat(8_193);
    for query in [
        format!("code=a&code=b&state={state}"),
        format!("code=a&state={state}&state={state}"),
        format!("code=a&state={state}&iss=a&iss=a"),
        format!("error=access_denied&error=access_denied&state={state}"),
        format!("code=a&error=access_denied&state={state}"),
        format!("code=&state={state}"),
        format!("code={long}&state={state}"),
        format!("code=a&state={state}&x={filler}"),
        format!("code=%&state={state}"),
        format!("code=%zz&state={state}"),
        format!("code=%ff%fe&state={state}"),
        format!("code=a&state={state}&%ff=1"),
        format!("code=a%00b&state={state}%00"),
        format!("&&&=&state={state}"),
        "code".to_owned(),
        String::new(),
    ] {
        let answer = browser.get(&format!("{}?{query}", Site::CALLBACK)).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.set_cookies_of(Site::COOKIE), [""; 0], "{query}");
        assert_eq!(site.github.requests().back_channel(), 0, "{query}");
    }
    assert_eq!(browser.get(Site::CALLBACK).await.status, 400);
    assert_eq!(
        browser.get(&callback).await.status,
        303,
        "none of them used the flow up"
    );
}

#[tokio::test]
async fn o18_only_get_ends_a_flow_and_a_head_uses_nothing_up() {
    let site = site().await;
    let (browser, callback) = begun(&site).await;
    for method in [Method::HEAD, Method::POST, Method::PUT, Method::DELETE] {
        let answer = browser.ask(Ask::new(method.clone(), &callback)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("allow")),
            (405, "GET"),
            "{method}"
        );
        assert_eq!(answer.set_cookies(), [""; 0], "{method}");
    }
    assert_eq!(site.github.requests().back_channel(), 0);
    assert_eq!(browser.get(&callback).await.status, 303);
}

#[tokio::test]
async fn o19_a_denial_leads_to_the_login_page_and_touches_no_session() {
    let site = site().await;
    let browser = site.logged_in("usr").await;
    let session = browser.cookie(Site::COOKIE);
    let started = browser.get(Site::START).await;
    let denied = site.github.deny(started.location()).unwrap();
    let answer = browser.get(&denied).await;
    assert_eq!(
        (answer.status.as_u16(), answer.location()),
        (303, "/sign-in?error=access_denied")
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(flow_cookies(&browser), [""; 0]);
    assert_eq!(browser.cookie(Site::COOKIE), session);
    assert_eq!(browser.get("/me").await.json()["user"], "usr");
    assert_eq!(site.told(), ["Denied access_denied"]);
    assert_eq!(site.github.requests().back_channel(), 0);
}

#[tokio::test]
async fn o19_other_errors_of_the_provider_are_502_or_503_and_their_text_is_not_shown() {
    let site = site().await;
    for (error, status, code) in [
        ("application_suspended", 502, "application_suspended"),
        ("redirect_uri_mismatch", 502, "redirect_uri_mismatch"),
        ("server_error", 502, "server_error"),
        ("temporarily_unavailable", 503, "temporarily_unavailable"),
        ("<script>", 502, "provider_error"),
    ] {
        let (browser, callback) = begun(&site).await;
        let address = with_parameter(&callback, "code", None);
        let address = with_parameter(&address, "error", Some(error));
        let address = with_parameter(&address, "error_description", Some("<b>the text</b>"));
        let page = browser.copy().ask(Ask::get(&address).for_page()).await;
        assert_eq!(page.status, status, "{error}");
        assert!(
            !page.text().contains("the text") && !page.text().contains("<script"),
            "{error}"
        );
        let answer = browser.get(&address).await;
        check_refused(&site, &answer, status, code);
        assert_eq!(flow_cookies(&browser), [""; 0], "{error}");
    }
}

#[tokio::test]
async fn o20_a_forged_denial_signs_nobody_out() {
    let site = site().await;
    let browser = site.logged_in("usr").await;
    let state = "A".repeat(43);
    for query in [
        "error=access_denied".to_owned(),
        format!("error=access_denied&state={state}"),
        "error=access_denied&state=x".to_owned(),
    ] {
        let answer = browser.get(&format!("{}?{query}", Site::CALLBACK)).await;
        check_refused(&site, &answer, 400, "flow_not_found");
        assert_eq!(browser.get("/me").await.json()["user"], "usr", "{query}");
    }
    assert_eq!(
        site.told()
            .iter()
            .filter(|told| told.starts_with("Denied"))
            .count(),
        0
    );
}

#[tokio::test]
async fn o26_the_wrong_spelling_of_the_host_is_named() {
    let site = site().await;
    let (_, callback) = begun(&site).await;
    let elsewhere = Browser::new(&format!("http://{}", site.address()));
    let address = callback.replace(&site.base, &format!("http://{}", site.address()));
    let answer = elsewhere.get(&address).await;
    check_refused(&site, &answer, 400, "flow_not_found");
    let message = answer.json()["error"]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(message.contains("localhost and 127.0.0.1"), "{message}");
}

#[tokio::test]
async fn o27_o89_damaged_and_foreign_flow_cookies_count_as_absent() {
    let site = site().await;
    let (browser, callback) = begun(&site).await;
    let name = flow_cookies(&browser).remove(0);
    let value = browser.cookie(&name).unwrap().into_bytes();
    let mut flipped = value.clone();
    flipped[40] ^= 1;
    let other = begun(&site).await.0;
    let foreign = other.cookie(&flow_cookies(&other)[0]).unwrap().into_bytes();
    let huge = vec![b'a'; 8_192];
    for damaged in [
        &value[..value.len() - 1],
        &flipped,
        &foreign,
        &huge,
        b"\xff\xfe",
        b"",
        b"\"\"",
    ] {
        let line = [name.as_bytes(), b"=", damaged].concat();
        let answer = site
            .browser()
            .ask(Ask::get(&callback).with("cookie", line))
            .await;
        let what = String::from_utf8_lossy(&damaged[..damaged.len().min(20)]);
        assert_eq!(
            answer.refusal(),
            (400, "flow_not_found".to_owned()),
            "{what}"
        );
        assert_eq!(site.github.requests().back_channel(), 0);
    }
    // Beside the real one a damaged one of the same name does no harm.
    let line = [name.as_bytes(), b"=", &flipped].concat();
    assert_eq!(
        browser
            .ask(Ask::get(&callback).with("cookie", line))
            .await
            .status,
        303
    );
}
