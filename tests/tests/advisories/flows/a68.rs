//! CVE-2024-23647: PKCE that could be dropped.

use portcullis_oauth::GithubConfigBuilder;
use portcullis_testkit::github::{Endpoint, GithubApp};
use portcullis_tests::{Site, SiteSetup, StoreKind, workspace};

use super::support::{ALICE, parameter, with_parameter};

/// What a client sends in one flow.
struct Sent {
    /// The address of the provider's page.
    page: String,
    /// The names of the parameters of the exchange.
    exchange: Vec<String>,
}

fn check(sent: &Sent, what: &str) {
    let method = parameter(&sent.page, "code_challenge_method");
    assert_eq!(method.as_deref(), Some("S256"), "{what}: no S256");
    let challenge = parameter(&sent.page, "code_challenge").unwrap_or_default();
    assert_eq!(challenge.len(), 43, "{what}: no challenge");
    let proves = sent.exchange.iter().any(|name| name == "code_verifier");
    assert!(proves, "{what}: the code is exchanged without a verifier");
}

type Edit = fn(GithubConfigBuilder) -> GithubConfigBuilder;

/// Everything that a configuration can be told.
const EDITS: [(&str, Edit); 13] = [
    ("nothing", |config| config),
    ("with_provider", |config| config.with_provider("ghes")),
    ("with_issuer", |config| {
        config.with_issuer("https://issuer.example")
    }),
    ("with_require_iss", |config| config.with_require_iss()),
    ("add_scope", |config| config.add_scope("read:user")),
    ("with_email", |config| config.with_email()),
    ("with_verified_email_required", |config| {
        config.with_verified_email_required()
    }),
    ("add_allowed_org", |config| {
        config.add_allowed_org("acme-labs")
    }),
    ("add_allowed_team", |config| {
        config.add_allowed_team("acme-labs", "administrators")
    }),
    ("with_login_page", |config| config.with_login_page("/in")),
    ("with_default_return_to", |config| {
        config.with_default_return_to("/x")
    }),
    ("add_return_origin", |config| {
        config.add_return_origin("https://app.example")
    }),
    ("with_user_agent", |config| {
        config
            .with_user_agent("app/1")
            .with_api_version("2022-11-28")
    }),
];

#[tokio::test]
async fn a68_no_configuration_drops_s256() {
    for (what, edit) in EDITS {
        let setup = SiteSetup::new(StoreKind::Memory).with_config(edit);
        let site = setup.start().await;
        let browser = site.browser();
        let started = browser.get(Site::START).await;
        let callback = site.github.approve(started.location(), ALICE).unwrap();
        // The stand-in is its own issuer; what this configuration changes is what is expected.
        let iss = (what == "with_issuer").then_some("https://issuer.example");
        let callback = match iss {
            Some(iss) => with_parameter(&callback, "iss", Some(iss)),
            None => callback,
        };
        browser.get(&callback).await;
        let calls = site.github.requests().of(Endpoint::Token);
        assert_eq!(calls.len(), 1, "{what}");
        let sent = Sent {
            page: started.location().to_owned(),
            exchange: calls[0].parameters.clone(),
        };
        check(&sent, what);
    }
}

#[test]
fn a68_the_interface_has_no_word_for_less_than_s256() {
    let read = |path: &str| {
        let text = std::fs::read_to_string(workspace().join("crates/oauth/src").join(path));
        text.unwrap()
    };
    let builder = read("github/builder.rs");
    let options: Vec<&str> = builder
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub fn "))
        .filter_map(|line| line.split('(').next())
        .collect();
    let known = [
        "build",
        "new",
        "with_web_base",
        "with_api_base",
        "with_api_version",
    ];
    for option in options {
        let is_tried = EDITS.iter().any(|(name, _)| *name == option);
        assert!(is_tried || known.contains(&option), "{option} is not tried");
    }
    let begin = read("begin.rs");
    assert!(begin.contains(".set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256("));
    for word in [
        "verifier_plain",
        "ChallengeMethod",
        "without_pkce",
        "insecure_pkce",
    ] {
        assert!(!begin.contains(word) && !builder.contains(word), "{word}");
    }
}

/// Who takes the challenge out of the address on its way gets a code that any client could use,
/// from a provider that lets them; ours shows that it began with one (RFC 9700 §4.8).
#[tokio::test]
async fn a68_a_challenge_that_was_taken_out_on_the_way_is_missed() {
    let site = SiteSetup::new(StoreKind::Memory).start().await;
    let redirect_uri = format!("{}{}", site.base, Site::CALLBACK);
    let app = GithubApp::new("site-under-test", SiteSetup::SECRET);
    let app = app.with_redirect_uri(redirect_uri).insecure_pkce_optional();
    site.github.register(app);
    let browser = site.browser();
    let started = browser.get(Site::START).await;
    let page = with_parameter(started.location(), "code_challenge", None);
    let page = with_parameter(&page, "code_challenge_method", None);
    let callback = site.github.approve(&page, ALICE).unwrap();
    assert!(parameter(&callback, "code").is_some(), "{callback}");
    let answer = browser.get(&callback).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(browser.get("/me").await.status, 401);
    assert_eq!(site.github.live_tokens(), 0);
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    fn is_caught(name: &'static str, query: &str, exchange: &[&str], says: &'static str) {
        let sent = Sent {
            page: format!("https://github.example/login/oauth/authorize?client_id=x&{query}"),
            exchange: exchange.iter().map(|&name| name.to_owned()).collect(),
        };
        let twin = Twin::new(name, "a68_no_configuration_drops_s256", says);
        twin.is_caught(|| check(&sent, "the twin"));
    }

    const HASH: &str = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn pkce_switched_off() {
        is_caught("a68 PkceSwitchedOff", "scope=", &["code"], "no S256");
    }

    #[test]
    fn plain_challenges() {
        let query = format!("{HASH}&code_challenge_method=plain");
        is_caught("a68 PlainChallenges", &query, &["code_verifier"], "no S256");
    }

    #[test]
    fn verifiers_forgotten() {
        let query = format!("{HASH}&code_challenge_method=S256");
        let says = "exchanged without a verifier";
        is_caught("a68 VerifiersForgotten", &query, &["code"], says);
    }
}
