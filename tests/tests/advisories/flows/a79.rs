//! CVE-2025-24358, CVE-2025-47909, CVE-2025-46721, CVE-2023-45128, CVE-2023-45141, CVE-2022-24895:
//! checks of the origin that did not run or looked at the host alone, and what was bound to a
//! session that a login did not replace.

use http::{Method, Request};
use portcullis_tests::{Ask, Browser, Site, SiteSetup, StoreKind};
use portcullis_tower::OriginLayer;
use tower::{Layer, ServiceExt};

use super::support::{Guarded, on_every_store};

const HOST: &str = "app.example";
const OURS: &str = "https://app.example";

/// What a browser says of where a request comes from: `Sec-Fetch-Site` and `Origin`.
type Facts = (Option<&'static str>, Option<&'static str>);

/// Requests that a page of elsewhere sends.
const FORGED: [Facts; 22] = [
    (Some("cross-site"), None),
    (Some("cross-site"), Some(OURS)),
    (Some("cross-site"), Some("https://evil.example")),
    (Some("same-site"), None),
    (Some("same-site"), Some("https://blog.app.example")),
    (Some("Same-Origin"), None),
    (Some("same-originx"), None),
    (Some(""), Some("https://evil.example")),
    (None, Some("null")),
    (None, Some("https://evil.example")),
    (None, Some("https://app.example:8443")),
    (None, Some("https://app.example.")),
    (None, Some("https://app.example.evil.example")),
    (None, Some("https://evil.example?https://app.example")),
    (None, Some("https://evil.example#app.example")),
    (None, Some("https://app.example@evil.example")),
    (None, Some("https://evilapp.example")),
    (None, Some("https://xn--app-.example")),
    (None, Some("ftp://app.example")),
    (None, Some("//app.example")),
    (None, Some("https://app.example, https://evil.example")),
    ANOTHER_SCHEME,
];

/// The same host without TLS, where anybody on the way can serve a page.
const ANOTHER_SCHEME: Facts = (None, Some("http://app.example"));

const OWN: [Facts; 3] = [
    (Some("same-origin"), None),
    (Some("same-origin"), Some(OURS)),
    (None, Some(OURS)),
];

async fn check(passes: impl AsyncFn(Facts) -> bool) {
    for facts in FORGED {
        assert!(
            !passes(facts).await,
            "{facts:?} is from elsewhere and passes"
        );
    }
    for facts in OWN {
        assert!(passes(facts).await, "{facts:?} is our own and is refused");
    }
}

async fn layer(method: Method, (site, origin): Facts) -> bool {
    let guarded = Guarded::default();
    let mut request = Request::builder().method(method).header("host", HOST);
    for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    let service = OriginLayer::new(OURS).unwrap().layer(guarded.handler());
    let request = request.body(String::new()).unwrap();
    let status = service.oneshot(request).await.unwrap().status();
    assert_eq!(guarded.reached() == 1, status == 200, "{status}");
    status == 200
}

#[tokio::test]
async fn a79_the_layer_refuses_what_another_site_sends() {
    let unknown = Method::from_bytes(b"FROB").unwrap();
    for method in [
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        unknown,
    ] {
        check(async |facts: Facts| layer(method.clone(), facts).await).await;
    }
}

/// A program is no browser: it sends neither header, and no other site makes it send anything.
#[tokio::test]
async fn a79_what_is_no_browser_passes_and_never_from_elsewhere() {
    assert!(layer(Method::POST, (None, None)).await);
    assert!(!layer(Method::POST, (None, Some("https://evil.example"))).await);
}

/// `Host` names no scheme, so the layer is told under which it serves, and does not ask `Host`.
#[tokio::test]
async fn a79_the_scheme_is_the_layers_too() {
    assert!(!layer(Method::POST, ANOTHER_SCHEME).await);
    let from_tls = (Some("cross-site"), ANOTHER_SCHEME.1);
    assert!(!layer(Method::POST, from_tls).await);
    assert!(layer(Method::POST, (None, Some(OURS))).await);
}

async fn link(browser: &Browser, (site, origin): Facts) -> bool {
    let mut ask = Ask::new(Method::POST, Site::LINK).with("host", HOST);
    for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
        if let Some(value) = value {
            ask = ask.with(name, value);
        }
    }
    let answer = browser.ask(ask).await;
    let began = answer.status == 303;
    assert_eq!(began, !answer.set_cookies().is_empty(), "{}", answer.status);
    began
}

async fn a79_a_link_begins_on_our_own_page_and_scheme(kind: StoreKind) {
    let site = SiteSetup::new(kind).with_public(OURS).start().await;
    let browser = site.logged_in("usr").await;
    check(async |facts: Facts| link(&browser, facts).await).await;
    assert!(!link(&browser, (None, None)).await);
    assert!(!link(&browser, (Some("none"), None)).await);
}

/// What was bound to the session before a login is bound to no session after it.
async fn a79_no_session_outlives_a_login(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    let browser = site.browser();
    browser.ask(Ask::post("/value/a").body("before")).await;
    let before = browser.copy();
    let planted = before.cookie(Site::COOKIE).expect("a visitor's session");
    assert_eq!(before.get("/value/a").await.text(), "before");
    let answer = browser.sign_in(Site::START, &site.github, 1001).await;
    assert_eq!(answer.status, 303);
    assert_ne!(browser.cookie(Site::COOKIE), Some(planted));
    assert_eq!(before.get("/me").await.status, 401);
    assert_eq!(before.get("/value/a").await.text(), "none");
    let between = browser.copy();
    browser.sign_in(Site::START, &site.github, 1001).await;
    assert_eq!(between.get("/me").await.status, 401);
    assert_eq!(browser.get("/me").await.status, 200);
}

on_every_store!(
    a79_a_link_begins_on_our_own_page_and_scheme,
    a79_no_session_outlives_a_login,
);

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// The host of an origin, as a lenient reader finds it.
    fn host(origin: &str) -> &str {
        origin.split_once("://").map_or("", |(_, host)| host)
    }

    async fn is_caught(name: &'static str, passes: fn(Facts) -> bool, says: &'static str) {
        let test = "a79_a_link_begins_on_our_own_page_and_scheme";
        let check = check(async |facts: Facts| passes(facts));
        Twin::new(name, test, says).is_caught_async(check).await;
    }

    /// It took every request for one without TLS, of which it checks nothing.
    #[tokio::test]
    async fn checks_that_never_run() {
        let says = "is from elsewhere and passes";
        is_caught("a79 ChecksThatNeverRun", |_| true, says).await;
    }

    #[tokio::test]
    async fn schemes_are_overlooked() {
        let says = "(None, Some(\"http://app.example\")) is from elsewhere";
        let passes = |(site, origin): Facts| match (site, origin) {
            (Some(site), _) if !site.is_empty() => site == "same-origin",
            (_, Some(origin)) if origin.starts_with("http") => host(origin) == HOST,
            _ => false,
        };
        is_caught("a79 SchemesAreOverlooked", passes, says).await;
    }

    #[tokio::test]
    async fn siblings_are_trusted() {
        let says = "(Some(\"same-site\"), None) is from elsewhere";
        let passes = |(site, origin): Facts| match (site, origin) {
            (Some(site), _) if !site.is_empty() => ["same-origin", "same-site"].contains(&site),
            (_, origin) => origin == Some(OURS),
        };
        is_caught("a79 SiblingsAreTrusted", passes, says).await;
    }

    #[tokio::test]
    async fn origins_by_their_beginning() {
        let says = "https://app.example:8443";
        let passes = |(site, origin): Facts| match (site, origin) {
            (Some(site), _) if !site.is_empty() => site == "same-origin",
            (_, origin) => origin.is_some_and(|origin| origin.starts_with(OURS)),
        };
        is_caught("a79 OriginsByTheirBeginning", passes, says).await;
    }
}
