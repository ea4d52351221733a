//! Which GitHub signs users in.

use std::sync::Arc;

use portcullis_cookie::{KeyRing, SealKey};
use portcullis_core::{Clock, Random, Secret};
use portcullis_oauth::{ConfigError, ConfigErrorKind, GithubConfig, GithubSignIn, ReqwestClient};
use portcullis_testkit::github::{GithubApp, GithubStandIn, Setup};

use crate::settings::{Settings, unusable};
use crate::stores::Stores;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// GitHub sign-in, and the stand-in if there is one: it stops when it is dropped.
pub(crate) struct Github {
    pub(crate) sign_in: GithubSignIn,
    pub(crate) stand_in: Option<GithubStandIn>,
}

/// The client of a GitHub: who we are there, and where it is.
struct Client {
    id: String,
    secret: Secret,
    web_url: Option<String>,
    api_url: Option<String>,
    stand_in: Option<GithubStandIn>,
}

impl Github {
    /// Takes the configured GitHub, or starts the stand-in.
    pub(crate) async fn start(
        settings: &Settings,
        stores: &Stores,
        redirect_uri: &str,
    ) -> Result<Self, Failure> {
        let client = match &settings.github {
            Some(app) => Client {
                id: app.client_id.clone(),
                secret: app.client_secret.clone(),
                web_url: settings.github_web_url.clone(),
                api_url: settings.github_api_url.clone(),
                stand_in: None,
            },
            None => stand_in(redirect_uri, settings.clock.clone()).await?,
        };
        let mut config = GithubConfig::builder(&client.id, client.secret, redirect_uri)
            .with_email()
            .with_login_page("/portal")
            .with_default_return_to("/portal");
        if let Some(url) = &client.web_url {
            config = config.with_web_base(url);
        }
        if let Some(url) = &client.api_url {
            config = config.with_api_base(url);
        }
        // Flows last ten minutes: a key that dies with the process costs those under way.
        let keys = KeyRing::new(SealKey::generate(&Random::system())?);
        let http = ReqwestClient::new()?;
        let config = config.build().map_err(named)?;
        let sign_in = GithubSignIn::new(config, keys, http, stores.marks.clone())
            .with_clock(settings.clock.clone());
        Ok(Self {
            sign_in,
            stand_in: client.stand_in,
        })
    }
}

/// Names the variable that a fault of the configuration comes from.
fn named(error: ConfigError) -> Failure {
    let variable = match error.kind() {
        ConfigErrorKind::ApiBase => "GITHUB_API_URL",
        ConfigErrorKind::ClientId => "GITHUB_CLIENT_ID",
        ConfigErrorKind::ClientSecret => "GITHUB_CLIENT_SECRET",
        ConfigErrorKind::RedirectUri => "PUBLIC_URL",
        ConfigErrorKind::WebBase => "GITHUB_WEB_URL",
        _ => return error.into(),
    };
    unusable(variable)(error).into()
}

async fn stand_in(redirect_uri: &str, clock: Arc<dyn Clock>) -> Result<Client, Failure> {
    let secret = portcullis_core::Token::generate(&Random::system())?;
    let secret = secret.encode().expose_secret().to_owned();
    let id = "masker-example".to_owned();
    let app = GithubApp::new(&id, &secret)
        .with_name("Masker")
        .with_redirect_uri(redirect_uri);
    let setup = Setup::new().with_clock(Arc::new(move || clock.now().as_secs()));
    let stand_in = GithubStandIn::start_with(app, setup).await?;
    Ok(Client {
        id,
        secret: Secret::from(secret),
        web_url: Some(stand_in.web_url().to_owned()),
        api_url: Some(stand_in.api_url()),
        stand_in: Some(stand_in),
    })
}
