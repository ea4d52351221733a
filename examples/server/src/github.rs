//! Which GitHub signs users in.

use std::sync::Arc;

use portcullis_cookie::{KeyRing, SealKey};
use portcullis_core::{Clock, Random, Secret};
use portcullis_oauth::{ConfigError, ConfigErrorKind, GithubConfig, GithubSignIn, ReqwestClient};
use portcullis_testkit::github::{GithubApp, GithubStandIn, Setup};

use crate::settings::{Settings, unusable};
use crate::stores::Stores;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Where a service signs its users in.
pub(crate) struct Place {
    /// The name that keeps its flows apart from those of the others.
    pub(crate) provider: &'static str,
    /// The path that GitHub leads back to.
    pub(crate) callback: &'static str,
    /// The page on which a sign-in begins and ends.
    pub(crate) page: &'static str,
}

/// The GitHub at which the services sign users in.
pub(crate) struct Github {
    id: String,
    secret: Secret,
    web_url: Option<String>,
    api_url: Option<String>,
    public_url: String,
    /// If there is one: it stops when it is dropped.
    pub(crate) stand_in: Option<GithubStandIn>,
}

impl Github {
    /// Takes the configured GitHub, or starts the stand-in, which leads back to these places.
    pub(crate) async fn start(
        settings: &Settings,
        public_url: &str,
        places: &[&Place],
    ) -> Result<Self, Failure> {
        let Some(app) = &settings.github else {
            return stand_in(public_url, places, settings.clock.clone()).await;
        };
        Ok(Self {
            id: app.client_id.clone(),
            secret: app.client_secret.clone(),
            web_url: settings.github_web_url.clone(),
            api_url: settings.github_api_url.clone(),
            public_url: public_url.to_owned(),
            stand_in: None,
        })
    }

    /// The sign-in of one service.
    pub(crate) fn sign_in(
        &self,
        place: &Place,
        settings: &Settings,
        stores: &Stores,
    ) -> Result<GithubSignIn, Failure> {
        let redirect_uri = redirect_uri(&self.public_url, place);
        let mut config = GithubConfig::builder(&self.id, self.secret.clone(), &redirect_uri)
            .with_provider(place.provider)
            .with_email()
            .with_login_page(place.page)
            .with_default_return_to(place.page);
        if let Some(url) = &self.web_url {
            config = config.with_web_base(url);
        }
        if let Some(url) = &self.api_url {
            config = config.with_api_base(url);
        }
        // Flows last ten minutes: a key that dies with the process costs those under way.
        let keys = KeyRing::new(SealKey::generate(&Random::system())?);
        let http = ReqwestClient::new()?;
        let config = config.build().map_err(named)?;
        let sign_in = GithubSignIn::new(config, keys, http, stores.marks.clone());
        Ok(sign_in.with_clock(settings.clock.clone()))
    }
}

fn redirect_uri(public_url: &str, place: &Place) -> String {
    format!("{public_url}{}", place.callback)
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

async fn stand_in(
    public_url: &str,
    places: &[&Place],
    clock: Arc<dyn Clock>,
) -> Result<Github, Failure> {
    let secret = portcullis_core::Token::generate(&Random::system())?;
    let secret = secret.encode().expose_secret().to_owned();
    let id = "portcullis-example".to_owned();
    let app = GithubApp::new(&id, &secret).with_name("The portcullis example");
    let register = |app: GithubApp, place: &&Place| {
        let redirect_uri = redirect_uri(public_url, place);
        app.with_redirect_uri(redirect_uri)
    };
    let app = places.iter().fold(app, register);
    let setup = Setup::new().with_clock(Arc::new(move || clock.now().as_secs()));
    let stand_in = GithubStandIn::start_with(app, setup).await?;
    Ok(Github {
        id,
        secret: Secret::from(secret),
        web_url: Some(stand_in.web_url().to_owned()),
        api_url: Some(stand_in.api_url()),
        public_url: public_url.to_owned(),
        stand_in: Some(stand_in),
    })
}
