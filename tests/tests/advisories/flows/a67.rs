//! CVE-2023-27490: a flow whose callback was intercepted could be completed by another client.

use std::sync::{Arc, Mutex};

use portcullis_core::{Digest, Random, Token};
use portcullis_testkit::github::GithubStandIn;
use portcullis_tests::{Ask, Browser, Site, SiteSetup, StoreKind};
use serde_json::Value;

use super::support::{ALICE, BOB, flow_cookies, known, on_every_store, parameter};

/// A client of a provider.
trait Client {
    type Flow;

    fn github(&self) -> &GithubStandIn;

    /// Begins a flow; gives the address of the provider's page besides.
    async fn begin(&self) -> (Self::Flow, String);

    /// Ends a flow with a code; tells whether that signs somebody in.
    async fn end(&self, flow: &Self::Flow, state: &str, code: &str) -> bool;
}

async fn check<C: Client>(client: &C) {
    let (_, intercepted) = client.begin().await;
    let code = code(client.github(), &intercepted);
    let (flow, page) = client.begin().await;
    let state = parameter(&page, "state").unwrap();
    let signed_in = client.end(&flow, &state, &code).await;
    assert!(!signed_in, "an intercepted code ends another flow");
    let (flow, page) = client.begin().await;
    let state = parameter(&page, "state").unwrap();
    let own = self::code(client.github(), &page);
    assert!(
        client.end(&flow, &state, &own).await,
        "its own code does not"
    );
}

fn code(github: &GithubStandIn, page: &str) -> String {
    let callback = github.approve(page, ALICE).unwrap();
    parameter(&callback, "code").expect("the page gives a code")
}

impl Client for Site {
    type Flow = Browser;

    fn github(&self) -> &GithubStandIn {
        &self.github
    }

    async fn begin(&self) -> (Browser, String) {
        let browser = self.browser();
        let started = browser.get(Site::START).await;
        (browser, started.location().to_owned())
    }

    async fn end(&self, browser: &Browser, state: &str, code: &str) -> bool {
        let address = format!("{}?code={code}&state={state}", Site::CALLBACK);
        browser.get(&address).await;
        browser.get("/me").await.status == 200
    }
}

async fn a67_an_intercepted_code_is_worth_nothing_in_another_flow(kind: StoreKind) {
    check(&SiteSetup::new(kind).start().await).await;
}

on_every_store!(a67_an_intercepted_code_is_worth_nothing_in_another_flow);

/// Exchanges a code at a stand-in; gives the answer.
async fn exchange(github: &GithubStandIn, pairs: &[(&str, &str)]) -> Value {
    let mut form = form_urlencoded::Serializer::new(String::new());
    let form = form.extend_pairs(pairs).finish();
    let ask = Ask::post("/login/oauth/access_token")
        .with("accept", "application/json")
        .with("content-type", "application/x-www-form-urlencoded");
    let answer = Browser::new(github.web_url()).ask(ask.body(form)).await;
    answer.json()
}

#[tokio::test]
async fn a67_the_strict_server_refuses_every_wrong_verifier() {
    let site = SiteSetup::new(StoreKind::Memory).start().await;
    let redirect_uri = format!("{}{}", site.base, Site::CALLBACK);
    let (_, page) = site.begin().await;
    let challenge = parameter(&page, "code_challenge").unwrap();
    let (short, other) = ("a".repeat(42), "a".repeat(43));
    for verifier in [
        None,
        Some(""),
        Some(&*challenge),
        Some(&short),
        Some(&other),
    ] {
        let code = code(&site.github, &page);
        let mut pairs = vec![
            ("client_id", "site-under-test"),
            ("client_secret", SiteSetup::SECRET),
            ("code", &code),
            ("redirect_uri", &redirect_uri),
        ];
        pairs.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let answer = exchange(&site.github, &pairs).await;
        assert_eq!(answer["error"], "bad_verification_code", "{verifier:?}");
    }
    assert_eq!(site.github.live_tokens(), 0);
}

#[tokio::test]
async fn a67_the_verifier_is_sealed_and_its_hash_alone_is_shown() {
    let drawn = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let kept = Arc::clone(&drawn);
    let random = Random::test(move |bytes| {
        Random::system().fill(bytes)?;
        kept.lock().unwrap().push(bytes.to_vec());
        Ok(())
    });
    let setup = SiteSetup::new(StoreKind::Memory).with_random(random);
    let site = setup.start().await;
    let browser = site.browser();
    let started = browser.get(Site::START).await;
    let page = started.location();
    let callback = site.github.approve(page, BOB).unwrap();
    let written = |bytes: &[u8]| Token::generate(&known(bytes)).unwrap().encode();
    let drawn = drawn.lock().unwrap().clone();
    let tokens: Vec<_> = drawn.iter().filter(|bytes| bytes.len() == 32).collect();
    let challenge = parameter(page, "code_challenge").unwrap();
    let verifiers = tokens.iter().map(|bytes| written(bytes)).filter(|token| {
        let hash = Digest::of(token.expose_secret().as_bytes());
        written(hash.as_bytes()).expose_secret() == challenge
    });
    let verifiers: Vec<_> = verifiers.collect();
    assert_eq!(verifiers.len(), 1, "of {} drawn", tokens.len());
    let cookie = browser.cookie(&flow_cookies(&browser)[0]).unwrap();
    for shown in [page, &callback, &cookie, started.text()] {
        assert!(!shown.contains(verifiers[0].expose_secret()));
    }
}

mod with_a_fault {
    use portcullis_testkit::github::GithubApp;
    use portcullis_tests::Twin;

    use super::*;

    const CALLBACK: &str = "http://localhost:1/callback";

    /// A client that knows of no PKCE, at a provider that does not ask for it.
    struct WithoutPkce(GithubStandIn);

    impl Client for WithoutPkce {
        type Flow = String;

        fn github(&self) -> &GithubStandIn {
            &self.0
        }

        async fn begin(&self) -> (String, String) {
            let state = Token::generate(&Random::system()).unwrap().encode();
            let state = state.expose_secret().to_owned();
            let page = format!(
                "{}/login/oauth/authorize?client_id=old&redirect_uri={CALLBACK}&state={state}",
                self.0.web_url()
            );
            (state, page)
        }

        async fn end(&self, flow: &String, state: &str, code: &str) -> bool {
            let secret = SiteSetup::SECRET;
            let pairs = [
                ("client_id", "old"),
                ("client_secret", secret),
                ("code", code),
            ];
            let pairs = [&pairs[..], &[("redirect_uri", CALLBACK)]].concat();
            flow == state && exchange(&self.0, &pairs).await["access_token"].is_string()
        }
    }

    #[tokio::test]
    async fn flows_without_pkce() {
        let app = GithubApp::new("old", SiteSetup::SECRET).with_redirect_uri(CALLBACK);
        let github = GithubStandIn::start(app.insecure_pkce_optional()).await;
        let client = WithoutPkce(github.unwrap());
        let test = "a67_an_intercepted_code_is_worth_nothing_in_another_flow";
        let says = "an intercepted code ends another flow";
        let twin = Twin::new("a67 FlowsWithoutPkce", test, says);
        twin.is_caught_async(check(&client)).await;
    }
}
