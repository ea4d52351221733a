//! Puts the server together.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::Router;
use portcullis_oauth::GithubSignIn;
use portcullis_session::Lifecycle;
use portcullis_testkit::github::GithubStandIn;
use portcullis_tower::OriginLayer;
use portcullis_tower::wiring::{self, WiringError};
use tokio::net::TcpListener;

use crate::contox::Contox;
use crate::github::{Github, Place};
use crate::masker::Masker;
use crate::settings::{Settings, unusable};
use crate::stores::Stores;
use crate::{contox, masker, serve};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How often expired sessions are removed.
const PURGE_EVERY: Duration = Duration::from_secs(60);

/// How many are removed in one step.
const PURGE_STEP: NonZeroU32 = NonZeroU32::new(1_000).expect("not zero");

/// How often leftover tokens are revoked at GitHub.
const REVOKE_EVERY: Duration = Duration::from_secs(5);

/// A server that is bound and checked, ready to run.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    services: Services,
    takes_deliveries: bool,
}

/// The services, and what has to be done for them besides answering.
struct Services {
    router: Router,
    lifecycle: Lifecycle,
    sign_ins: [GithubSignIn; 2],
    stand_in: Option<GithubStandIn>,
}

impl Server {
    /// Binds, opens the stores, and checks that every route is guarded as it should be.
    ///
    /// # Errors
    ///
    /// Whatever stands in the way, with its causes.
    pub async fn start(settings: Settings) -> Result<Self, Failure> {
        let listener = TcpListener::bind(settings.listen).await;
        let listener = listener.map_err(unusable("LISTEN"))?;
        let address = listener.local_addr()?;
        let public_url = settings.public_url.clone();
        let public_url =
            public_url.unwrap_or_else(|| format!("http://localhost:{}", address.port()));
        Ok(Self {
            listener,
            address,
            services: Services::new(&settings, &public_url).await?,
            takes_deliveries: !settings.masker_vapi_webhook_secrets.is_empty(),
        })
    }

    /// The address that it is bound to.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The stand-in that plays GitHub, if there is one.
    #[must_use]
    pub const fn stand_in(&self) -> Option<&GithubStandIn> {
        self.services.stand_in.as_ref()
    }

    /// What whoever starts it should know, one line each.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let port = self.address.port();
        let page = |place: &Place| format!("open http://localhost:{port}{}", place.page);
        let stand_in = self.stand_in().map(|stand_in| {
            let url = stand_in.web_url();
            format!("no GitHub application is configured: a stand-in plays GitHub on {url}")
        });
        let deaf = "warning: MASKER_VAPI_WEBHOOK_SECRET is not set: webhooks are answered 503";
        let deaf = (!self.takes_deliveries).then(|| deaf.to_owned());
        let notes = std::iter::once(page(&masker::PLACE)).chain(stand_in);
        let notes = notes.chain(deaf).chain([page(&contox::PLACE)]);
        notes.collect()
    }

    /// Serves until `stop`, then lets requests under way finish.
    pub async fn run_until(self, stop: impl Future<Output = ()>) {
        let services = self.services;
        let purge = tokio::spawn(purge(services.lifecycle));
        let revoke = tokio::spawn(revoke(services.sign_ins.clone()));
        serve::serve(self.listener, services.router, stop).await;
        purge.abort();
        revoke.abort();
        revoke_once(&services.sign_ins).await;
    }
}

impl Services {
    async fn new(settings: &Settings, public_url: &str) -> Result<Self, Failure> {
        let stores = Stores::open(&settings.database, settings.clock.clone());
        let stores = stores.map_err(unusable("DATABASE_URL"))?;
        let places = [&masker::PLACE, &contox::PLACE];
        let github = Github::start(settings, public_url, &places).await?;
        let masker_sign_in = github.sign_in(&masker::PLACE, settings, &stores)?;
        let contox_sign_in = github.sign_in(&contox::PLACE, settings, &stores)?;
        let sign_ins = [masker_sign_in.clone(), contox_sign_in.clone()];
        let origin = OriginLayer::new(public_url).map_err(unusable("PUBLIC_URL"))?;
        let masker = Masker::new(settings, &stores, masker_sign_in, origin.clone())?;
        let contox = Contox::new(settings, &stores, contox_sign_in, origin)?;
        // What no route of either takes is the last one's to refuse: Masker's.
        let router = contox.router().merge(masker.router());
        check(&router).await?;
        Ok(Self {
            router,
            // Their sessions are in one store: what has expired of all is removed by either.
            lifecycle: masker.lifecycle().clone(),
            sign_ins,
            stand_in: github.stand_in,
        })
    }
}

/// Proves before the first request that the routes are guarded.
async fn check(router: &Router) -> Result<(), WiringError> {
    let service = router.clone().into_service::<axum::body::Body>();
    let routes = [&masker::guarded()[..], &contox::guarded()].concat();
    wiring::check(service, &routes).await
}

async fn purge(lifecycle: Lifecycle) {
    loop {
        tokio::time::sleep(PURGE_EVERY).await;
        loop {
            match lifecycle.purge(PURGE_STEP).await {
                Ok(removed) if removed >= PURGE_STEP.get() => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::error!(error = crate::log::chain(&error), "purge failed");
                    break;
                }
            }
        }
    }
}

async fn revoke(sign_ins: [GithubSignIn; 2]) {
    loop {
        tokio::time::sleep(REVOKE_EVERY).await;
        revoke_once(&sign_ins).await;
    }
}

async fn revoke_once(sign_ins: &[GithubSignIn]) {
    for sign_in in sign_ins {
        sign_in.revoke_pending().await;
    }
}
