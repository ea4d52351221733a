use http::HeaderMap;
use portcullis_oauth::{Intent, ReturnOrigin, ReturnPath, StartFacts};
use proptest::prelude::*;
use url::Url;

use crate::return_corpus::{ON_SITE, off_site};
use crate::support::*;

/// Where a browser that is on our site would go.
fn resolved(text: &str) -> Url {
    Url::parse("https://app.example/auth/callback")
        .unwrap()
        .join(text)
        .unwrap()
}

#[test]
fn o07_the_corpus_is_large_and_all_of_it_is_refused() {
    let texts = off_site();
    assert!(texts.len() >= 600, "{}", texts.len());
    for text in &texts {
        assert!(ReturnPath::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn o07_the_corpus_is_refused_beside_allowed_origins_too() {
    let allowed = ["https://app.example", "https://spa.example:8443"];
    let allowed = allowed.map(|origin| ReturnOrigin::parse(origin).unwrap());
    for text in off_site() {
        assert!(ReturnPath::parse_with(&text, &allowed).is_err(), "{text:?}");
    }
}

#[tokio::test]
async fn o07_the_corpus_through_a_login_ends_on_the_site() {
    let setup = setup();
    for text in off_site() {
        let headers = HeaderMap::new();
        let facts = StartFacts {
            headers: &headers,
            return_to: Some(&text),
            intent: Intent::LogIn,
        };
        let started = setup.sign_in.start(&facts).unwrap();
        let mut browser = Browser::default();
        browser.obey(&started.set_cookies);
        let query = code_query(&parameter(&started, "state").unwrap());
        let done = completed(browser.finish(&setup.sign_in, &query, None).await);
        assert_eq!(done.return_to.as_str(), "/", "{text:?}");
    }
}

#[test]
fn o07_paths_of_the_site_are_taken_as_they_are() {
    for text in ON_SITE {
        let path = ReturnPath::parse(text).unwrap_or_else(|_| panic!("{text}"));
        assert_eq!(path.as_str(), text);
        assert_eq!(path.to_header_value(), text);
        assert_eq!(resolved(text).host_str(), Some("app.example"));
    }
}

#[test]
fn o07_2048_bytes_are_the_edge() {
    assert!(ReturnPath::parse(&format!("/{}", "x".repeat(2047))).is_ok());
    assert!(ReturnPath::parse(&format!("/{}", "x".repeat(2048))).is_err());
}

#[test]
fn o07_allowed_origins_are_exact() {
    let allowed = [ReturnOrigin::parse("https://app.example").unwrap()];
    let accepts = |text: &str| ReturnPath::parse_with(text, &allowed).is_ok();
    for good in [
        "https://app.example/",
        "https://app.example/a?b#c",
        "/portal",
    ] {
        assert!(accepts(good), "{good}");
    }
    for bad in [
        "http://app.example/",
        "https://app.example:444/",
        "https://app.example:443/",
        "https://APP.example/",
        "https://app.example",
        "https://app.example./",
        "https://x.app.example/",
        "https://app.example.evil/",
        "https://u@app.example/",
        "https://app.example/a//b",
        "https://app.example/a/../b",
        "https://app.example/%2f",
        "https://app.example\\@evil/",
        "https:app.example/",
        "//app.example/",
        " https://app.example/",
        "https://app.example/\n",
        "https://xn--app-hoa.example/",
        "https://app\u{3002}example/",
    ] {
        assert!(!accepts(bad), "{bad}");
    }
    assert!(ReturnPath::parse_with("https://app.example/", &[]).is_err());
}

#[test]
fn o07_an_origin_has_scheme_host_and_port_alone() {
    for good in [
        "https://a.example",
        "http://127.0.0.1:3000",
        "https://a.example:443",
    ] {
        assert!(ReturnOrigin::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "a.example",
        "https://a.example/",
        "https://a.example/x",
        "https://a.example?x",
        "https://a.example#x",
        "https://u@a.example",
        "ftp://a.example",
        "data:,x",
        "null",
        "*",
    ] {
        assert!(ReturnOrigin::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn debug_shows_no_query() {
    let path = ReturnPath::parse("/portal?invite=secret#x").unwrap();
    assert_eq!(format!("{path:?}"), "ReturnPath(/portal)");
}

proptest! {
    /// o7, o89: whatever is accepted stays on the site, as a browser reads it.
    #[test]
    fn o07_whatever_is_accepted_stays_on_the_site(
        text in "[/\\\\.%25cCfF0aAdD9eE:@?#;\\t\\r\\n \u{a0}x-]{0,24}",
    ) {
        if ReturnPath::parse(&text).is_ok() {
            let url = resolved(&text);
            prop_assert_eq!(url.origin(), resolved("/").origin());
            prop_assert_eq!(&url[url::Position::BeforePath..], text);
        }
    }

    #[test]
    fn o89_no_text_makes_it_panic(text in any::<String>()) {
        let _ = ReturnPath::parse(&text);
        let allowed = [ReturnOrigin::parse("https://app.example").unwrap()];
        let _ = ReturnPath::parse_with(&text, &allowed);
        let _ = ReturnOrigin::parse(&text);
    }
}
