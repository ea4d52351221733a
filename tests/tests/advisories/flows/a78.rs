//! CVE-2017-18076, CVE-2024-39315, CVE-2022-31162, CVE-2022-39292, OSVDB-118830: secrets in logs,
//! answers and debug texts.
//!
//! What the ways of a flow tell is tried by `o28` of the contract, and the program by `s4`; here is
//! every route, with a secret in every place, and every type that holds one.

use http::Method;
use portcullis_tests::{Ask, Browser, Log, Masker, Site, SiteSetup, StoreKind};

use super::support::{ALICE, flow_cookies, on_every_store};

mod values;

const CANARY: &str = "canary0123456789abcdefghijklmnopqrstuvwxyz0";

/// What was done with secrets.
#[derive(Default)]
struct Told {
    secrets: Vec<String>,
    /// Answers and debug texts.
    texts: Vec<String>,
    /// What the log must have, so that it is known to be one.
    logged: Vec<&'static str>,
}

/// Acts with a log at its finest; fails if it, or what is told besides, has a secret.
async fn check(act: impl AsyncFn(&mut Told)) {
    let log = Log::start();
    let mut told = Told::default();
    act(&mut told).await;
    let log = log.end();
    for wanted in &told.logged {
        assert!(log.contains(wanted), "not logged: {wanted}");
    }
    assert!(!told.secrets.is_empty());
    for secret in &told.secrets {
        assert!(secret.len() >= 16, "too short to be looked for");
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "a secret is logged: {line:?}");
        let text = told.texts.iter().find(|text| text.contains(secret));
        assert!(text.is_none(), "a secret is shown: {text:?}");
    }
}

/// The other service of the server, with a sign-in of its own.
const CONTOX_START: &str = "/api/auth/github";
const CONTOX_COOKIE: &str = "contox_session";

const METHODS: [Method; 4] = [Method::GET, Method::HEAD, Method::POST, Method::DELETE];

/// Asks for a path by several methods with a secret wherever one could be.
async fn ask_with_secrets(browser: &Browser, path: &str, told: &mut Told) {
    ask_from("same-origin", browser, path, told).await;
}

/// Asks as a page of the same origin does, or as one of another site.
async fn ask_from(site: &str, browser: &Browser, path: &str, told: &mut Told) {
    let names = [
        "code",
        "state",
        "token",
        "access_token",
        "client_secret",
        "password",
        "session",
    ];
    let query: Vec<String> = names
        .iter()
        .map(|name| format!("{name}={CANARY}"))
        .collect();
    for method in METHODS {
        let ask = Ask::new(method, &format!("{path}?{}", query.join("&")))
            .with("sec-fetch-site", site)
            .with("authorization", format!("Bearer {CANARY}"))
            .with("cookie", format!("other={CANARY}; __Host-other={CANARY}"))
            .with("x-api-key", CANARY)
            .with("x-contox-project", CANARY)
            .with("x-contox-signature", CANARY)
            .with("x-vapi-signature", CANARY)
            .with("content-type", "application/json")
            .body(format!("{{\"name\": 1, \"token\": \"{CANARY}\""));
        // A handler that panics has no answer.
        if let Ok(answer) = browser.try_ask(ask).await {
            let headers = answer
                .headers
                .iter()
                .filter(|(name, _)| *name != "set-cookie");
            told.texts
                .push(format!("{path}: {:?}", headers.collect::<Vec<_>>()));
            told.texts
                .push(String::from_utf8_lossy(&answer.body).into_owned());
        }
    }
}

async fn a78_no_route_of_a_site_tells_a_secret(kind: StoreKind) {
    check(async |told: &mut Told| {
        let site = SiteSetup::new(kind).behind_others(true).start().await;
        told.secrets = vec![CANARY.to_owned(), SiteSetup::SECRET.to_owned()];
        told.logged = vec![
            "TRACE",
            "code=***&state=***&token=***",
            "/broken/rotate/panic",
        ];
        for gate in ["g", "stream", "events", "broken"] {
            site.gates.gate(gate).open();
        }
        for path in [
            "/me",
            "/public",
            "/devices",
            "/nowhere",
            "/value/a",
            "/value/x",
            "/rotate",
            "/login/usr",
            "/hold/g/read",
            "/hold/g/write",
            "/hold/g/rotate",
            "/kind/page",
            "/kind/error",
            "/kind/stream",
            "/kind/events",
            "/kind/upgrade",
            "/broken/rotate/fail",
            "/broken/rotate/panic",
            "/broken/login/fail",
            "/logout",
            Site::START,
            Site::CALLBACK,
            Site::LINK,
        ] {
            let browser = site.signed_in(ALICE).await;
            let session = || browser.cookie(Site::COOKIE);
            told.secrets.extend(session());
            browser.callback(Site::START, &site.github, ALICE).await;
            let flows = flow_cookies(&browser);
            told.secrets
                .extend(flows.iter().filter_map(|name| browser.cookie(name)));
            if path == "/value/a" {
                // What a user of the site writes there is read there.
                browser.get(path).await;
            } else {
                ask_with_secrets(&browser, path, told).await;
            }
            told.secrets.extend(session());
        }
        told.texts
            .push(format!("{site:?} {:#?} {:?}", site.events(), site.told()));
        told.texts
            .push(format!("{:#?} {:#?}", site.sign_in, site.lifecycle));
        assert!(told.secrets.len() > 60 && told.texts.len() > 150);
    })
    .await;
}

async fn a78_no_route_of_the_server_tells_a_secret(kind: StoreKind) {
    check(async |told: &mut Told| {
        let masker = Masker::start(kind).await;
        told.secrets.push(CANARY.to_owned());
        told.logged = vec![
            "TRACE",
            "uri=/api/v1/agents/x?code=***&state=***&token=***",
            "uri=/api/v1/auth/logout-all?code=***",
            "uri=/api/projects/x/hmac-secret?code=***",
        ];
        for path in [
            "/health",
            "/",
            "/portal",
            "/portal/portal.js",
            "/nowhere",
            "/api/v1/me",
            "/api/v1/nowhere",
            "/api/v1/sessions",
            "/api/v1/sessions/x",
            "/api/v1/agents",
            "/api/v1/agents/x",
            "/api/v1/auth/logout",
            "/api/v1/auth/logout-all",
            Masker::START,
            Masker::CALLBACK,
            "/contox",
            "/contox/contox.js",
            "/api/nowhere",
            "/api/projects",
            "/api/projects/x/hmac-secret",
            "/api/projects/x/hmac-secret/rotate",
            "/api/v2/ingest",
            "/api/auth/logout",
            CONTOX_START,
            Masker::CONTOX_CALLBACK,
        ] {
            let browser = masker.signed_in(Masker::CAROL).await;
            browser
                .sign_in(CONTOX_START, &masker.github, Masker::CAROL)
                .await;
            for name in [Masker::COOKIE, CONTOX_COOKIE] {
                told.secrets
                    .push(browser.cookie(name).expect("signed in to both"));
            }
            ask_with_secrets(&browser, path, told).await;
            ask_with_secrets(&masker.browser(), path, told).await;
            ask_from("cross-site", &masker.browser(), path, told).await;
        }
    })
    .await;
}

on_every_store!(
    a78_no_route_of_a_site_tells_a_secret,
    a78_no_route_of_the_server_tells_a_secret,
);

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::values::shown;
    use super::*;

    const ADDRESS: &str = "/auth/callback?code=canary0123456789abcdef&state=x";

    async fn is_caught(twin: Twin, act: impl AsyncFn(&mut Told)) {
        twin.is_caught_async(check(async |told: &mut Told| {
            told.secrets.push("canary0123456789abcdef".to_owned());
            act(told).await;
        }))
        .await;
    }

    /// An access log of whole addresses.
    #[tokio::test]
    async fn addresses_are_logged() {
        let test = "a78_no_route_of_a_site_tells_a_secret";
        let twin = Twin::new("a78 AddressesAreLogged", test, "a secret is logged");
        is_caught(twin, async |_: &mut Told| tracing::debug!(uri = ADDRESS)).await;
    }

    #[derive(Debug)]
    struct Credentials {
        #[expect(dead_code, reason = "it is read by `Debug`")]
        token: &'static str,
    }

    /// A type whose debug text is derived.
    #[tokio::test]
    async fn debug_texts_are_derived() {
        let test = "a78_no_value_that_holds_a_secret_shows_it";
        let twin = Twin::new("a78 DebugTextsAreDerived", test, "a secret is shown");
        let credentials = || Credentials {
            token: "canary0123456789abcdef",
        };
        is_caught(twin, async |told: &mut Told| shown(told, credentials())).await;
    }

    /// An error page that says what was asked for.
    #[tokio::test]
    async fn questions_are_repeated() {
        let test = "a78_no_route_of_a_site_tells_a_secret";
        let twin = Twin::new("a78 QuestionsAreRepeated", test, "a secret is shown");
        let page = async |told: &mut Told| told.texts.push(format!("no such page: {ADDRESS}"));
        is_caught(twin, page).await;
    }
}
