//! `emulate` plays GitHub to the example server, and GitHub's own client code takes the stand-in
//! for GitHub.

use std::net::TcpListener;

use http::Method;
use portcullis_testkit::github::{GithubApp, GithubStandIn};
use portcullis_tests::{Answer, Ask, Browser, Masker, Node, Program, Service, chromium, workspace};
use serde_json::json;

const CLIENT: &str = "masker-at-emulate";
const SECRET: &str = "client-secret-of-masker-at-emulate";

/// The example server with `emulate` as its GitHub.
struct Emulated {
    base: String,
    github: String,
    _server: Program,
    _emulate: Service,
}

impl Emulated {
    /// Starts both; `secret` is what the server believes its client secret to be.
    fn start(secret: &str) -> Self {
        // Each must know the other's port before it starts, so the server's is chosen first; if
        // somebody else takes it meanwhile, another is.
        (0..5)
            .find_map(|_| Self::try_start(secret))
            .expect("a port that stays free")
    }

    fn try_start(secret: &str) -> Option<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let base = format!("http://localhost:{}", address.port());
        let callback = format!("{base}{}", Masker::CALLBACK);
        let emulate = Node::script("peers/emulate.mjs", &["emulate"]);
        let mut emulate = emulate.with(CLIENT).with(SECRET).with(callback).serve();
        let github = emulate.line();
        drop(listener);
        let variables = [
            ("LISTEN", address.to_string()),
            ("GITHUB_CLIENT_ID", CLIENT.to_owned()),
            ("GITHUB_CLIENT_SECRET", secret.to_owned()),
            ("GITHUB_WEB_URL", github.clone()),
            ("GITHUB_API_URL", github.clone()),
        ];
        let variables = variables
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let mut server = Program::start(env!("CARGO_BIN_EXE_server-under-test"), &variables);
        let is_started = github.starts_with("http://") && server.line().starts_with("listening");
        is_started.then_some(Self {
            base,
            github,
            _server: server,
            _emulate: emulate,
        })
    }

    /// Signs a user in over HTTP; gives the callback and the answer to it.
    async fn sign_in(&self, browser: &Browser, login: &str) -> (String, Answer) {
        let started = browser.get(Masker::START).await;
        assert_eq!(started.status, 303, "{}", started.text());
        let location = started.location().to_owned();
        assert!(location.starts_with(&self.github), "{location}");
        let page = Browser::new(&self.github).get(&location).await;
        assert!(page.text().contains("Authorize <strong>Masker</strong>"));
        let asked = url::Url::parse(&location).expect("an address");
        let mut form = form_urlencoded::Serializer::new(String::new());
        let wanted = ["client_id", "redirect_uri", "scope", "state"];
        form.extend_pairs(
            asked
                .query_pairs()
                .filter(|(name, _)| wanted.contains(&name.as_ref())),
        );
        form.append_pair("login", login);
        let ask = Ask::new(Method::POST, "/login/oauth/callback")
            .with("content-type", "application/x-www-form-urlencoded")
            .body(form.finish());
        let pressed = Browser::new(&self.github).ask(ask).await;
        let callback = pressed.location().to_owned();
        assert!(
            callback.starts_with(&self.base),
            "{} {callback}",
            pressed.status
        );
        let answer = browser.get(&callback).await;
        (callback, answer)
    }
}

#[tokio::test]
async fn emulate_signs_a_person_in() {
    let emulated = Emulated::start(SECRET);
    let browser = Browser::new(&emulated.base);
    let (callback, answer) = emulated.sign_in(&browser, "carol-admin").await;
    assert_eq!(
        (answer.status.as_u16(), answer.location()),
        (303, "/portal"),
        "{}",
        answer.text()
    );
    let me = browser.get("/api/v1/me").await.json();
    assert_eq!(me["github_login"], "carol-admin");
    assert_eq!(me["user"]["name"], "Carol Admin");
    assert_eq!(me["user"]["email"], "carol@example.com");
    let id = me["user"]["github_id"].as_str().expect("a number as text");
    assert!(id.parse::<u64>().is_ok_and(|id| id > 0), "{id}");
    // The same address once more leads on and exchanges nothing.
    let again = browser.get(&callback).await;
    assert_eq!((again.status.as_u16(), again.location()), (303, "/portal"));
    assert_eq!(browser.get("/api/v1/me").await.json(), me);
    // Another account in the same browser takes its place.
    emulated.sign_in(&browser, "bob-ops").await;
    let bob = browser.get("/api/v1/me").await.json();
    assert_eq!(bob["github_login"], "bob-ops");
    assert_ne!(bob["user"]["id"], me["user"]["id"]);
    let thief = browser.copy();
    assert_eq!(browser.post("/api/v1/auth/logout").await.status, 204);
    assert_eq!(
        thief.get("/api/v1/me").await.refusal(),
        (401, "unauthenticated".to_owned())
    );
}

#[tokio::test]
async fn emulates_refusal_with_status_200_is_a_failure() {
    let emulated = Emulated::start("another-secret");
    let browser = Browser::new(&emulated.base);
    let (_, answer) = emulated.sign_in(&browser, "alice-dev").await;
    let expected = (500, "incorrect_client_credentials".to_owned());
    assert_eq!(answer.refusal(), expected);
    assert_eq!(answer.json()["error"]["login_url"], json!("/portal"));
    assert_eq!(browser.get("/api/v1/me").await.status, 401);
}

#[test]
fn emulate_signs_a_person_in_through_chromium() {
    let _ = chromium();
    let emulated = Emulated::start(SECRET);
    let script = Node::script("browser/signin.mjs", &["playwright-core"]);
    let artifacts = workspace().join("artifacts/emulate");
    script
        .with(&emulated.base)
        .with(artifacts)
        .with("bob-ops")
        .run();
}

#[tokio::test(flavor = "multi_thread")]
async fn githubs_own_client_takes_the_stand_in_for_github() {
    let redirect_uri = "http://127.0.0.1:1/callback";
    // GitHub's client sends no PKCE.
    let app = |id| {
        GithubApp::new(id, SECRET)
            .with_redirect_uri(redirect_uri)
            .insecure_pkce_optional()
    };
    let github = GithubStandIn::start(app("oauth-app"))
        .await
        .expect("a port");
    github.register(app("github-app").with_app_tokens());
    let script = Node::script(
        "peers/octokit.mjs",
        &["@octokit/oauth-methods", "@octokit/request"],
    )
    .with(github.api_url())
    .with("oauth-app")
    .with("github-app")
    .with(SECRET)
    .with(redirect_uri);
    let ran = tokio::task::spawn_blocking(|| script.run()).await;
    ran.expect("the script's checks hold");
}
