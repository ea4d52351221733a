use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use portcullis_cookie::{CookiePolicy, KeyRing, SealKey};
use portcullis_core::{Clock, FrozenClock, Random, Secret};
use portcullis_oauth::{
    GithubConfig, GithubConfigBuilder, GithubSignIn, OauthEvent, ReqwestClient,
};
use portcullis_session::{Event, Lifecycle, Observer, SessionPolicy};
use portcullis_testkit::github::{GithubApp, GithubStandIn, Setup};
use tokio::net::TcpListener;

use super::{SIGNED_IN_AT, Shared, Site, SitePart, behind, router, serve};
use crate::{Accounts, Gates, Store, StoreKind};

const CLIENT: &str = "site-under-test";

type Configure = Box<dyn FnOnce(GithubConfigBuilder) -> GithubConfigBuilder>;

/// What a [`Site`] is started with; the defaults are the library's.
pub struct SiteSetup {
    store: Store,
    policy: SessionPolicy,
    behind: bool,
    keys: KeyRing,
    clock: FrozenClock,
    random: Random,
    github: Option<Arc<GithubStandIn>>,
    app_tokens: bool,
    public: Option<String>,
    configure: Configure,
}

impl SiteSetup {
    /// The client secret at the stand-in.
    pub const SECRET: &str = "client-secret-of-the-site-under-test";

    /// A site on a new store.
    #[must_use]
    pub fn new(kind: StoreKind) -> Self {
        let cookie = CookiePolicy::host("session").build();
        Self {
            store: Store::new(kind),
            policy: SessionPolicy::new(cookie.expect("a policy")),
            behind: false,
            keys: ring(),
            clock: FrozenClock::new(SIGNED_IN_AT),
            random: Random::system(),
            github: None,
            app_tokens: false,
            public: None,
            configure: Box::new(|config| config),
        }
    }

    /// A second node beside a site: the same store (opened anew), clock, keys, GitHub and public
    /// address.
    #[must_use]
    pub fn beside(site: &Site, keys: KeyRing) -> Self {
        Self {
            store: site.store.reopened(),
            keys,
            clock: site.clock.clone(),
            github: Some(Arc::clone(&site.github)),
            public: Some(site.base.clone()),
            ..Self::new(StoreKind::Memory)
        }
    }

    /// Chooses how sessions live.
    #[must_use]
    pub fn with_policy(mut self, edit: impl FnOnce(SessionPolicy) -> SessionPolicy) -> Self {
        self.policy = edit(self.policy);
        self
    }

    /// Chooses how many sessions a user has at most.
    #[must_use]
    pub fn with_cap(self, cap: u32) -> Self {
        let cap = NonZeroU32::new(cap).expect("not zero");
        self.with_policy(|policy| policy.with_cap(cap))
    }

    /// Chooses the session cookie.
    #[must_use]
    pub fn with_cookie(mut self, cookie: CookiePolicy) -> Self {
        self.policy = SessionPolicy::new(cookie);
        self
    }

    /// Puts tower-http's trace, compression and csrf layers around it.
    #[must_use]
    pub fn behind_others(mut self, behind: bool) -> Self {
        self.behind = behind;
        self
    }

    /// Chooses the keys that seal flows.
    #[must_use]
    pub fn with_keys(mut self, keys: KeyRing) -> Self {
        self.keys = keys;
        self
    }

    /// Chooses the public address, from which redirects and cookies are made.
    #[must_use]
    pub fn with_public(mut self, base: &str) -> Self {
        self.public = Some(base.to_owned());
        self
    }

    /// Chooses where the sign-in's random bytes come from.
    #[must_use]
    pub fn with_random(mut self, random: Random) -> Self {
        self.random = random;
        self
    }

    /// Makes the stand-in give tokens as it does to a GitHub App.
    #[must_use]
    pub fn with_app_tokens(mut self) -> Self {
        self.app_tokens = true;
        self
    }

    /// Chooses the sign-in's configuration.
    #[must_use]
    pub fn with_config(
        mut self,
        edit: impl FnOnce(GithubConfigBuilder) -> GithubConfigBuilder + 'static,
    ) -> Self {
        self.configure = Box::new(edit);
        self
    }

    /// Starts it.
    pub async fn start(self) -> Site {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let base = format!("http://localhost:{port}");
        let public = self.public.clone().unwrap_or_else(|| base.clone());
        let redirect_uri = format!("{public}{}", Site::CALLBACK);
        let github = match self.github {
            Some(github) => github,
            None => Arc::new(stand_in(&self.clock, &redirect_uri, self.app_tokens).await),
        };
        let config = GithubConfig::builder(CLIENT, Secret::from(Self::SECRET), &redirect_uri)
            .with_web_base(github.web_url())
            .with_api_base(&github.api_url())
            .with_login_page("/sign-in")
            .with_default_return_to("/home");
        let config = (self.configure)(config).build().expect("a configuration");
        let told = Arc::<Mutex<Vec<String>>>::default();
        let http = ReqwestClient::new().expect("a client");
        let sign_in = GithubSignIn::new(config, self.keys, http, self.store.marks.clone())
            .with_clock(self.clock.clone())
            .with_random(self.random)
            .with_observer(teller(&told));
        let events = Arc::<Mutex<Vec<Event>>>::default();
        let lifecycle = Lifecycle::new(self.store.sessions.clone(), self.policy)
            .with_clock(self.clock.clone())
            .with_observer(Watching(Arc::clone(&events)));
        let (gates, accounts) = (Gates::default(), Accounts::default());
        let shared = Shared {
            gates: gates.clone(),
            clock: self.clock.clone(),
        };
        let part = SitePart {
            sign_in: &sign_in,
            accounts: &accounts,
            lifecycle: &lifecycle,
            shared,
        };
        let router = router(&part);
        let router = if self.behind { behind(router) } else { router };
        Site {
            base,
            clock: self.clock,
            github,
            sign_in,
            lifecycle,
            accounts,
            gates,
            store: self.store,
            events,
            told,
            task: serve(listener, router),
        }
    }
}

impl fmt::Debug for SiteSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiteSetup")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

fn ring() -> KeyRing {
    KeyRing::new(SealKey::generate(&Random::system()).expect("random bytes"))
}

async fn stand_in(clock: &FrozenClock, redirect_uri: &str, app_tokens: bool) -> GithubStandIn {
    let app = GithubApp::new(CLIENT, SiteSetup::SECRET).with_redirect_uri(redirect_uri);
    let app = if app_tokens {
        app.with_app_tokens()
    } else {
        app
    };
    let clock = clock.clone();
    let setup = Setup::new().with_clock(Arc::new(move || clock.now().as_secs()));
    let started = GithubStandIn::start_with(app, setup).await;
    started.expect("a loopback port")
}

fn teller(told: &Arc<Mutex<Vec<String>>>) -> impl Fn(&OauthEvent<'_>) + Send + Sync + 'static {
    let told = Arc::clone(told);
    move |event| {
        let text = format!("{:?} {}", event.kind, event.reason);
        told.lock().expect("nobody panicked").push(text);
    }
}

/// Keeps the events of sessions.
#[derive(Debug)]
struct Watching(Arc<Mutex<Vec<Event>>>);

impl Observer for Watching {
    fn observe(&self, event: &Event) {
        let mut events = self.0.lock().expect("nobody panicked");
        events.push(event.clone());
    }
}
