//! Puts the server together.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::Router;
use portcullis_oauth::GithubSignIn;
use portcullis_session::Lifecycle;
use portcullis_testkit::github::GithubStandIn;
use portcullis_tower::OriginLayer;
use tokio::net::TcpListener;

use crate::github::Github;
use crate::masker::Masker;
use crate::settings::{Settings, unusable};
use crate::stores::Stores;
use crate::{masker, serve};

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
    router: Router,
    lifecycle: Lifecycle,
    sign_in: GithubSignIn,
    stand_in: Option<GithubStandIn>,
    takes_deliveries: bool,
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
        let stores = Stores::open(&settings.database).map_err(unusable("DATABASE_URL"))?;
        let redirect_uri = format!("{public_url}{}", masker::CALLBACK);
        let Github { sign_in, stand_in } = Github::start(&settings, &stores, &redirect_uri).await?;
        let origin = OriginLayer::new(&public_url).map_err(unusable("PUBLIC_URL"))?;
        let masker = Masker::new(&settings, &stores, sign_in.clone(), origin)?;
        let lifecycle = masker.lifecycle().clone();
        let router = masker.router();
        masker::check(&router).await?;
        Ok(Self {
            listener,
            address,
            router,
            lifecycle,
            sign_in,
            stand_in,
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
        self.stand_in.as_ref()
    }

    /// What whoever starts it should know, one line each.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let page = format!("open http://localhost:{}/portal", self.address.port());
        let stand_in = self.stand_in.as_ref().map(|stand_in| {
            let url = stand_in.web_url();
            format!("no GitHub application is configured: a stand-in plays GitHub on {url}")
        });
        let deaf = "warning: MASKER_VAPI_WEBHOOK_SECRET is not set: webhooks are answered 503";
        let deaf = (!self.takes_deliveries).then(|| deaf.to_owned());
        let notes = std::iter::once(page).chain(stand_in);
        notes.chain(deaf).collect()
    }

    /// Serves until `stop`, then lets requests under way finish.
    pub async fn run_until(self, stop: impl Future<Output = ()>) {
        let purge = tokio::spawn(purge(self.lifecycle));
        let revoke = tokio::spawn(revoke(self.sign_in.clone()));
        serve::serve(self.listener, self.router, stop).await;
        purge.abort();
        revoke.abort();
        self.sign_in.revoke_pending().await;
    }
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

async fn revoke(sign_in: GithubSignIn) {
    loop {
        tokio::time::sleep(REVOKE_EVERY).await;
        sign_in.revoke_pending().await;
    }
}
