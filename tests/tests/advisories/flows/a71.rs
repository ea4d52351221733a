//! CVE-2020-11053, CVE-2020-4037, CVE-2021-21291, CVE-2024-50345, CVE-2026-40295: redirects that
//! lead away after a sign-in.

use std::collections::BTreeSet;

use portcullis_oauth::{ReturnOrigin, ReturnPath};
use portcullis_tests::{Ask, Browser, Site, SiteSetup, StoreKind};
use url::Url;

use self::return_corpus::{ON_SITE, off_site};
use super::support::{ALICE, BOB, asking, on_every_store};

#[path = "../../../../crates/oauth/tests/oauth/return_corpus.rs"]
mod return_corpus;

/// Those that were written down, which others may use too, without those that were combined.
fn written() -> BTreeSet<String> {
    let lines = include_str!("../../../corpora/redirects.txt").lines();
    let texts = lines.filter(|line| !line.starts_with('#'));
    texts
        .map(|line| serde_json::from_str(line).expect("a JSON string"))
        .collect()
}

fn check(accepts: impl Fn(&str) -> bool) {
    let (combined, written) = (off_site(), written());
    assert!(combined.len() >= 600 && written.len() >= 600);
    let texts: BTreeSet<_> = combined.into_iter().chain(written).collect();
    let accepted: Vec<_> = texts.iter().filter(|text| accepts(text)).collect();
    let some = &accepted[..accepted.len().min(5)];
    assert!(
        accepted.is_empty(),
        "{} lead away: {some:?}",
        accepted.len()
    );
    for text in ON_SITE {
        assert!(accepts(text), "{text} does not lead away");
    }
}

#[test]
fn a71_paths_that_are_written_back_as_they_are_and_no_others() {
    check(|text| ReturnPath::parse(text).is_ok());
    check(|text| {
        let path = ReturnPath::parse(text);
        // What is accepted is sent as it is, and a browser on our page stays on our site.
        path.is_ok_and(|path| path.as_str() == text && stays(path.as_str()))
    });
}

#[test]
fn a71_allowed_origins_open_no_other() {
    let allowed = ReturnOrigin::parse("https://app.example").unwrap();
    check(|text| ReturnPath::parse_with(text, std::slice::from_ref(&allowed)).is_ok());
}

fn stays(location: &str) -> bool {
    let page = Url::parse("https://app.example/auth/callback").unwrap();
    let next = page.join(location).unwrap();
    next.origin() == page.origin()
}

/// What these advisories had, which is tried through whole sign-ins whatever else is.
const TRIED: [&str; 12] = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    " //evil.example",
    "https://evil.example",
    "https:evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/.//evil.example",
    "/%2f/evil.example",
];

/// Every so many of all, and those that others had.
fn sample(every: usize) -> Vec<String> {
    let all = off_site().into_iter().chain(written()).step_by(every);
    all.chain(TRIED.map(str::to_owned)).collect()
}

async fn a71_a_whole_sign_in_ends_on_the_site(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    // The store has no say in it, and that in a file takes its time.
    let texts = sample(if kind == StoreKind::Memory { 50 } else { 200 });
    assert!(texts.len() >= 30, "{}", texts.len());
    for text in texts {
        let browser = site.browser();
        let start = asking(Site::START, "return_to", &text);
        let answer = browser.sign_in(&start, &site.github, ALICE).await;
        assert_eq!(answer.status, 303, "{text:?}");
        assert_eq!(answer.all("location"), ["/home"], "{text:?}");
        assert_eq!(answer.all("refresh"), [""; 0], "{text:?}");
    }
    for text in ON_SITE {
        let browser = site.browser();
        let start = asking(Site::START, "return_to", text);
        let answer = browser.sign_in(&start, &site.github, ALICE).await;
        assert_eq!(answer.all("location"), [text]);
    }
}

async fn a71_a_link_and_a_second_look_end_on_the_site(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    for text in sample(400) {
        let browser = site.logged_in("usr").await;
        let started = browser.post(&asking(Site::LINK, "return_to", &text)).await;
        let callback = site.github.approve(started.location(), BOB).unwrap();
        let answer = browser.get(&callback).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/home"));
        let again = browser.get(&callback).await;
        assert_eq!((again.status.as_u16(), again.location()), (303, "/home"));
        browser.post("/logout").await;
    }
}

on_every_store!(
    a71_a_whole_sign_in_ends_on_the_site,
    a71_a_link_and_a_second_look_end_on_the_site,
);

/// Nothing but the parameter of the start says where to return to.
#[tokio::test]
async fn a71_no_header_and_no_parameter_of_the_callback_leads_away() {
    let site = SiteSetup::new(StoreKind::Memory).start().await;
    let evil = "https://evil.example/";
    let headers = [
        "referer",
        "origin",
        "x-forwarded-host",
        "x-auth-request-redirect",
    ];
    for name in headers
        .into_iter()
        .chain(["x-original-url", "x-forwarded-uri"])
    {
        let browser = site.browser();
        let started = browser.ask(Ask::get(Site::START).with(name, evil)).await;
        let callback = site.github.approve(started.location(), ALICE).unwrap();
        let answer = browser.ask(Ask::get(&callback).with(name, evil)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, "/home"),
            "{name}"
        );
    }
    for name in [
        "return_to",
        "rd",
        "redirect",
        "next",
        "redirect_uri",
        "state_return_to",
    ] {
        let browser: Browser = site.browser();
        let callback = browser.callback(Site::START, &site.github, ALICE).await;
        let answer = browser.get(&asking(&callback, name, evil)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, "/home"),
            "{name}"
        );
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    fn is_caught(name: &'static str, accepts: fn(&str) -> bool) {
        let test = "a71_paths_that_are_written_back_as_they_are_and_no_others";
        Twin::new(name, test, " lead away: [").is_caught(|| check(accepts));
    }

    #[test]
    fn two_slashes_alone_are_feared() {
        is_caught("a71 TwoSlashesAlone", |text| {
            text.starts_with('/') && !text.starts_with("//") && !text.starts_with("/\\")
        });
    }

    #[test]
    fn white_space_is_overlooked() {
        is_caught("a71 WhiteSpaceIsOverlooked", |text| {
            let plain = !text.contains("//") && !text.contains(['\\', '%']);
            text.starts_with('/') && (plain || ON_SITE.contains(&text))
        });
    }

    #[test]
    fn hosts_by_their_end() {
        is_caught("a71 HostsByTheirEnd", |text| {
            let page = Url::parse("https://app.example/").unwrap();
            let host = page
                .join(text)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned));
            host.is_some_and(|host| host.ends_with("app.example"))
        });
    }
}
