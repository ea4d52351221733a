use std::collections::HashSet;

use http::{HeaderMap, HeaderValue};
use portcullis_cookie::{KeyRing, Sealer};
use portcullis_core::{Digest, Random};
use portcullis_oauth::{GithubConfig, Intent, StartFacts};
use url::Url;

use crate::support::*;

fn start_with(headers: &HeaderMap) -> Result<portcullis_oauth::Started, portcullis_core::Refusal> {
    setup().sign_in.start(&StartFacts {
        headers,
        return_to: None,
        intent: Intent::LogIn,
    })
}

#[test]
fn o01_leads_to_githubs_page_with_all_parameters() {
    let setup = setup_with(builder().with_email().add_scope("gist"));
    let started = Browser::default()
        .start(&setup.sign_in, None, Intent::LogIn)
        .unwrap();
    let url = Url::parse(started.location.to_str().unwrap()).unwrap();
    assert_eq!(
        &url[..url::Position::AfterPath],
        "https://github.com/login/oauth/authorize"
    );
    let value = |name| parameter(&started, name).unwrap();
    assert_eq!(value("client_id"), "client");
    assert_eq!(value("redirect_uri"), REDIRECT);
    assert_eq!(value("response_type"), "code");
    assert_eq!(value("scope"), "gist user:email");
    assert!(started.location.is_sensitive());
    assert!(setup.github.calls().is_empty());
}

#[test]
fn o04_requests_that_are_no_documents_get_401_and_no_cookie() {
    for (name, value) in [
        ("sec-fetch-dest", "empty"),
        ("sec-fetch-dest", "image"),
        ("sec-fetch-dest", "iframe"),
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        let refusal = start_with(&headers).unwrap_err();
        assert_eq!(
            (refusal.status().as_u16(), refusal.code()),
            (401, "unauthenticated")
        );
        assert_eq!(refusal.login_url(), Some("/"));
    }
    let mut headers = HeaderMap::new();
    headers.insert("sec-fetch-dest", HeaderValue::from_static("document"));
    assert!(start_with(&headers).is_ok());
}

#[test]
fn o05_state_and_challenge_are_new_each_time_and_s256() {
    let setup = setup();
    let mut seen = HashSet::new();
    for _ in 0..50_000 {
        let started = setup
            .sign_in
            .start(&StartFacts {
                headers: &HeaderMap::new(),
                return_to: None,
                intent: Intent::LogIn,
            })
            .unwrap();
        let location = started.location.to_str().unwrap();
        assert!(location.contains("&code_challenge_method=S256&"));
        for name in ["state=", "code_challenge="] {
            let value = &location[location.find(&format!("&{name}")).unwrap() + 1 + name.len()..];
            let value = value.split('&').next().unwrap();
            assert_eq!(value.len(), 43);
            assert!(seen.insert(value.to_owned()));
        }
    }
    assert_eq!(seen.len(), 100_000);
}

#[tokio::test]
async fn o05_the_verifier_has_43_characters_and_fits_the_challenge() {
    let setup = setup();
    let mut browser = Browser::default();
    let started = browser.start(&setup.sign_in, None, Intent::LogIn).unwrap();
    let state = parameter(&started, "state").unwrap();
    completed(
        browser
            .finish(&setup.sign_in, &code_query(&state), None)
            .await,
    );
    let verifier = setup.github.last(TOKEN_PATH).form()["code_verifier"].clone();
    assert_eq!(verifier.len(), 43);
    assert_ne!(verifier, state);
    // RFC 7636 §4.6.
    use base64ct::{Base64UrlUnpadded, Encoding};
    let digest = Digest::of(verifier.as_bytes());
    let challenge = Base64UrlUnpadded::encode_string(digest.as_bytes());
    assert_eq!(parameter(&started, "code_challenge"), Some(challenge));
}

#[test]
fn o05_without_random_bytes_there_is_no_flow() {
    let setup = setup();
    let sign_in = setup.sign_in.clone().with_random(Random::failing());
    let refusal = Browser::default()
        .start(&sign_in, None, Intent::LogIn)
        .unwrap_err();
    assert_eq!(
        (refusal.status().as_u16(), refusal.code()),
        (500, "internal")
    );
}

#[test]
fn o06_forged_hosts_change_nothing() {
    for name in [
        "host",
        "x-forwarded-host",
        "forwarded",
        "x-forwarded-proto",
        "origin",
        "referer",
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static("host=evil.example"));
        let started = start_with(&headers).unwrap();
        assert_eq!(
            parameter(&started, "redirect_uri").as_deref(),
            Some(REDIRECT)
        );
        assert!(!started.location.to_str().unwrap().contains("evil"));
    }
}

#[tokio::test]
async fn o07_a_bad_return_to_is_replaced_by_the_default() {
    let setup = setup_with(builder().with_default_return_to("/portal"));
    for (asked, expected) in [
        (Some("/devices?a=b"), "/devices?a=b"),
        (Some("//evil.example"), "/portal"),
        (Some("https://evil.example/"), "/portal"),
        (Some(""), "/portal"),
        (None, "/portal"),
    ] {
        let mut browser = Browser::default();
        let state = browser.begin(&setup.sign_in, asked);
        let outcome = browser
            .finish(&setup.sign_in, &code_query(&state), None)
            .await;
        assert_eq!(completed(outcome).return_to.as_str(), expected);
    }
}

#[tokio::test]
async fn o07_an_allowed_origin_is_returned_to() {
    let setup = setup_with(builder().add_return_origin("https://spa.example"));
    for (asked, expected) in [
        ("https://spa.example/home", "https://spa.example/home"),
        ("https://spa.example.evil.example/home", "/"),
        ("https://spa.example@evil.example/", "/"),
        ("https://spa.example:444/", "/"),
        ("http://spa.example/", "/"),
    ] {
        let mut browser = Browser::default();
        let state = browser.begin(&setup.sign_in, Some(asked));
        let outcome = browser
            .finish(&setup.sign_in, &code_query(&state), None)
            .await;
        assert_eq!(completed(outcome).return_to.as_str(), expected);
    }
}

#[test]
fn o08_the_flow_cookies_name_and_attributes() {
    let setup = setup();
    let mut browser = Browser::default();
    let started = browser.start(&setup.sign_in, None, Intent::LogIn).unwrap();
    let [line] = &started.set_cookies[..] else {
        panic!("one cookie")
    };
    assert!(line.is_sensitive());
    let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
    let suffix = name.strip_prefix("__Host-oauth-").unwrap();
    assert_eq!(suffix.len(), 12);
    let (_, attributes) = rest.split_once("; ").unwrap();
    assert_eq!(
        attributes,
        "HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=600"
    );
    // The name tells nothing of the state but a hash.
    use base64ct::{Base64UrlUnpadded, Encoding};
    let state = parameter(&started, "state").unwrap();
    let digest = Digest::of(state.as_bytes());
    assert!(Base64UrlUnpadded::encode_string(digest.as_bytes()).starts_with(suffix));
}

#[test]
fn o08_plain_http_on_this_machine_has_neither_prefix_nor_secure() {
    for host in [
        "localhost:8080",
        "127.0.0.1:8080",
        "[::1]:8080",
        "app.localhost",
    ] {
        let uri = format!("http://{host}/callback");
        let config = GithubConfig::builder("client", SECRET.into(), &uri);
        let setup = setup_with(config);
        assert!(!setup.sign_in.config().is_secure());
        let started = Browser::default()
            .start(&setup.sign_in, None, Intent::LogIn)
            .unwrap();
        let line = started.set_cookies[0].to_str().unwrap();
        assert!(line.starts_with("oauth-"));
        assert!(line.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=600"));
    }
}

#[test]
fn o09_the_value_is_sealed_for_this_purpose_and_this_name() {
    let setup = setup();
    let (browser, state) = setup.begin();
    let (name, value) = &browser.cookies[0];
    assert!(!value.contains(&state));
    let open = |purpose: &'static str, keys: &KeyRing, name: &str| {
        Sealer::new(keys.clone(), purpose).open(name, value.as_bytes())
    };
    let flow = open("portcullis oauth flow", &setup.keys, name).unwrap();
    let text = String::from_utf8_lossy(flow.plaintext().expose_secret()).into_owned();
    assert!(text.contains(&state) && text.contains("github"));
    for (purpose, keys, name) in [
        ("session", setup.keys.clone(), name.as_str()),
        ("portcullis oauth tokens", setup.keys.clone(), name.as_str()),
        (
            "portcullis oauth flow",
            KeyRing::new(new_key()),
            name.as_str(),
        ),
        (
            "portcullis oauth flow",
            setup.keys.clone(),
            "__Host-oauth-AAAAAAAAAAAA",
        ),
    ] {
        assert!(open(purpose, &keys, name).is_none(), "{purpose} {name}");
    }
}

#[tokio::test]
async fn o09_no_other_cookie_is_taken_for_a_flow() {
    let setup = setup();
    let (mut browser, state) = setup.begin();
    let (name, value) = browser.cookies[0].clone();
    let flows = Sealer::new(setup.keys.clone(), "portcullis oauth flow");
    let flow = flows.open(&name, value.as_bytes()).unwrap();
    let plaintext = flow.plaintext().expose_secret();
    let session = Sealer::new(setup.keys.clone(), "session");
    browser.cookies[0].1 = session.seal(&name, plaintext, &Random::system()).unwrap();
    let outcome = browser
        .finish(&setup.sign_in, &code_query(&state), None)
        .await;
    assert_eq!(refusal(&outcome), (400, "flow_not_found"));
}

#[test]
fn o10_five_flows_are_open_at_most_and_the_oldest_goes() {
    let setup = setup();
    let mut browser = Browser::default();
    let mut names = Vec::new();
    for n in 0..8 {
        let started = browser.start(&setup.sign_in, None, Intent::LogIn).unwrap();
        assert_eq!(started.set_cookies.len(), if n < 5 { 1 } else { 2 });
        names.push(browser.cookies.last().unwrap().0.clone());
        setup.clock.advance(secs(1));
    }
    let kept: Vec<_> = browser
        .cookies
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    assert_eq!(kept, names[3..]);
}

#[test]
fn o10_all_flow_cookies_together_stay_below_4096_bytes() {
    let setup = setup();
    let mut browser = Browser::default();
    for len in [10, 2_000, 500, 2_047, 300, 700, 900, 20, 2_047, 2_047] {
        let path = format!("/{}", "x".repeat(len));
        browser.begin(&setup.sign_in, Some(&path));
        let headers = browser.headers();
        assert!(headers["cookie"].len() < 4096);
        assert!(browser.cookies.len() <= 5);
        setup.clock.advance(secs(1));
    }
    // The last one alone has its place, whatever was there.
    assert_eq!(browser.cookies.len(), 1);
}

/// What the browser would send of its flows has 4095 bytes at most, names and joints included.
#[test]
fn o10_the_limit_counts_every_byte_of_the_cookies() {
    let setup = setup();
    let mut alone = Browser::default();
    alone.begin(&setup.sign_in, None);
    let of_a_flow = alone.headers()["cookie"].len();
    for (spare, is_kept) in [(0, true), (1, true), (-1, false)] {
        let mut browser = Browser::default();
        let name = "__Host-oauth-AAAAAAAAAAAA";
        // Each with its `=`, and the `; ` behind either of them.
        let room = 4_095 - (of_a_flow + 2) - (name.len() + 3);
        let value = "x".repeat(room.saturating_add_signed(-spare));
        browser.cookies.push((name.to_owned(), value));
        browser.begin(&setup.sign_in, None);
        let is_there = browser.cookies.iter().any(|(found, _)| found == name);
        assert_eq!(is_there, is_kept, "{spare}");
    }
}

#[test]
fn o10_what_cannot_be_read_goes_before_what_can() {
    let setup = setup();
    let mut browser = Browser::default();
    for n in 0..6 {
        let name = format!("__Host-oauth-AAAAAAAAAAA{n}");
        browser.cookies.push((name, "junk".to_owned()));
    }
    browser
        .cookies
        .push(("__Host-oauth-short".to_owned(), "other".to_owned()));
    let states = [0, 1, 2, 3, 4].map(|_| browser.begin(&setup.sign_in, None));
    let names: Vec<_> = browser
        .cookies
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names[0], "__Host-oauth-short");
    assert_eq!(names.len(), 1 + states.len());
    assert!(!names.iter().any(|name| name.contains("AAAAAAAAAAA")));
}

#[tokio::test]
async fn o11_a_flow_begun_under_the_old_key_ends_under_the_new_one() {
    let setup = setup();
    let old = new_key();
    let new = KeyRing::new(new_key()).with_older(old.clone());
    let before = setup.another_with_keys(builder(), &KeyRing::new(old));
    let after = setup.another_with_keys(builder(), &new);
    let mut browser = Browser::default();
    let state = browser.begin(&before, Some("/p"));
    let outcome = browser.finish(&after, &code_query(&state), None).await;
    assert_eq!(completed(outcome).return_to.as_str(), "/p");
}
