use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use portcullis_core::{Clock, FrozenClock, Secret, SystemClock};
use portcullis_testkit::github::{GithubApp, GithubStandIn, Setup};
use server::{Server, Settings};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::store::file;
use crate::{Browser, StoreKind};

const CLIENT: &str = "masker-under-test";
const SECRET: &str = "client-secret-of-the-server-under-test";

/// The example server on a free port, with a stand-in GitHub that the test holds.
///
/// `carol-admin`, number 1003, is an admin.
#[derive(Debug)]
pub struct Masker {
    /// Its public address.
    pub base: String,
    /// Its clock and the stand-in's.
    pub clock: FrozenClock,
    /// Its GitHub.
    pub github: GithubStandIn,
    folder: Option<TempDir>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Masker {
    /// The path that starts a sign-in.
    pub const START: &str = "/api/v1/auth/github";
    /// The path that ends it.
    pub const CALLBACK: &str = "/api/v1/auth/github/callback";
    /// The path that ends a sign-in to Contox, the other service of the server.
    pub const CONTOX_CALLBACK: &str = "/api/auth/github/callback";
    /// The name of its session cookie.
    pub const COOKIE: &str = "masker_session";
    /// `alice-dev`, who is a member.
    pub const ALICE: u64 = 1001;
    /// `bob-ops`, who is a member.
    pub const BOB: u64 = 1002;
    /// `carol-admin`, who is an admin.
    pub const CAROL: u64 = 1003;

    /// What it shares with Vapi: the present secret, and the one before.
    pub const VAPI_SECRETS: [&str; 2] = ["a-new-secret-of-vapi", "the-old-secret-of-vapi"];

    /// Starts it on a new store.
    pub async fn start(kind: StoreKind) -> Self {
        let clock = FrozenClock::new(SystemClock.now());
        let github = stand_in(&clock).await;
        let folder = kind.folder();
        let settings = Settings {
            database: kind.database(folder.as_ref()),
            github: Some(server::GithubApp {
                client_id: CLIENT.to_owned(),
                client_secret: Secret::from(SECRET.to_owned()),
            }),
            github_web_url: Some(github.web_url().to_owned()),
            github_api_url: Some(github.api_url()),
            masker_admin_ids: BTreeSet::from([Self::CAROL]),
            masker_vapi_webhook_secrets: Self::VAPI_SECRETS.map(Secret::from).to_vec(),
            clock: Arc::new(clock.clone()),
            ..Settings::in_memory()
        };
        let server = Server::start(settings).await.expect("the server starts");
        let base = format!("http://localhost:{}", server.address().port());
        let callbacks = [Self::CALLBACK, Self::CONTOX_CALLBACK];
        let callbacks = callbacks.map(|path| format!("{base}{path}"));
        github.register(
            callbacks
                .into_iter()
                .fold(app(), GithubApp::with_redirect_uri),
        );
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run_until(async {
            let _ = stopped.await;
        }));
        Self {
            base,
            clock,
            github,
            folder,
            stop: Some(stop),
            task,
        }
    }

    /// A browser with an empty jar.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// A browser in which a user is signed in.
    pub async fn signed_in(&self, user: u64) -> Browser {
        let browser = self.browser();
        let answer = browser.sign_in(Self::START, &self.github, user).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        browser
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn address(&self) -> String {
        self.base.replace("http://localhost", "127.0.0.1")
    }

    /// The database's file, if there is one.
    #[must_use]
    pub fn database(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(file)
    }

    /// Tells the server to stop.
    pub fn stop(&mut self) {
        self.stop = None;
    }

    /// Whether it has.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.task.is_finished()
    }

    /// Waits until it has.
    pub async fn stopped(&mut self) {
        let ended = (&mut self.task).await;
        ended.expect("the server does not panic");
    }
}

fn app() -> GithubApp {
    GithubApp::new(CLIENT, SECRET).with_name("Masker")
}

async fn stand_in(clock: &FrozenClock) -> GithubStandIn {
    let clock = clock.clone();
    let setup = Setup::new().with_clock(Arc::new(move || clock.now().as_secs()));
    let started = GithubStandIn::start_with(app(), setup).await;
    started.expect("a loopback port")
}
